"""What AWS says when it does not let us in, or not do that; a run is paused then, and its journal kept."""

from mlacoach.errors import MlacoachError, NeedsCredentials

# The credentials are no longer, or were never, good.
EXPIRED = frozenset(
    {
        *("ExpiredToken", "ExpiredTokenException", "InvalidAccessKeyId", "InvalidClientTokenId"),
        *("RequestExpired", "SignatureDoesNotMatch", "UnrecognizedClientException"),
    }
)
SKEWED = frozenset({"RequestTimeTooSkewed", "RequestInTheFuture", "InvalidSignatureException"})
DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"})


def refusal(error: BaseException) -> NeedsCredentials | None:
    """What to say and do, if the error means that AWS did not let us in; else None."""
    from botocore.exceptions import (  # noqa: PLC0415 - only labs need boto3
        ClientError,
        NoCredentialsError,
        ProfileNotFound,
        SSOError,
        TokenRetrievalError,
    )

    if isinstance(error, (NoCredentialsError, ProfileNotFound, SSOError, TokenRetrievalError)):
        return NeedsCredentials(f"AWS needs credentials: {error}", "Log in, such as with: aws sso login --profile …")
    if not isinstance(error, ClientError):
        return None
    code = error.response["Error"]["Code"]
    if code in EXPIRED:
        return NeedsCredentials(f"The credentials are no longer good ({code}).", "Log in anew, then go on.")
    if code in SKEWED:
        return NeedsCredentials(
            f"AWS does not take the time of our requests ({code}).",
            "Set this computer's clock. Under WSL 2 it may stand after a sleep: sudo hwclock -s",
        )
    if code in DENIED:
        return NeedsCredentials(
            f"AWS refused a call: {error}", "`mlacoach lab plan ID --target aws` prints the policy that it takes."
        )
    return None


def failure(error: BaseException) -> MlacoachError | None:
    """What to say and do, if the error is AWS's or the network's, and not ours; else None."""
    from botocore.exceptions import (  # noqa: PLC0415 - only labs need boto3
        ClientError,
        ConnectionError,  # noqa: A004 - botocore's own
        HTTPClientError,
    )

    if not isinstance(error, (ClientError, ConnectionError, HTTPClientError)):
        return None
    return MlacoachError(f"AWS did not do what the lab asked: {error}", "Try again later, or run it in the sandbox.")


def must_be_let_in(error: BaseException) -> None:
    """Without credentials there is nothing to go on with; one denied call is no reason to stop.

    Raises:
        NeedsCredentials: the error means that AWS does not let us in at all.
    """
    from botocore.exceptions import ClientError  # noqa: PLC0415 - only labs need boto3

    why = refusal(error)
    denied = isinstance(error, ClientError) and error.response["Error"]["Code"] in DENIED
    if why and not denied:
        raise why from error
