"""Flags that several commands of `mlacoach lab` share."""

from typing import Annotated

import typer

LAB_ID = Annotated[str, typer.Argument(metavar="ID", help="Which lab.")]
ANY_LAB = Annotated[str | None, typer.Argument(metavar="[ID]", help="Which lab; the last that was started.")]
JSON = Annotated[bool, typer.Option("--json", help="Everything, as JSON.")]
EXAM = Annotated[str | None, typer.Option(help="For this exam only, such as MLA-C02.")]
TARGET = Annotated[str, typer.Option(help="sandbox, or aws for an account of yours.")]
PROFILE = Annotated[str | None, typer.Option(help="The profile of your AWS configuration.")]
REGION = Annotated[str | None, typer.Option(help="Instead of the profile's region.")]
MAX_USD = Annotated[float, typer.Option(min=0, help="On AWS: stop before it may cost more US dollars.")]
HOURS = Annotated[float, typer.Option(min=0.1, help="On AWS: stop after so many hours.")]
REFRESH_PRICES = Annotated[bool, typer.Option("--refresh-prices", help="On AWS: ask for today's prices first.")]
