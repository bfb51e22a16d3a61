"""What tests of labs ask an account: what is ours in it, and are somebody else's things untouched?"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from mlacoach.cloud import Entry, Mark, Resource, RunNames
from mlacoach.cloud.account import new_client
from mlacoach.cloud.looking import look_for
from mlacoach.cloud.services import KINDS

THEIR_RUN = "0123456789"
SERVICES = frozenset(kind.service for kind in KINDS.values())
ROLE = "arn:aws:iam::123456789012:role/mlacoach-sandbox"
TRUST = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, '
    '"Action": "sts:AssumeRole"}]}'
)


class Clients:
    """Clients that no journal watches, made once."""

    def __init__(self, session: Any, url: str) -> None:  # noqa: ANN401
        self._session, self._url = session, url
        self._made: dict[str, Any] = {}

    def __getitem__(self, service: str) -> Any:  # noqa: ANN401
        if service not in self._made:
            self._made[service] = new_client(self._session, service, self._url)
        return self._made[service]


def plant_foreign_things(clients: Clients, lab: str) -> None:
    """Somebody else's things, named as ours are, in our namespace, without our tag."""
    name, database = _theirs(lab)
    clients["s3"].create_bucket(Bucket=name)
    clients["s3"].put_object(Bucket=name, Key="theirs", Body=b"theirs")
    clients["glue"].create_database(DatabaseInput={"Name": database})
    clients["glue"].create_table(DatabaseName=database, TableInput={"Name": "readings"})
    clients["sagemaker"].create_model(ModelName=name, ExecutionRoleArn=ROLE)
    clients["iam"].create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
    clients["logs"].create_log_group(logGroupName=f"/aws/lambda/{name}")


def losses(clients: Clients, lab: str) -> list[str]:
    """Which of somebody else's things are gone."""
    name, database = _theirs(lab)
    looks: Mapping[str, Any] = {
        "object": lambda: clients["s3"].head_object(Bucket=name, Key="theirs"),
        "table": lambda: clients["glue"].get_table(DatabaseName=database, Name="readings"),
        "model": lambda: clients["sagemaker"].describe_model(ModelName=name),
        "role": lambda: clients["iam"].get_role(RoleName=name),
        "log group": lambda: clients["logs"].describe_log_streams(logGroupName=f"/aws/lambda/{name}"),
    }
    return [name for name, look in looks.items() if not _answers(look)]


def _theirs(lab: str) -> tuple[str, str]:
    """Their name, and how it is written where a hyphen may not stand."""
    name = f"mlacoach-{lab[:18].rstrip('-')}-{THEIR_RUN}-theirs"
    return name, name.replace("-", "_")


def _answers(look: Any) -> bool:  # noqa: ANN401
    from botocore.exceptions import ClientError  # noqa: PLC0415

    try:
        look()
    except ClientError:
        return False
    return True


def still_there(
    clients: Clients, names: RunNames, entries: Iterable[Entry], services: Collection[str] = SERVICES
) -> set[Resource]:
    """What of the run exists: what its journal names, and what carries its name; what a service keeps is no leak."""
    kept = {entry.resource for entry in entries if entry.mark is Mark.KEPT}
    known = {entry.resource for entry in entries if entry.resource.kind in KINDS} - kept
    found = {each for each in known if look_for(KINDS[each.kind], clients[KINDS[each.kind].service], each.name)}
    return found | (carrying(clients, names, services) - kept)


def carrying(clients: Clients, names: RunNames, services: Collection[str] = SERVICES) -> set[Resource]:
    """Everything in the account, or in these services, whose name carries the run, whatever a journal says."""
    return {
        Resource(kind_name, name)
        for kind_name, kind in KINDS.items()
        if kind.every and kind.service in services
        for name in kind.every(clients[kind.service])
        if names.owns(name)
    }
