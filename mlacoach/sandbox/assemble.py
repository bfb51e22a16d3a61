"""The one place that puts the parts of the sandbox together: moto, the engines, the world."""

import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from mlacoach.sandbox import (
    alarms,
    athena,
    control,
    delivery,
    features,
    gateway,
    glue,
    jobs,
    lambda_,
    lineage,
    metric_filters,
    monitor,
    permissions,
    pipelines,
    schedules,
    serving,
    workflows,
)
from mlacoach.sandbox.bucket_policy import TlsInside
from mlacoach.sandbox.call import Wsgi
from mlacoach.sandbox.dispatch import Dispatch
from mlacoach.sandbox.engines import Engines
from mlacoach.sandbox.gateway import Gateway
from mlacoach.sandbox.lambda_.topics import Topics
from mlacoach.sandbox.lambda_.watching import Watching
from mlacoach.sandbox.moto_gaps import SayWhatIsMissing
from mlacoach.sandbox.permissions.enforcing import Enforcing
from mlacoach.sandbox.permissions.managed import Managed
from mlacoach.sandbox.schedules import late_notice
from mlacoach.sandbox.seeding import add_policy
from mlacoach.sandbox.world import World

# Each part registers its engines; a part of its own is a line here. None may import what is slow at this point.
PARTS: Sequence[Callable[[Engines], None]] = (
    control.register,
    jobs.register,
    serving.register,
    athena.register,
    glue.register,
    lambda_.register,
    schedules.register,
    gateway.register,
    alarms.register,
    permissions.register,
    workflows.register,
    pipelines.register,
    features.register,
    monitor.register,
    delivery.register,
    metric_filters.register,
)


def engines() -> Engines:
    """All engines."""
    table = Engines()
    for register in PARTS:
        register(table)
    return table


def application(table: Engines, world: World, moto_application: Wsgi) -> Wsgi:
    """What answers every request of the loopback."""
    lineage.follow(world)
    managed = Managed(moto_application, partial(add_policy, moto_application))
    watched = Watching(Topics(managed, world), world, late_notice(world))
    dispatch = Dispatch(SayWhatIsMissing(TlsInside(watched)), table, world)
    return Gateway(Enforcing(dispatch, world), world)


def moto() -> Any:  # noqa: ANN401 - a WSGI application
    """Moto's own application. We know moto by these two names and its HTTP API alone; both are the same since 5.0."""
    # moto's own CORS would let any web page read our answers.
    os.environ["MOTO_DISABLE_GLOBAL_CORS"] = "true"
    from moto import server  # noqa: PLC0415 - reads the setting above

    return server.DomainDispatcherApplication(server.create_backend_app)  # type: ignore[attr-defined]
