"""Amazon Kinesis Data Streams and Amazon Data Firehose."""

from typing import Any

from mlacoach.cloud.services.family import Family, Kind, codes, named, pages, tag_list, tag_map

STREAM, DELIVERY = "kinesis-stream", "firehose-stream"
GONE = codes("ResourceNotFoundException")
ON_ITS_WAY = frozenset({"CREATING", "UPDATING"})


def _deliveries(firehose: Any) -> list[str]:  # noqa: ANN401
    return list(firehose.list_delivery_streams(Limit=100)["DeliveryStreamNames"])


FAMILIES = (
    Family(
        service="kinesis",
        kinds={
            STREAM: Kind(
                "kinesis",
                look=lambda kinesis, name: kinesis.describe_stream_summary(StreamName=name),
                delete=lambda kinesis, name: kinesis.delete_stream(StreamName=name, EnforceConsumerDeletion=True),
                absent=GONE,
                busy=lambda found: found["StreamDescriptionSummary"]["StreamStatus"] in ON_ITS_WAY,
                every=lambda kinesis: pages(kinesis, "list_streams", "StreamSummaries", "StreamName"),
            )
        },
        creates={"CreateStream": named(STREAM, "StreamName")},
        parts=dict.fromkeys(("PutRecord", "PutRecords", "UpdateShardCount"), named(STREAM, "StreamName")),
        tags={"CreateStream": tag_map()},
        actions={"PutRecords": ("kinesis:PutRecords",)},
        absent=GONE,
    ),
    Family(
        service="firehose",
        kinds={
            DELIVERY: Kind(
                "firehose",
                look=lambda firehose, name: firehose.describe_delivery_stream(DeliveryStreamName=name),
                delete=lambda firehose, name: firehose.delete_delivery_stream(
                    DeliveryStreamName=name, AllowForceDelete=True
                ),
                absent=GONE,
                busy=lambda found: found["DeliveryStreamDescription"]["DeliveryStreamStatus"] in ON_ITS_WAY,
                every=_deliveries,
            )
        },
        creates={"CreateDeliveryStream": named(DELIVERY, "DeliveryStreamName")},
        parts=dict.fromkeys(("PutRecord", "PutRecordBatch"), named(DELIVERY, "DeliveryStreamName")),
        tags={"CreateDeliveryStream": tag_list()},
        actions={"CreateDeliveryStream": ("firehose:CreateDeliveryStream", "iam:PassRole")},
        absent=GONE,
    ),
)
