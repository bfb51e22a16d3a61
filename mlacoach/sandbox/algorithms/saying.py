"""What an algorithm says in its log, in the form that its metrics are read from."""

import sys


def say(line: str) -> None:
    """One line, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def quality(channel: str, metric: str, value: float, epoch: int | None = None, kind: str = "score") -> None:
    """One figure of the model's quality."""
    when = "" if epoch is None else f"epoch={epoch}, "
    say(f"#quality_metric: host=algo-1, {when}{channel} {metric} <{kind}>={value}")
