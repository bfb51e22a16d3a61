"""`python -m mlacoach.sandbox`: serve until stdin ends; with `--background FOLDER`, until told to stop."""

import argparse
import gc
from pathlib import Path

SECONDS_PER_HOUR = 3600.0
# moto and the services' models are a million objects that stay: to look through them at Python's own pace takes a sixth
# of the start.
LOOK_THROUGH = (50_000, 20, 100)


def main() -> None:
    """Serve as the words say."""
    gc.set_threshold(*LOOK_THROUGH)
    from mlacoach.sandbox.server import serve_in_background, serve_until_stdin_ends  # noqa: PLC0415 - not before
    from mlacoach.sandbox.state import Places  # noqa: PLC0415

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
