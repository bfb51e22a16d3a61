"""Endpoints that predict: what CreateEndpoint starts, and what answers its requests.

A container is a process of its own (`container/`) that answers `/ping` and `/invocations`, as SageMaker's do; one of
one's own is the command in its environment variable `SANDBOX_COMMAND`, which listens on `SAGEMAKER_BIND_TO_PORT`.

What differs from AWS: at most two processes serve a variant, however many instances it says it has; minutes of waiting
(bake times, cool-downs) become seconds; a multi-model container holds ten models, not what fits its memory; target
tracking looks at the last minute; inference components are refused.
"""

from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlacoach.sandbox.engines import Engines

# AWS's limits are in the model and checked there, in its own words; beyond this the body is not even read.
BODY_LIMIT = 26_000_000


def register(engines: "Engines") -> None:
    """Run endpoints, and answer SageMaker's runtime."""
    # Each container imports this package too, and needs none of this.
    from mlacoach.sandbox.engines import Runner  # noqa: PLC0415
    from mlacoach.sandbox.serving import capacities, invoking, queued  # noqa: PLC0415
    from mlacoach.sandbox.serving.hosting import Hosting  # noqa: PLC0415

    host = Hosting()
    engines.runs("Endpoint", Runner(start=host.start, update=host.update, delete=host.delete))
    invoke = partial(invoking.invoke, host)
    engines.add("sagemaker-runtime", "InvokeEndpoint", invoke, body_limit=BODY_LIMIT)
    engines.add("sagemaker-runtime", "InvokeEndpointWithResponseStream", invoke, body_limit=BODY_LIMIT)
    engines.add("sagemaker-runtime", "InvokeEndpointAsync", partial(queued.invoke, host))
    engines.add("sagemaker", "UpdateEndpointWeightsAndCapacities", partial(capacities.change, host))
    engines.on_reset.append(host.forget)
