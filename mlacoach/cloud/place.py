"""Where a run happens: a sandbox or a real account, seen from one run."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlacoach.cloud.account import Account, nothing
from mlacoach.cloud.journal import Entry, Write, may_exist
from mlacoach.cloud.names import RunNames
from mlacoach.cloud.teardown import Verdict, tear_down

if TYPE_CHECKING:
    from boto3.session import Session


def _always() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Place:
    """An account to practise in.

    Attributes:
        session: whose it is.
        endpoint: where the sandbox listens; None is AWS itself.
        role_arn: the role that services take on.
        is_there: does it still exist? A sandbox ends, and everything in it with it.
        is_own: is it the learner's own sandbox, where they work with their own tools, too?
        outlives_us: does it stay when this process ends? Then a run in it may be paused.
        before_each: asked before each call of a lab; what it raises stops the run.
    """

    session: "Session"
    endpoint: str | None
    role_arn: str
    is_there: Callable[[], bool] = _always
    outlives_us: bool = False
    is_own: bool = False
    before_each: Callable[[], None] = nothing

    def account(self, names: RunNames, write: Write, entries: Iterable[Entry] = ()) -> Account:
        """The account as the lab of this run sees it; `entries` are those of the journal so far."""
        made = may_exist(entries)
        return Account(
            self.session,
            names,
            write,
            self.endpoint,
            self.role_arn,
            made,
            is_own=self.is_own,
            before_each=self.before_each,
        )

    def tear_down(self, names: RunNames, entries: Iterable[Entry], write: Write) -> Verdict:
        """Take away what the journal names."""
        return tear_down(self.session, names, entries, write, self.endpoint)
