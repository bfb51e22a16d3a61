"""What Amazon Data Firehose calls with a batch of records: each goes on, is dropped, or has failed."""

import base64
import json


def handler(event, context):
    return {"records": [one(record) for record in event["records"]]}


def one(record):
    try:
        trip = json.loads(base64.b64decode(record["data"]))
        minutes = float(trip["minutes"])
    except (ValueError, KeyError):
        return {"recordId": record["recordId"], "result": "ProcessingFailed", "data": record["data"]}
    if minutes <= 0:
        return {"recordId": record["recordId"], "result": "Dropped", "data": record["data"]}
    trip["speed_kmh"] = round(trip["distance_km"] / minutes * 60, 2)
    # Without a line break Firehose would lay one record right behind the other.
    line = json.dumps(trip) + "\n"
    return {"recordId": record["recordId"], "result": "Ok", "data": base64.b64encode(line.encode()).decode()}
