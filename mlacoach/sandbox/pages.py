"""Pages of a list that is the same from call to call: the token is the number of the next row."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from mlacoach.sandbox.aws_error import AwsError

Row = TypeVar("Row")


def page(
    rows: Sequence[Row], request: Mapping[str, object], size: int, refusal: AwsError, most: str = "MaxResults"
) -> tuple[list[Row], dict[str, str]]:
    """The rows that a request asks for, and the token of the next ones, if there are more.

    Args:
        rows: all of them, in their order.
        request: with `NextToken` and the number of rows, if it says either.
        size: the rows of a page where the request does not say.
        refusal: what the service answers to a token that is none of ours.
        most: the request's member that holds the number of rows.

    Raises:
        AwsError: the refusal.
    """
    token = str(request.get("NextToken") or "0")
    if not token.isdecimal():
        raise refusal
    begin = int(token)
    end = begin + int(str(request.get(most) or size))
    return list(rows[begin:end]), ({"NextToken": str(end)} if end < len(rows) else {})
