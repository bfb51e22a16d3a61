"""Arguments of a job."""

import argparse
from collections.abc import Sequence
from typing import NoReturn


class GlueArgumentError(Exception):
    """An argument that the script asks for was not given."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise GlueArgumentError(message)


def getResolvedOptions(args: Sequence[str], options: Sequence[str]) -> dict[str, str]:  # noqa: N802 - AWS's own name
    """The values of the options, by their names.

    Raises:
        GlueArgumentError: one is missing.
    """
    parser = _Parser(allow_abbrev=False)
    for name in options:
        parser.add_argument(f"--{name}", required=True)
    found, _others = parser.parse_known_args(args[1:])
    return vars(found)
