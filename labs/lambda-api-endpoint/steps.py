import io
import json
import re
import zipfile
from pathlib import Path

from mlacoach.labs import Shown

PREDICT = Path(__file__).parent / "data" / "predict.py"
FEATURES = ("temperature_c", "vibration_mm_s", "pressure_bar", "age_days", "load_percent")
PUMPS = 5


def write_the_function(aws):
    """The name of the endpoint is a setting, so that another endpoint needs no other code."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(PREDICT, "predict.py")
    aws.client("lambda").create_function(
        FunctionName=aws.name("predict"),
        Runtime="python3.13",
        Role=aws.role_arn,
        Handler="predict.handler",
        Code={"ZipFile": packed.getvalue()},
        Environment={"Variables": {"ENDPOINT_NAME": aws.name("live")}},
        Timeout=20,
        MemorySize=256,
    )
    aws.client("lambda").get_waiter("function_active_v2").wait(FunctionName=aws.name("predict"))


def open_the_door(aws):
    """An API, what it calls, by which path, and at which stage; and the function's leave to be called by it."""
    gateway, account = aws.client("apigatewayv2"), aws.role_arn.split(":")[4]
    function = f"arn:aws:lambda:{aws.region}:{account}:function:{aws.name('predict')}"
    api = gateway.create_api(Name=aws.name("api"), ProtocolType="HTTP")["ApiId"]
    integration = gateway.create_integration(
        ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=function, PayloadFormatVersion="2.0"
    )["IntegrationId"]
    gateway.create_route(ApiId=api, RouteKey="POST /risk", Target=f"integrations/{integration}")
    gateway.create_stage(
        ApiId=api,
        StageName="$default",
        AutoDeploy=True,
        # Twenty a second, forty at once; whoever asks more hears 429 before anything is paid for.
        DefaultRouteSettings={"ThrottlingRateLimit": 20.0, "ThrottlingBurstLimit": 40},
    )
    aws.client("lambda").add_permission(
        FunctionName=aws.name("predict"),
        StatementId="the-api",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        # This API alone, any stage, this route.
        SourceArn=f"arn:aws:execute-api:{aws.region}:{account}:{api}/*/POST/risk",
    )


def ask_through_it(aws):
    """An ordinary HTTP request: no AWS credentials, no SDK, no idea of the model."""
    body = aws.client("s3").get_object(Bucket=aws.name("data"), Key="input/pumps.csv")["Body"].read().decode()
    rows = [[float(value) for value in line.split(",")] for line in body.splitlines()[:PUMPS]]
    risks = [_risk(_address(aws), dict(zip(FEATURES, row, strict=True))) for row in rows]
    aws.client("s3").put_object(Bucket=aws.name("data"), Key="reports/asked.json", Body=json.dumps({"risks": risks}))
    return Shown(bars={f"pump {place}": risk for place, risk in enumerate(risks, start=1)}, measure="risk of a failure")


def read_its_log(aws):
    """Lambda ends each request with a REPORT line: how long it took, what is billed, how much memory it needed."""
    found = aws.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{aws.name('predict')}")
    lines = [event["message"] for event in found["events"] if event["message"].startswith("REPORT")]
    read = [re.search(r"RequestId: (\S+)\s+Duration: ([0-9.]+) ms", line).groups() for line in lines]
    slowest = max(read, key=lambda each: float(each[1]))
    report = {"request_id": slowest[0], "ms": float(slowest[1])}
    aws.client("s3").put_object(Bucket=aws.name("data"), Key="reports/duration.json", Body=json.dumps(report))
    return Shown(columns=("request", "ms"), rows=read[:10], metrics={"slowest, ms": report["ms"]})


def let_one_page_in(aws):
    """It tells browsers which pages may read the answer. It protects nothing from anybody else."""
    aws.client("apigatewayv2").update_api(
        ApiId=_api(aws)["ApiId"],
        CorsConfiguration={
            "AllowOrigins": ["https://control-room.example.com"],
            "AllowMethods": ["POST"],
            "AllowHeaders": ["content-type"],
        },
    )


def watch_for_errors(aws):
    """An error here is one that the function did not catch: a 400 is none, an endpoint that is gone is one."""
    aws.client("cloudwatch").put_metric_alarm(
        AlarmName=aws.name("errors"),
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Dimensions=[{"Name": "FunctionName", "Value": aws.name("predict")}],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="notBreaching",
    )


def _api(aws):
    found = aws.client("apigatewayv2").get_apis()["Items"]
    return next(api for api in found if api["Name"] == aws.name("api"))


def _address(aws):
    return f"{_api(aws)['ApiEndpoint']}/risk"


def _risk(address, pump):
    import urllib3

    return urllib3.request("POST", address, json=pump, timeout=30).json()["risk"]
