"""How the room was left."""

from enum import Enum


class Outcome(Enum):
    """What the caller does next."""

    HANDED_IN = "handed in"  # the learner has finished or the time is up: hand the sitting in
    LEFT = "left"  # everything is saved; the sitting stays open
    PLAIN = "plain"  # go on in lines, with the same session
    TERMINATED = "terminated"  # SIGTERM or SIGHUP: the terminal is as it was, leave with 143
