"""A state machine at work."""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from mlacoach.sandbox.workflows.choices import fits
from mlacoach.sandbox.workflows.paths import StateFailed, at, placed, template
from mlacoach.sandbox.workflows.tasks import run
from mlacoach.sandbox.world import World

Note = Callable[[str, dict[str, Any]], None]
State = Mapping[str, Any]
AT_ONCE = 8


class Machine:
    """Runs states.

    Args:
        world: the sandbox.
        region: where.
        context: the context object.
        note: called with each event of the history.
        stopped: set when it is to end.
    """

    def __init__(
        self, world: World, region: str, context: Mapping[str, Any], note: Note, stopped: threading.Event
    ) -> None:
        self._world = world
        self._region = region
        self._context = context
        self._note = note
        self._stopped = stopped
        self._handlers: Mapping[str, Callable[[State, Any], Any]] = {
            "Pass": lambda state, data: state.get("Result", data),
            "Succeed": lambda _state, data: data,
            "Fail": self._fail,
            "Wait": self._wait,
            "Task": self._task,
            "Parallel": self._parallel,
            "Map": self._map,
        }

    def run(self, definition: Mapping[str, Any], data: Any) -> Any:  # noqa: ANN401 - JSON
        """Run from the first state to an end; the output.

        Raises:
            StateFailed: a state failed, and nothing caught it.
        """
        name = str(definition["StartAt"])
        while True:
            if self._stopped.is_set():
                raise StateFailed("States.Aborted", "The execution was stopped.")
            state = definition["States"].get(name)
            if state is None:
                raise StateFailed("States.Runtime", f"There is no state {name}.")
            data, following = self._state(name, state, data)
            if following is None:
                return data
            name = following

    def _state(self, name: str, state: State, data: Any) -> tuple[Any, str | None]:  # noqa: ANN401
        kind = state["Type"]
        self._note(f"{kind}StateEntered", {"name": name, "input": data})
        if state.get("QueryLanguage") == "JSONata":
            raise StateFailed("States.Runtime", "The sandbox runs JSONPath, not JSONata.")
        following: str | None
        if kind == "Choice":
            given = at(data, state.get("InputPath") or "$", self._context)
            output, following = given, self._chosen(state, given)
        else:
            output, following = self._with_retries(state, data)
        self._note(f"{kind}StateExited", {"name": name, "output": output})
        return output, following

    def _with_retries(self, state: State, data: Any) -> tuple[Any, str | None]:  # noqa: ANN401
        tried: dict[int, int] = {}
        while True:
            try:
                return self._once(state, data), None if state["Type"] == "Succeed" or state.get("End") else state[
                    "Next"
                ]
            except StateFailed as error:
                if self._again(state.get("Retry", []), tried, error):
                    continue
                for catcher in state.get("Catch", []):
                    if _is_meant(catcher["ErrorEquals"], error):
                        told = {"Error": error.error, "Cause": error.cause}
                        return placed(data, catcher.get("ResultPath", "$"), told), catcher["Next"]
                raise

    def _again(self, retriers: Sequence[State], tried: dict[int, int], error: StateFailed) -> bool:
        for number, retrier in enumerate(retriers):
            if _is_meant(retrier["ErrorEquals"], error):
                done = tried.get(number, 0)
                if done >= retrier.get("MaxAttempts", 3):
                    return False
                tried[number] = done + 1
                pause = retrier.get("IntervalSeconds", 1) * retrier.get("BackoffRate", 2.0) ** done
                return not self._stopped.wait(min(pause, retrier.get("MaxDelaySeconds", pause)))
        return False

    def _once(self, state: State, data: Any) -> Any:  # noqa: ANN401
        given = (
            {}
            if "InputPath" in state and state["InputPath"] is None
            else at(data, state.get("InputPath", "$"), self._context)
        )
        if "Parameters" in state and state["Type"] != "Map":
            given = template(state["Parameters"], given, self._context)
        result = self._handlers[state["Type"]](state, given)
        if "ResultSelector" in state:
            result = template(state["ResultSelector"], result, self._context)
        keeps_all = state["Type"] in {"Wait", "Succeed"}
        output = result if keeps_all else placed(data, state.get("ResultPath", "$"), result)
        path = state.get("OutputPath", "$")
        return {} if path is None else at(output, path, self._context)

    def _chosen(self, state: State, data: Any) -> str:  # noqa: ANN401
        for rule in state["Choices"]:
            if fits(rule, data, self._context):
                return str(rule["Next"])
        if "Default" not in state:
            raise StateFailed("States.NoChoiceMatched", "No choice rule matched, and there is no Default.")
        return str(state["Default"])

    def _fail(self, state: State, data: Any) -> Any:  # noqa: ANN401
        cause = at(data, state["CausePath"], self._context) if "CausePath" in state else state.get("Cause", "")
        raise StateFailed(state.get("Error", ""), cause)

    def _wait(self, state: State, data: Any) -> Any:  # noqa: ANN401
        seconds = at(data, state["SecondsPath"], self._context) if "SecondsPath" in state else state.get("Seconds", 0)
        moment = at(data, state["TimestampPath"], self._context) if "TimestampPath" in state else state.get("Timestamp")
        if moment:
            seconds = (datetime.fromisoformat(moment) - self._world.now()).total_seconds()
        self._stopped.wait(max(0.0, float(seconds)))
        return data

    def _task(self, state: State, data: Any) -> Any:  # noqa: ANN401
        resource = state["Resource"]
        self._note("TaskScheduled", {"resource": resource, "parameters": data})
        try:
            result = run(self._world, self._region, resource, data, self._stopped)
        except StateFailed as error:
            self._note("TaskFailed", {"resource": resource, "error": error.error, "cause": error.cause})
            raise
        self._note("TaskSucceeded", {"resource": resource, "output": result})
        return result

    def _parallel(self, state: State, data: Any) -> Any:  # noqa: ANN401
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(lambda branch: self.run(branch, data), state["Branches"]))

    def _map(self, state: State, data: Any) -> Any:  # noqa: ANN401
        items = at(data, state.get("ItemsPath", "$"), self._context)
        selector = state.get("ItemSelector", state.get("Parameters"))
        inner = state.get("ItemProcessor") or state["Iterator"]
        if inner.get("ProcessorConfig", {}).get("Mode") == "DISTRIBUTED":
            raise StateFailed("States.Runtime", "A distributed map is not emulated by the sandbox.")

        def one(numbered: tuple[int, Any]) -> Any:  # noqa: ANN401
            context = {**self._context, "Map": {"Item": {"Index": numbered[0], "Value": numbered[1]}}}
            given = template(selector, data, context) if selector is not None else numbered[1]
            return Machine(self._world, self._region, context, self._note, self._stopped).run(inner, given)

        with ThreadPoolExecutor(min(state.get("MaxConcurrency") or AT_ONCE, AT_ONCE)) as pool:
            return list(pool.map(one, enumerate(items)))


def _is_meant(names: Sequence[str], error: StateFailed) -> bool:
    if error.error in {"States.Runtime", "States.Aborted"}:
        return error.error in names
    is_task = "States.TaskFailed" in names and error.error != "States.Timeout"
    return error.error in names or "States.ALL" in names or is_task
