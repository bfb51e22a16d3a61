import json

from mlacoach.labs import NotYet, proofs, pumps

LONGEST = 29
PUMPS = 5
MOST_REQUESTS = 50


def write_the_function(aws):
    """The function gives the model's answer to a pump, and says 400 to what is none."""
    found = _function(aws)
    if not 3 < found["Timeout"] <= LONGEST:
        raise NotYet(
            f"It may take {found['Timeout']} seconds.",
            hint=f"Longer than 3, and {LONGEST} at most: the API gives up at 30.",
        )
    row = pumps.test_rows()[0][1:]
    status, said = _invoked(aws, json.dumps(_pump(row)))
    if status != 200 or not _is_risk(said, _asked(aws, row)):
        raise NotYet(f"To a sound pump it says {status} {said}.", hint='{"risk": what the endpoint answers}')
    status, said = _invoked(aws, json.dumps({"temperature_c": 60}))
    if status != 400:
        raise NotYet(f"To a pump of which four values are missing it says {status} {said}.", hint="Not 500: 400.")


def open_the_door(aws):
    """POST /risk at the API's address answers as the endpoint does."""
    _function(aws)
    api = _api(aws)
    routes = aws.find("apigatewayv2", "get_routes", ApiId=api["ApiId"])["Items"]
    if "POST /risk" not in [route["RouteKey"] for route in routes]:
        raise NotYet(
            f"Its routes are {[route['RouteKey'] for route in routes]}.",
            hint="POST /risk, with an integration as target",
        )
    _must_be_limited(aws, api)
    row = pumps.test_rows()[1][1:]
    status, text = _posted(api, json.dumps(_pump(row)))
    if status != 200:
        raise NotYet(
            f"{api['ApiEndpoint']}/risk answers {status} {text[:80]}.", hint="Stage, integration, and who may invoke?"
        )
    if not _is_risk(_read(text), _asked(aws, row)):
        raise NotYet(f"It says {text[:60]}, the endpoint something else.", hint='{"risk": …}, of the same pump')
    _must_be_let_in_alone(aws, api)


def ask_through_it(aws):
    """Five pumps were asked through the API, and the report has the risks that the model gives them."""
    _api(aws)
    risks = proofs.report(aws, "reports/asked.json").get("risks")
    if not isinstance(risks, list) or len(risks) != PUMPS:
        raise NotYet(
            f"The report has {len(risks) if isinstance(risks, list) else 'no'} risks.", hint='"risks": five numbers'
        )
    wanted = [_asked(aws, row[1:]) for row in pumps.test_rows()[:PUMPS]]
    if not all(_is_risk({"risk": risk}, want) for risk, want in zip(risks, wanted, strict=True)):
        raise NotYet("A risk is another than the endpoint's.", hint="The first five of input/pumps.csv, in order.")


def read_its_log(aws):
    """You found in the log how long one request took."""
    _function(aws)
    report = proofs.report(aws, "reports/duration.json")
    found = aws.find("logs", "filter_log_events", logGroupName=f"/aws/lambda/{aws.name('predict')}") or {"events": []}
    lines = [event["message"] for event in found["events"] if event["message"].startswith("REPORT")]
    request, took = str(report.get("request_id", "")), proofs.number(report, "ms", "reports/duration.json")
    said = [line for line in lines if request and f"RequestId: {request}" in line]
    if not said:
        raise NotYet(f"None of {len(lines)} REPORT lines is of the request {request[:40]!r}.", hint="RequestId: …")
    if f"Duration: {took:.2f} ms" not in said[0].partition("Billed")[0]:
        raise NotYet(f"It did not take {took:g} ms.", hint="Duration, not Billed Duration")


def let_one_page_in(aws):
    """Browsers may call it from one page, by POST, and from no other."""
    cors = _api(aws).get("CorsConfiguration", {})
    origins = cors.get("AllowOrigins", [])
    if not origins:
        raise NotYet("Browsers are told of no origin.", hint="CorsConfiguration: AllowOrigins")
    if any("*" in origin or not origin.startswith("https://") for origin in origins):
        raise NotYet(f"Pages of {', '.join(origins)} may call it.", hint="https:// and one host")
    if "POST" not in cors.get("AllowMethods", []):
        raise NotYet("The page may not POST.", hint="AllowMethods")
    if "content-type" not in [name.lower() for name in cors.get("AllowHeaders", [])]:
        raise NotYet("A request with JSON would be refused.", hint="AllowHeaders: content-type")


def watch_for_errors(aws):
    """An alarm tells when the function fails."""
    _function(aws)
    found = aws.find("cloudwatch", "describe_alarms", AlarmNames=[aws.name("errors")]) or {}
    if not found.get("MetricAlarms"):
        raise NotYet(f"There is no alarm {aws.name('errors')}.", hint="put_metric_alarm(…)")
    alarm = found["MetricAlarms"][0]
    metric = f"{alarm.get('Namespace')} {alarm.get('MetricName')} {alarm.get('Statistic')}"
    if metric != "AWS/Lambda Errors Sum":
        raise NotYet(f"It watches {metric}.", hint="AWS/Lambda Errors, the sum")
    if {each["Name"]: each["Value"] for each in alarm["Dimensions"]} != {"FunctionName": aws.name("predict")}:
        raise NotYet("It watches other functions, or all.", hint="Dimensions: FunctionName")
    least = alarm["Threshold"] + (alarm["ComparisonOperator"] == "GreaterThanThreshold")
    if "Greater" not in alarm["ComparisonOperator"] or least > 1:
        raise NotYet(
            f"It goes off at {alarm['ComparisonOperator']} {alarm['Threshold']:g}.", hint="One error is enough."
        )


def _must_be_limited(aws, api):
    stage = aws.find("apigatewayv2", "get_stage", ApiId=api["ApiId"], StageName="$default")
    if stage is None:
        raise NotYet("The API has no stage $default.", hint="create_stage(…)")
    settings = stage.get("DefaultRouteSettings", {})
    rate, burst = settings.get("ThrottlingRateLimit", 0), settings.get("ThrottlingBurstLimit", 0)
    if not 0 < rate <= MOST_REQUESTS:
        said = f"{rate:g}" if rate else "any number of"
        raise NotYet(f"It lets {said} requests a second through.", hint=f"ThrottlingRateLimit: {MOST_REQUESTS} at most")
    if not rate <= burst <= 2 * MOST_REQUESTS:
        raise NotYet(f"A burst may be {burst or 'of any size'}.", hint="ThrottlingBurstLimit: as the rate or above")


def _must_be_let_in_alone(aws, api):
    """The function's policy names the API, not only the service that all APIs of all accounts come from."""
    found = aws.find("lambda", "get_policy", FunctionName=aws.name("predict")) or {"Policy": "{}"}
    for each in json.loads(found["Policy"]).get("Statement", ()):
        service = each["Principal"].get("Service") if isinstance(each["Principal"], dict) else each["Principal"]
        if service in {"apigateway.amazonaws.com", "*"} and api["ApiId"] not in json.dumps(each.get("Condition", {})):
            raise NotYet("Any API may call the function, of any account.", hint="add_permission(…): SourceArn")


def _function(aws):
    found = aws.find("lambda", "get_function_configuration", FunctionName=aws.name("predict"))
    if found is None:
        raise NotYet(f"There is no function {aws.name('predict')}.", hint="lambda.create_function(…)")
    return found


def _invoked(aws, body):
    event = {"version": "2.0", "routeKey": "POST /risk", "body": body, "isBase64Encoded": False}
    answer = aws.client("lambda").invoke(FunctionName=aws.name("predict"), Payload=json.dumps(event))
    said = json.loads(answer["Payload"].read() or b"null")
    if answer.get("FunctionError"):
        return 500, said.get("errorMessage", "")
    try:
        return said["statusCode"], _read(said["body"])
    except (TypeError, KeyError):
        return 200, said


def _read(text):
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        return text


def _is_risk(said, wanted):
    risk = said.get("risk") if isinstance(said, dict) else None
    return isinstance(risk, int | float) and abs(risk - wanted) <= 0.0002


def _api(aws):
    found = aws.find("apigatewayv2", "get_apis") or {"Items": []}
    ours = [api for api in found["Items"] if api["Name"] == aws.name("api")]
    if not ours:
        raise NotYet(f"There is no HTTP API {aws.name('api')}.", hint="apigatewayv2.create_api(…)")
    return ours[0]


def _posted(api, body):
    import urllib3

    answer = urllib3.request(
        "POST", f"{api['ApiEndpoint']}/risk", body=body, headers={"content-type": "application/json"}, timeout=30
    )
    return answer.status, answer.data.decode(errors="replace")


def _pump(row):
    return dict(zip(pumps.FEATURES, row, strict=True))


def _asked(aws, row):
    return float(proofs.ask(aws, "live", ",".join(str(value) for value in row)))
