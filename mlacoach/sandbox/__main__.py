"""`python -m mlacoach.sandbox`: serve until stdin ends; with `--background FOLDER`, until told to stop."""

import argparse
from pathlib import Path

from mlacoach.sandbox.server import serve_in_background, serve_until_stdin_ends
from mlacoach.sandbox.state import Places

SECONDS_PER_HOUR = 3600.0


def main() -> None:
    """Serve as the words say."""
    parser = argparse.ArgumentParser(prog="python -m mlacoach.sandbox")
    parser.add_argument("--background", type=Path)
    parser.add_argument("--idle-hours", type=float, default=4.0)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--started", default="")
    asked = parser.parse_args()
    if asked.background is None:
        serve_until_stdin_ends()
    else:
        serve_in_background(Places(asked.background), asked.port, asked.idle_hours * SECONDS_PER_HOUR, asked.started)


main()
