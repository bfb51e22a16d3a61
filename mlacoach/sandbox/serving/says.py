"""What AWS says when an endpoint does not answer, or does not come up."""

from mlacoach.sandbox.aws_error import AwsError
from mlacoach.sandbox.serving.channel import Answer
from mlacoach.sandbox.world import World

GROUP = "/aws/sagemaker/Endpoints/{}"
CLIENT_ERRORS = range(400, 500)
QUOTED = 1024
BAD_GATEWAY = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n"
    "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)
TIMED_OUT = (
    "Your invocation timed out while waiting for a response from container {}. Review the latency metrics for each "
    "container in Amazon CloudWatch, resolve the issue, and try again."
)
NO_CAPACITY = (
    "Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error. Please retry using a "
    "different ML instance type or after some time."
)
INTERNAL = "Request to service failed. If failure persists after retry, contact customer support."


class CannotStart(Exception):
    """Why an endpoint does not come up, in AWS's words."""


def no_ping(container: str, variant: str) -> CannotStart:
    """The container did not answer `/ping`."""
    return CannotStart(
        f"The {container} container for production variant {variant} did not pass the ping health check. Please check "
        "CloudWatch logs for this endpoint."
    )


def no_model_data(container: str, url: str) -> CannotStart:
    """The archive is not there."""
    return CannotStart(
        f'Failed to download model data for container "{container}" from URL: "{url}". Please ensure that there is an '
        "object located at the URL and that the role passed to CreateModel has permissions to download the model."
    )


def no_archive(container: str, url: str, why: str) -> CannotStart:
    """The archive is none."""
    return CannotStart(
        f'Failed to extract model data archive from URL "{url}" for container "{container}". Please ensure that the '
        f"object located at the URL is a valid tar.gz archive. ({why})"
    )


def not_found(world: World, name: str) -> AwsError:
    """There is no such endpoint, or it is not in service."""
    return validation(f"Endpoint {name} of account {world.account} not found.")


def validation(message: str) -> AwsError:
    """The runtime spells this code differently from the control plane."""
    return AwsError("ValidationError", message)


def model_error(world: World, endpoint: str, region: str, container: str, answer: Answer) -> AwsError:
    """The container answered with an error; status 0 is no answer."""
    whose = "client" if answer.status in CLIENT_ERRORS else "server"
    text = answer.body.decode("utf-8", "replace")
    group = GROUP.format(endpoint)
    message = (
        f'Received {whose} error ({answer.status}) from {container} with message "{text[:QUOTED]}". See '
        f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#logEventViewer:group={group} "
        f"in account {world.account} for more information."
    )
    extra = {
        "OriginalStatusCode": answer.status,
        "OriginalMessage": text[:QUOTED],
        "LogStreamArn": world.arn(f"log-group:{group}", "logs", region),
    }
    return AwsError("ModelError", message, 424, extra)


def timed_out(container: str) -> Answer:
    """What counts as the answer of a container that gave none in time."""
    return Answer(0, TIMED_OUT.format(container).encode())


def hung_up() -> Answer:
    """What the web server before a container's workers says when the one that was asked is gone."""
    return Answer(502, BAD_GATEWAY.encode(), "text/html")
