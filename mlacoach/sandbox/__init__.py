"""A local AWS: a server of its own process on the loopback, which ends with the process that started it."""

from mlacoach.sandbox.client import ACCOUNT, REGION, ROLE_ARN, Sandbox, need_labs_extra

__all__ = ["ACCOUNT", "REGION", "ROLE_ARN", "Sandbox", "need_labs_extra"]
