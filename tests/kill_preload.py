"""What every process of the kill matrix needs, read once, before they are forked: services' models above all."""

from mlacoach.cloud import sandbox_session
from mlacoach.cloud.account import new_client
from mlacoach.sandbox import REGION
from tests.lab_accounts import SERVICES

SESSION = sandbox_session(REGION)
for service in sorted(SERVICES):
    new_client(SESSION, service, None)
