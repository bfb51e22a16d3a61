"""Who we are on AWS, and whether a lab may run there at all."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlacoach.cloud.account import new_client
from mlacoach.cloud.refusals import DENIED, refusal
from mlacoach.errors import MlacoachError, NeedsCredentials

if TYPE_CHECKING:
    from boto3.session import Session

NO_ORGANIZATION = "AWSOrganizationsNotInUseException"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks, where. `alias` is the account's own name for itself, or its number where it has none."""

    account: str
    alias: str
    arn: str
    region: str
    profile: str | None

    @property
    def sentence(self) -> str:
        """For the person who has to recognise it."""
        profile = f", profile {self.profile}" if self.profile else ""
        return f"Account {self.account} ({self.alias}), region {self.region}, as {self.arn}{profile}."


def identify(session: "Session", profile: str | None) -> Identity:
    """Ask AWS who we are.

    Raises:
        NeedsCredentials: it does not let us in.
        MlacoachError: no region is set.
    """
    if not session.region_name:
        raise MlacoachError("No region is set.", "Give one with --region, or set it in the profile.")
    answer = _ask(session, "sts", "get_caller_identity")
    aliases = _ask(session, "iam", "list_account_aliases", allowed=DENIED).get("AccountAliases", [])
    account = answer["Account"]
    return Identity(account, aliases[0] if aliases else account, answer["Arn"], session.region_name, profile)


def refuse_root(identity: Identity) -> None:
    """A lab runs with as few rights as it needs.

    Raises:
        MlacoachError: it is the root user.
    """
    if identity.arn.endswith(":root"):
        raise MlacoachError(
            f"This is the root user of account {identity.account}; no lab runs as root.",
            "Use a role or a user with the policy that `mlacoach lab plan ID --target aws` prints.",
        )


def refuse_management_account(session: "Session", identity: Identity) -> None:
    """Service control policies do not hold in the management account of an organization, and everybody's bill is there.

    Raises:
        MlacoachError: it is that account.
    """
    answer = _ask(session, "organizations", "describe_organization", allowed=DENIED | {NO_ORGANIZATION})
    if answer.get("Organization", {}).get("MasterAccountId") == identity.account:
        raise MlacoachError(
            f"Account {identity.account} is the management account of its organization; no lab runs there.",
            "Use a member account made for practice.",
        )


def _ask(session: "Session", service: str, operation: str, allowed: frozenset[str] = frozenset()) -> Any:  # noqa: ANN401
    """The answer; nothing if the service refuses with a code that is allowed."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - only labs need boto3

    try:
        return getattr(new_client(session, service, None), operation)()
    except (BotoCoreError, ClientError) as error:
        if isinstance(error, ClientError) and error.response["Error"]["Code"] in allowed:
            return {}
        known = refusal(error)
        if known:
            raise known from error
        raise NeedsCredentials(f"AWS does not answer: {error}", "Check the network and the credentials.") from error
