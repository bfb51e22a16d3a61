"""The whole lab as a script: six phases in order, each step checked, in a sandbox of its own that ends with it.

    python build_ml_environment.py            # all six
    python build_ml_environment.py prepare    # up to the end of this phase

On an AWS account the same steps run with a ceiling for their cost, a journal and a teardown:
`mlacoach lab run build-ml-environment --target aws --profile P`.
"""

import argparse
import sys
import time
from pathlib import Path
from uuid import uuid4

from mlacoach.cloud import Entry, Place, RunNames, sandbox_session
from mlacoach.content.lab_code import load_lab_code
from mlacoach.labs import Done, LabCode, look
from mlacoach.labs.aws import Aws
from mlacoach.sandbox import REGION, ROLE_ARN, Sandbox

FOLDER = Path(__file__).resolve().parent
PHASES = {
    "provision": ("provision",),
    "prepare": ("bring_the_data", "clean_and_split"),
    "transform": ("fill_the_feature_store", "explore", "transform"),
    "train": ("train_and_tune",),
    "deploy": ("register", "deploy"),
    "evaluate": ("score_in_batch", "evaluate"),
}


def run_phase(phase: str, code: LabCode, aws: Aws) -> bool:
    """Do the steps of a phase and check each; False at the first that is not done."""
    steps = {step.name: step for step in code.steps}
    for name in PHASES[phase]:
        begun = time.monotonic()
        shown = steps[name].do(aws)
        outcome = look(steps[name], aws)
        sys.stdout.write(f"{phase:10} {name:24} {time.monotonic() - begun:5.1f} s  {outcome.sentence}\n")
        for metric, value in (shown.metrics if shown else {}).items():
            sys.stdout.write(f"{'':10} {metric:24} {value:10.2f}\n")
        if not isinstance(outcome, Done):
            return False
    return True


def main() -> int:
    """Run the phases up to the one that is named, all without; 0 if each step was done."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("last", nargs="?", choices=PHASES, default="evaluate", help="the last phase to run")
    last = parser.parse_args().last
    phases = list(PHASES)
    journal: list[Entry] = []
    with Sandbox() as sandbox:
        place = Place(sandbox_session(REGION), sandbox.url, ROLE_ARN)
        aws = place.account(RunNames(FOLDER.name, uuid4().hex), journal.append)
        code = load_lab_code(FOLDER)
        done = all(run_phase(phase, code, aws) for phase in phases[: phases.index(last) + 1])
    return 0 if done else 1


if __name__ == "__main__":
    sys.exit(main())
