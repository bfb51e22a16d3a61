"""AWS Glue: the Data Catalog, crawlers, jobs, data quality."""

from typing import Any

from mlacoach.cloud.journal import Resource
from mlacoach.cloud.services.family import Family, Kind, Request, codes, named, pages, tag_map
from mlacoach.cloud.services.log_kinds import log_kind
from mlacoach.cloud.services.sagemaker_jobs import with_log

DATABASE, TABLE = "glue-database", "glue-table"
CRAWLER, CRAWLER_LOG, CLASSIFIER = "glue-crawler", "glue-crawler-log", "glue-classifier"
JOB, JOB_LOG, RULESET = "glue-job", "glue-job-log", "glue-data-quality-ruleset"
TRIGGER = "glue-trigger"
GONE = codes("EntityNotFoundException")
RUNNING = frozenset({"STARTING", "RUNNING", "STOPPING", "WAITING"})
JOB_GROUPS = ("/aws-glue/python-jobs/output", "/aws-glue/python-jobs/error")


def _delete_database(glue: Any, name: str) -> None:  # noqa: ANN401
    # AWS deletes the tables of a database later and on its own time; we would have to wait to see that they are gone.
    for page in list(glue.get_paginator("get_tables").paginate(DatabaseName=name)):
        for table in page["TableList"]:
            glue.delete_table(DatabaseName=name, Name=table["Name"])
    glue.delete_database(Name=name)


def _delete_table(glue: Any, name: str) -> None:  # noqa: ANN401
    database, _, table = name.partition("/")
    # Its partitions go with it, later too; a new table of this name would not see them.
    glue.delete_table(DatabaseName=database, Name=table)


def _look_for_table(glue: Any, name: str) -> object:  # noqa: ANN401
    database, _, table = name.partition("/")
    return glue.get_table(DatabaseName=database, Name=table)


def _database_tags(glue: Any, name: str) -> dict[str, str]:  # noqa: ANN401
    account = glue.get_database(Name=name)["Database"]["CatalogId"]
    arn = f"arn:aws:glue:{glue.meta.region_name}:{account}:database/{name}"
    return dict(glue.get_tags(ResourceArn=arn)["Tags"])


def _runs(glue: Any, job: str) -> list[str]:  # noqa: ANN401
    """The runs of a job that are not over."""
    pages_of_runs = glue.get_paginator("get_job_runs").paginate(JobName=job)
    return [run["Id"] for page in pages_of_runs for run in page["JobRuns"] if run["JobRunState"] in RUNNING]


def _look_for_job(glue: Any, name: str) -> dict[str, Any]:  # noqa: ANN401
    return {**glue.get_job(JobName=name), "runs": _runs(glue, name)}


def _job_streams(logs: Any, name: str) -> list[tuple[str, str]]:  # noqa: ANN401
    """Group and stream of each line that names the job: a stream is called by the run's id alone."""
    found = []
    for group in JOB_GROUPS:
        for page in _lines(logs, group, name):
            found += [(group, event["logStreamName"]) for event in page["events"]]
    return sorted(set(found))


def _lines(logs: Any, group: str, name: str) -> list[Any]:  # noqa: ANN401
    from botocore.exceptions import ClientError  # noqa: PLC0415 - only labs need boto3

    try:
        return list(logs.get_paginator("filter_log_events").paginate(logGroupName=group, filterPattern=f'"{name}"'))
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return []
        raise


def _delete_job_streams(logs: Any, name: str) -> None:  # noqa: ANN401
    for group, stream in _job_streams(logs, name):
        logs.delete_log_stream(logGroupName=group, logStreamName=stream)


def _classifiers(glue: Any) -> list[str]:  # noqa: ANN401
    """Each stands under its sort: `{"CsvClassifier": {"Name": …}}`."""
    found = glue.get_paginator("get_classifiers").paginate()
    return [facts["Name"] for page in found for each in page["Classifiers"] for facts in each.values()]


def _rulesets(request: Request) -> list[Resource]:
    return [Resource(RULESET, name) for name in request["RulesetNames"]]


def _why_no_recommendation(request: Request) -> str:
    made = request.get("CreatedRulesetName")
    return "A ruleset is made with CreateDataQualityRuleset, so that it stands in the journal." if made else ""


def _table(request: Request) -> Resource:
    return Resource(TABLE, f"{request['DatabaseName']}/{request['TableName']}")


FAMILIES = (
    Family(
        service="glue",
        kinds={
            DATABASE: Kind(
                "glue",
                look=lambda glue, name: glue.get_database(Name=name),
                delete=_delete_database,
                absent=GONE,
                every=lambda glue: pages(glue, "get_databases", "DatabaseList", "Name"),
                tags_of=_database_tags,
            ),
            # Which tables there are, their databases tell.
            TABLE: Kind("glue", look=_look_for_table, delete=_delete_table, absent=GONE),
            CRAWLER: Kind(
                "glue",
                look=lambda glue, name: glue.get_crawler(Name=name),
                delete=lambda glue, name: glue.delete_crawler(Name=name),
                absent=GONE,
                busy=lambda found: found["Crawler"]["State"] != "READY",
                stop=lambda glue, name: glue.stop_crawler(Name=name),
                every=lambda glue: pages(glue, "get_crawlers", "Crawlers", "Name"),
            ),
            CRAWLER_LOG: log_kind("/aws-glue/crawlers"),
            CLASSIFIER: Kind(
                "glue",
                look=lambda glue, name: glue.get_classifier(Name=name),
                delete=lambda glue, name: glue.delete_classifier(Name=name),
                absent=GONE,
                every=_classifiers,
            ),
            JOB: Kind(
                "glue",
                look=_look_for_job,
                delete=lambda glue, name: glue.delete_job(JobName=name),
                absent=GONE,
                busy=lambda found: bool(found["runs"]),
                stop=lambda glue, name: glue.batch_stop_job_run(JobName=name, JobRunIds=_runs(glue, name)),
                every=lambda glue: pages(glue, "get_jobs", "Jobs", "Name"),
            ),
            JOB_LOG: Kind(
                "logs",
                look=lambda logs, name: _job_streams(logs, name) or None,
                delete=_delete_job_streams,
                absent=codes("ResourceNotFoundException"),
                late=True,
            ),
            TRIGGER: Kind(
                "glue",
                look=lambda glue, name: glue.get_trigger(Name=name),
                delete=lambda glue, name: glue.delete_trigger(Name=name),
                absent=GONE,
                every=lambda glue: pages(glue, "get_triggers", "Triggers", "Name"),
            ),
            RULESET: Kind(
                "glue",
                look=lambda glue, name: glue.get_data_quality_ruleset(Name=name),
                delete=lambda glue, name: glue.delete_data_quality_ruleset(Name=name),
                absent=GONE,
                every=lambda glue: [found["Name"] for found in glue.list_data_quality_rulesets()["Rulesets"]],
            ),
        },
        creates={
            "CreateDatabase": lambda request: Resource(DATABASE, request["DatabaseInput"]["Name"]),
            "CreateTable": lambda request: Resource(
                TABLE, f"{request['DatabaseName']}/{request['TableInput']['Name']}"
            ),
            "CreateClassifier": lambda request: Resource(CLASSIFIER, request["CsvClassifier"]["Name"]),
            "CreateCrawler": with_log(CRAWLER_LOG, CRAWLER, "Name"),
            "CreateDataQualityRuleset": named(RULESET, "Name"),
            "CreateJob": with_log(JOB_LOG, JOB, "Name"),
            "CreateTrigger": named(TRIGGER, "Name"),
        },
        parts={
            "BatchCreatePartition": _table,
            "BatchStopJobRun": named(JOB, "JobName"),
            "CreatePartition": _table,
            "StartCrawler": named(CRAWLER, "Name"),
            "StartDataQualityRuleRecommendationRun": lambda request: Resource(
                DATABASE, request["DataSource"]["GlueTable"]["DatabaseName"]
            ),
            "StartDataQualityRulesetEvaluationRun": _rulesets,
            "StartJobRun": named(JOB, "JobName"),
            "UpdateCrawler": named(CRAWLER, "Name"),
            "UpdateDataQualityRuleset": named(RULESET, "Name"),
            "UpdateJob": named(JOB, "JobName"),
        },
        refused={"StartDataQualityRuleRecommendationRun": _why_no_recommendation},
        tags=dict.fromkeys(
            ("CreateCrawler", "CreateDatabase", "CreateDataQualityRuleset", "CreateJob", "CreateTrigger"), tag_map()
        ),
        absent=GONE,
    ),
)
