"""Batch transform's child: `python -m mlacoach.sandbox.jobs.transforming PLAN`.

It loads the model, reads every input file, asks the model in batches, and writes an `.out` file for each.
"""

import json
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mlacoach.sandbox.algorithms import Refused, recordio
from mlacoach.sandbox.jobs.json_paths import parse, select
from mlacoach.sandbox.serving.container.loaded import Setting, load_model, status_of

Ask = Callable[[bytes], bytes]
MEGABYTE = 2**20
CLIENT_ERROR, ALGORITHM_ERROR = 3, 4
FIRST_SERVER_ERROR = 500


class BadInput(Exception):
    """Input that cannot be transformed, and why."""


def main() -> int:
    """Transform by the plan."""
    plan: Mapping[str, Any] = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    asks = [load_model(Setting(**one["setting"]), Path(one["folder"])) for one in plan["models"]]

    def ask(body: bytes) -> bytes:
        kind = plan["content_type"]
        for number, one in enumerate(asks, 1):
            answer, kind = one(body, kind, plan["accept"] if number == len(asks) else "")
            body = answer if isinstance(answer, bytes) else b"".join(answer)
        return body

    source = Path(plan["input"])
    for path in sorted(path for path in source.rglob("*") if path.is_file()):
        name = path.relative_to(source)
        try:
            made = transform(path.read_bytes(), plan, ask)
        except BadInput as error:
            sys.stderr.write(f"{name}: {error}\n")
            return CLIENT_ERROR
        except Exception as error:  # noqa: BLE001 - the model's own
            return _told(name, error)
        target = Path(plan["output"]) / f"{name}.out"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(made)
    return 0


def _told(name: Path, error: Exception) -> int:
    status = status_of(error)
    traceback.print_exc()
    message = error.message if isinstance(error, Refused) else str(error)
    sys.stderr.write(f"{name}: Bad HTTP status received from algorithm: {status}\n{name}: {message}\n")
    return ALGORITHM_ERROR if status >= FIRST_SERVER_ERROR else CLIENT_ERROR


def transform(data: bytes, plan: Mapping[str, Any], ask: Ask) -> bytes:
    """One file's answers.

    Raises:
        BadInput: a record is too large, or the model's answers do not fit its records.
    """
    glue = b"\n" if plan["split"] == "Line" else b""
    shaped, records = _shaped(plan), split(data, plan["split"])
    sent = [shaped.sent(record) for record in records]
    whole = b"\n" if plan["assemble"] == "Line" else b""
    if not shaped.is_needed:
        answers = [ask(glue.join(batch)).removesuffix(b"\n") for batch in batches(sent, plan, len(glue))]
        return whole.join(answers) + (whole if answers else b"")
    answered = [line for batch in batches(sent, plan, len(glue)) for line in _lines(ask(glue.join(batch)), len(batch))]
    made = [shaped.made(record, answer) for record, answer in zip(records, answered, strict=True)]
    return b"".join(one + b"\n" for one in made)


def split(data: bytes, by: str) -> list[bytes]:
    """The records of a file."""
    if by == "Line":
        return [line for line in data.splitlines() if line.strip()]
    if by == "RecordIO":
        return [recordio.framed([frame]) for frame in recordio.frames(data)]
    return [data]


def batches(records: Sequence[bytes], plan: Mapping[str, Any], glue: int) -> Iterator[list[bytes]]:
    """The records that go together: one by one, or as many as a payload holds.

    Raises:
        BadInput: one is too large for a payload.
    """
    most = plan["payload_mb"] * MEGABYTE
    batch: list[bytes] = []
    size = 0
    for record in records:
        if most and len(record) > most:
            raise BadInput(f"A record has {len(record)} bytes, more than MaxPayloadInMB ({plan['payload_mb']}) allows.")
        full = most and size + len(record) + glue > most
        if batch and (full or plan["strategy"] == "SingleRecord"):
            yield batch
            batch, size = [], 0
        batch.append(record)
        size += len(record) + glue
    if batch:
        yield batch


def _lines(answer: bytes, count: int) -> list[bytes]:
    """An answer per record.

    Raises:
        BadInput: there are more or fewer.
    """
    lines = [line for line in answer.splitlines() if line.strip()]
    if count == 1:
        return [answer.strip()]
    if len(lines) != count:
        raise BadInput(f"The model gave {len(lines)} answers to {count} records.")
    return lines


class _shaped:  # noqa: N801 - used as a function
    """What is sent of a record, and what is made of it and its answer."""

    def __init__(self, plan: Mapping[str, Any]) -> None:
        self._before, self._after = parse(plan["input_filter"]), parse(plan["output_filter"])
        self._joins = plan["join"] == "Input"
        self._is_csv, self._answers_csv = (
            "csv" in plan["content_type"],
            "csv" in (plan["accept"] or plan["content_type"]),
        )
        self.is_needed = bool(self._joins or self._after)

    def sent(self, record: bytes) -> bytes:
        """The part of a record that the model sees."""
        return record if not self._before else self._write(select(self._read(record), self._before))

    def made(self, record: bytes, answer: bytes) -> bytes:
        """What stands in the output for a record."""
        said: Any = _csv(answer) if self._answers_csv else json.loads(answer)
        joined = self._joined(self._read(record), said) if self._joins else said
        return self._write(select(joined, self._after), is_csv=self._answers_csv)

    def _joined(self, record: Any, said: Any) -> Any:  # noqa: ANN401 - JSON
        if isinstance(record, dict):
            return {**record, "SageMakerOutput": said}
        if isinstance(record, list) and isinstance(said, list) and self._is_csv:
            return [*record, *said]
        return {"SageMakerInput": record, "SageMakerOutput": said}

    def _read(self, record: bytes) -> Any:  # noqa: ANN401
        try:
            return _csv(record) if self._is_csv else json.loads(record)
        except ValueError as error:
            raise BadInput(f"A record is no JSON: {error}.") from error

    def _write(self, data: Any, *, is_csv: bool | None = None) -> bytes:  # noqa: ANN401
        if self._is_csv if is_csv is None else is_csv:
            return ",".join(str(one) for one in (data if isinstance(data, list) else [data])).encode()
        return json.dumps(data).encode()


def _csv(line: bytes) -> list[str]:
    return [field.strip() for field in line.decode().strip().split(",")]


if __name__ == "__main__":
    sys.exit(main())
