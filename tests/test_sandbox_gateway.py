"""API Gateway: REST and HTTP APIs whose functions answer over HTTP."""

import http.client
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from mlacoach.sandbox import control, gateway, lambda_, serving
from mlacoach.sandbox.engines import Engines
from mlacoach.sandbox.gateway.requests import best, parameters
from tests.sandbox_clients import client_of, refused
from tests.sandbox_functions import Functions
from tests.sandbox_inside import Inside

# Answers as the query string says.
CODE = """
import json, time
ANSWERS = {
    "text": "no proxy answer",
    "number": {"statusCode": 200, "body": 5},
    "teapot": {"statusCode": "418", "body": "short and stout", "headers": {"X-Pot": True, "Content-Type": "text/tea"}},
    "binary": {"statusCode": 200, "body": "AP8=", "isBase64Encoded": True},
    "plain": {"hello": "world"},
}
def handler(event, context):
    what = (event.get("queryStringParameters") or {}).get("what", "")
    if what == "raise":
        raise ValueError("no")
    if what == "slow":
        time.sleep(3)
    return ANSWERS.get(what, {"statusCode": 200, "body": json.dumps(event)})
"""


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Functions]:
    with Inside(tmp_path_factory.mktemp("world"), _register) as inside:
        clients = (client_of(inside.url, each) for each in ("lambda", "s3", "sqs", "events", "logs"))
        functions = Functions(inside, *clients)
        functions.make("answers", CODE, Timeout=20)
        functions.permit("answers", "apigateway", "arn:aws:execute-api:us-east-1:123456789012:*")
        yield functions


def _register(engines: Engines) -> None:
    control.register(engines)
    serving.register(engines)
    lambda_.register(engines)
    gateway.register(engines)


class Rest:
    """A REST API with one resource for everything, and one that only GET may read, with a key."""

    def __init__(self, aws: Functions) -> None:
        self.client = client_of(aws.inside.url, "apigateway")
        self.url = aws.inside.url
        self.api = self.client.create_rest_api(name="models")["id"]
        self.root = self.client.get_resources(restApiId=self.api)["items"][0]["id"]
        everything = self.resource(self.root, "{proxy+}")
        self.method(everything, "ANY", self.function("answers"))
        self.method(self.resource(self.resource(self.root, "items"), "{id}"), "GET", self.function("answers"))
        self.method(self.resource(self.root, "keyed"), "GET", self.function("answers"), apiKeyRequired=True)
        self.method(self.resource(self.root, "closed"), "GET", self.function("nobody"))
        self.method(self.resource(self.root, "signed"), "GET", self.function("answers"), authorizationType="AWS_IAM")
        self.client.create_deployment(restApiId=self.api, stageName="prod", variables={"model": "a"})

    def resource(self, parent: str, part: str) -> str:
        made: str = self.client.create_resource(restApiId=self.api, parentId=parent, pathPart=part)["id"]
        return made

    def function(self, name: str) -> str:
        arn = f"arn:aws:lambda:us-east-1:123456789012:function:{name}"
        return f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"

    def method(self, resource: str, verb: str, uri: str, **more: Any) -> None:  # noqa: ANN401
        where = {"restApiId": self.api, "resourceId": resource, "httpMethod": verb}
        self.client.put_method(**where, **{"authorizationType": "NONE", **more})
        self.client.put_integration(**where, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)

    def address(self, path: str, stage: str = "prod") -> str:
        return f"{self.url}/restapis/{self.api}/{stage}/_user_request_/{path}"


@pytest.fixture(scope="module")
def rest(aws: Functions) -> Rest:
    return Rest(aws)


@pytest.fixture(scope="module")
def address(aws: Functions) -> str:
    """The address of an HTTP API with a stage `v1` and the default one."""
    client = client_of(aws.inside.url, "apigatewayv2")
    made = client.create_api(Name="quick", ProtocolType="HTTP")
    arn = "arn:aws:lambda:us-east-1:123456789012:function:answers"
    for route, version in (("GET /items/{id}", "2.0"), ("POST /old", "1.0")):
        number = client.create_integration(
            ApiId=made["ApiId"], IntegrationType="AWS_PROXY", IntegrationUri=arn, PayloadFormatVersion=version
        )["IntegrationId"]
        client.create_route(ApiId=made["ApiId"], RouteKey=route, Target=f"integrations/{number}")
    for stage in ("$default", "v1"):
        client.create_stage(ApiId=made["ApiId"], StageName=stage, AutoDeploy=True, StageVariables={"model": "b"})
    found: str = client.get_api(ApiId=made["ApiId"])["ApiEndpoint"]
    return found


def ask(
    address: str, method: str = "GET", body: bytes | None = None, **headers: str
) -> tuple[int, bytes, dict[str, str]]:
    """What any HTTP client gets, with no credentials at all."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    connection.request(method, address.partition(parts.netloc)[2], body, headers)
    answer = connection.getresponse()
    found = answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()}
    connection.close()
    return found


def test_a_rest_api_hands_the_request_to_its_function(rest: Rest) -> None:
    status, body, headers = ask(rest.address("predict/now%20and?a=1&a=2&b="), "POST", b'{"x": 1}', **{"X-Own": "y"})
    event = json.loads(body)
    assert (status, headers["content-type"]) == (200, "application/json")
    assert (event["resource"], event["path"], event["httpMethod"]) == ("/{proxy+}", "/predict/now%20and", "POST")
    assert event["pathParameters"] == {"proxy": "predict/now and"}
    assert event["queryStringParameters"] == {"a": "2", "b": ""}
    assert event["multiValueQueryStringParameters"] == {"a": ["1", "2"], "b": [""]}
    assert (event["headers"]["X-Own"], event["body"], event["isBase64Encoded"]) == ("y", '{"x": 1}', False)
    assert event["stageVariables"] == {"model": "a"}
    assert (event["requestContext"]["stage"], event["requestContext"]["apiId"]) == ("prod", rest.api)


def test_a_body_that_is_no_text_comes_in_base64(rest: Rest) -> None:
    _, body, _ = ask(rest.address("x"), "POST", b"\x00\xff", **{"Content-Type": "application/octet-stream"})
    event = json.loads(body)
    assert (event["body"], event["isBase64Encoded"]) == ("AP8=", True)


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("x?what=text", 502, "Internal server error"),
        ("x?what=number", 502, "Internal server error"),
        ("x?what=raise", 502, "Internal server error"),
        ("closed", 500, "Internal server error"),
        ("", 403, "Missing Authentication Token"),
        ("signed", 403, "Missing Authentication Token"),
        ("keyed", 403, "Forbidden"),
    ],
)
def test_what_a_rest_api_says_where_there_is_no_answer(rest: Rest, path: str, status: int, message: str) -> None:
    found, body, _ = ask(rest.address(path))
    assert (found, json.loads(body)) == (status, {"message": message})


def test_a_status_and_headers_of_the_functions_own(rest: Rest) -> None:
    status, body, headers = ask(rest.address("x?what=teapot"))
    assert (status, body, headers["x-pot"], headers["content-type"]) == (418, b"short and stout", "true", "text/tea")


def test_a_stage_that_is_not_there(rest: Rest) -> None:
    status, body, _ = ask(rest.address("x", "dev"))
    assert (status, json.loads(body)) == (403, {"message": "Forbidden"})


def test_an_integration_that_takes_too_long(rest: Rest) -> None:
    resource = rest.resource(rest.root, "patient")
    rest.method(resource, "GET", rest.function("answers"))
    where = {"restApiId": rest.api, "resourceId": resource, "httpMethod": "GET"}
    rest.client.put_integration(
        **where, type="AWS_PROXY", integrationHttpMethod="POST", uri=rest.function("answers"), timeoutInMillis=1000
    )
    status, body, _ = ask(rest.address("patient?what=slow"))
    assert (status, json.loads(body)) == (504, {"message": "Endpoint request timed out"})


def test_an_api_key_of_a_usage_plan_opens_a_method(rest: Rest) -> None:
    key = rest.client.create_api_key(name="k", enabled=True, value="a-key-of-twenty-letters")
    plan = rest.client.create_usage_plan(name="p", apiStages=[{"apiId": rest.api, "stage": "prod"}])["id"]
    assert ask(rest.address("keyed"), **{"X-Api-Key": "a-key-of-twenty-letters"})[0] == 403
    rest.client.create_usage_plan_key(usagePlanId=plan, keyId=key["id"], keyType="API_KEY")
    assert ask(rest.address("keyed"), **{"X-Api-Key": "a-key-of-twenty-letters"})[0] == 200


def test_what_cannot_be_integrated_is_refused(rest: Rest) -> None:
    where = {"restApiId": rest.api, "resourceId": rest.root, "httpMethod": "GET"}
    rest.client.put_method(**where, authorizationType="NONE")
    code, said = refused(rest.client.put_integration, **where, type="HTTP_PROXY", uri="https://example.com")
    assert (code, "Use AWS_PROXY" in said) == ("UnknownOperationException", True)
    quick = client_of(rest.url, "apigatewayv2")
    code, said = refused(quick.create_api, Name="q", ProtocolType="HTTP", Target=rest.function("answers"))
    assert (code, "yourself" in said) == ("UnknownOperationException", True)


def test_a_rest_api_hands_a_body_to_an_endpoint_or_answers_by_itself(rest: Rest) -> None:
    resource = rest.resource(rest.root, "predict")
    where = {"restApiId": rest.api, "resourceId": resource, "httpMethod": "POST"}
    rest.client.put_method(**where, authorizationType="NONE")
    uri = "arn:aws:apigateway:us-east-1:runtime.sagemaker:path/endpoints/nowhere/invocations"
    rest.client.put_integration(**where, type="AWS", integrationHttpMethod="POST", uri=uri)
    status, body, _ = ask(rest.address("predict"), "POST", b"1,2")
    assert (status, "nowhere" in json.loads(body)["message"]) == (400, True)
    where |= {"httpMethod": "GET"}
    rest.client.put_method(**where, authorizationType="NONE")
    rest.client.put_integration(**where, type="MOCK", requestTemplates={"application/json": '{"statusCode": 202}'})
    rest.client.put_integration_response(**where, statusCode="202", responseTemplates={"application/json": "[]"})
    assert ask(rest.address("predict"))[:2] == (202, b"[]")


def test_an_http_api_says_its_own_address_and_answers_there(address: str) -> None:
    status, body, _ = ask(f"{address}/v1/items/7?q=a%20b&q=c", Cookie="a=1; b=2")
    event = json.loads(body)
    assert (status, event["version"], event["routeKey"]) == (200, "2.0", "GET /items/{id}")
    assert (event["rawPath"], event["rawQueryString"]) == ("/v1/items/7", "q=a%20b&q=c")
    assert (event["pathParameters"], event["queryStringParameters"]) == ({"id": "7"}, {"q": "a b,c"})
    assert (event["cookies"], event["stageVariables"], "body" in event) == (["a=1", "b=2"], {"model": "b"}, False)
    assert json.loads(ask(f"{address}/items/7")[1])["rawPath"] == "/items/7"


def test_an_http_api_takes_anything_for_an_answer_in_format_two(address: str) -> None:
    status, body, headers = ask(f"{address}/items/7?what=plain")
    assert (status, json.loads(body), headers["content-type"]) == (200, {"hello": "world"}, "application/json")
    assert ask(f"{address}/items/7?what=binary")[1] == b"\x00\xff"
    status, body, _ = ask(f"{address}/old?what=plain", "POST")
    assert (status, json.loads(body)) == (500, {"message": "Internal Server Error"})
    status, body, _ = ask(f"{address}/nowhere")
    assert (status, json.loads(body)) == (404, {"message": "Not Found"})


def test_requests_are_counted(aws: Functions, rest: Rest) -> None:
    ask(rest.address("x"))
    names = {each["MetricName"] for each in client_of(aws.inside.url, "cloudwatch").list_metrics()["Metrics"]}
    assert {"Count", "Latency", "4XXError", "5XXError"} <= names


@pytest.mark.parametrize(
    ("template", "path", "found"),
    [
        ("/", "/", {}),
        ("/a/{id}", "/a/b%2Fc", {"id": "b/c"}),
        ("/a/{id}", "/a", None),
        ("/a/{id}", "/a/", None),
        ("/a/{id}", "/a/b/c", None),
        ("/{proxy+}", "/a/b", {"proxy": "a/b"}),
        ("/{proxy+}", "/", None),
        ("/a", "/b", None),
    ],
)
def test_templates_of_paths(template: str, path: str, found: dict[str, str] | None) -> None:
    assert parameters(template, path) == found


def test_the_closest_template_is_taken() -> None:
    assert best(["/{proxy+}", "/{a}/c", "/b/{x}", "/b/c"], "/b/c") == ("/b/c", {})
    assert best(["/{proxy+}", "/{a}/c", "/b/{x}"], "/b/c") == ("/b/{x}", {"x": "c"})
