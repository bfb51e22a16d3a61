"""Every table, query and migration. The log is append-only: answers, reviews, ticks, exam and lab events."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from mlacoach.store.answers import Answers
from mlacoach.store.database import back_up, connect, open_file, verdict
from mlacoach.store.learner import PlanChanges, Profile, Readings, Ticks
from mlacoach.store.sittings import Sittings
from mlacoach.store.soundness import leave

if TYPE_CHECKING:
    from mlacoach.store.doubts import Doubts
    from mlacoach.store.exchange import Exchange
    from mlacoach.store.lab_runs import LabRuns
    from mlacoach.store.projects import Celebrations, ProjectEvents

MEMORY = ":memory:"


class Store:
    """The learner's file, opened. `Store(":memory:")` is the real thing without a disk, for tests."""

    def __init__(self, path: Path | str, now: datetime) -> None:
        """Open the file, made or upgraded if need be.

        Raises:
            DataDamaged: it is foreign, damaged, empty, or newer than this program.
            TryAgain: it is locked, or the disk refuses.
        """
        self._file = None if path == MEMORY else Path(path)
        self._connection = open_file(self._file, now) if self._file else _in_memory()
        self.profile = Profile(self._connection)
        self.ticks = Ticks(self._connection)
        self.readings = Readings(self._connection)
        self.plan_changes = PlanChanges(self._connection)
        self.answers = Answers(self._connection)
        self.sittings = Sittings(self._connection)

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is written within is kept whole or not at all."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            # A full disk ends the transaction by itself.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    # What follows is imported when somebody asks: a start asks for none of it, and each costs a millisecond or two.
    @cached_property
    def lab_runs(self) -> "LabRuns":
        """Runs of labs and their journals."""
        from mlacoach.store.lab_runs import LabRuns  # noqa: PLC0415

        return LabRuns(self._connection)

    @cached_property
    def doubts(self) -> "Doubts":
        """What the learner doubts of questions."""
        from mlacoach.store.doubts import Doubts  # noqa: PLC0415

        return Doubts(self._connection)

    @cached_property
    def project_events(self) -> "ProjectEvents":
        """What was done of projects."""
        from mlacoach.store.projects import ProjectEvents  # noqa: PLC0415

        return ProjectEvents(self._connection)

    @cached_property
    def celebrations(self) -> "Celebrations":
        """The milestones that were told."""
        from mlacoach.store.projects import Celebrations  # noqa: PLC0415

        return Celebrations(self._connection)

    @cached_property
    def exchange(self) -> "Exchange":
        """What goes to other devices and comes from them."""
        from mlacoach.store.exchange import Exchange  # noqa: PLC0415

        return Exchange(self._connection)

    @property
    def path(self) -> Path:
        """The file; a store without a disk has none, and nothing asks for it."""
        if self._file is None:
            raise RuntimeError("This store has no file.")
        return self._file

    def back_up(self, target: Path) -> None:
        """Copy the whole file, as it is at this moment, to a file that is not there yet; checked when this returns.

        Raises:
            DataDamaged: the copy does not check out.
        """
        back_up(self._connection, target)

    def check(self) -> str | None:
        """Read every page and index of the file: what is wrong with it, or None."""
        return verdict(self._connection, "integrity_check")

    def close(self) -> None:
        """Close the file; everything written is already on the disk."""
        self._connection.close()
        if self._file:
            leave(self._file)


def _in_memory() -> sqlite3.Connection:
    from mlacoach.store.migrations import migrate  # noqa: PLC0415 - sqlite-utils costs 85 ms

    connection = connect(MEMORY)
    migrate(connection)
    return connection


__all__ = ["MEMORY", "Store"]
