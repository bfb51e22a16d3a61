"""Training jobs: from Starting to Completed, Failed or Stopped, with a container that really runs."""

import math
import threading
from contextlib import suppress
from datetime import datetime
from typing import Any

from mlacoach.sandbox.algorithms import Image, image_of, metric_definitions
from mlacoach.sandbox.aws_error import invalid, not_emulated
from mlacoach.sandbox.fault_rules import FaultKind, FaultRule
from mlacoach.sandbox.jobs.archives import pack
from mlacoach.sandbox.jobs.container import Container
from mlacoach.sandbox.jobs.failing import JobFailed, JobStopped, died, of_fault
from mlacoach.sandbox.jobs.images import missing_package, own_words, require_runnable
from mlacoach.sandbox.jobs.running import Running, Slots
from mlacoach.sandbox.jobs.scripts import script_said
from mlacoach.sandbox.jobs.training_folder import PROGRAM, TrainingFolder
from mlacoach.sandbox.jobs.transfers import Transfers
from mlacoach.sandbox.jobs.transitions import enter
from mlacoach.sandbox.jobs.watching import Metrics, Watch, patterns_of
from mlacoach.sandbox.records import Record
from mlacoach.sandbox.supervisor import Child, Command, Ended, Exit
from mlacoach.sandbox.world import World

GROUP = "/aws/sagemaker/TrainingJobs"
DAY = 86_400
GRACE_SECONDS = 30.0
# How long a spot instance lasts where a fault takes it away and its argument does not say.
SPOT_SECONDS = 1.0
# A lab can't set faults: a spot job with this variable loses its instance once, after so many seconds.
INTERRUPT = "SANDBOX_INTERRUPT_AFTER"
# What a spot instance costs, as a share of the usual price. On AWS it changes by the hour.
SPOT_SHARE = 0.3


def image_name(world: World, record: Record) -> str:
    """The image of a training job: its own, or its algorithm resource's."""
    spec = record["AlgorithmSpecification"]
    if spec.get("TrainingImage"):
        return str(spec["TrainingImage"])
    name = str(spec.get("AlgorithmName", ""))
    algorithm = world.store.by_arn(name) or world.store.get("Algorithm", name, record.region)
    if algorithm is None:
        raise invalid(f"Algorithm {name} does not exist. The sandbox has no marketplace.")
    return str(algorithm["TrainingSpecification"]["TrainingImage"])


def check(world: World, record: Record) -> Image:
    """What a training job needs before it is accepted.

    Raises:
        AwsError: it cannot run here, or its data is not there.
    """
    if "ServerlessJobConfig" in record.fields or "AlgorithmSpecification" not in record.fields:
        raise not_emulated(
            "A training job without an image", "Foundation models need GPUs; train an algorithm instead."
        )
    image = image_of(image_name(world, record))
    spec = record["AlgorithmSpecification"]
    own = spec.get("ContainerEntrypoint") or own_words(record.get("Environment"))
    has_command = bool(own) or PROGRAM in (record.get("HyperParameters") or {})
    require_runnable(image, has_command=has_command)
    if not has_command and image.package is not None and not image.is_algorithm:
        raise invalid(
            "A framework's image needs a script: the hyperparameter sagemaker_program, or ContainerEntrypoint."
        )
    for channel in record.get("InputDataConfig") or []:
        _require_data(world, record, channel, image)
    return image


def _require_data(world: World, record: Record, channel: Any, image: Image) -> None:  # noqa: ANN401
    source = channel["DataSource"].get("S3DataSource")
    if source is None:
        raise not_emulated("A channel that is not in S3", "There are no file systems here; put the data into a bucket.")
    mode = channel.get("InputMode") or record["AlgorithmSpecification"].get("TrainingInputMode", "File")
    if mode == "Pipe" and not image.is_algorithm:
        raise not_emulated("Pipe mode for scripts", "Use File or FastFile: both put files into the channel's folder.")
    url = source["S3Uri"]
    try:
        found = any(True for _ in Transfers(world, 1, record["RoleArn"]).keys(url))
        said = ""
    except JobFailed as error:
        found, said = False, f" Error message from S3: {str(error).rpartition(': ')[2]}"
    if not found:
        raise invalid(
            f'No S3 objects found under S3 URL "{url}" given in input data source. Please ensure that the bucket '
            f"exists in the selected region ({record.region}), that objects exist under that S3 prefix, and that the "
            f'role "{record["RoleArn"]}" has "s3:ListBucket" permissions on bucket "{url.split("/")[2]}".{said}'
        )


class Training(Running):
    """One training job that is running."""

    def __init__(self, world: World, record: Record, slots: Slots, image: Image) -> None:
        super().__init__(world, record, self._through_all_states, self._end)
        self._slots = slots
        self._image = image
        self._box = Container(world, self.folder)
        self._inside = TrainingFolder(record, self._box, image)
        gigabytes = (record.get("ResourceConfig") or {}).get("VolumeSizeInGB") or 30
        self._transfers = Transfers(world, gigabytes, record["RoleArn"])
        self._began: datetime | None = None
        spec = record["AlgorithmSpecification"]
        own = [] if self._inside.is_script or spec.get("ContainerEntrypoint") else metric_definitions(image.name)
        self._definitions = [*own, *(spec.get("MetricDefinitions") or [])]
        self._metrics = Metrics(patterns_of(self._definitions))

    def announce(self) -> None:
        """The first state, and what Describe shows from the beginning."""
        spec = {**self.record["AlgorithmSpecification"], "MetricDefinitions": self._definitions}
        shown = spec if self._definitions else self.record["AlgorithmSpecification"]
        enter(self.world, self.record, "Starting", TrainingJobStatus="InProgress", AlgorithmSpecification=shown)

    def _through_all_states(self) -> None:
        with self._slots.one(self):
            self._go()

    def _go(self) -> None:
        rule = self.world.faults.of_job("CreateTrainingJob")
        is_spot = bool(self.record.get("EnableManagedSpotTraining"))
        taken = rule if rule and is_spot and rule.kind is FaultKind.CAPACITY else None
        if rule and taken is None:
            raise JobFailed(of_fault(rule))
        seconds = (self.record.get("Environment") or {}).get(INTERRUPT)
        if is_spot and seconds and taken is None:
            taken = FaultRule(FaultKind.CAPACITY, argument=seconds, times=1)
        package = missing_package(self._image)
        if package:
            raise JobFailed(
                f"ClientError: the image {self._image.repository} needs the package {package}, which this Python "
                f"lacks. Install it beside mlacoach: pip install {package}"
            )
        ended = self._once(taken)
        while ended is None:
            enter(self.world, self.record, "Starting")
            ended = self._once(None)
        self._after(ended)

    def _once(self, taken: FaultRule | None) -> Exit | None:
        """Download and train; None if a spot instance was taken away meanwhile."""
        self.raise_if_stopped()
        enter(self.world, self.record, "Downloading")
        self._inside.write_config()
        self._inside.download(self._transfers)
        self.raise_if_stopped()
        self._began = self._began or self.world.now()
        enter(self.world, self.record, "Training", TrainingStartTime=self._began)
        return self._train(taken)

    def _train(self, taken: FaultRule | None) -> Exit | None:
        stopping = self.record.get("StoppingCondition") or {}
        more = self._inside.environment()
        command = Command(
            name=f"training-job/{self.record.key}",
            words=self._box.words(self._inside.words(), self._inside.start),
            folder=self.folder,
            environment=self._box.environment(self.record["RoleArn"], self.record.region, more),
            log=self.folder / "log.txt",
            seconds=float(stopping.get("MaxRuntimeInSeconds") or DAY),
            grace=GRACE_SECONDS,
        )
        child = self.start_child(command)
        if taken:
            wait = float(taken.argument or SPOT_SECONDS)
            threading.Thread(target=lambda: _stop_after(child, wait), daemon=True).start()
        stream = f"{self.record.key}/algo-1-{int(self.world.now().timestamp())}"
        Watch(self.world, GROUP, stream, command.log, self._metrics, self._show).follow(child)
        ended = child.wait()
        self._save_checkpoints()
        if taken and ended and ended.why is Ended.STOPPED and not self.stopped.is_set():
            enter(self.world, self.record, "Interrupted")
            return None
        return ended

    def _save_checkpoints(self) -> None:
        config = self.record.get("CheckpointConfig")
        if config and self._inside.checkpoints.is_dir():
            self._transfers.put_folder(self._inside.checkpoints, config["S3Uri"])

    def _show(self, names: set[str]) -> None:
        """Show new values of metrics: in Describe, in CloudWatch, and to who tunes."""
        now, values = self.world.now(), self._metrics.values
        final = [{"MetricName": name, "Value": seen[-1], "Timestamp": now} for name, seen in values.items()]
        kept = {name: list(seen) for name, seen in values.items()}
        self.world.store.change(self.record, {"FinalMetricDataList": final}, {"metrics": kept})
        for name in names:
            self.world.metrics.put(GROUP, name, values[name][-1], {"TrainingJobName": self.record.key})

    def _after(self, ended: Exit) -> None:
        if ended.why is Ended.STOPPED:
            self._upload()
            raise JobStopped
        if ended.why is Ended.TIMED_OUT:
            self._upload()
            self._end("Stopped", "MaxRuntimeExceeded")
            return
        if not ended.is_success:
            with suppress(JobFailed):
                self._upload_output()
            raise JobFailed(died(ended, self._said(ended)))
        self._upload()
        self._end("Completed")

    def _said(self, ended: Exit) -> str:
        failure = self._box.ml / "output/failure"
        if failure.is_file():
            return failure.read_text(encoding="utf-8", errors="replace")[:4000]
        spec = self.record["AlgorithmSpecification"]
        if ended.why is Ended.EXITED and (self._inside.is_script or spec.get("ContainerEntrypoint")):
            return script_said(ended, self._inside.words(), self.folder / "log.txt")
        return ""

    def _upload(self) -> None:
        """The model, and whatever else the job left, to S3."""
        enter(self.world, self.record, "Uploading")
        place = self.record["OutputDataConfig"]
        base = f"{place['S3OutputPath'].rstrip('/')}/{self.record.key}/output"
        model = self._box.ml / "model"
        if place.get("CompressionType") == "NONE":
            self._transfers.put_folder(model, f"{base}/model")
            url = f"{base}/model/"
        else:
            url = f"{base}/model.tar.gz"
            pack(model, self.folder / "model.tar.gz")
            self._transfers.put(self.folder / "model.tar.gz", url)
        self._upload_output()
        self.world.store.change(self.record, {"ModelArtifacts": {"S3ModelArtifacts": url}})

    def _upload_output(self) -> None:
        data = self._box.ml / "output/data"
        if not any(data.iterdir() if data.is_dir() else ()):
            return
        place = self.record["OutputDataConfig"]
        base = f"{place['S3OutputPath'].rstrip('/')}/{self.record.key}/output"
        if place.get("CompressionType") == "NONE":
            self._transfers.put_folder(data, f"{base}/data")
            return
        pack(data, self.folder / "output.tar.gz")
        self._transfers.put(self.folder / "output.tar.gz", f"{base}/output.tar.gz")

    def _end(self, status: str, secondary: str = "", **fields: Any) -> None:  # noqa: ANN401
        """The last state, with the times that count for the bill."""
        now = self.world.now()
        if self._began:
            seconds = max(1, math.ceil((now - self._began).total_seconds()))
            share = SPOT_SHARE if self.record.get("EnableManagedSpotTraining") else 1.0
            fields |= {"TrainingTimeInSeconds": seconds, "BillableTimeInSeconds": math.ceil(seconds * share)}
        enter(self.world, self.record, secondary or status, TrainingJobStatus=status, TrainingEndTime=now, **fields)


def _stop_after(child: Child, seconds: float) -> None:
    child.wait(seconds)
    child.stop()


def make(world: World, record: Record, slots: Slots) -> Training:
    """A training job, checked.

    Raises:
        AwsError: it cannot run here.
    """
    job = Training(world, record, slots, check(world, record))
    job.announce()
    return job
