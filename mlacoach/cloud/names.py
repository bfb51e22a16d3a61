"""Names that say whose they are: each carries the lab and the run."""

import re
from dataclasses import dataclass

# S3 and SageMaker endpoints allow 63 characters, the strictest of the services.
LONGEST = 63
LAB_LETTERS = 18
# 40 bits of chance: no two runs of anybody share them, so a name is never taken.
RUN_LETTERS = 10
SUFFIX = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
RUN_TAG = "mlacoach:run"


@dataclass(frozen=True, slots=True)
class RunNames:
    """The names of one run of a lab."""

    lab: str
    run: str

    @property
    def prefix(self) -> str:
        """What every name of this run begins with."""
        return f"mlacoach-{self.lab[:LAB_LETTERS].rstrip('-')}-{self.run[-RUN_LETTERS:]}-"

    def name(self, suffix: str) -> str:
        """The name of a resource.

        Raises:
            ValueError: the suffix is not lower-case words joined by hyphens, or makes the name too long.
        """
        if not SUFFIX.fullmatch(suffix):
            raise ValueError(f"{suffix!r}: a suffix is lower-case words joined by hyphens.")
        name = self.prefix + suffix
        if len(name) > LONGEST:
            raise ValueError(f"{name} has {len(name)} characters; {LONGEST} are allowed.")
        return name

    def owns(self, name: str) -> bool:
        """Does the name carry this run?

        Athena reads names with underscores only, so an author may exchange the hyphens for them.
        """
        return name.replace("_", "-").startswith(self.prefix)
