"""A container without Docker: a job's folder as `/opt/ml`, an environment of its own, words to run.

On Linux with user namespaces the child has a mount namespace in which the job's `opt/ml` *is* `/opt/ml`. Elsewhere the
words, the environment and the small text files of the job are rewritten to where the folder really is.
"""

import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from mlacoach.sandbox.environment import SHIM
from mlacoach.sandbox.world import World

ML = "/opt/ml"
NAMED = re.compile(r"(?<![\w/.-])/opt/ml(?![\w.-])")
REWRITTEN = frozenset({".sh", ".py", ".json", ".env", ".yaml", ".yml", ".toml", ".cfg"})
LARGEST = 1_000_000
PYTHON = re.compile(r"(?:/\S+/)?python(?:3(?:\.\d+)?)?")
# /opt is made anew in memory, with everything bound back into it that was there, and ml beside that.
MOUNT = """
set -e
d=$1; shift
if [ ! -d /opt/ml ]; then
  mkdir -p "$d/.opt"
  mount --rbind /opt "$d/.opt"
  mount -t tmpfs none /opt
  for entry in "$d"/.opt/*; do
    name=/opt/${entry##*/}
    if [ -d "$entry" ]; then mkdir "$name"; mount --rbind "$entry" "$name"
    elif [ -e "$entry" ]; then ln -s "$entry" "$name"; fi
  done
  mkdir /opt/ml
fi
mount --rbind "$d/opt/ml" /opt/ml
cd "$1"; shift
exec "$@"
"""


@cache
def has_namespaces(work: Path) -> bool:
    """Can a child have an `/opt/ml` of its own here?"""
    if sys.platform != "linux" or os.environ.get("MLACOACH_NO_NAMESPACES"):
        return False
    probe = work / ".probe"
    (probe / "opt/ml").mkdir(parents=True, exist_ok=True)
    (probe / "opt/ml/here").touch()
    words = mounted(probe, ML, ["test", "-f", f"{ML}/here"])
    try:
        return subprocess.run(words, capture_output=True, timeout=10, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def mounted(folder: Path, start: str, words: Sequence[str]) -> list[str]:
    """The words, run where the folder's `opt/ml` is `/opt/ml`."""
    return ["unshare", "-rm", "sh", "-c", MOUNT, "sh", str(folder), start, *words]


class Container:
    """One job's container.

    Args:
        world: where it runs.
        folder: the job's folder; `opt/ml` in it is what the job sees as `/opt/ml`.
    """

    def __init__(self, world: World, folder: Path) -> None:
        self.world = world
        self.folder = folder
        self.ml = folder / "opt/ml"
        self.is_mounted = has_namespaces(world.folder)
        for name in ("opt/ml", "home", "tmp"):
            (folder / name).mkdir(parents=True, exist_ok=True)

    @property
    def seen(self) -> str:
        """Where the job sees its folder."""
        return ML if self.is_mounted else str(self.ml)

    def words(self, words: Sequence[str], start: str = ML) -> list[str]:
        """The words to give to the supervisor.

        Args:
            words: as the job says them.
            start: the folder to start in.
        """
        ours = [sys.executable, *words[1:]] if words and PYTHON.fullmatch(words[0]) else list(words)
        if self.is_mounted:
            return mounted(self.folder, start, ours)
        self._rewrite_files()
        return ["sh", "-c", 'cd "$1"; shift; exec "$@"', "sh", *(self.here(word) for word in [start, *ours])]

    def here(self, text: str) -> str:
        """The text, with every `/opt/ml` as it is outside."""
        return NAMED.sub(lambda _: self.seen, text)

    def _rewrite_files(self) -> None:
        for path in self.ml.rglob("*"):
            if path.suffix in REWRITTEN and path.is_file() and path.stat().st_size < LARGEST:
                text = path.read_bytes()
                if ML.encode() in text:
                    path.write_bytes(
                        self.here(text.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
                    )

    def environment(self, role: str, region: str, more: Mapping[str, str]) -> dict[str, str]:
        """What a container's process has as its environment: nothing of the learner's, the job's role."""
        threads = os.environ.get("OMP_NUM_THREADS", "2")
        own = {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
            "HOME": str(self.folder / "home"),
            "TMPDIR": str(self.folder / "tmp"),
            "LANG": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
            "PYTHONPATH": str(SHIM),
            "OMP_NUM_THREADS": threads,
            "OPENBLAS_NUM_THREADS": threads,
            "AWS_ENDPOINT_URL": self.world.url,
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "NO_PROXY": "127.0.0.1",
            "MLACOACH_SANDBOX": self.world.url,
        }
        given = {name: value if self.is_mounted else self.here(value) for name, value in more.items()}
        return own | (credentials(self.world, role) if role else {}) | given


def own_path() -> dict[str, str]:
    """What a child needs in its environment to import us, wherever we are installed."""
    return {"PYTHONPATH": os.pathsep.join([str(SHIM), str(SHIM.parents[2])])}


def credentials(world: World, role: str) -> dict[str, str]:
    """Credentials of a role, as a container's environment carries them."""
    made = world.client("sts").assume_role(RoleArn=role, RoleSessionName="SageMaker")["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": made["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": made["SecretAccessKey"],
        "AWS_SESSION_TOKEN": made["SessionToken"],
    }
