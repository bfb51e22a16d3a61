"""The models of a multi-model container: fetched when they are asked for, unloaded when others need the room."""

import hashlib
import json
import shutil
import threading
import time
from collections import OrderedDict
from pathlib import Path
from urllib.parse import quote

from mlacoach.sandbox.aws_error import AwsError
from mlacoach.sandbox.serving.channel import Answer, Question
from mlacoach.sandbox.serving.commands import seen
from mlacoach.sandbox.serving.instance import OK, Instance
from mlacoach.sandbox.serving.measures import Measures
from mlacoach.sandbox.serving.model_data import fetch_archive
from mlacoach.sandbox.serving.says import CannotStart, validation

# AWS unloads by memory; here a container holds so many models.
MOST_LOADED = 10
CONFLICT = 409
MICROSECONDS = 1_000_000


class ManyModels:
    """What a multi-model container has loaded, the longest unused first.

    Args:
        instance: the container's process.
        measures: of its variant.
    """

    def __init__(self, instance: Instance, measures: Measures) -> None:
        self._instance = instance
        self._measures = measures
        self._lock = threading.Lock()
        self._loaded: OrderedDict[str, None] = OrderedDict()
        self._generation = 0

    def loaded(self) -> list[str]:
        """The models that are loaded."""
        with self._lock:
            return list(self._loaded)

    def ask(self, target: str, question: Question, seconds: float) -> Answer:
        """Ask one of the models, which is loaded first if it has to be.

        Raises:
            AwsError: there is no such model.
            TimedOut: there was no answer in time.
            HungUp: the process ended meanwhile.
        """
        failed = self._need(target, seconds)
        if failed:
            return failed
        path = f"/models/{name_of(target)}/invoke"
        answer = self._instance.ask(Question(path, question.body, question.headers), seconds)
        if not self._instance.container.keeps_models:
            with self._lock:
                self._unload(target)
        return answer

    def _need(self, target: str, seconds: float) -> Answer | None:
        with self._lock:
            if self._generation != self._instance.generation:
                # Its process was started anew and knows of none.
                self._loaded.clear()
                self._generation = self._instance.generation
            hit = target in self._loaded
            self._measures.add("ModelCacheHit", float(hit))
            if hit:
                self._loaded.move_to_end(target)
                return None
            while len(self._loaded) >= MOST_LOADED:
                self._unload(next(iter(self._loaded)))
            return self._load(target, seconds)

    def _load(self, target: str, seconds: float) -> Answer | None:
        began = time.monotonic()
        folder = self._fetched(target)
        self._measures.add("ModelDownloadingTime", (time.monotonic() - began) * MICROSECONDS)
        began = time.monotonic()
        body = json.dumps({"model_name": name_of(target), "url": seen(self._instance.place, folder)}).encode()
        answer = self._instance.ask(Question("/models", body, {"Content-Type": "application/json"}), seconds)
        self._measures.add("ModelLoadingTime", (time.monotonic() - began) * MICROSECONDS)
        if answer.status not in {OK, CONFLICT}:
            return answer
        self._loaded[target] = None
        self._measures.add("LoadedModelCount", float(len(self._loaded)))
        return None

    def _unload(self, target: str) -> None:
        began = time.monotonic()
        self._loaded.pop(target, None)
        self._instance.ask(Question(f"/models/{name_of(target)}", method="DELETE"), 10)
        shutil.rmtree(self._folder(target), ignore_errors=True)
        self._measures.add("ModelUnloadingTime", (time.monotonic() - began) * MICROSECONDS)

    def _folder(self, target: str) -> Path:
        name = hashlib.sha256(target.encode()).hexdigest()[:32]
        return self._instance.place.ml / "models" / self._instance.folder.name / name / "model"

    def _fetched(self, target: str) -> Path:
        place, container = self._instance.place, self._instance.container
        folder = self._folder(target)
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        url = f"{container.data_url.rstrip('/')}/{target.lstrip('/')}"
        try:
            fetch_archive(place.world, container, url, folder)
            code = container.environment.get("SAGEMAKER_SUBMIT_DIRECTORY", "")
            if code.startswith("s3://"):
                fetch_archive(place.world, container, code, folder / "code")
        except CannotStart as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise validation(str(error)) from error
        return folder


def name_of(target: str) -> str:
    """The name under which the container knows a model."""
    return quote(hashlib.sha256(target.encode()).hexdigest())


def need_target(target: str | None) -> str:
    """The model that a request to a multi-model endpoint names.

    Raises:
        AwsError: it names none.
    """
    if not target:
        raise AwsError("ValidationError", "A TargetModel must be specified when invoking a multi-model endpoint.")
    return target
