from collections import Counter

from mlacoach.labs import NotYet, proofs
from mlacoach.labs.pumps import risk

MOST_LINES = 150
INSPECTED = 20
TOLERANCE = 0.01
ROUNDED = 0.0002


def make_the_model(aws):
    """The archive, its script and an image that can serve them are one model."""
    proofs.serving_model(aws, "model", "model")


def split_the_fleet(aws):
    """The fleet lies in parts that several instances could share."""
    parts = _lines(aws, "batch/")
    if not parts:
        raise NotYet("There is nothing under batch/.", hint="s3.put_object(…)")
    long = [key for key, lines in parts.items() if len(lines) > MOST_LINES]
    if long:
        raise NotYet(
            f"{long[0]} has {len(parts[long[0]])} lines.", hint=f"{MOST_LINES} at most: then there are several."
        )
    found = Counter(line for lines in parts.values() for line in lines)
    if found != Counter(_fleet(aws)):
        raise NotYet("The parts together are not the fleet.", hint="Each line of fleet/pumps.csv once, as it is.")


def score_the_fleet(aws):
    """A transform job has scored every part, without the ids."""
    job = _scored(aws, "plain")
    if job.get("DataProcessing", {}).get("JoinSource", "None") != "None":
        raise NotYet("The job joins its input to the scores already.", hint="That is the next step.")
    scores, parts = _lines(aws, _prefix(job)), _lines(aws, "batch/")
    if not parts:
        raise NotYet("There is nothing under batch/ any more.", hint="s3.put_object(…)")
    for key, lines in parts.items():
        made = scores.get(f"{_prefix(job)}{key.removeprefix('batch/')}.out", [])
        if len(made) != len(lines):
            raise NotYet(
                f"{key} has {len(lines)} pumps and {len(made)} scores.", hint="SplitType and AssembleWith: Line"
            )


def join_the_scores_to_the_ids(aws):
    """A second job writes each pump's id and risk, and nothing else."""
    job = _scored(aws, "joined")
    if job.get("DataProcessing", {}).get("JoinSource") != "Input":
        raise NotYet("The job does not join its input to the scores.", hint='DataProcessing: "JoinSource": "Input"')
    lines = [line.split(",") for lines in _lines(aws, _prefix(job)).values() for line in lines]
    odd = [line for line in lines if len(line) != 2]
    if odd:
        raise NotYet(f"A line has {len(odd[0])} values, not an id and a risk.", hint='"OutputFilter": "$[0,-1]"')
    rows = [line.split(",") for line in _fleet(aws)]
    if {line[0] for line in lines} != {row[0] for row in rows}:
        raise NotYet("The first values are not the pumps' ids.", hint='"OutputFilter": "$[0,-1]"')
    risks = {row[0]: risk(list(map(float, row[1:]))) for row in rows}
    other = [line for line in lines if abs(float(line[1]) - risks[line[0]]) > ROUNDED]
    if other:
        raise NotYet(f"{other[0][1]} is not the risk of {other[0][0]}.", hint="What stands last in a joined row?")


def measure_the_batch(aws):
    """A report says how well the risks foretold the failures."""
    from sklearn.metrics import roc_auc_score

    risks, report = _risks(aws), proofs.report(aws, "reports/batch.json")
    failed = [row[0] for row in proofs.table(aws, "truth/failed.csv", 1)]
    if proofs.number(report, "pumps", "reports/batch.json") != len(risks):
        raise NotYet(f"The report is about {report['pumps']} pumps, not {len(risks)}.", hint="All parts together.")
    truth = roc_auc_score(failed, [risks[line.split(",")[0]] for line in _fleet(aws)])
    if abs(proofs.number(report, "auc", "reports/batch.json") - truth) > TOLERANCE:
        raise NotYet(
            f"The report says auc {report['auc']:g}; it is {truth:.3f}.",
            hint="The lines of truth/failed.csv are in the order of fleet/pumps.csv.",
        )


def list_the_pumps_to_inspect(aws):
    """The twenty riskiest pumps are listed, the riskiest first."""
    risks = _risks(aws)
    listed = proofs.text(aws, "reports/inspect.csv").split()
    if len(listed) != INSPECTED:
        raise NotYet(f"{len(listed)} pumps are listed, not {INSPECTED}.", hint="One id a line.")
    # Two pumps may have the same risk: only the risks have an order.
    wanted = sorted(risks.values(), reverse=True)[:INSPECTED]
    if len(set(listed)) != INSPECTED or [risks.get(pump) for pump in listed] != wanted:
        raise NotYet("They are not the riskiest, or not in order.", hint="By the risk in joined/, falling.")


def _scored(aws, suffix):
    job = proofs.transform_job(aws, suffix)
    source = job["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"]
    if source.rstrip("/") != f"s3://{aws.name('data')}/batch":
        raise NotYet(f"The job reads {source}.", hint=f"s3://{aws.name('data')}/batch/")
    if not job["TransformOutput"]["S3OutputPath"].startswith(f"s3://{aws.name('data')}/"):
        raise NotYet(f"The job writes into {job['TransformOutput']['S3OutputPath']}.", hint="Into the lab's bucket.")
    return job


def _prefix(job):
    return job["TransformOutput"]["S3OutputPath"].split("/", 3)[3].rstrip("/") + "/"


def _lines(aws, prefix):
    found = aws.find("s3", "list_objects_v2", Bucket=aws.name("data"), Prefix=prefix) or {}
    return {item["Key"]: proofs.text(aws, item["Key"]).splitlines() for item in found.get("Contents", ())}


def _fleet(aws):
    return proofs.text(aws, "fleet/pumps.csv").splitlines()


def _risks(aws):
    lines = [line for part in _lines(aws, _prefix(_scored(aws, "joined"))).values() for line in part]
    return {line.split(",")[0]: float(line.split(",")[-1]) for line in lines}
