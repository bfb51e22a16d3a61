"""Processing jobs: inputs from S3, a command, outputs to S3."""

import json
from collections.abc import Mapping
from typing import Any

from mlacoach.sandbox.algorithms import image_of
from mlacoach.sandbox.aws_error import invalid, not_emulated
from mlacoach.sandbox.jobs.container import ML, Container, own_path
from mlacoach.sandbox.jobs.failing import JobFailed, exit_code, of_fault
from mlacoach.sandbox.jobs.images import missing_package, own_words, program_words, require_runnable
from mlacoach.sandbox.jobs.running import Running, Slots
from mlacoach.sandbox.jobs.transfers import Transfers, inside
from mlacoach.sandbox.jobs.transitions import tell
from mlacoach.sandbox.jobs.watching import Metrics, Watch
from mlacoach.sandbox.monitor.publishing import publish
from mlacoach.sandbox.records import Record
from mlacoach.sandbox.supervisor import Command, Ended, Exit
from mlacoach.sandbox.world import World

GROUP = "/aws/sagemaker/ProcessingJobs"
EVENT = "SageMaker Processing Job State Change"
PLACE = f"{ML}/processing"
DAY = 86_400
LONGEST_MESSAGE = 1024
SEE_LOGS = "AlgorithmError: See job logs for more information"


def make(world: World, record: Record, slots: Slots) -> "Processing":
    """A processing job, checked.

    Raises:
        AwsError: it cannot run here.
    """
    _check(record)
    return Processing(world, record, slots)


def _check(record: Record) -> None:
    spec = record["AppSpecification"]
    image = image_of(spec["ImageUri"])
    has_command = bool(spec.get("ContainerEntrypoint") or own_words(record.get("Environment")) or program_words(image))
    require_runnable(image, has_command=has_command)
    if not has_command:
        raise invalid(f"The image {image.repository} needs a command: AppSpecification.ContainerEntrypoint.")
    for one in record.get("ProcessingInputs") or []:
        if "S3Input" not in one:
            raise not_emulated("A dataset definition", "Query Athena yourself, and give the result as an S3 input.")
    outputs = (record.get("ProcessingOutputConfig") or {}).get("Outputs") or []
    places = [one["S3Input"] for one in record.get("ProcessingInputs") or []]
    places += [one["S3Output"] for one in outputs if "S3Output" in one]
    for place in places:
        path = place.get("LocalPath") or PLACE
        if not path.startswith(PLACE) or ".." in path:
            raise invalid(f"LocalPath {path} must begin with {PLACE}.")


class Processing(Running):
    """One processing job that is running."""

    def __init__(self, world: World, record: Record, slots: Slots) -> None:
        super().__init__(world, record, self._through_all_states, self._end)
        self._slots = slots
        self._box = Container(world, self.folder)
        cluster = record["ProcessingResources"].get("ClusterConfig") or {}
        self._transfers = Transfers(world, cluster.get("VolumeSizeInGB") or 30, record["RoleArn"])

    def _through_all_states(self) -> None:
        tell(self.world, self.record, EVENT)
        with self._slots.one(self):
            self._go()

    def _go(self) -> None:
        rule = self.world.faults.of_job("CreateProcessingJob")
        if rule:
            raise JobFailed(of_fault(rule))
        package = missing_package(image_of(self.record["AppSpecification"]["ImageUri"]))
        if package:
            raise JobFailed(f"ClientError: the image needs the package {package}: pip install {package}")
        self._write_config()
        self._download()
        self.raise_if_stopped()
        self.world.store.change(self.record, {"ProcessingStartTime": self.world.now()})
        self._after(self._execute())

    def _write_config(self) -> None:
        folder = self._box.ml / "config"
        folder.mkdir(parents=True, exist_ok=True)
        shown = {name: value for name, value in self.record.fields.items() if not name.startswith("_")}
        kind = (self.record["ProcessingResources"].get("ClusterConfig") or {}).get("InstanceType", "ml.m5.large")
        resource = {"current_host": "algo-1", "hosts": ["algo-1"], "instance_type": kind}
        (folder / "processingjobconfig.json").write_text(json.dumps(shown, default=str), encoding="utf-8")
        (folder / "resourceconfig.json").write_text(json.dumps(resource), encoding="utf-8")

    def _download(self) -> None:
        for one in self.record.get("ProcessingInputs") or []:
            source = one["S3Input"]
            folder = inside(self._box.ml, source.get("LocalPath", PLACE).removeprefix(ML))
            folder.mkdir(parents=True, exist_ok=True)
            if source.get("S3DataType") == "ManifestFile":
                self._transfers.manifest(source["S3Uri"], folder)
            else:
                self._transfers.prefix(source["S3Uri"], folder)
        for place in self._outputs():
            inside(self._box.ml, place["LocalPath"].removeprefix(ML)).mkdir(parents=True, exist_ok=True)

    def _outputs(self) -> list[Mapping[str, Any]]:
        outputs = (self.record.get("ProcessingOutputConfig") or {}).get("Outputs") or []
        return [one["S3Output"] for one in outputs if "LocalPath" in one.get("S3Output", {})]

    def _execute(self) -> Exit:
        spec, given = self.record["AppSpecification"], self.record.get("Environment") or {}
        own = [*spec.get("ContainerEntrypoint", []), *spec.get("ContainerArguments", [])]
        program = program_words(image_of(spec["ImageUri"]))
        words = own if spec.get("ContainerEntrypoint") else own_words(given) or program
        ours = own_path() if words == program else {}
        more = {"PROCESSING_JOB_NAME": self.record.key, "PROCESSING_JOB_ARN": self.record.arn, **given, **ours}
        command = Command(
            name=f"processing-job/{self.record.key}",
            words=self._box.words(words),
            folder=self.folder,
            environment=self._box.environment(self.record["RoleArn"], self.record.region, more),
            log=self.folder / "log.txt",
            seconds=float((self.record.get("StoppingCondition") or {}).get("MaxRuntimeInSeconds") or DAY),
        )
        child = self.start_child(command)
        stream = f"{self.record.key}/algo-1-{int(self.world.now().timestamp())}"
        Watch(self.world, GROUP, stream, command.log, Metrics({}), lambda _: None).follow(child)
        return child.wait()  # type: ignore[return-value]

    def _after(self, ended: Exit) -> None:
        message = self._box.ml / "output/message"
        said = message.read_text(encoding="utf-8", errors="replace")[:LONGEST_MESSAGE] if message.is_file() else ""
        shown = {"ExitMessage": said} if said else {}
        if ended.why is Ended.STOPPED:
            self._end("Stopped", **shown)
        elif ended.why is Ended.TIMED_OUT:
            self._end("Stopped", FailureReason="MaxRuntimeExceeded", **shown)
        elif ended.is_success:
            publish(self.world, self._box.ml, self.record.get("Environment") or {})
            for place in self._outputs():
                self._transfers.put_folder(inside(self._box.ml, place["LocalPath"].removeprefix(ML)), place["S3Uri"])
            self._end("Completed", **shown)
        else:
            code = exit_code(ended)
            self._end("Failed", FailureReason=SEE_LOGS, **({"ExitMessage": f"exit code: {code}"} | shown))

    def _end(self, status: str, **fields: Any) -> None:  # noqa: ANN401
        now = self.world.now()
        times = {"ProcessingEndTime": now, "LastModifiedTime": now}
        changed = self.world.store.change(self.record, {"ProcessingJobStatus": status, **times, **fields})
        if changed:
            tell(self.world, changed, EVENT)
