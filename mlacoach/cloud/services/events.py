"""Amazon EventBridge: rules, with their targets."""

from collections.abc import Mapping
from typing import Any

from mlacoach.cloud.services.family import Family, Kind, codes, named, pages, pairs, tag_list

RULE = "eventbridge-rule"
GONE = codes("ResourceNotFoundException")


def _delete(events: Any, name: str) -> None:  # noqa: ANN401
    """A rule that has targets is not deleted."""
    targets = [target["Id"] for target in events.list_targets_by_rule(Rule=name)["Targets"]]
    if targets:
        events.remove_targets(Rule=name, Ids=targets)
    events.delete_rule(Name=name)


def _tags(events: Any, name: str) -> Mapping[str, str]:  # noqa: ANN401
    return pairs(events.list_tags_for_resource(ResourceARN=events.describe_rule(Name=name)["Arn"])["Tags"])


FAMILIES = (
    Family(
        service="events",
        kinds={
            RULE: Kind(
                "events",
                look=lambda events, name: events.describe_rule(Name=name),
                delete=_delete,
                absent=GONE,
                every=lambda events: pages(events, "list_rules", "Rules", "Name"),
                tags_of=_tags,
            )
        },
        creates={"PutRule": named(RULE, "Name")},
        parts={
            **dict.fromkeys(("PutTargets", "RemoveTargets"), named(RULE, "Rule")),
            **dict.fromkeys(("EnableRule", "DisableRule"), named(RULE, "Name")),
        },
        tags={"PutRule": tag_list()},
        harmless=frozenset({"PutEvents", "TestEventPattern"}),
        absent=GONE,
    ),
)
