"""A message to what an ARN names: a queue, a topic, a function, a bus."""

import json
from collections.abc import Mapping

from mlacoach.sandbox.world import World


def deliver(world: World, arn: str, body: str, attributes: Mapping[str, str] | None = None) -> None:
    """Send a text to a queue, a topic, a function or an event bus.

    Raises:
        ValueError: it is none of these.
    """
    service, region = arn.split(":")[2:4]
    given = {name: {"DataType": "String", "StringValue": value} for name, value in (attributes or {}).items()}
    if service == "sqs":
        sqs = world.client("sqs", region)
        url = sqs.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=given)
    elif service == "sns":
        world.client("sns", region).publish(TopicArn=arn, Message=body, MessageAttributes=given)
    elif service == "lambda":
        world.client("lambda", region).invoke(FunctionName=arn, InvocationType="Event", Payload=body.encode())
    elif service == "events":
        entry = {"Source": "lambda", "DetailType": "Lambda Function Invocation Result", "Detail": body}
        world.client("events", region).put_events(Entries=[{**entry, "EventBusName": arn}])
    else:
        raise ValueError(f"Nothing here delivers to {arn}: {json.dumps(body)[:80]}")
