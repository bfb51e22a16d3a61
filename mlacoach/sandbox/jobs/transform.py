"""Batch transform jobs: a model asked about every file under a prefix."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from mlacoach.sandbox.algorithms import image_of
from mlacoach.sandbox.aws_error import invalid, not_emulated
from mlacoach.sandbox.jobs.archives import BadArchive, unpack
from mlacoach.sandbox.jobs.container import ML, Container, own_path
from mlacoach.sandbox.jobs.failing import JobFailed, JobStopped, of_fault
from mlacoach.sandbox.jobs.json_paths import parse
from mlacoach.sandbox.jobs.running import Running, Slots
from mlacoach.sandbox.jobs.transfers import Transfers
from mlacoach.sandbox.jobs.transforming import CLIENT_ERROR
from mlacoach.sandbox.jobs.transitions import tell
from mlacoach.sandbox.jobs.watching import Metrics, Watch
from mlacoach.sandbox.records import Record
from mlacoach.sandbox.serving.container.loaded import Setting
from mlacoach.sandbox.serving.containers import Container as Part
from mlacoach.sandbox.serving.containers import model_of
from mlacoach.sandbox.supervisor import Command, Ended, Exit
from mlacoach.sandbox.world import World

GROUP = "/aws/sagemaker/TransformJobs"
EVENT = "SageMaker Transform Job State Change"
GIGABYTES = 30
ACCEPT = "application/json"


def make(world: World, record: Record, slots: Slots) -> "Transform":
    """A transform job, checked.

    Raises:
        AwsError: it cannot run here.
    """
    model = model_of(world, record["ModelName"], record.region)
    if any(part.command or part.is_multi_model for part in model.containers):
        raise not_emulated(
            "Batch transform with a container of one's own or a multi-model container",
            "Deploy it to an endpoint, or use a built-in algorithm's or a framework's image.",
        )
    source, processing = record["TransformInput"], record.get("DataProcessing") or {}
    if source.get("SplitType") == "TFRecord":
        raise not_emulated("SplitType TFRecord", "Use Line or RecordIO.")
    for name in ("InputFilter", "OutputFilter"):
        parse(processing.get(name) or "$")
    joins = processing.get("JoinSource", "None") != "None" or processing.get("OutputFilter", "$") != "$"
    if joins and (source.get("SplitType") != "Line" or record["TransformOutput"].get("AssembleWith") != "Line"):
        raise invalid(
            "JoinSource and OutputFilter need records: SplitType and AssembleWith must be Line for these content types."
        )
    return Transform(world, record, slots, model.containers)


class Transform(Running):
    """One transform job that is running."""

    def __init__(self, world: World, record: Record, slots: Slots, parts: tuple[Part, ...]) -> None:
        super().__init__(world, record, self._through_all_states, self._end)
        self._slots = slots
        self._parts = parts
        self._box = Container(world, self.folder)
        self._transfers = Transfers(world, GIGABYTES, parts[0].role)

    def _through_all_states(self) -> None:
        tell(self.world, self.record, EVENT)
        with self._slots.one(self):
            self._go()

    def _go(self) -> None:
        rule = self.world.faults.of_job("CreateTransformJob")
        if rule:
            raise JobFailed(of_fault(rule))
        models = [self._model(number, part) for number, part in enumerate(self._parts)]
        source = self.record["TransformInput"]["DataSource"]["S3DataSource"]
        folder = self._box.ml / "input"
        folder.mkdir(exist_ok=True)
        fetch = self._transfers.manifest if source["S3DataType"] == "ManifestFile" else self._transfers.prefix
        fetch(source["S3Uri"], folder)
        self.raise_if_stopped()
        self.world.store.change(self.record, {"TransformStartTime": self.world.now()})
        plan = self.folder / "opt/ml/plan.json"
        plan.write_text(json.dumps(self._plan(models)), encoding="utf-8")
        self._after(self._execute())

    def _model(self, number: int, part: Part) -> Mapping[str, Any]:
        name = "model" if number == 0 else f"model-{number}"
        folder = self._box.ml / name
        folder.mkdir(exist_ok=True)
        if part.data_url and part.is_archive:
            archive = self.folder / f"{name}.tar.gz"
            self._transfers.object(part.data_url, archive)
            try:
                unpack(archive, folder)
            except BadArchive as error:
                raise JobFailed(f"ClientError: Failed to extract model data: {error}") from error
        elif part.data_url:
            self._transfers.prefix(part.data_url, folder)
        image = image_of(part.image)
        accept = part.environment.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", ACCEPT)
        setting = Setting(name=image.name, is_algorithm=image.is_algorithm, program=part.program, accept=accept)
        return {"setting": asdict(setting), "folder": f"{ML}/{name}"}

    def _plan(self, models: list[Mapping[str, Any]]) -> Mapping[str, Any]:
        source, target = self.record["TransformInput"], self.record["TransformOutput"]
        processing = self.record.get("DataProcessing") or {}
        payload = self.record.get("MaxPayloadInMB")
        return {
            "models": models,
            "input": f"{ML}/input",
            "output": f"{ML}/output",
            "content_type": source.get("ContentType") or "",
            "accept": target.get("Accept") or "",
            "split": source.get("SplitType") or "None",
            "assemble": target.get("AssembleWith") or "None",
            "strategy": self.record.get("BatchStrategy") or "MultiRecord",
            "payload_mb": 6 if payload is None else payload,
            "input_filter": processing.get("InputFilter") or "$",
            "output_filter": processing.get("OutputFilter") or "$",
            "join": processing.get("JoinSource") or "None",
        }

    def _execute(self) -> Exit:
        model = self.world.store.get("Model", self.record["ModelName"], self.record.region)
        role = (model or self.record).get("ExecutionRoleArn") or ""
        given = {name: value for part in self._parts for name, value in part.environment.items()}
        given |= {"SAGEMAKER_BATCH": "true", "SM_MODEL_DIR": f"{ML}/model", **(self.record.get("Environment") or {})}
        words = ["python", "-P", "-m", "mlacoach.sandbox.jobs.transforming", f"{ML}/plan.json"]
        command = Command(
            name=f"transform-job/{self.record.key}",
            words=self._box.words(words),
            folder=self.folder,
            environment=self._box.environment(role, self.record.region, {**given, **own_path()}),
            log=self.folder / "log.txt",
        )
        child = self.start_child(command)
        stream = f"{self.record.key}/algo-1-{int(self.world.now().timestamp())}"
        Watch(self.world, GROUP, stream, command.log, Metrics({}), lambda _: None).follow(child)
        return child.wait()  # type: ignore[return-value]

    def _after(self, ended: Exit) -> None:
        if ended.why is Ended.STOPPED:
            raise JobStopped
        if not ended.is_success:
            kind = "ClientError" if ended.code == CLIENT_ERROR else "AlgorithmError"
            raise JobFailed(f"{kind}: See job logs for more information")
        self._transfers.put_folder(self._box.ml / "output", self.record["TransformOutput"]["S3OutputPath"])
        self._end("Completed")

    def _end(self, status: str, **fields: Any) -> None:  # noqa: ANN401
        changes = {"TransformJobStatus": status, "TransformEndTime": self.world.now(), **fields}
        changed = self.world.store.change(self.record, changes)
        if changed:
            tell(self.world, changed, EVENT)
