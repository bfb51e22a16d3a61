"""An account to practise in. Nothing is made before its intent is durable; the journal alone undoes it."""

from mlacoach.cloud.account import Account, real_session, sandbox_session
from mlacoach.cloud.journal import Entry, Mark, Resource
from mlacoach.cloud.names import RunNames
from mlacoach.cloud.place import Place
from mlacoach.cloud.refusals import failure, refusal
from mlacoach.cloud.teardown import Clean, Dirty, Leftover, Verdict, tear_down

__all__ = [
    "Account",
    "Clean",
    "Dirty",
    "Entry",
    "Leftover",
    "Mark",
    "Place",
    "Resource",
    "RunNames",
    "Verdict",
    "failure",
    "real_session",
    "refusal",
    "sandbox_session",
    "tear_down",
]
