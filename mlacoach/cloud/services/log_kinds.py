"""What services write into Amazon CloudWatch Logs: a group of a thing's own, or streams in a group that all share.

What writes may write late, so both are looked for once more at the end.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from mlacoach.cloud.services.family import Kind, codes, pages

GONE = codes("ResourceNotFoundException")


def log_group(prefix: str) -> Kind:
    """The log group of one thing, called as it is after a prefix."""

    def look(logs: Any, name: str) -> Sequence[Any] | None:  # noqa: ANN401
        found = logs.describe_log_groups(logGroupNamePrefix=prefix + name)["logGroups"]
        return [group for group in found if group["logGroupName"] == prefix + name] or None

    def every(logs: Any) -> Iterator[str]:  # noqa: ANN401
        found = pages(logs, "describe_log_groups", "logGroups", "logGroupName", logGroupNamePrefix=prefix)
        return (name.removeprefix(prefix) for name in found)

    return Kind(
        "logs",
        look=look,
        delete=lambda logs, name: logs.delete_log_group(logGroupName=prefix + name),
        absent=GONE,
        late=True,
        every=every,
    )


def log_kind(group: str) -> Kind:
    """The streams of a group that begin with the name of what writes them."""

    def streams(logs: Any, name: str) -> Sequence[str]:  # noqa: ANN401
        request = {"logGroupName": group, "logStreamNamePrefix": name}
        return list(pages(logs, "describe_log_streams", "logStreams", "logStreamName", **request))

    def delete(logs: Any, name: str) -> None:  # noqa: ANN401
        for stream in streams(logs, name):
            logs.delete_log_stream(logGroupName=group, logStreamName=stream)

    def every(logs: Any) -> list[str]:  # noqa: ANN401
        if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
            return []
        found = pages(logs, "describe_log_streams", "logStreams", "logStreamName", logGroupName=group)
        return sorted({name.partition("/")[0] for name in found})

    return Kind(
        "logs",
        look=lambda logs, name: streams(logs, name) or None,
        delete=delete,
        absent=GONE,
        late=True,
        every=every,
    )
