"""Glue: crawlers that look, jobs that run, data quality that is measured. The catalog itself is moto's."""

from mlacoach.sandbox.engines import Engines
from mlacoach.sandbox.late import add_late

CRAWLERS = (
    "CreateCrawler",
    "GetCrawler",
    "GetCrawlers",
    "BatchGetCrawlers",
    "ListCrawlers",
    "UpdateCrawler",
    "DeleteCrawler",
    "StartCrawler",
    "StopCrawler",
    "GetCrawlerMetrics",
    "ListCrawls",
    "CreateClassifier",
    "GetClassifier",
    "GetClassifiers",
    "DeleteClassifier",
)
JOB_RUNS = ("StartJobRun", "GetJobRun", "GetJobRuns", "BatchStopJobRun")
QUALITY = (
    "CreateDataQualityRuleset",
    "GetDataQualityRuleset",
    "UpdateDataQualityRuleset",
    "DeleteDataQualityRuleset",
    "ListDataQualityRulesets",
    "StartDataQualityRulesetEvaluationRun",
    "GetDataQualityRulesetEvaluationRun",
    "ListDataQualityRulesetEvaluationRuns",
    "GetDataQualityResult",
    "BatchGetDataQualityResult",
    "ListDataQualityResults",
    "StartDataQualityRuleRecommendationRun",
    "GetDataQualityRuleRecommendationRun",
)


def register(engines: Engines) -> None:
    """Take over crawlers, classifiers, job runs and data quality."""
    add_late(engines, "glue", "mlacoach.sandbox.glue.crawlers", CRAWLERS)
    add_late(engines, "glue", "mlacoach.sandbox.glue.job_runs", JOB_RUNS)
    add_late(engines, "glue", "mlacoach.sandbox.glue.quality", QUALITY)
