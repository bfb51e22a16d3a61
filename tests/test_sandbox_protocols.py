"""Requests and answers over the wire: json, rest-json, query; what is refused, and in which words."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mlacoach.sandbox import Sandbox
from mlacoach.sandbox.aws_error import AwsError
from mlacoach.sandbox.call import Call, Response
from mlacoach.sandbox.engines import MEGABYTE, Engines
from mlacoach.sandbox.fault_rules import FaultKind, FaultRule
from mlacoach.sandbox.protocol.models import service_model
from mlacoach.sandbox.protocol.validation import compiled_pattern
from mlacoach.sandbox.world import World
from tests.sandbox_clients import client_of, raw, refused
from tests.sandbox_inside import Inside

AT = datetime(2026, 11, 21, 12, 0, 0, 500_000, tzinfo=UTC)


def _athena(call: Call) -> Mapping[str, Any]:
    execution = {
        "QueryExecutionId": "q",
        "Query": call.request["QueryExecutionId"],
        "Status": {"SubmissionDateTime": AT},
    }
    return {"QueryExecution": execution}


def _invoke(call: Call) -> Mapping[str, Any]:
    if call.request["EndpointName"] == "broken":
        raise AwsError("ModelError", "It broke.", extra={"OriginalStatusCode": 500, "OriginalMessage": "no"})
    return {
        "Body": call.request["Body"][::-1],
        "ContentType": call.request["ContentType"],
        "InvokedProductionVariant": call.request.get("TargetVariant"),
    }


def _lambda(call: Call) -> Mapping[str, Any]:
    return {
        "Configuration": {"FunctionName": call.request["FunctionName"]},
        "Tags": {"q": call.request.get("Qualifier", "")},
    }


def _iam(call: Call) -> Mapping[str, Any]:
    if "s3:Never" in call.request["ActionNames"]:
        raise AwsError("NoSuchEntity", "It is <not> there.", 404)
    rows = [{"EvalActionName": name, "EvalDecision": "allowed"} for name in call.request["ActionNames"]]
    return {"EvaluationResults": rows, "IsTruncated": False}


def _register(engines: Engines) -> None:
    """An operation of each protocol."""
    engines.add("athena", "GetQueryExecution", _athena)
    engines.add("sagemaker-runtime", "InvokeEndpoint", _invoke, 25 * MEGABYTE)
    engines.add("lambda", "GetFunction", _lambda)
    engines.add("iam", "SimulatePrincipalPolicy", _iam)
    engines.add("athena", "ListWorkGroups", lambda _call: {"NoSuchMember": 1})
    engines.add("athena", "ListDataCatalogs", lambda _call: Response(b'{"DataCatalogsSummary": []}', 200))


@pytest.fixture(scope="module")
def inside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inside]:
    with Inside(tmp_path_factory.mktemp("world"), _register) as inside:
        yield inside


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


def test_json_carries_members_and_moments(inside: Inside) -> None:
    answer = client_of(inside.url, "athena").get_query_execution(QueryExecutionId="SELECT-ü")

    assert answer["QueryExecution"]["Query"] == "SELECT-ü"
    assert answer["QueryExecution"]["Status"]["SubmissionDateTime"] == AT


def test_rest_json_carries_blobs_headers_and_path(inside: Inside) -> None:
    body = bytes(range(256))
    answer = client_of(inside.url, "sagemaker-runtime").invoke_endpoint(
        EndpointName="a", Body=body, ContentType="application/x-npy", TargetVariant="v1"
    )

    assert answer["Body"].read() == body[::-1]
    assert (answer["ContentType"], answer["InvokedProductionVariant"]) == ("application/x-npy", "v1")


def test_rest_json_reads_the_query_string_and_quoted_names(inside: Inside) -> None:
    arn = "arn:aws:lambda:us-east-1:123456789012:function:a"
    answer = client_of(inside.url, "lambda").get_function(FunctionName=arn, Qualifier="2")

    assert answer["Configuration"]["FunctionName"] == arn
    assert answer["Tags"] == {"q": "2"}


def test_a_modelled_error_keeps_its_members_and_its_status(inside: Inside) -> None:
    runtime = client_of(inside.url, "sagemaker-runtime")

    with pytest.raises(runtime.exceptions.ModelError) as caught:
        runtime.invoke_endpoint(EndpointName="broken", Body=b"1", ContentType="text/csv")

    assert caught.value.response["OriginalStatusCode"] == 500
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 424


def test_query_carries_lists_and_errors(inside: Inside) -> None:
    iam = client_of(inside.url, "iam")
    role = "arn:aws:iam::123456789012:role/a-role"
    answer = iam.simulate_principal_policy(PolicySourceArn=role, ActionNames=["s3:Get", "s3:Put"])

    assert [row["EvalActionName"] for row in answer["EvaluationResults"]] == ["s3:Get", "s3:Put"]
    assert refused(iam.simulate_principal_policy, PolicySourceArn=role, ActionNames=["s3:Never"]) == (
        "NoSuchEntity",
        "It is <not> there.",
    )


def test_what_no_engine_owns_goes_to_moto(inside: Inside) -> None:
    assert client_of(inside.url, "athena").list_query_executions()["QueryExecutionIds"] == []
    assert client_of(inside.url, "iam").list_users()["Users"] == []


def test_an_answer_that_does_not_fit_is_said_to_be_our_bug(inside: Inside) -> None:
    code, message = refused(client_of(inside.url, "athena").list_work_groups)

    assert code == "InternalFailure"
    assert "ListWorkGroups failed" in message


def test_an_engine_may_answer_in_bytes(inside: Inside) -> None:
    assert client_of(inside.url, "athena").list_data_catalogs()["DataCatalogsSummary"] == []


def test_what_moto_lacks_is_said_in_aws_terms(inside: Inside) -> None:
    for service, ask in (("translate", "list_terminologies"), ("glue", "list_custom_entity_types")):
        code, message = refused(getattr(client_of(inside.url, service), ask))

        assert code == "UnknownOperationException"
        assert "is not emulated by the sandbox" in message


def test_faults_strike_as_often_as_they_say(inside: Inside) -> None:
    faults = inside.world.faults
    athena, s3 = client_of(inside.url, "athena"), client_of(inside.url, "s3")
    faults.add(FaultRule(FaultKind.THROTTLE, "athena", "Get*", times=2))
    faults.add(FaultRule(FaultKind.ERROR, "s3", "ListBuckets", "SlowDown", times=1))
    try:
        codes = [refused(athena.get_query_execution, QueryExecutionId="q")[0] for _ in range(2)]
        assert codes == ["ThrottlingException"] * 2
        assert athena.get_query_execution(QueryExecutionId="q")
        assert refused(s3.list_buckets)[0] == "SlowDown"
        assert "Buckets" in s3.list_buckets()
        assert [struck for _, struck in faults.all()] == [2, 1]
    finally:
        faults.clear()


def test_chance_of_faults_repeats_with_the_seed(tmp_path: Path) -> None:
    def struck(folder: str, seed: int) -> list[bool]:
        world = World("http://127.0.0.1:1", tmp_path / folder, seed)
        world.faults.add(FaultRule(FaultKind.JOB, probability=0.5))
        return [world.faults.of_job("CreateTrainingJob") is not None for _ in range(40)]

    assert struck("a", 1) == struck("b", 1) != struck("c", 2)


def test_missing_members_are_named_as_aws_names_them(sandbox: Sandbox) -> None:
    code, message = refused(client_of(sandbox.url, "sagemaker").create_model_package_group)

    assert code == "ValidationException"
    assert message == (
        "1 validation error detected: Value null at 'modelPackageGroupName' failed to satisfy constraint: "
        "Member must not be null"
    )


def test_every_violation_is_in_one_sentence(sandbox: Sandbox) -> None:
    sagemaker = client_of(sandbox.url, "sagemaker")
    code, message = refused(
        sagemaker.create_endpoint_config,
        EndpointConfigName="no spaces",
        ProductionVariants=[
            {"VariantName": "a", "ModelName": "m", "InstanceType": "ml.none", "InitialInstanceCount": 0}
        ],
    )

    assert code == "ValidationException"
    assert message.startswith(
        "3 validation errors detected: Value 'no spaces' at 'endpointConfigName' failed to satisfy"
    )
    assert "Member must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}" in message
    assert "Value 'ml.none' at 'productionVariants.1.member.instanceType' failed to satisfy constraint: " in message
    assert "Member must satisfy enum value set: [ml.t2.medium, " in message
    assert (
        "Value '0' at 'productionVariants.1.member.initialInstanceCount' failed to satisfy constraint: "
        "Member must have value greater than or equal to 1"
    ) in message


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        ({"MaxResults": 101}, "Member must have value less than or equal to 100"),
        ({"NameContains": "x" * 64}, "Member must have length less than or equal to 63"),
        ({"NoSuchThing": 1}, "Value '1' at 'noSuchThing' failed to satisfy constraint: Member must be one that"),
        ({"SortOrder": "Sideways"}, "Member must satisfy enum value set: [Ascending, Descending]"),
    ],
)
def test_ranges_lengths_and_unknown_members(sandbox: Sandbox, request_: dict[str, Any], sentence: str) -> None:
    _status, answer = raw(sandbox.url, json.dumps(request_).encode())

    assert answer["__type"] == "ValidationException"
    assert sentence in answer["message"]


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'"text"',
        b"\xff\xfe",
        b'{"MaxResults": "ten"}',
        b'{"MaxResults": true}',
        b'{"NameContains": {"a": 1}}',
        b'{"NameContains": ["a"]}',
        b'{"CreationTimeAfter": "yesterday"}',
        b'{"CreationTimeAfter": 1e400}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
)
def test_a_body_that_cannot_be_read_is_refused_and_nothing_breaks(sandbox: Sandbox, body: bytes) -> None:
    status, answer = raw(sandbox.url, body)

    assert (status, answer["__type"]) == (400, "SerializationException")


def test_deep_bodies_do_not_exhaust_the_stack(sandbox: Sandbox) -> None:
    deep = {"Filters": [{"Name": "a", "Value": "b"}]}
    for _ in range(300):
        deep = {"SubExpressions": [deep]}
    body = json.dumps({"Resource": "TrainingJob", "SearchExpression": deep}).encode()

    status, answer = raw(sandbox.url, body, "SageMaker.Search")

    assert status == 400
    assert answer["__type"] in {"SerializationException", "ValidationException"}


def test_other_content_types_targets_and_sizes(sandbox: Sandbox) -> None:
    assert raw(sandbox.url, b"{}", Content_Type="text/plain")[1]["__type"] == "UnknownOperationException"
    assert raw(sandbox.url, b"{}", "SageMaker.Nonsense")[1]["__type"] == "UnknownOperationException"
    assert raw(sandbox.url, b"{}", "SageMaker.")[0] == 400
    assert raw(sandbox.url, b" " * 6_000_001)[0] == 413
    assert raw(sandbox.url, b"{}", Content_Length="-5")[0] in {200, 400}
    assert raw(sandbox.url, b"{}")[0] == 200


def test_long_names_are_refused_quickly(sandbox: Sandbox) -> None:
    _status, answer = raw(sandbox.url, json.dumps({"ModelName": "a-" * 1_000_000}).encode(), "SageMaker.DescribeModel")

    assert "length less than or equal to 63" in answer["message"]
    assert len(answer["message"]) < 1000


def test_the_patterns_of_aws_are_understood() -> None:
    tag = compiled_pattern(r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)")

    assert tag
    assert tag.fullmatch("Größe: 1/2 =+-@ 日本")
    assert not tag.fullmatch("a;b")
    assert compiled_pattern(r"[\u0020-\uD7FF\uD800\uDC00]*") is None


def test_a_client_of_s3_changes_no_path_by_which_requests_are_read(tmp_path: Path) -> None:
    """Botocore takes the bucket out of an operation's path the first time that a client calls it."""
    client = World("http://127.0.0.1:9", tmp_path).client("s3")

    client.generate_presigned_url("get_object", Params={"Bucket": "b", "Key": "k"})

    assert client.meta.service_model.operation_model("GetObject").http["requestUri"] == "/{Key+}"
    assert service_model("s3").operation_model("GetObject").http["requestUri"] == "/{Bucket}/{Key+}"
