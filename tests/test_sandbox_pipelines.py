"""Pipelines run: their steps make jobs, decide, ask, fail, are cached, tried again and stopped as on AWS."""

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from mlacoach.sandbox import jobs, lambda_, pipelines
from mlacoach.sandbox.assemble import control
from mlacoach.sandbox.engines import Engines
from mlacoach.sandbox.fault_rules import rule_of
from mlacoach.sandbox.pipelines.caching import lasting
from tests.sandbox_clients import ROLE, client_of, refused
from tests.sandbox_jobs import BUCKET, XGBOOST, Lab, churn, csv, training
from tests.sandbox_pipelines import OUT, Pipelines, get, join, program, step, wrote

FAILED = "Step failure: One or multiple steps failed."


def register(engines: Engines) -> None:
    for part in (control, jobs, lambda_, pipelines):
        part.register(engines)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    lab = Lab(tmp_path_factory.mktemp("pipelines"), register)
    yield lab
    lab.close()


@pytest.fixture(scope="module")
def pipes(lab: Lab) -> Pipelines:
    return Pipelines(lab)


def compare(kind: str, left: object, right: object) -> dict[str, Any]:
    return {"Type": kind, "LeftValue": left, "RightValue": right}


def test_prepare_train_decide_register_and_the_values_flow_from_step_to_step(lab: Lab, pipes: Pipelines) -> None:
    features, labels = churn(400)
    data = lab.put("raw/all.csv", csv(labels, features))
    code = f"import shutil, sys; shutil.copy('/opt/ml/processing/in/all.csv', '{OUT}/' + sys.argv[1])"
    prepare = program(code, words=[join(get("Parameters.Name"), "csv", on=".")])
    prepare["ProcessingInputs"] = [
        {"InputName": "in", "S3Input": {"S3Uri": get("Parameters.Data"), "LocalPath": "/opt/ml/processing/in",
                                        "S3DataType": "S3Prefix", "S3InputMode": "File"}}
    ]  # fmt: skip
    out = get("Steps.Prepare.ProcessingOutputConfig.Outputs['out'].S3Output.S3Uri")
    request = training(XGBOOST, {"train": "s3://x", "validation": "s3://x"})
    for channel in request["InputDataConfig"]:
        channel["DataSource"]["S3DataSource"]["S3Uri"] = out
    request["HyperParameters"] = {"num_round": get("Parameters.Rounds"), "objective": "binary:logistic",
                                  "eval_metric": "auc"}  # fmt: skip
    auc = get("Steps.Train.FinalMetricDataList['validation:auc'].Value")
    model_data = get("Steps.Train.ModelArtifacts.S3ModelArtifacts")
    register_model = {
        "ModelPackageGroupName": "churn-models",
        "ModelApprovalStatus": get("Parameters.Approval"),
        "InferenceSpecification": {
            "Containers": [{"Image": XGBOOST, "ModelDataUrl": model_data}],
            "SupportedContentTypes": ["text/csv"], "SupportedResponseMIMETypes": ["text/csv"],
        },
    }  # fmt: skip
    model = {"ExecutionRoleArn": ROLE, "PrimaryContainer": {"Image": XGBOOST, "ModelDataUrl": model_data}}
    decide = step("Decide", "Condition", {
        "Conditions": [compare("GreaterThanOrEqualTo", auc, get("Parameters.Least"))],
        "IfSteps": [step("Register", "RegisterModel", register_model), step("Make", "Model", model)],
        "ElseSteps": [step("Give up", "Fail", {"ErrorMessage": "too bad"})],
    })  # fmt: skip
    arn = pipes.ran(
        [decide, step("Train", "Training", request), step("Prepare", "Processing", prepare)],
        {"Data": data, "Rounds": 7},
        Parameters=[
            {"Name": "Data", "Type": "String"},
            {"Name": "Name", "Type": "String", "DefaultValue": "train", "EnumValues": ["train", "other"]},
            {"Name": "Rounds", "Type": "Integer", "DefaultValue": 3},
            {"Name": "Least", "Type": "Float", "DefaultValue": 0.8},
            {"Name": "Approval", "Type": "String", "DefaultValue": "Approved"},
        ],
        PipelineExperimentConfig={
            "ExperimentName": get("Execution.PipelineName"), "TrialName": get("Execution.PipelineExecutionId")
        },
    )  # fmt: skip
    rows = pipes.steps(arn)
    assert pipes.status(arn) == "Succeeded", rows
    assert {name: row["StepStatus"] for name, row in rows.items()} == dict.fromkeys(
        ["Prepare", "Train", "Decide", "Register", "Make"], "Succeeded"
    )
    assert rows["Decide"]["Metadata"] == {"Condition": {"Outcome": "True"}}
    job = rows["Train"]["Metadata"]["TrainingJob"]["Arn"].rpartition("/")[2]
    assert job.startswith(f"pipelines-{arn.rpartition('/')[2]}-Train-")
    described = lab.sagemaker.describe_training_job(TrainingJobName=job)
    assert described["HyperParameters"]["num_round"] == "7"
    found = pipes.sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
    assert described["ExperimentConfig"] == found["PipelineExperimentConfig"]
    package = lab.sagemaker.describe_model_package(
        ModelPackageName=rows["Register"]["Metadata"]["RegisterModel"]["Arn"]
    )
    assert package["ModelApprovalStatus"] == "Approved"
    url = package["InferenceSpecification"]["Containers"][0]["ModelDataUrl"]
    assert url == described["ModelArtifacts"]["S3ModelArtifacts"]
    name = rows["Make"]["Metadata"]["Model"]["Arn"].rpartition("/")[2]
    assert lab.sagemaker.describe_model(ModelName=name)["PrimaryContainer"]["ModelDataUrl"] == url


def test_parameters_are_checked_and_a_definition_must_make_sense(pipes: Pipelines) -> None:
    name = pipes.create(
        [step("Fail", "Fail", {"ErrorMessage": join("rows", get("Parameters.Rows"), on=" ")})],
        Parameters=[{"Name": "Rows", "Type": "Integer", "EnumValues": [1, 2]}],
    )
    ask = pipes.sagemaker.start_pipeline_execution
    given: dict[str, Any] = {"PipelineName": name, "ClientRequestToken": "t" * 32}
    for values, said in (({}, "no default"), ({"Rows": "x"}, "not of the type Integer"), ({"Rows": "3"}, "one of 1, 2"),
                         ({"Rows": "1", "Cols": "1"}, "Cols is not defined")):  # fmt: skip
        listed = [{"Name": key, "Value": value} for key, value in values.items()]
        assert said in refused(ask, **given, PipelineParameters=listed)[1]
    arn = pipes.start(name, values={"Rows": 2})
    found = pipes.ended(arn)
    assert (found["PipelineExecutionStatus"], found["FailureReason"]) == ("Failed", FAILED)
    row = pipes.steps(arn)["Fail"]
    assert (row["StepStatus"], row["FailureReason"]) == ("Failed", "rows 2")
    assert row["Metadata"] == {"Fail": {"ErrorMessage": "rows 2"}}
    shown = pipes.sagemaker.list_pipeline_executions(PipelineName=name)["PipelineExecutionSummaries"]
    assert shown[0]["PipelineExecutionFailureReason"] == FAILED
    for steps, said in (
        ([step("A", "Fail", {"ErrorMessage": "x"}, DependsOn=["B"]), step("B", "Fail", {}, DependsOn=["A"])], "circle"),
        ([step("A", "Fail", {"ErrorMessage": get("Steps.Nobody.x")})], "Nobody"),
        ([step("A", "EMR", {})], "EMR is not emulated"),
    ):
        assert said in refused(ask, PipelineName=pipes.create(steps), ClientRequestToken="t" * 32)[1]


def test_every_kind_of_condition_and_property_files_in_branches_of_branches(pipes: Pipelines) -> None:
    report = {"metrics": {"mse": {"value": 4.5}}, "labels": ["a", "b"], "good": True}
    files = [{"PropertyFileName": "Report", "OutputName": "out", "FilePath": "report.json"}]
    evaluate = step("Evaluate", "Processing", program(wrote(report)), PropertyFiles=files)

    def read(path: str) -> dict[str, Any]:
        return {"Std:JsonGet": {"PropertyFile": get("Steps.Evaluate.PropertyFiles.Report"), "Path": path}}

    mse, nothing = read("metrics.mse.value"), step("Never", "Fail", {"ErrorMessage": "never"})
    out = get("Steps.Evaluate.ProcessingOutputConfig.Outputs['out'].S3Output.S3Uri")
    true = [
        compare("Equals", mse, 4.5), compare("Equals", read("labels[1]"), "b"), compare("Equals", read("good"), True),
        compare("GreaterThan", mse, 4), compare("GreaterThanOrEqualTo", mse, 4.5), compare("LessThan", mse, "5"),
        compare("LessThanOrEqualTo", {"Std:JsonGet": {"S3Uri": join(out, "report.json"), "Path": "metrics.mse.value"}},
                4.5),
        {"Type": "In", "QueryValue": read("labels[0]"), "Values": ["x", "a"]},
        {"Type": "Not", "Expression": compare("LessThan", mse, 4)},
        {"Type": "Or", "Conditions": [compare("LessThan", mse, 4), compare("Equals", "x", "x")]},
    ]  # fmt: skip
    inner = step("Inner", "Condition", {
        "Conditions": [compare("LessThan", mse, 1)], "IfSteps": [nothing],
        "ElseSteps": [step("Last", "Processing", program(wrote(1)))],
    })  # fmt: skip
    outer = step("Outer", "Condition", {"Conditions": true, "IfSteps": [inner], "ElseSteps": []})
    after = step("After", "Processing", program(wrote(2)), DependsOn=["Never"])
    arn = pipes.ran([outer, evaluate, after])
    assert pipes.statuses(arn) == dict.fromkeys(["Evaluate", "Outer", "Inner", "Last"], "Succeeded")
    assert pipes.status(arn) == "Succeeded"
    arn = pipes.ran([step("C", "Condition", {"Conditions": [compare("LessThan", "many", 1)]})])
    assert "compares numbers" in pipes.steps(arn)["C"]["FailureReason"]


def test_a_failing_job_fails_the_run_and_a_retry_runs_only_what_is_left(lab: Lab, pipes: Pipelines) -> None:
    code = "import os, sys; sys.exit(0 if os.path.exists('/opt/ml/processing/in/ok') else 3)"
    fragile = program(code)
    fragile["ProcessingInputs"] = [
        {"InputName": "in", "S3Input": {"S3Uri": f"s3://{BUCKET}/switch/", "LocalPath": "/opt/ml/processing/in",
                                        "S3DataType": "S3Prefix", "S3InputMode": "File"}}
    ]  # fmt: skip
    lab.put("switch/there", "x")
    steps = [
        step("First", "Processing", program(wrote(1))),
        step("Fragile", "Processing", fragile, DependsOn=["First"]),
        step("Last", "Processing", program(wrote(1)), DependsOn=["Fragile"]),
    ]
    arn = pipes.ran(steps)
    assert pipes.statuses(arn) == {"First": "Succeeded", "Fragile": "Failed"}
    row = pipes.steps(arn)["Fragile"]
    assert row["FailureReason"].startswith("ClientError: AlgorithmError: See job logs")
    assert "ProcessingJob" in row["Metadata"]
    first = pipes.steps(arn)["First"]
    lab.put("switch/ok", "x")
    pipes.sagemaker.retry_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken="t" * 32)
    found = pipes.ended(arn)
    assert found["PipelineExecutionStatus"] == "Succeeded"
    assert "FailureReason" not in found
    assert pipes.steps(arn)["First"] == first
    assert set(pipes.statuses(arn).values()) == {"Succeeded"}
    code_, _ = refused(pipes.sagemaker.retry_pipeline_execution, PipelineExecutionArn=arn, ClientRequestToken="t" * 32)
    assert code_ == "ConflictException"


def test_steps_are_cached_selected_and_told_as_events(lab: Lab, pipes: Pipelines) -> None:
    heard: list[Any] = []
    lab.world.events.subscribe(heard.append)
    cache = {"Enabled": True, "ExpireAfter": "30d"}
    arguments = program(wrote({"n": 1}), words=[get("Parameters.Word")])
    more = program("import sys; sys.exit(0)", words=[get("Steps.Make.ProcessingJobName")])
    name = pipes.create(
        [step("Make", "Processing", arguments, CacheConfig=cache), step("Use", "Processing", more)],
        Parameters=[{"Name": "Word", "Type": "String", "DefaultValue": "a"}],
    )
    first = pipes.start(name)
    pipes.ended(first)
    second = pipes.start(name)
    pipes.ended(second)
    made = pipes.steps(second)["Make"]
    assert made["CacheHitResult"] == {"SourcePipelineExecutionArn": first}
    assert made["Metadata"] == pipes.steps(first)["Make"]["Metadata"]
    assert "CacheHitResult" not in pipes.steps(second)["Use"]
    other = pipes.start(name, values={"Word": "b"})
    pipes.ended(other)
    assert "CacheHitResult" not in pipes.steps(other)["Make"]
    selective = {"SourcePipelineExecutionArn": first, "SelectedSteps": [{"StepName": "Use"}]}
    chosen = pipes.start(name, SelectiveExecutionConfig=selective)
    assert pipes.ended(chosen)["PipelineExecutionStatus"] == "Succeeded"
    assert list(pipes.steps(chosen)) == ["Use"]
    told = [event.detail for event in heard if event.detail.get("pipelineExecutionArn") == first]
    assert [one["currentPipelineExecutionStatus"] for one in told if "stepName" not in one] == [
        "Executing",
        "Succeeded",
    ]
    assert [one["currentStepStatus"] for one in told if one.get("stepName") == "Make"] == ["Executing", "Succeeded"]
    assert lasting("P1DT2H") == lasting("t26h") != lasting("T26m")


def test_capacity_that_comes_back_is_tried_again_as_the_policy_says(lab: Lab, pipes: Pipelines) -> None:
    policy = {"ExceptionType": ["SageMaker.CAPACITY_ERROR"], "IntervalSeconds": 0, "MaxAttempts": 2, "BackoffRate": 1}
    rule = {"kind": "capacity", "service": "sagemaker", "operation": "CreateProcessingJob", "times": 2}
    try:
        lab.world.faults.add(rule_of(rule))
        arn = pipes.ran([step("Work", "Processing", program(wrote(1)), RetryPolicies=[policy])])
        assert pipes.steps(arn)["Work"]["AttemptCount"] == 3
        assert pipes.statuses(arn) == {"Work": "Succeeded"}
        lab.world.faults.add(rule_of(rule))
        arn = pipes.ran([step("Work", "Processing", program(wrote(1)))])
        row = pipes.steps(arn)["Work"]
        assert "CapacityError" in row["FailureReason"]
        assert row["AttemptCount"] == 1
    finally:
        lab.world.faults.clear()


def test_a_stop_ends_what_runs_and_begins_nothing_more(pipes: Pipelines) -> None:
    long = step("Long", "Processing", program("import time; time.sleep(60)"))
    arn = pipes.start(pipes.create([long, step("Next", "Processing", program(wrote(1)), DependsOn=["Long"])]))
    name = pipes.until_row(arn, "Long", StepStatus="Executing")["StepName"]
    assert name == "Long"
    pipes.sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken="t" * 32)
    assert pipes.ended(arn)["PipelineExecutionStatus"] == "Stopped"
    assert pipes.statuses(arn) == {"Long": "Stopped"}


def test_a_function_and_a_queue_give_outputs_that_later_steps_use(lab: Lab, pipes: Pipelines) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("code.py", "def handler(event, context):\n    return {'twice': event['n'] * 2, 'word': 'x'}\n")
    arn = client_of(lab.inside.url, "lambda").create_function(
        FunctionName="twice",
        Runtime="python3.11",
        Role=ROLE,
        Handler="code.handler",
        Code={"ZipFile": packed.getvalue()},
    )["FunctionArn"]
    sqs = client_of(lab.inside.url, "sqs")
    queue = sqs.create_queue(QueueName="callbacks")["QueueUrl"]
    outputs = [{"OutputName": "twice", "OutputType": "Integer"}]
    answer = [{"OutputName": "answer", "OutputType": "String"}]
    steps = [
        step("Twice", "Lambda", {"n": get("Parameters.N")}, FunctionArn=arn, OutputParameters=outputs),
        step("Ask", "Callback", {"twice": get("Steps.Twice.OutputParameters['twice']")}, SqsQueueUrl=queue,
             OutputParameters=answer),
        step("End", "Fail", {"ErrorMessage": get("Steps.Ask.OutputParameters['answer']")}),
    ]  # fmt: skip
    name = pipes.create(steps, Parameters=[{"Name": "N", "Type": "Integer", "DefaultValue": 21}])

    def asked() -> dict[str, Any]:
        found = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=20)["Messages"][0]
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=found["ReceiptHandle"])
        body: dict[str, Any] = json.loads(found["Body"])
        return body

    run = pipes.start(name)
    message = asked()
    assert (message["arguments"], message["status"]) == ({"twice": 42}, "Executing")
    send = pipes.sagemaker.send_pipeline_execution_step_success
    given = {"CallbackToken": message["token"], "ClientRequestToken": "t" * 32}
    send(**given, OutputParameters=[{"Name": "answer", "Value": "yes"}])
    pipes.ended(run)
    assert pipes.steps(run)["End"]["FailureReason"] == "yes"
    assert pipes.steps(run)["Twice"]["Metadata"]["Lambda"]["OutputParameters"] == [{"Name": "twice", "Value": "42"}]
    assert "ended already" in refused(send, **given)[1]
    run = pipes.start(name)
    pipes.sagemaker.send_pipeline_execution_step_failure(
        CallbackToken=asked()["token"], FailureReason="no", ClientRequestToken="t" * 32
    )
    pipes.ended(run)
    assert pipes.steps(run)["Ask"]["FailureReason"] == "no"


def test_a_tuning_step_gives_its_trainings_the_best_first_and_a_transform_uses_a_model(
    lab: Lab, pipes: Pipelines
) -> None:
    features, labels = churn(300)
    train, rows = lab.put("tune/train.csv", csv(labels, features)), lab.put("tune/rows.csv", csv(features[:5]))
    request = training(XGBOOST, {"train": train, "validation": train})
    static = {"objective": "binary:logistic", "eval_metric": "auc", "num_round": "3"}
    job = {key: request[key] for key in ("RoleArn", "InputDataConfig", "OutputDataConfig", "ResourceConfig",
                                         "StoppingCondition")}  # fmt: skip
    tuning = {
        "HyperParameterTuningJobConfig": {
            "Strategy": "Random",
            "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "validation:auc"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 2, "MaxParallelTrainingJobs": 2},
            "ParameterRanges": {"IntegerParameterRanges": [{"Name": "max_depth", "MinValue": "1", "MaxValue": "6"}]},
        },
        "TrainingJobDefinition": {
            "StaticHyperParameters": static, **job,
            "AlgorithmSpecification": {"TrainingImage": XGBOOST, "TrainingInputMode": "File"},
        },
    }  # fmt: skip
    best = join(f"s3://{BUCKET}/out", get("Steps.Tune.TrainingJobSummaries[0].TrainingJobName"), "output/model.tar.gz")
    model = {"ExecutionRoleArn": ROLE, "PrimaryContainer": {"Image": XGBOOST, "ModelDataUrl": best}}
    transform = {
        "ModelName": get("Steps.Make.ModelName"),
        "TransformInput": {
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": rows}}, "ContentType": "text/csv",
            "SplitType": "Line",
        },
        "TransformOutput": {"S3OutputPath": f"s3://{BUCKET}/tuned-out", "AssembleWith": "Line"},
        "TransformResources": {"InstanceCount": 1, "InstanceType": "ml.m5.large"},
    }  # fmt: skip
    arn = pipes.ran(
        [step("Tune", "Tuning", tuning), step("Make", "Model", model), step("Score", "Transform", transform)]
    )
    assert set(pipes.statuses(arn).values()) == {"Succeeded"}, pipes.steps(arn)
    assert len(lab.get("tuned-out/rows.csv.out").split()) == 5
