"""Amazon EventBridge: rules, with their targets."""

from typing import Any

from mlacoach.cloud.services.family import Family, Kind, codes, named, tag_list

RULE = "eventbridge-rule"
GONE = codes("ResourceNotFoundException")


def _delete(events: Any, name: str) -> None:  # noqa: ANN401
    """A rule that has targets is not deleted."""
    targets = [target["Id"] for target in events.list_targets_by_rule(Rule=name)["Targets"]]
    if targets:
        events.remove_targets(Rule=name, Ids=targets)
    events.delete_rule(Name=name)


FAMILIES = (
    Family(
        service="events",
        kinds={
            RULE: Kind("events", look=lambda events, name: events.describe_rule(Name=name), delete=_delete, absent=GONE)
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
