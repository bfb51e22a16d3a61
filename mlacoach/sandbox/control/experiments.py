"""Experiments: which components a trial holds, and the metrics that code reports while it runs."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mlacoach.sandbox.aws_error import AwsError
from mlacoach.sandbox.call import Call, Engine
from mlacoach.sandbox.control.crud import absent
from mlacoach.sandbox.control.families import Family, families
from mlacoach.sandbox.control.listing import listed
from mlacoach.sandbox.records import Record

TRIAL, COMPONENT = "Trial", "TrialComponent"


def associate(call: Call) -> Mapping[str, Any]:
    """AssociateTrialComponent."""
    trial, component = _both(call)
    call.world.store.change(component, lambda now: {"Parents": _parents(now, trial)})
    return {"TrialComponentArn": component.arn, "TrialArn": trial.arn}


def disassociate(call: Call) -> Mapping[str, Any]:
    """DisassociateTrialComponent."""
    trial, component = _both(call)
    left = [parent for parent in component.get("Parents", []) if parent["TrialName"] != trial.key]
    call.world.store.change(component, {"Parents": left})
    return {"TrialComponentArn": component.arn, "TrialArn": trial.arn}


def _both(call: Call) -> tuple[Record, Record]:
    trial = named(call, families()[TRIAL], call.request["TrialName"])
    return trial, named(call, families()[COMPONENT], call.request["TrialComponentName"])


def named(call: Call, family: Family, name: str) -> Record:
    """The record of a name or an ARN.

    Raises:
        AwsError: there is none.
    """
    key = name.rpartition("/")[2]
    record = call.world.store.get(family.noun, key, call.region)
    if record is None:
        raise absent(family, call, key)
    return record


def _parents(component: Record, trial: Record) -> list[dict[str, str]]:
    others = [parent for parent in component.get("Parents", []) if parent["TrialName"] != trial.key]
    return [*others, {"TrialName": trial.key, "ExperimentName": str(trial.get("ExperimentName", ""))}]


def list_components(call: Call) -> Mapping[str, Any]:
    """ListTrialComponents: of a trial, of an experiment, or of a source."""
    request = dict(call.request)
    trial, experiment = request.pop("TrialName", None), request.pop("ExperimentName", None)
    records = [
        record
        for record in call.world.store.all(COMPONENT, call.region)
        if _has_parent(record, "TrialName", trial) and _has_parent(record, "ExperimentName", experiment)
    ]
    return listed(replace(call, request=request), families()[COMPONENT], records)


def _has_parent(record: Record, member: str, name: str | None) -> bool:
    return name is None or any(parent[member] == name for parent in record.get("Parents", []))


def list_trials(call: Call) -> Mapping[str, Any]:
    """ListTrials: of an experiment, or those that hold a component."""
    request = dict(call.request)
    component = request.pop("TrialComponentName", None)
    records = call.world.store.all(TRIAL, call.region)
    if component is not None:
        held = named(call, families()[COMPONENT], component).get("Parents", [])
        records = [record for record in records if record.key in {parent["TrialName"] for parent in held}]
    return listed(replace(call, request=request), families()[TRIAL], records)


def refuse_trial_with_components(call: Call, trial: Record) -> None:
    """A trial that holds components stays.

    Raises:
        AwsError: it holds some.
    """
    if any(_has_parent(one, "TrialName", trial.key) for one in call.world.store.all(COMPONENT, call.region)):
        raise AwsError(
            "ValidationException", f"Trial '{trial.key}' cannot be deleted: it has associated trial components."
        )


def refuse_experiment_with_trials(call: Call, experiment: Record) -> None:
    """An experiment that holds trials stays.

    Raises:
        AwsError: it holds some.
    """
    if any(one.get("ExperimentName") == experiment.key for one in call.world.store.all(TRIAL, call.region)):
        raise AwsError(
            "ValidationException", f"Experiment '{experiment.key}' cannot be deleted: it has associated trials."
        )


def refuse_component_of_trials(_call: Call, component: Record) -> None:
    """A component that trials hold stays.

    Raises:
        AwsError: one holds it.
    """
    if component.get("Parents"):
        raise AwsError(
            "ValidationException",
            f"Trial component '{component.key}' cannot be deleted: it is associated with a trial.",
        )


def require_experiment(call: Call) -> None:
    """A trial is part of an experiment that exists.

    Raises:
        AwsError: it does not.
    """
    named(call, families()["Experiment"], call.request["ExperimentName"])


ENGINES: Mapping[str, Engine] = {
    "AssociateTrialComponent": associate,
    "DisassociateTrialComponent": disassociate,
    "ListTrialComponents": list_components,
    "ListTrials": list_trials,
}
