"""How a container is started here: its words, its variables, and `/opt/ml` where the system allows it."""

import json
import os
import socket
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from mlacoach.sandbox.algorithms import image_of
from mlacoach.sandbox.jobs.container import ML, credentials, has_namespaces, mounted, own_path
from mlacoach.sandbox.serving.container.loaded import Setting
from mlacoach.sandbox.serving.containers import Container
from mlacoach.sandbox.supervisor import Command
from mlacoach.sandbox.world import World

WORKERS = ("SAGEMAKER_MODEL_SERVER_WORKERS", "MODEL_SERVER_WORKERS")
PORTS = 1000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a container runs.

    Attributes:
        world: whose.
        endpoint: the endpoint's name.
        variant: the variant's name.
        region: the endpoint's region.
        folder: of the container: `opt/ml` in it is its `/opt/ml`.
        workers: how many requests it works on at a time; 0 leaves it to the container.
        memory_mb: how much it may hold; None is without limit.
    """

    world: World
    endpoint: str
    variant: str
    region: str
    folder: Path
    workers: int = 0
    memory_mb: float | None = None

    @property
    def ml(self) -> Path:
        """What the container sees as `/opt/ml`."""
        return self.folder / "opt/ml"


def seen(place: Place, path: Path) -> str:
    """A path below the container's `ml` as the container sees it."""
    return f"{ML}/{path.relative_to(place.ml)}" if has_namespaces(place.world.folder) else str(path)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def command(place: Place, container: Container, folder: Path) -> Command:
    """What starts a container.

    Args:
        place: where.
        container: which.
        folder: its own: `port` appears in it, `log.txt` is its log.
    """
    place.ml.mkdir(parents=True, exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    port = folder / "port"
    port.unlink(missing_ok=True)
    variables = _environment(place, container, folder)
    words = [sys.executable, "-P", "-m", "mlacoach.sandbox.serving.container", str(folder)]
    if container.command:
        chosen = free_port()
        port.write_text(str(chosen), encoding="ascii")
        variables |= _listening(chosen)
        words = list(container.command)
    else:
        (folder / "container.json").write_text(json.dumps(_wanted(place, container)), encoding="utf-8")
    start = _start_folder(place, container, folder)
    return Command(
        name=f"endpoint/{place.endpoint}/{place.variant}/{container.name}",
        words=mounted(place.folder, str(start), words) if has_namespaces(place.world.folder) else words,
        folder=start,
        environment=variables,
        log=folder / "log.txt",
        memory_mb=place.memory_mb,
        grace=1.0,
    )


def _start_folder(place: Place, container: Container, folder: Path) -> Path:
    code = place.ml / "model" / "code"
    return code if container.command and code.is_dir() else folder


def _listening(port: int) -> dict[str, str]:
    return {"SAGEMAKER_BIND_TO_PORT": str(port), "SAGEMAKER_SAFE_PORT_RANGE": f"{port}-{port + PORTS}"}


def _wanted(place: Place, container: Container) -> dict[str, object]:
    image = image_of(container.image)
    setting = Setting(
        name=image.name,
        is_algorithm=image.is_algorithm,
        program=container.program,
        accept=container.environment.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", "application/json"),
    )
    own = next((container.environment[name] for name in WORKERS if name in container.environment), "")
    workers = place.workers or (int(own) if own.isdigit() and int(own) else 1)
    model = None if container.is_multi_model else seen(place, place.ml / "model")
    return {"setting": asdict(setting), "model": model, "workers": workers}


def _environment(place: Place, container: Container, folder: Path) -> dict[str, str]:
    given = {
        "LANG": "C.UTF-8",
        "HOME": str(folder),
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
        "SM_MODEL_DIR": seen(place, place.ml / "model"),
        "SAGEMAKER_MULTI_MODEL": "true" if container.is_multi_model else "false",
        "SANDBOX_IMAGE_VERSION": image_of(container.image).version,
        "SAGEMAKER_REGION": place.region,
        "SAGEMAKER_ENDPOINT_NAME": place.endpoint,
        **container.environment,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
    }
    ours = own_path()["PYTHONPATH"]
    given["PYTHONPATH"] = os.pathsep.join(filter(None, [ours, given.get("PYTHONPATH", "")]))
    return given | _account(place, container)


def _account(place: Place, container: Container) -> dict[str, str]:
    """What the container asks AWS goes to the sandbox, with credentials of the model's role and no others."""
    settings = {
        "AWS_ENDPOINT_URL": place.world.url,
        "AWS_REGION": place.region,
        "AWS_DEFAULT_REGION": place.region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "NO_PROXY": "127.0.0.1",
    }
    return settings | (credentials(place.world, container.role) if container.role else {})
