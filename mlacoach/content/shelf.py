"""Records that are built when they are asked for: a start asks for a few of some thousands."""

import json
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from functools import cached_property
from typing import Any, TypeVar

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")


class Shelf(MutableMapping[str, T]):
    """Records of one kind by id, in order. Each is kept as JSON until somebody asks for it."""

    def __init__(self, make: Callable[[str, Any], T], texts: dict[str, bytes | memoryview] | None = None) -> None:
        """Shelve.

        Args:
            make: builds a record from its id and its validated data.
            texts: the validated data of each record as JSON, by id.
        """
        self._make = make
        self._texts: dict[str, bytes | memoryview] = {} if texts is None else texts
        self._built: dict[str, T] = {}

    @property
    def texts(self) -> Mapping[str, bytes | memoryview]:
        """What `put` was given, as JSON."""
        return self._texts

    def put(self, record_id: str, data: object) -> None:
        """Shelve a record as its validated data."""
        self._texts[record_id] = json.dumps(data).encode()

    def __getitem__(self, record_id: str) -> T:
        if record_id not in self._built:
            self._built[record_id] = self._make(record_id, json.loads(bytes(self._texts[record_id])))
        return self._built[record_id]

    def __setitem__(self, record_id: str, record: T) -> None:
        self._texts.setdefault(record_id, b"")
        self._built[record_id] = record

    def __delitem__(self, record_id: str) -> None:
        del self._texts[record_id]
        self._built.pop(record_id, None)

    def __contains__(self, record_id: object) -> bool:
        return record_id in self._texts

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


class Deferred(Mapping[K, V]):
    """A mapping that is made whole when somebody first looks into it."""

    def __init__(self, make: Callable[[], Mapping[K, V]]) -> None:
        self._make = make

    @cached_property
    def _made(self) -> Mapping[K, V]:
        return self._make()

    def __getitem__(self, key: K) -> V:
        return self._made[key]

    def __iter__(self) -> Iterator[K]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)
