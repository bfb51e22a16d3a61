"""The model that is analysed: an endpoint that is there, or a shadow endpoint for as long as the job runs."""

import csv
import io
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np

from mlacoach.sandbox.clarify.settings import BadSettings

AT_ONCE = 1000
HALF = 0.5
WAIT = {"Delay": 1, "MaxAttempts": 300}
Array = Any  # a NumPy array


class Model:
    """Answers rows.

    Args:
        runtime: a client.
        endpoint: where the model is.
        given: the predictor of the settings.
    """

    def __init__(self, runtime: Any, endpoint: str, given: Mapping[str, Any]) -> None:  # noqa: ANN401 - boto3
        self._runtime = runtime
        self._endpoint = endpoint
        self._given = given
        self._content = given.get("content_type") or "text/csv"
        self._accept = given.get("accept_type") or "text/csv"

    def answers(self, rows: Sequence[Sequence[str]]) -> list[Any]:
        """What the model says to each row: a list of cells, or a JSON document.

        Raises:
            BadSettings: it did not answer every row.
        """
        found: list[Any] = []
        for begin in range(0, len(rows), AT_ONCE):
            some = rows[begin : begin + AT_ONCE]
            told = self._runtime.invoke_endpoint(
                EndpointName=self._endpoint, Body=self._body(some), ContentType=self._content, Accept=self._accept
            )
            answered = self._parsed(told["Body"].read().decode("utf-8"))
            if len(answered) != len(some):
                raise BadSettings(f"The model gave {len(answered)} answers to {len(some)} rows.")
            found += answered
        return found

    def _body(self, rows: Sequence[Sequence[str]]) -> bytes:
        if self._content == "text/csv":
            out = io.StringIO()
            csv.writer(out, lineterminator="\n").writerows(rows)
            return out.getvalue().encode()
        if self._content == "application/jsonlines":
            template = self._given.get("content_template") or '{"features":$features}'
            lines = (template.replace("$features", json.dumps([_value(cell) for cell in row])) for row in rows)
            return "\n".join(lines).encode()
        raise BadSettings(f"The content type {self._content} is not emulated by the sandbox.")

    def _parsed(self, text: str) -> list[Any]:
        if self._accept == "text/csv":
            return [line for line in csv.reader(io.StringIO(text)) if line]
        if self._accept == "application/jsonlines":
            return [json.loads(line) for line in text.splitlines() if line.strip()]
        whole = json.loads(text)
        return list(whole["predictions"]) if isinstance(whole, Mapping) and "predictions" in whole else list(whole)

    def scores(self, rows: Sequence[Sequence[str]]) -> Array:
        """The numbers that the model gives, (rows, outputs)."""
        where = self._given.get("probability")
        if where is None:
            where = self._given.get("label")
        found = [_numbers(_at(answer, where)) for answer in self.answers(rows)]
        return np.array(found, dtype=float)

    def labels(self, rows: Sequence[Sequence[str]]) -> list[str]:
        """The label that the model predicts for each row.

        A label that the answer has counts as it is; of probabilities the greatest wins, and a single one counts as 1
        above the threshold.
        """
        if self._given.get("label") is not None:
            return [str(_first(_at(answer, self._given["label"]))) for answer in self.answers(rows)]
        scores, names = self.scores(rows), self._given.get("label_headers")
        if scores.shape[1] == 1:
            threshold = float(self._given.get("probability_threshold") or HALF)
            return [str(int(score[0] > threshold)) for score in scores]
        best = scores.argmax(axis=1)
        return [str(names[at]) if names else str(at) for at in best]


def _value(cell: str) -> Any:  # noqa: ANN401 - a number or a text
    try:
        return float(cell)
    except ValueError:
        return cell


def _at(answer: Any, where: Any) -> Any:  # noqa: ANN401 - JSON
    """A part of an answer: a column of CSV by its number, a part of JSON by JMESPath, or all of it."""
    if where is None:
        return answer
    if isinstance(answer, list) and isinstance(where, int):
        return answer[where]
    import jmespath  # type: ignore[import-untyped]  # noqa: PLC0415 - for JSON alone; botocore brings it

    return jmespath.search(str(where), answer)


def _first(found: Any) -> Any:  # noqa: ANN401 - JSON
    return found[0] if isinstance(found, list) and found else found


def _numbers(found: Any) -> list[float]:  # noqa: ANN401 - JSON
    if isinstance(found, Mapping):
        found = list(found.values())
    try:
        return [float(each) for each in (found if isinstance(found, list) else [found])]
    except (TypeError, ValueError) as error:
        raise BadSettings(f"The model's answer {found!r} is no number: set predictor.probability or .label.") from error


def client(service: str) -> Any:  # noqa: ANN401 - botocore's client
    """A client of the job's container, whose environment says where and as whom."""
    from botocore.session import Session  # noqa: PLC0415 - where a model is asked

    session = Session()  # type: ignore[no-untyped-call]
    return session.create_client(service)


@contextmanager
def shadow(given: Mapping[str, Any]) -> Iterator[Model]:
    """The model of the settings, on an endpoint; one of our own goes when the job ends.

    Raises:
        BadSettings: the model is not named, or did not come up.
    """
    runtime = client("sagemaker-runtime")
    if given.get("endpoint_name"):
        yield Model(runtime, str(given["endpoint_name"]), given)
        return
    if not given.get("model_name"):
        raise BadSettings("predictor.model_name or predictor.endpoint_name must be given.")
    sagemaker = client("sagemaker")
    name = f"{given.get('endpoint_name_prefix') or 'sm-clarify'}-{uuid.uuid4().hex[:12]}"
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": given["model_name"],
        "InstanceType": given.get("instance_type") or "ml.m5.large",
        "InitialInstanceCount": int(given.get("initial_instance_count") or 1),
    }
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    try:
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
        _await(sagemaker, name)
        yield Model(runtime, name, given)
    finally:
        # While it is being created it can't be deleted.
        with suppress(BadSettings):
            _await(sagemaker, name)
        _delete(sagemaker, name)


def _await(sagemaker: Any, name: str) -> None:  # noqa: ANN401 - boto3
    from botocore.exceptions import WaiterError  # noqa: PLC0415 - beside the client

    try:
        sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=name, WaiterConfig=WAIT)
    except WaiterError as error:
        why = sagemaker.describe_endpoint(EndpointName=name).get("FailureReason", "")
        raise BadSettings(f"The shadow endpoint did not come up. {why}") from error


def _delete(sagemaker: Any, name: str) -> None:  # noqa: ANN401 - boto3
    from botocore.exceptions import ClientError  # noqa: PLC0415 - beside the client

    for delete, member in (
        (sagemaker.delete_endpoint, "EndpointName"),
        (sagemaker.delete_endpoint_config, "EndpointConfigName"),
    ):
        try:
            delete(**{member: name})
        except ClientError:
            continue
