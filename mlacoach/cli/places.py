"""Where the files are. It imports next to nothing: a completion needs it as well."""

import os
from pathlib import Path


def home() -> Path:
    """The folder for the learner's data: MLACOACH_HOME, or the platform's place for such."""
    override = os.environ.get("MLACOACH_HOME")
    if override:
        return Path(override).expanduser()
    from platformdirs import user_data_path  # noqa: PLC0415 - 10 ms that an override saves

    return user_data_path("mlacoach", appauthor=False)


def cache() -> Path:
    """The folder for what can be made again."""
    if os.environ.get("MLACOACH_HOME"):
        return home() / "cache"
    from platformdirs import user_cache_path  # noqa: PLC0415

    return user_cache_path("mlacoach", appauthor=False)


def database() -> Path:
    """The learner's file."""
    return home() / "mlacoach.db"
