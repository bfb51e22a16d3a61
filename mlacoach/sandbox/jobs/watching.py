"""What a running job says: its lines go to CloudWatch Logs, and metrics are read from them."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mlacoach.sandbox.supervisor import Child
from mlacoach.sandbox.world import World

LOOK_SECONDS = 0.2
# A line that has no end yet is held back, unless it is as long as this.
LONGEST_LINE = 100_000
MOST_VALUES = 10_000


@dataclass
class Metrics:
    """The metrics of a job, read from its lines."""

    patterns: Mapping[str, re.Pattern[str]]
    values: dict[str, list[float]] = field(default_factory=dict)

    def read(self, line: str) -> set[str]:
        """The metrics of which the line has a new value."""
        return {name for name, pattern in self.patterns.items() if self._found(name, pattern, line)}

    def _found(self, name: str, pattern: re.Pattern[str], line: str) -> bool:
        found = pattern.search(line)
        if not found or not found.groups():
            return False
        try:
            value = float(found[1])
        except (TypeError, ValueError):
            return False
        seen = self.values.setdefault(name, [])
        if len(seen) < MOST_VALUES:
            seen.append(value)
        else:
            seen[-1] = value
        return True


def patterns_of(definitions: Sequence[Mapping[str, str]]) -> dict[str, re.Pattern[str]]:
    """The patterns of metric definitions; one that is no pattern finds nothing, as on AWS."""
    found = {}
    for definition in definitions:
        try:
            found[definition["Name"]] = re.compile(definition["Regex"])
        except re.error:
            continue
    return found


@dataclass
class Watch:
    """Follows the log of a child until its end.

    Attributes:
        world: where its lines go.
        group: the log group.
        stream: the log stream.
        log: the file.
        metrics: what is read from the lines.
        on_values: called with the names of metrics that have new values.
    """

    world: World
    group: str
    stream: str
    log: Path
    metrics: Metrics
    on_values: Callable[[set[str]], None]
    _place: int = 0

    def follow(self, child: Child) -> None:
        """Follow until the child has ended, and then to the end of the log."""
        while child.is_running:
            self.look()
            child.wait(LOOK_SECONDS)
        self.look(last=True)

    def look(self, *, last: bool = False) -> None:
        """Take what was written since the last look."""
        if not self.log.exists():
            return
        with self.log.open("rb") as file:
            file.seek(self._place)
            text = file.read()
        end = len(text) if last or len(text) > LONGEST_LINE else text.rfind(b"\n") + 1
        self._place += end
        lines = text[:end].decode("utf-8", "replace").splitlines()
        if lines:
            self.world.logs.write(self.group, self.stream, lines)
            names = {name for line in lines for name in self.metrics.read(line)}
            if names:
                self.on_values(names)
