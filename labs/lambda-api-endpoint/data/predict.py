"""Between the API and the endpoint: checks what came, asks the model, says the answer in the caller's words."""

import base64
import json
import os

import boto3

FEATURES = ("temperature_c", "vibration_mm_s", "pressure_bar", "age_days", "load_percent")
# Made once for each environment of the function, not with each request.
RUNTIME = boto3.client("sagemaker-runtime")


def handler(event, context):
    try:
        values = [float(each) for each in taken(event)]
    except (ValueError, KeyError, TypeError) as error:
        return answer(400, {"error": f"Send JSON with a number for each of {', '.join(FEATURES)}: {error!r}"})
    row = ",".join(str(value) for value in values)
    said = RUNTIME.invoke_endpoint(
        EndpointName=os.environ["ENDPOINT_NAME"], ContentType="text/csv", Accept="text/csv", Body=row
    )
    risk = float(said["Body"].read())
    print(json.dumps({"risk": risk}))
    return answer(200, {"risk": risk})


def taken(event):
    """The values, in the model's order, which is no business of the caller's."""
    body = event.get("body") or ""
    text = base64.b64decode(body).decode() if event.get("isBase64Encoded") else body
    pump = json.loads(text)
    return [pump[name] for name in FEATURES]


def answer(status, body):
    return {"statusCode": status, "headers": {"content-type": "application/json"}, "body": json.dumps(body)}
