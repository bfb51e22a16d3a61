"""InvokeEndpoint: a request on its way to a variant and back, measured, captured and shadowed."""

import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from mlacoach.sandbox.call import Call, Response
from mlacoach.sandbox.serving import says
from mlacoach.sandbox.serving.capture import Exchange
from mlacoach.sandbox.serving.event_stream import events
from mlacoach.sandbox.serving.fleet import Fleet, Live
from mlacoach.sandbox.serving.variant import Answered, Asked, Gone, Variant

if TYPE_CHECKING:
    from mlacoach.sandbox.serving.hosting import Hosting

SECONDS = 60.0
SERVERLESS_LIMIT = 4 * 1024 * 1024
# Copies for shadow variants; when so many wait, the next ones are dropped, as AWS drops them.
SHADOWS = ThreadPoolExecutor(2, "shadow")
SHADOWS_WAITING = threading.BoundedSemaphore(100)
PASSED_ON = {
    "CustomAttributes": "X-Amzn-SageMaker-Custom-Attributes",
    "InferenceId": "X-Amzn-SageMaker-Inference-Id",
    "TargetModel": "X-Amzn-SageMaker-Target-Model",
    "TargetVariant": "X-Amzn-SageMaker-Target-Variant",
    "EnableExplanations": "X-Amzn-SageMaker-Enable-Explanations",
}


def invoke(host: "Hosting", call: Call) -> Mapping[str, Any] | Response:
    """Answer a request.

    Raises:
        AwsError: there is no such endpoint, the request cannot be answered, or the model failed.
    """
    live = _live(host, call)
    fleet, variant, found = ask(live, call.request, _asked(call))
    answer = found.answer
    if not 200 <= answer.status < 300:  # noqa: PLR2004 - HTTP's own borders
        raise says.model_error(call.world, live.name, call.region, found.container, answer)
    if answer.parts is not None:
        headers = {
            "Content-Type": "application/vnd.amazon.eventstream",
            "X-Amzn-SageMaker-Content-Type": answer.content_type,
            "x-Amzn-Invoked-Production-Variant": variant.name,
        }
        return Response(events(answer.parts), headers=headers)
    if fleet.capture:
        fleet.capture.take(_exchange(variant, call.request, found))
    return {
        "Body": answer.body,
        "ContentType": answer.content_type,
        "InvokedProductionVariant": variant.name,
        **({"CustomAttributes": answer.attributes} if answer.attributes else {}),
    }


def _live(host: "Hosting", call: Call) -> Live:
    name = call.request["EndpointName"]
    live = host.find(name, call.region)
    if live is None or live.blue is None:
        raise says.not_found(call.world, name)
    if live.blue.plan.is_queued:
        raise says.validation(f"Endpoint {name} of account {call.account} does not support this inference type.")
    return live


def _asked(call: Call) -> Asked:
    request = call.request
    return Asked(
        body=request.get("Body", b""),
        headers=headers_of(request),
        target=request.get("TargetModel"),
        container=request.get("TargetContainerHostname"),
        is_stream=call.operation.endswith("ResponseStream"),
    )


def headers_of(request: Mapping[str, Any]) -> dict[str, str]:
    """The headers that a container gets."""
    headers = {"Content-Type": request.get("ContentType") or "", "Accept": request.get("Accept") or "*/*"}
    return headers | {header: request[name] for name, header in PASSED_ON.items() if request.get(name)}


def ask(
    live: Live, request: Mapping[str, Any], asked: Asked, seconds: float | None = None
) -> tuple[Fleet, Variant, Answered]:
    """Ask the fleet that is in charge; if it ends meanwhile, the one that has taken its place.

    Raises:
        AwsError: the endpoint is gone, or the request cannot be answered.
    """
    began = live.last_asked = time.monotonic()
    while True:
        fleet = live.fleet()
        if fleet is None or live.is_deleted:
            raise says.not_found(live.world, live.name)
        variant = fleet.choose(request.get("TargetVariant"), live.chance)
        if variant.plan.serverless and len(asked.body) > SERVERLESS_LIMIT:
            raise says.validation(f"Request payload exceeds the serverless maximum of {SERVERLESS_LIMIT} bytes.")
        try:
            with variant.turn():
                variant.measures.invocation(began, variant.count)
                found = variant.ask(asked, SECONDS if seconds is None else seconds)
        except Gone:
            continue
        variant.measures.answered(found.answer.status, found.seconds, time.monotonic() - began)
        _shadow(fleet, live, variant, request, asked)
        return fleet, variant, found


def _shadow(fleet: Fleet, live: Live, chosen: Variant, request: Mapping[str, Any], asked: Asked) -> None:
    """Send a copy to the shadow variants; nobody waits for what they say."""
    for shadow in fleet.shadows:
        share = shadow.weight / chosen.weight if chosen.weight else 0.0
        if live.chance.random() < share and SHADOWS_WAITING.acquire(blocking=False):
            SHADOWS.submit(_ask_shadow, fleet, shadow, request, asked)


def _ask_shadow(fleet: Fleet, shadow: Variant, request: Mapping[str, Any], asked: Asked) -> None:
    began = time.monotonic()
    try:
        shadow.measures.invocation(began, shadow.count)
        found = shadow.ask(asked, SECONDS)
        shadow.measures.answered(found.answer.status, found.seconds, time.monotonic() - began)
        if fleet.capture:
            fleet.capture.take(_exchange(shadow, request, found))
    except Gone:
        return
    finally:
        SHADOWS_WAITING.release()


def _exchange(variant: Variant, request: Mapping[str, Any], found: Answered) -> Exchange:
    return Exchange(
        variant=variant.name,
        body=request.get("Body", b""),
        content_type=request.get("ContentType") or "",
        answer=found.answer.body,
        answer_type=found.answer.content_type,
        inference_id=request.get("InferenceId"),
        attributes=request.get("CustomAttributes"),
    )
