"""What a training job finds in its container: its configuration, its data, its code, its environment, its command."""

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlacoach.sandbox.algorithms import Image
from mlacoach.sandbox.jobs.archives import BadArchive, unpack
from mlacoach.sandbox.jobs.container import ML, Container, own_path
from mlacoach.sandbox.jobs.failing import JobFailed
from mlacoach.sandbox.jobs.images import own_words
from mlacoach.sandbox.jobs.transfers import Transfers, inside
from mlacoach.sandbox.records import Record

PROGRAM, CODE = "sagemaker_program", "sagemaker_submit_directory"


class TrainingFolder:
    """The container of a training job.

    Args:
        record: the job.
        container: where it runs.
        image: what its image means.
    """

    def __init__(self, record: Record, container: Container, image: Image) -> None:
        self._record = record
        self._box = container
        self._image = image
        self._channels: list[Mapping[str, Any]] = record.get("InputDataConfig") or []
        self._given: Mapping[str, str] = record.get("HyperParameters") or {}
        for name in ("model", "output/data", "input/config", "input/data", "code"):
            (container.ml / name).mkdir(parents=True, exist_ok=True)

    def write_config(self) -> None:
        """The files of `input/config`."""
        resource = self._record.get("ResourceConfig") or {}
        kind = resource.get("InstanceType", "ml.m5.large")
        group = {"instance_group_name": "homogeneousCluster", "instance_type": kind, "hosts": ["algo-1"]}
        config = {
            "hyperparameters": self._given,
            "inputdataconfig": {one["ChannelName"]: self._channel(one) for one in self._channels},
            "resourceconfig": {
                "current_host": "algo-1",
                "current_instance_type": kind,
                "current_group_name": "homogeneousCluster",
                # One host, whatever InstanceCount says: code that waits for others would wait for ever.
                "hosts": ["algo-1"],
                "instance_groups": [group],
                "network_interface_name": "lo",
            },
        }
        for name, data in config.items():
            (self._box.ml / f"input/config/{name}.json").write_text(json.dumps(data), encoding="utf-8")

    def _channel(self, one: Mapping[str, Any]) -> dict[str, Any]:
        source = one["DataSource"].get("S3DataSource", {})
        return {
            "ContentType": one.get("ContentType", ""),
            "TrainingInputMode": "File",
            "S3DistributionType": source.get("S3DataDistributionType", "FullyReplicated"),
            "RecordWrapperType": one.get("RecordWrapperType", "None"),
        }

    def download(self, transfers: Transfers) -> None:
        """Channels, checkpoints and code.

        Raises:
            JobFailed: something is not there.
        """
        for one in self._channels:
            self._download(transfers, one)
        checkpoints = self._record.get("CheckpointConfig")
        if checkpoints:
            self.checkpoints.mkdir(parents=True, exist_ok=True)
            if any(not key.endswith("/") for _, key, _ in transfers.keys(checkpoints["S3Uri"])):
                transfers.prefix(checkpoints["S3Uri"], self.checkpoints)
        if self.is_script:
            self._download_code(transfers)

    def _download(self, transfers: Transfers, one: Mapping[str, Any]) -> None:
        source = one["DataSource"]["S3DataSource"]
        folder = self._box.ml / "input/data" / one["ChannelName"]
        folder.mkdir(parents=True, exist_ok=True)
        url, kind = source["S3Uri"], source.get("S3DataType", "S3Prefix")
        if kind == "ManifestFile":
            transfers.manifest(url, folder)
        elif kind == "AugmentedManifestFile":
            self._augmented(transfers, url, folder, source.get("AttributeNames") or [])
        else:
            transfers.prefix(url, folder)

    def _augmented(self, transfers: Transfers, url: str, folder: Path, names: list[str]) -> None:
        """One JSON line per object, with the object beside it: what the algorithm would get through a pipe."""
        lines = [json.loads(line) for line in transfers.bytes(url).splitlines() if line.strip()]
        kept = []
        for number, line in enumerate(lines):
            row = {name: line.get(name) for name in names}
            for name, value in row.items():
                if isinstance(value, str) and value.startswith("s3://"):
                    row[name] = f"{number}-{value.rpartition('/')[2]}"
                    transfers.object(value, inside(folder, row[name]))
            kept.append(json.dumps([row[name] for name in names]))
        (folder / "augmented.manifest").write_text("\n".join(kept), encoding="utf-8")

    def _download_code(self, transfers: Transfers) -> None:
        url = _plain(self._given.get(CODE, ""))
        code = self._box.ml / "code"
        if not url.startswith("s3://"):
            return
        if not url.endswith(".tar.gz"):
            transfers.prefix(url, code)
            return
        archive = self._box.folder / "sourcedir.tar.gz"
        transfers.object(url, archive)
        try:
            unpack(archive, code)
        except BadArchive as error:
            raise JobFailed(f"ClientError: Failed to unpack the source directory {url}: {error}") from error

    @property
    def checkpoints(self) -> Path:
        """Where checkpoints lie."""
        path = (self._record.get("CheckpointConfig") or {}).get("LocalPath", f"{ML}/checkpoints")
        return inside(self._box.ml, path.removeprefix(ML))

    @property
    def is_script(self) -> bool:
        """Does it bring a script of its own, as the SDK's estimators send it?"""
        return PROGRAM in self._given

    @property
    def is_algorithm(self) -> bool:
        """Is it a built-in algorithm that runs, no script?"""
        has_command = self.is_script or self._record["AlgorithmSpecification"].get("ContainerEntrypoint")
        return self._image.is_algorithm and not has_command

    def words(self) -> list[str]:
        """The command, as the container would run it."""
        spec = self._record["AlgorithmSpecification"]
        if spec.get("ContainerEntrypoint"):
            return [*spec["ContainerEntrypoint"], *spec.get("ContainerArguments", [])]
        if self.is_script:
            return self._script()
        if self.is_algorithm:
            # By its name, not by a file: an algorithm's module must not lie on the path of others.
            return ["python", "-P", "-m", "mlacoach.sandbox.algorithms", self._image.name, ML]
        return own_words(self._record.get("Environment"))

    def _script(self) -> list[str]:
        program = _plain(self._given[PROGRAM])
        arguments = [word for name, value in self.values().items() for word in (f"--{name}", str(value))]
        if program.endswith(".sh"):
            return ["sh", "-c", f"./{program} " + shlex.join(arguments)]
        return ["python", program, *arguments]

    def values(self) -> dict[str, Any]:
        """The hyperparameters for the script, as the SDK's JSON has them."""
        return {name: _loads(text) for name, text in self._given.items() if not name.startswith("sagemaker_")}

    @property
    def start(self) -> str:
        """The folder in which the command starts."""
        return f"{ML}/code" if self.is_script else ML

    def environment(self) -> dict[str, str]:
        """What the container's environment says about the job."""
        values, name = self.values(), self._record.key
        channels = [one["ChannelName"] for one in self._channels]
        spec = self._record["AlgorithmSpecification"]
        resource = self._record.get("ResourceConfig") or {}
        return {
            "TRAINING_JOB_NAME": name,
            "TRAINING_JOB_ARN": self._record.arn,
            "SAGEMAKER_REGION": self._record.region,
            "SAGEMAKER_JOB_NAME": name,
            "TRAINING_IMAGE": spec.get("TrainingImage", ""),
            "SANDBOX_IMAGE_VERSION": self._image.version,
            "SM_MODEL_DIR": f"{ML}/model",
            "SM_OUTPUT_DIR": f"{ML}/output",
            "SM_OUTPUT_DATA_DIR": f"{ML}/output/data",
            "SM_INPUT_DIR": f"{ML}/input",
            "SM_INPUT_CONFIG_DIR": f"{ML}/input/config",
            "SM_MODULE_DIR": _plain(self._given.get(CODE, "")),
            "SM_USER_ENTRY_POINT": _plain(self._given.get(PROGRAM, "")),
            "SM_HOSTS": '["algo-1"]',
            "SM_CURRENT_HOST": "algo-1",
            "SM_CURRENT_INSTANCE_TYPE": resource.get("InstanceType", ""),
            "SM_NUM_CPUS": "2",
            "SM_NUM_GPUS": "0",
            "SM_LOG_LEVEL": "20",
            "SM_CHANNELS": json.dumps(channels),
            "SM_HPS": json.dumps(values),
            "SM_USER_ARGS": json.dumps([word for key, value in values.items() for word in (f"--{key}", str(value))]),
            **{f"SM_CHANNEL_{channel.upper()}": f"{ML}/input/data/{channel}" for channel in channels},
            **{f"SM_HP_{key.upper()}": str(value) for key, value in values.items()},
            **(own_path() if self.is_algorithm else {}),
            **(self._record.get("Environment") or {}),
        }


def _plain(text: str) -> str:
    value = _loads(text)
    return value if isinstance(value, str) else text


def _loads(text: str) -> Any:  # noqa: ANN401
    try:
        return json.loads(text)
    except ValueError:
        return text
