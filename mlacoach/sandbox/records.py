"""The records of the control plane: what was created, and in which state it is. Every change is one step."""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from mlacoach.sandbox.client import REGION

Changes = Mapping[str, Any] | Callable[["Record"], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Record:
    """One resource.

    Attributes:
        kind: the noun of its operations, such as `TrainingJob`.
        key: its name; of several parts joined by a slash.
        arn: its ARN.
        fields: what Describe answers, and what was asked for at its creation.
        private: what no answer shows: a process, a port, a folder.
        region: where it was created.
    """

    kind: str
    key: str
    arn: str
    fields: Mapping[str, Any]
    private: Mapping[str, Any] = field(default_factory=dict)
    region: str = REGION

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - whatever the shape holds
        return self.fields[name]

    def get(self, name: str, otherwise: Any = None) -> Any:  # noqa: ANN401
        """A field, or something else where it has none."""
        return self.fields.get(name, otherwise)


class Taken(Exception):
    """There is already one of that kind and key."""

    def __init__(self, record: Record) -> None:
        super().__init__(record.arn)
        self.record = record


class Records:
    """All records, safe for threads. A record that was handed out never changes; ask again for its present state."""

    def __init__(self) -> None:
        self._changed = threading.Condition(threading.RLock())
        self._shelves: dict[tuple[str, str], dict[str, Record]] = {}
        self._tags: dict[str, dict[str, str]] = {}

    def add(self, record: Record) -> None:
        """Keep a new record.

        Raises:
            Taken: there is one of that name.
        """
        with self._changed:
            shelf = self._shelves.setdefault((record.region, record.kind), {})
            if record.key in shelf:
                raise Taken(shelf[record.key])
            shelf[record.key] = record
            self._changed.notify_all()

    def get(self, kind: str, key: str, region: str = REGION) -> Record | None:
        """The record as it is now."""
        with self._changed:
            return self._shelves.get((region, kind), {}).get(key)

    def all(self, kind: str, region: str = REGION) -> list[Record]:
        """Every record of a kind, in the order of their creation."""
        with self._changed:
            return list(self._shelves.get((region, kind), {}).values())

    def everything(self) -> Iterator[Record]:
        """Every record of every kind and region."""
        with self._changed:
            return iter([record for shelf in self._shelves.values() for record in shelf.values()])

    def by_arn(self, arn: str) -> Record | None:
        """The record of this ARN."""
        return next((record for record in self.everything() if record.arn == arn), None)

    def change(self, record: Record, changes: Changes, private: Mapping[str, Any] | None = None) -> Record | None:
        """Merge changes into the record as it is now; None if it has been removed meanwhile.

        Args:
            record: any state of it.
            changes: fields to set, or a function that gives them from the present state. A field set to None goes.
            private: private fields to set.
        """
        with self._changed:
            now = self.get(record.kind, record.key, record.region)
            if now is None or now.arn != record.arn:
                return None
            given = changes(now) if callable(changes) else changes
            fields = {name: value for name, value in {**now.fields, **given}.items() if value is not None}
            changed = replace(now, fields=fields, private={**now.private, **(private or {})})
            self._shelves[record.region, record.kind][record.key] = changed
            self._changed.notify_all()
            return changed

    def remove(self, record: Record) -> Record | None:
        """Forget the record and its tags; the last state of it, or None if it was gone already."""
        with self._changed:
            gone = self._shelves.get((record.region, record.kind), {}).pop(record.key, None)
            self._tags.pop(record.arn, None)
            self._changed.notify_all()
            return gone

    def wait(self, record: Record, until: Callable[[Record | None], bool], seconds: float) -> Record | None:
        """Wait until the record is as it should be, or the time is up; then its present state."""
        with self._changed:
            self._changed.wait_for(lambda: until(self.get(record.kind, record.key, record.region)), seconds)
            return self.get(record.kind, record.key, record.region)

    def tag(self, arn: str, tags: Mapping[str, str]) -> None:
        """Add tags; a key that is there gets the new value."""
        with self._changed:
            self._tags.setdefault(arn, {}).update(tags)

    def untag(self, arn: str, keys: list[str]) -> None:
        """Take tags away."""
        with self._changed:
            for key in keys:
                self._tags.get(arn, {}).pop(key, None)

    def tags(self, arn: str) -> dict[str, str]:
        """The tags of an ARN."""
        with self._changed:
            return dict(self._tags.get(arn, {}))

    def clear(self) -> None:
        """Forget everything."""
        with self._changed:
            self._shelves.clear()
            self._tags.clear()
            self._changed.notify_all()
