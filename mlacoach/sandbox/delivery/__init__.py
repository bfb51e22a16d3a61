"""Amazon Data Firehose: moto keeps the streams; what comes out of a Kinesis stream is delivered here."""

from mlacoach.sandbox.call import Call
from mlacoach.sandbox.engines import Engines


def register(engines: Engines) -> None:
    """Look at a delivery stream before moto keeps it, and begin to deliver."""
    engines.check("firehose", "CreateDeliveryStream", _create)
    engines.check("firehose", "PutRecord", _put)
    engines.check("firehose", "PutRecordBatch", _put)


def _create(call: Call) -> None:
    if call.request.get("DeliveryStreamType") == "KinesisStreamAsSource":
        from mlacoach.sandbox.delivery.pumping import begin  # noqa: PLC0415 - with the first such stream

        begin(call)


def _put(call: Call) -> None:
    from mlacoach.sandbox.delivery.pumping import refuse_direct_puts  # noqa: PLC0415

    refuse_direct_puts(call)
