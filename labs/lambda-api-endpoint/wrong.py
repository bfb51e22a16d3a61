import io
import json
import zipfile

FIXED = """
import json
def handler(event, context):
    try:
        pump = json.loads(event["body"])
        pump["load_percent"]
    except (ValueError, KeyError):
        return {"statusCode": 400, "body": "{}"}
    return {"statusCode": 200, "body": json.dumps({"risk": 0.5})}
"""
TRUSTING = """
import json, os, boto3
NAMES = ("temperature_c", "vibration_mm_s", "pressure_bar", "age_days", "load_percent")
def handler(event, context):
    pump = json.loads(event["body"])
    said = boto3.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=os.environ["ENDPOINT_NAME"], ContentType="text/csv", Accept="text/csv",
        Body=",".join(str(pump[name]) for name in NAMES))
    return {"statusCode": 200, "body": json.dumps({"risk": float(said["Body"].read())})}
"""


def a_bare_number(aws):
    """A number is JSON, and no object with a risk."""
    _function(aws, FIXED.replace('json.dumps({"risk": 0.5})', '"0.5"'))


def always_the_same(aws):
    """It asks nobody."""
    _function(aws, FIXED)


def trusting(aws):
    """What is no whole pump ends in an error of the server."""
    _function(aws, TRUSTING)


def three_seconds(aws):
    """The default: a cold start and a slow model are longer."""
    _function(aws, FIXED, Timeout=3)


def no_leave(aws):
    """The API may not call the function; whatever was allowed before is taken back."""
    if aws.find("lambda", "get_policy", FunctionName=aws.name("predict")):
        aws.client("lambda").remove_permission(FunctionName=aws.name("predict"), StatementId="any-api")
    _api(aws, 20.0)


def leave_for_all(aws):
    """Whoever makes an API in whatever account may call the function by it."""
    _api(aws, 20.0)
    aws.client("lambda").add_permission(
        FunctionName=aws.name("predict"),
        StatementId="any-api",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
    )


def no_stage(aws):
    """Nothing is deployed."""
    _api(aws, 0)


def a_thousand(aws):
    """More than one instance bears."""
    _api(aws, 1000.0)


def by_get(aws):
    """Another method."""
    _api(aws, 20.0, route="GET /risk")


def three_of_them(aws):
    """Too few."""
    _put(aws, "reports/asked.json", {"risks": [0.1, 0.2, 0.3]})


def made_up(aws):
    """Nobody asked."""
    _put(aws, "reports/asked.json", {"risks": [0.5] * 5})


def nobody_asked(aws):
    """An id that no line has."""
    _put(aws, "reports/duration.json", {"request_id": "0b0c0d0e-0000", "ms": 5.0})


def not_so_long(aws):
    """The right request, another duration."""
    found = aws.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{aws.name('predict')}")
    line = next(event["message"] for event in found["events"] if event["message"].startswith("REPORT"))
    request = line.partition("RequestId: ")[2].split()[0]
    _put(aws, "reports/duration.json", {"request_id": request, "ms": 99999.0})


def everybody(aws):
    """Any page."""
    _cors(aws, ["*"], ["content-type"])


def without_headers(aws):
    """JSON needs a header that has to be allowed."""
    _cors(aws, ["https://control-room.example.com"], [])


def all_functions(aws):
    """Whose error?"""
    _alarm(aws, "Errors", [])


def a_hundred(aws):
    """Ninety-nine callers hear nothing but an error."""
    _alarm(aws, "Errors", [{"Name": "FunctionName", "Value": aws.name("predict")}], threshold=100)


def how_long(aws):
    """Slow is not wrong."""
    _alarm(aws, "Duration", [{"Name": "FunctionName", "Value": aws.name("predict")}])


def _function(aws, code, **changes):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("predict.py", code)
    aws.client("lambda").create_function(
        FunctionName=aws.name("predict"),
        Runtime="python3.13",
        Role=aws.role_arn,
        Handler="predict.handler",
        Code={"ZipFile": packed.getvalue()},
        Environment={"Variables": {"ENDPOINT_NAME": aws.name("live")}},
        **{"Timeout": 20, **changes},
    )
    aws.client("lambda").get_waiter("function_active_v2").wait(FunctionName=aws.name("predict"))


def _api(aws, rate, route="POST /risk"):
    gateway, account = aws.client("apigatewayv2"), aws.role_arn.split(":")[4]
    function = f"arn:aws:lambda:{aws.region}:{account}:function:{aws.name('predict')}"
    api = gateway.create_api(Name=aws.name("api"), ProtocolType="HTTP")["ApiId"]
    made = gateway.create_integration(
        ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=function, PayloadFormatVersion="2.0"
    )
    gateway.create_route(ApiId=api, RouteKey=route, Target=f"integrations/{made['IntegrationId']}")
    if rate:
        limits = {"ThrottlingRateLimit": rate, "ThrottlingBurstLimit": 40}
        gateway.create_stage(ApiId=api, StageName="$default", AutoDeploy=True, DefaultRouteSettings=limits)


def _put(aws, key, report):
    aws.client("s3").put_object(Bucket=aws.name("data"), Key=key, Body=json.dumps(report))


def _id(aws):
    found = aws.client("apigatewayv2").get_apis()["Items"]
    return next(api["ApiId"] for api in found if api["Name"] == aws.name("api"))


def _cors(aws, origins, headers):
    cors = {"AllowOrigins": origins, "AllowMethods": ["POST"], "AllowHeaders": headers}
    aws.client("apigatewayv2").update_api(ApiId=_id(aws), CorsConfiguration=cors)


def _alarm(aws, metric, dimensions, threshold=1):
    aws.client("cloudwatch").put_metric_alarm(
        AlarmName=aws.name("errors"),
        Namespace="AWS/Lambda",
        MetricName=metric,
        Dimensions=dimensions,
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=threshold,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
    )
