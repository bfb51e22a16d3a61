"""Devices that study apart from each other end with the same state, through a folder or a bucket, in any order."""

import gzip
import hashlib
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlacoach.cloud.bucket import Bucket
from mlacoach.coach.sync import MARK, Place, open_place, pull, push
from mlacoach.errors import DataDamaged, MlacoachError, NeedsCredentials, TryAgain
from mlacoach.sandbox import REGION, Sandbox
from mlacoach.store import Store, jsonl
from mlacoach.store.database import LATEST
from mlacoach.store.exchange import LOGS
from mlacoach.store.sync_folder import SyncFolder
from tests.calling import caller
from tests.devices import NOW, Device, busy, rows, state, studied
from tests.sandbox_clients import client_of, session_of

# What one of three devices does: study, set its clock, push, pull.
STEP = st.tuples(st.integers(0, 2), st.sampled_from(["study", "push", "pull", "jump"]), st.integers(-1000, 1000))
AT_A_TIME = 12


def moved(device: Device, place: Place) -> None:
    push(device.store, place, device.now)


def apply(device: Device, kind: str, number: int, place: Place) -> None:
    if kind == "push":
        moved(device, place)
    elif kind == "pull" and place.names():
        pull(device.store, place)
    elif kind == "jump":
        device.jump(number)
    elif kind == "study":
        busy(device, number, AT_A_TIME)


def written(devices: list[Device]) -> set[object]:
    return {row[0] for device in devices for table in rows(device.store, *LOGS).values() for row in table}


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> pytest.TempPathFactory:
    return tmp_path_factory


@settings(max_examples=20, deadline=None)
@given(steps=st.lists(STEP, min_size=10, max_size=20), last=st.permutations(range(3)))
def test_devices_end_with_the_same_state_in_any_order(
    folders: pytest.TempPathFactory, steps: list[tuple[int, str, int]], last: list[int]
) -> None:
    place, devices = SyncFolder(folders.mktemp("shared")), [Device(), Device(), Device()]
    for number, kind, what in steps:
        apply(devices[number], kind, what, place)
    everything = written(devices)

    for number in last:
        moved(devices[number], place)
    for number in last:
        pull(devices[number].store, place)

    first = state(devices[0].store)
    assert state(devices[1].store) == first
    assert state(devices[2].store) == first
    assert written(devices[:1]) == everything
    assert [pull(device.store, place).rows for device in devices] == [{}, {}, {}]


@pytest.fixture
def shared(tmp_path: Path) -> SyncFolder:
    (tmp_path / "shared").mkdir()
    return SyncFolder(tmp_path / "shared")


def segments(place: Place) -> list[str]:
    return [name for name in place.names() if name != MARK]


def test_what_was_pushed_or_pulled_goes_out_once(shared: SyncFolder) -> None:
    one, two = studied(Device(), 1), Device()

    sent = push(one.store, shared, NOW)
    got = pull(two.store, shared)

    assert dict(sent.rows) == dict(got.rows)
    assert [push(device.store, shared, NOW).segments for device in (one, two)] == [0, 0]
    assert pull(one.store, shared).rows == {}
    assert len(segments(shared)) == 1
    two.do("tick", 1)
    assert dict(push(two.store, shared, NOW).rows) == {"ticks": 1}
    assert dict(pull(one.store, shared).rows) == {"ticks": 1}


def test_the_files_of_a_place_are_never_changed_and_none_is_the_database(shared: SyncFolder) -> None:
    one = studied(Device(), 1)
    push(one.store, shared, NOW)
    before = {name: shared.read(name) for name in shared.names()}
    one.do("answer", 1)
    push(one.store, shared, NOW + timedelta(days=1))

    assert {name: shared.read(name) for name in before} == before
    assert not any(shared.read(name).startswith(b"SQLite") for name in shared.names())


def test_segments_that_somebody_took_away_go_out_again(shared: SyncFolder) -> None:
    one, two = studied(Device(), 1), Device()
    push(one.store, shared, NOW)
    pull(two.store, shared)
    for name in segments(shared):
        Path(shared.name, name).unlink()

    push(two.store, shared, NOW)
    three = Device()
    pull(three.store, shared)

    assert state(three.store)["answers"] == state(one.store)["answers"]


def test_another_folder_at_the_same_path_gets_everything(shared: SyncFolder) -> None:
    """Another stick, say: that everything was pushed to the first one is no reason to push nothing."""
    one = studied(Device(), 1)
    push(one.store, shared, NOW)
    for name in shared.names():
        Path(shared.name, name).unlink()

    assert push(one.store, shared, NOW).rows["answers"] == len(rows(one.store, "answers")["answers"])


@dataclass(frozen=True)
class Refused:
    """What is done to a place, and what is said then."""

    spoil: Callable[[Path], None]
    kind: type[MlacoachError]
    says: str
    pushing: bool = False


def first_segment(folder: Path) -> Path:
    return next((folder / "segments").iterdir())


def cut(folder: Path) -> None:
    first_segment(folder).write_bytes(first_segment(folder).read_bytes()[:-20])


def cut_mark(folder: Path) -> None:
    (folder / MARK).write_text('{"schema": "mla')


def other_mark(folder: Path) -> None:
    (folder / MARK).write_text('{"schema": "other.sync", "version": 1, "id": "x"}')


def newer_mark(folder: Path) -> None:
    (folder / MARK).write_text('{"schema": "mlacoach.sync", "version": 2, "id": "x"}')


def without_a_mark(folder: Path) -> None:
    (folder / MARK).unlink()


def other_name(folder: Path) -> None:
    (folder / "segments" / "holiday.jsonl.gz").write_bytes(b"sun")


def changed_name(folder: Path) -> None:
    segment = first_segment(folder)
    bare = segment.name.removesuffix(".jsonl.gz")
    segment.rename(segment.with_name(f"{bare[:-1]}{'1' if bare.endswith('0') else '0'}.jsonl.gz"))


def newer_segment(folder: Path) -> None:
    lines = jsonl.write([], "0" * 16, NOW).replace(b'"version":%d' % LATEST, b'"version":%d' % (LATEST + 1))
    data = gzip.compress(lines)
    name = f"20261121T120000-{'0' * 16}-{hashlib.sha256(data).hexdigest()}.jsonl.gz"
    (folder / "segments" / name).write_bytes(data)


def gone(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()


REFUSED = [
    Refused(cut, DataDamaged, "was cut short or changed"),
    Refused(changed_name, DataDamaged, "was cut short or changed"),
    Refused(cut_mark, DataDamaged, "is damaged", pushing=True),
    Refused(other_mark, MlacoachError, "belongs to another program", pushing=True),
    Refused(newer_mark, DataDamaged, "newer mlacoach", pushing=True),
    Refused(without_a_mark, MlacoachError, "holds something else than our segments", pushing=True),
    Refused(other_name, DataDamaged, "is no segment of ours"),
    Refused(newer_segment, DataDamaged, "was written by a newer mlacoach"),
    Refused(gone, MlacoachError, "Nothing was pushed to"),
]


@pytest.mark.parametrize("case", REFUSED, ids=[case.spoil.__name__ for case in REFUSED])
def test_a_foreign_or_damaged_place_is_refused_with_the_reason(shared: SyncFolder, case: Refused) -> None:
    here = studied(Device(), 2)
    push(studied(Device(), 1).store, shared, NOW)
    case.spoil(Path(shared.name))
    before, there = state(here.store), shared.names()

    with pytest.raises(case.kind) as caught:
        pull(here.store, shared)

    assert case.says in caught.value.what
    assert caught.value.try_this
    if case.pushing:
        with pytest.raises(case.kind, match=case.says):
            push(here.store, shared, NOW)
    assert state(here.store) == before
    assert shared.names() == there


def test_what_other_programs_put_beside_it_does_not_matter(shared: SyncFolder) -> None:
    one = studied(Device(), 1)
    (Path(shared.name) / ".DS_Store").write_bytes(b"\0")
    push(one.store, shared, NOW)
    (Path(shared.name) / "segments" / "desktop.ini").write_text("[x]")
    (Path(shared.name) / "segments" / ".half.jsonl.gz").write_bytes(b"half")

    assert pull(Device().store, shared).segments == 1


def test_a_folder_that_is_missing_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(MlacoachError, match="There is no folder"):
        open_place(str(tmp_path / "stick"))

    assert not (tmp_path / "stick").exists()


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_that_is_read_only_is_said(shared: SyncFolder) -> None:
    push(studied(Device(), 1).store, shared, NOW)
    folders = (Path(shared.name), Path(shared.name) / "segments")
    for folder in folders:
        folder.chmod(0o555)
    try:
        with pytest.raises(TryAgain, match="cannot be written"):
            push(studied(Device(), 2).store, shared, NOW)
    finally:
        for folder in folders:
            folder.chmod(0o755)


def test_a_folder_that_refuses_to_be_written_loses_nothing(shared: SyncFolder) -> None:
    """A file where the segments' folder should be: the same refusal as of a read-only stick, for root too."""
    one = studied(Device(), 1)
    push(Device().store, shared, NOW)
    (Path(shared.name) / "segments").write_text("in the way")

    with pytest.raises(TryAgain, match="cannot be written"):
        push(one.store, shared, NOW)

    (Path(shared.name) / "segments").unlink()
    assert push(one.store, shared, NOW).rows["answers"]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        client_of(running.url, "s3").create_bucket(Bucket="shared")
        yield running


def test_a_bucket_serves_as_a_folder_does(sandbox: Sandbox) -> None:
    place = Bucket(session_of(REGION), "shared", "of/mine", sandbox.url)
    one, two = studied(Device(), 1), studied(Device(now=NOW + timedelta(minutes=1)), 2)
    client_of(sandbox.url, "s3").put_object(Bucket="shared", Key="of/others/report.txt", Body=b"theirs")

    for device in (one, two):
        moved(device, place)
    for device in (one, two):
        pull(device.store, place)

    assert state(one.store) == state(two.store)
    assert place.name == "s3://shared/of/mine/"
    assert len(segments(place)) == 2
    place.write(segments(place)[0], b"overwritten")
    assert pull(Device().store, place).segments == 2


def test_a_bucket_that_is_missing_foreign_or_forbidden_is_refused(sandbox: Sandbox) -> None:
    here, session = studied(Device(), 1), session_of(REGION)
    before = state(here.store)

    with pytest.raises(MlacoachError, match="There is no bucket none"):
        push(here.store, Bucket(session, "none", "", sandbox.url), NOW)
    with pytest.raises(MlacoachError, match="Nothing was pushed to s3://shared/empty/"):
        pull(here.store, Bucket(session, "shared", "/empty/", sandbox.url))
    client_of(sandbox.url, "s3").put_object(Bucket="shared", Key="taken/report.txt", Body=b"theirs")
    with pytest.raises(MlacoachError, match="holds something else"):
        push(here.store, Bucket(session, "shared", "taken", sandbox.url), NOW)
    with pytest.raises(TryAgain, match="s3://shared/"):
        push(here.store, Bucket(session, "shared", "", "http://127.0.0.1:9"), NOW)
    with pytest.raises(MlacoachError, match="names no bucket"):
        open_place("s3://")

    assert state(here.store) == before


def test_without_rights_the_ones_it_takes_are_named(sandbox: Sandbox) -> None:
    s3 = client_of(sandbox.url, "s3")
    s3.create_bucket(Bucket="closed")
    policy = (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",'
        ' "Resource": "arn:aws:s3:::closed/*"}]}'
    )
    s3.put_bucket_policy(Bucket="closed", Policy=policy)

    with pytest.raises(NeedsCredentials) as caught:
        push(studied(Device(), 1).store, Bucket(session_of(REGION), "closed", "", sandbox.url), NOW)

    assert "s3:PutObject" in caught.value.try_this


def test_the_commands_reach_a_bucket_as_the_environment_says(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run, key = caller(monkeypatch, capsys), session_of(REGION).get_credentials()
    for name, value in {
        "AWS_ENDPOINT_URL": sandbox.url,
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": key.access_key,
        "AWS_SECRET_ACCESS_KEY": key.secret_key,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "first").mkdir()
    device = studied(Device(Store(tmp_path / "first" / "mlacoach.db", NOW)), 1)
    device.store.close()

    monkeypatch.setenv("MLACOACH_HOME", str(tmp_path / "first"))
    pushed = run("sync", "push", "s3://shared/by/command", "--json").json
    monkeypatch.setenv("MLACOACH_HOME", str(tmp_path / "second"))
    pulled = run("sync", "pull", "s3://shared/by/command", "--json").json

    assert pushed["rows"] == pulled["rows"]
    assert pushed["rows"]["answers"] > 0
    assert "There is no bucket none." in run("sync", "pull", "s3://none", code=1).err
