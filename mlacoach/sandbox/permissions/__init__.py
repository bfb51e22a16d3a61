"""IAM policies, evaluated: the simulator, and enforcement for roles and users that ask for it with a tag."""

from mlacoach.sandbox.engines import Engines
from mlacoach.sandbox.late import add_late


def register(engines: Engines) -> None:
    """Take over the policy simulator; everything else of IAM is moto's."""
    add_late(
        engines,
        "iam",
        "mlacoach.sandbox.permissions.simulating",
        ("SimulateCustomPolicy", "SimulatePrincipalPolicy"),
    )
