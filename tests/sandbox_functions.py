"""Functions for tests, and queues that hear what became of them."""

import io
import json
import zipfile
from dataclasses import dataclass
from typing import Any

from tests.sandbox_clients import ROLE
from tests.sandbox_inside import Inside


def zipped(**files: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"{name}.py", text)
    return buffer.getvalue()


@dataclass
class Functions:
    """Makes functions and calls them."""

    inside: Inside
    client: Any
    s3: Any
    sqs: Any
    events: Any
    logs: Any

    def make(self, name: str, code: str, **more: Any) -> str:  # noqa: ANN401
        request = {
            "Runtime": "python3.12",
            "Role": ROLE,
            "Handler": "app.handler",
            "Code": {"ZipFile": zipped(app=code)},
        }
        arn: str = self.client.create_function(FunctionName=name, **request | more)["FunctionArn"]
        return arn

    def call(self, name: str, event: object = None, **more: Any) -> tuple[Any, dict[str, Any]]:  # noqa: ANN401
        answer = self.client.invoke(FunctionName=name, Payload=json.dumps(event), **more)
        return json.loads(answer["Payload"].read() or "null"), answer

    def permit(self, name: str, service: str, source: str) -> None:
        self.client.add_permission(
            FunctionName=name,
            StatementId=service.replace(".", "-"),
            Action="lambda:InvokeFunction",
            Principal=f"{service}.amazonaws.com",
            SourceArn=source,
        )

    def queue(self, name: str) -> tuple[str, str]:
        url = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        return url, f"arn:aws:sqs:us-east-1:123456789012:{name}"

    def said(self, url: str) -> Any:  # noqa: ANN401
        """The next message, for which SQS waits."""
        for _ in range(4):
            found = self.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5, MessageAttributeNames=["All"]).get(
                "Messages"
            )
            if found:
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=found[0]["ReceiptHandle"])
                return found[0]
        raise AssertionError("No message came.")


# Tells a queue what it was called with.
TELLS = """
import boto3, json, os
def handler(event, context):
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName=os.environ["QUEUE"])["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps(event))
"""
