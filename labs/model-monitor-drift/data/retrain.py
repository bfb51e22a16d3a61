"""What answers the alarm: asks for a training with the data of these weeks. A pipeline would be started here."""

import json
import os

import boto3


def handler(event, context):
    alarm = event["detail"]["alarmName"]
    asked = {"because_of": alarm, "at": event["time"]}
    boto3.client("s3").put_object(
        Bucket=os.environ["BUCKET"], Key="retraining/asked.json", Body=json.dumps(asked).encode()
    )
    print(json.dumps(asked))
