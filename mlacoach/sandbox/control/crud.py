"""Create, Describe, Update, Delete, Stop and Start of every family that goes by the rule."""

from collections.abc import Callable, Mapping
from typing import Any

from mlacoach.sandbox.aws_error import AwsError, invalid, not_emulated
from mlacoach.sandbox.call import Call, Engine
from mlacoach.sandbox.control.families import SERVICE, Family, members
from mlacoach.sandbox.control.projection import project
from mlacoach.sandbox.control.required import require_role
from mlacoach.sandbox.engines import Engines, Hook, Runner
from mlacoach.sandbox.protocol.models import service_model
from mlacoach.sandbox.records import Record, Taken

ID_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
ID_LENGTH = 12
STOPPED = ("Stopped", "STOPPED", "Stopping", "STOPPING")


def create(family: Family, engines: Engines, requires: Callable[[Call], None] | None = None) -> Engine:
    """CreateX: check, store, and start what must run."""

    def engine(call: Call) -> Mapping[str, Any]:
        runner = engines.runners.get(family.noun)
        if runner is None and family.difference.must_run:
            raise not_emulated(f"{call.service} {call.operation}", f"Nothing here runs a {family.words}.")
        require_role(call)
        if requires:
            requires(call)
        record = new_record(family, call, family.beginning if runner else family.settled)
        keep(family, call, record)
        if runner:
            _run(call, runner, record)
        return answer(call.operation, record)

    return engine


def keep(family: Family, call: Call, record: Record) -> None:
    """Store a record and its tags.

    Raises:
        AwsError: the name is taken.
    """
    try:
        call.world.store.add(record)
    except Taken as taken:
        raise taken_name(family, taken.record) from taken
    call.world.store.tag(record.arn, {tag["Key"]: tag["Value"] for tag in call.request.get("Tags", [])})


def _run(call: Call, runner: Runner, record: Record) -> None:
    try:
        runner.start(call.world, record)
    except BaseException:
        call.world.store.remove(record)
        raise


def new_record(family: Family, call: Call, status: str) -> Record:
    """The record that a creation makes."""
    fields = renamed(family, {name: value for name, value in call.request.items() if name != "Tags"})
    fields = {**family.difference.defaults, **fields}
    for key in family.keys:
        if key not in fields and not key.endswith("Arn"):
            fields[key] = _new_id(call, family)
    name = "/".join(str(fields[key]) for key in family.keys if key in fields) or _new_id(call, family)
    arn = call.world.arn(f"{family.arn_path}/{name}", region=call.region)
    fields[family.arn_member] = arn
    shown = members(family.operation("Describe"), "output")
    now = call.world.now()
    fields |= {moment: now for moment in ("CreationTime", "LastModifiedTime", "CreatedTime") if moment in shown}
    # Who was no user of Studio has an empty context.
    fields |= {"CreatedBy": {}} if "CreatedBy" in shown else {}
    if family.status_member:
        # A model card and an action come with the status that their author gives them.
        fields.setdefault(family.status_member, status)
    return Record(family.noun, name, arn, fields, region=call.region)


def renamed(family: Family, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields under Describe's names."""
    names = family.difference.renames
    return {names.get(name, name): value for name, value in fields.items() if names.get(name, name)}


def _new_id(call: Call, family: Family) -> str:
    number = len(call.world.store.all(family.noun, call.region))
    rng = call.world.rng(f"{family.noun}/{number}/{call.world.now().timestamp()}")
    return family.difference.identified + "".join(rng.choices(ID_LETTERS, k=ID_LENGTH))


def answer(operation: str, record: Record) -> dict[str, Any]:
    """What an operation answers about a record."""
    shape = service_model(SERVICE).operation_model(operation).output_shape
    if shape is None:
        return {}
    if set(shape.members) == {record.kind}:
        return {record.kind: project(shape.members[record.kind], record.fields)}
    return dict(project(shape, record.fields))


def describe(family: Family) -> Engine:
    """DescribeX."""
    return lambda call: answer(call.operation, existing(family, call))


def key_of(family: Family, request: Mapping[str, Any]) -> str:
    """The key that a request names: by name or by ARN."""
    parts = [str(request[key]) for key in family.keys if request.get(key) is not None]
    return "/".join(part.partition(f":{family.arn_path}/")[2] or part for part in parts)


def existing(family: Family, call: Call) -> Record:
    """The record that a request names.

    Raises:
        AwsError: there is none.
    """
    key = key_of(family, call.request)
    record = call.world.store.get(family.noun, key, call.region)
    if record is None:
        raise absent(family, call, key)
    return record


def absent(family: Family, call: Call, key: str) -> AwsError:
    """What the family says about one that is not there."""
    listed = {shape.name for shape in service_model(SERVICE).operation_model(family.operation("Describe")).error_shapes}
    by_rule = "ResourceNotFound" if "ResourceNotFound" in listed else "ValidationException"
    sentence = family.difference.absent or "{Words} '{arn}' does not exist."
    arn = call.world.arn(f"{family.arn_path}/{key}", region=call.region)
    return AwsError(family.difference.absent_code or by_rule, _said(sentence, family, arn, key))


def taken_name(family: Family, record: Record) -> AwsError:
    """What the family says about a name that is taken."""
    listed = {shape.name for shape in service_model(SERVICE).operation_model(family.operation("Create")).error_shapes}
    by_rule = next((code for code in ("ResourceInUse", "ConflictException") if code in listed), "ValidationException")
    sentence = family.difference.taken or "{Words} with name {key} already exists: {arn}"
    return AwsError(family.difference.taken_code or by_rule, _said(sentence, family, record.arn, record.key))


def _said(sentence: str, family: Family, arn: str, key: str) -> str:
    words = family.words
    return sentence.format(words=words, Words=words[:1].upper() + words[1:], arn=arn, key=key)


def update(family: Family, engines: Engines, requires: Callable[[Call], None] | None = None) -> Engine:
    """UpdateX."""

    def engine(call: Call) -> Mapping[str, Any]:
        record = existing(family, call)
        _refuse_while(family, record, family.difference.busy if family.difference.must_run else ())
        require_role(call)
        if requires:
            requires(call)
        runner = engines.runners.get(family.noun)
        follows = runner.update if runner else None
        # An id in the path of an Update is no new value.
        request = {name: value for name, value in call.request.items() if name not in family.keys}
        status = {family.status_member: "Updating"} if follows and "Updating" in family.statuses else {}
        merged = call.world.store.change(record, lambda now: _merged(family, now, request, call) | status)
        changed = merged or record
        if follows:
            follows(call.world, changed)
        return answer(call.operation, changed)

    return engine


def _merged(family: Family, record: Record, request: Mapping[str, Any], call: Call) -> dict[str, Any]:
    special = family.difference
    changes: dict[str, Any] = {"LastModifiedTime": call.world.now()}
    for name, value in renamed(family, request).items():
        if name == special.erases:
            changes |= dict.fromkeys(value)
        elif name in special.clears:
            changes |= {special.clears[name]: None} if value else {}
        elif name in special.drops:
            target = special.drops[name]
            base = changes.get(target, record.get(target) or {})
            changes[target] = {key: item for key, item in base.items() if key not in value}
        elif name in special.adds:
            target = special.adds[name]
            changes[target] = [*(record.get(target) or []), *value]
        elif name in special.merges:
            changes[name] = {**changes.get(name, record.get(name) or {}), **value}
        else:
            changes[name] = value
    return changes


def delete(family: Family, engines: Engines, refuses: Callable[[Call, Record], None] | None = None) -> Engine:
    """DeleteX."""

    def engine(call: Call) -> Mapping[str, Any]:
        record = existing(family, call)
        _refuse_while(family, record, family.difference.busy)
        if refuses:
            refuses(call, record)
        _tell(engines.runners.get(family.noun), "delete", call, record)
        call.world.store.remove(record)
        return answer(call.operation, record)

    return engine


def _refuse_while(family: Family, record: Record, states: tuple[str, ...]) -> None:
    status = record.get(family.status_member)
    if status in states:
        sentence = family.difference.busy_says or "{Words} {key} is in status " + str(status) + "."
        raise invalid(_said(sentence, family, record.arn, record.key))


def stop(family: Family, engines: Engines) -> Engine:
    """StopX: the status says Stopping, and the runner does it; what does not run is stopped at once."""

    def engine(call: Call) -> Mapping[str, Any]:
        record = existing(family, call)
        status = record.get(family.status_member)
        if status not in family.difference.stops:
            if status in STOPPED:
                return answer(call.operation, record)
            raise invalid(f"The request was rejected because the {family.words} is in status {status}.")
        runner = engines.runners.get(family.noun)
        wanted = ("Stopping", "STOPPING", "Stopped", "STOPPED") if runner and runner.stop else ("Stopped", "STOPPED")
        new = next((name for name in wanted if name in family.statuses), status)
        changed = call.world.store.change(record, {family.status_member: new, "LastModifiedTime": call.world.now()})
        _tell(runner, "stop", call, changed or record)
        return answer(call.operation, changed or record)

    return engine


def start(family: Family, engines: Engines) -> Engine:
    """StartX: what was stopped goes on."""

    def engine(call: Call) -> Mapping[str, Any]:
        record = existing(family, call)
        now = call.world.now()
        runner = engines.runners.get(family.noun)
        status = family.beginning if runner else family.settled
        changed = call.world.store.change(record, {family.status_member: status, "LastModifiedTime": now}) or record
        if runner:
            runner.start(call.world, changed)
        return answer(call.operation, changed)

    return engine


def _tell(runner: Runner | None, what: str, call: Call, record: Record) -> None:
    hook: Hook | None = getattr(runner, what) if runner else None
    if hook:
        hook(call.world, record)
