from collections import Counter

from mlacoach.labs import NotYet, passes, proofs

CLOSE = 0.002
EVEN = 0.05
HIGHEST_LIMIT = 0.15


def look_at_the_groups(aws):
    """You know how many of each group asked, and how many of them were approved."""
    rows = passes.asked()
    report = proofs.report(aws, "reports/groups.json")
    for name, newcomer in (("newcomers", 1), ("others", 0)):
        found = report.get(name)
        if not isinstance(found, dict):
            raise NotYet(f"The report says nothing of {name}.", hint='"newcomers": {"asked": …, "approved": …}')
        group = [row.approved for row in rows if row.newcomer == newcomer]
        if (found.get("asked"), found.get("approved")) != (len(group), sum(group)):
            raise NotYet(f"The report says {found} of {name}.", hint="Numbers of people, not shares")


def measure_by_hand(aws):
    """Three metrics of bias, by their formulas."""
    report, rows = proofs.report(aws, "reports/bias.json"), passes.asked()
    wanted = {"CI": passes.ci(rows), "DPL": passes.dpl(rows), "CDDL": passes.cddl(rows)}
    for name, value in wanted.items():
        said = proofs.number(report, name, "reports/bias.json")
        if abs(said - value) > CLOSE:
            raise NotYet(f"The report says {name} is {said:g}.", hint="a: the others; d: newcomers; CDDL by income")


def let_a_job_measure(aws):
    """A job of SageMaker Clarify comes to the same figures."""
    found, rows = _metrics(aws, "bias", "clarify/first/analysis.json"), passes.asked()
    for name, value in (("CI", passes.ci(rows)), ("DPL", passes.dpl(rows)), ("CDDL", passes.cddl(rows))):
        if name not in found:
            raise NotYet(
                f"The job measured {', '.join(found) or 'nothing'}, not {name}.", hint="methods; group_variable"
            )
        if abs(found[name] - value) > CLOSE:
            raise NotYet(
                f"The job says {name} is {found[name]:.3f}.", hint="The facet, its value, and the wanted label"
            )


def draw_a_line(aws):
    """A limit says which data may be trained on, and this data may not."""
    report = proofs.report(aws, "reports/gate.json")
    limit = proofs.number(report, "limit_of_dpl", "reports/gate.json")
    if not 0 < limit <= HIGHEST_LIMIT:
        raise NotYet(f"The limit is {limit:g}.", hint=f"Above 0, and {HIGHEST_LIMIT} at most")
    may = abs(passes.dpl(passes.asked())) <= limit
    if report.get("may_train") is not may:
        raise NotYet(
            f"may_train is {report.get('may_train')!r} at a limit of {limit:g}.", hint="The size of DPL decides."
        )


def even_it_out(aws):
    """A training set with as many newcomers as others, approved as often, made of the same people."""
    rows, original = _rows(aws), Counter(passes.asked())
    foreign = [row for row in rows if row not in original]
    if foreign:
        raise NotYet(f"Somebody is new: {tuple(foreign[0])}.", hint="Take rows twice; change none.")
    lost = sum((original - Counter(rows)).values())
    if lost:
        raise NotYet(f"{lost} who asked are no longer there.", hint="Oversample the fewer, keep the rest.")
    _must_be_even(passes.ci(rows), passes.dpl(rows))


def measure_again(aws):
    """Clarify finds the training set even."""
    found = _metrics(aws, "again", "clarify/again/analysis.json")
    _must_be_even(found.get("CI", 1.0), found.get("DPL", 1.0))
    job = proofs.newest_processing_job(aws, "again")
    inputs = {each["InputName"]: each for each in job.get("ProcessingInputs", ())}
    place = inputs.get("dataset", {}).get("S3Input", {}).get("S3Uri", "nothing")
    if place.rstrip("/") not in {f"s3://{aws.name('data')}/train", f"s3://{aws.name('data')}/train/passes.csv"}:
        raise NotYet(f"It measured {place}.", hint="The input dataset: train/passes.csv")


def _must_be_even(ci, dpl):
    for name, value in (("CI", ci), ("DPL", dpl)):
        if abs(value) > EVEN:
            raise NotYet(f"{name} is {value:.3f}.", hint=f"Between -{EVEN} and {EVEN}")


def _metrics(aws, suffix, key):
    """What a job found for newcomers, by the metrics' short names."""
    found = proofs.newest_processing_job(aws, suffix)
    if found["ProcessingJobStatus"] != "Completed":
        said = str(found.get("ExitMessage") or found.get("FailureReason") or "wait until it has ended").strip()
        raise NotYet(f"It is {found['ProcessingJobStatus']}: {said.rstrip('.')}.", hint="Its log tells more.")
    if "sagemaker-clarify-processing" not in found["AppSpecification"]["ImageUri"]:
        raise NotYet("It is not Clarify that ran.", hint="…/sagemaker-clarify-processing:1.0")
    facets = proofs.report(aws, key).get("pre_training_bias_metrics", {}).get("facets", {})
    entries = [entry for entry in facets.get("newcomer", ()) if entry["value_or_threshold"] == "1"]
    if not entries:
        raise NotYet(f"It looked at {', '.join(facets) or 'no facet'}, not at newcomers.", hint="facet: newcomer, [1]")
    return {each["name"]: each["value"] for each in entries[0]["metrics"] if each["value"] is not None}


def _rows(aws):
    rows = []
    for line in proofs.text(aws, "train/passes.csv").splitlines():
        try:
            approved, newcomer, income, months = line.split(",")
            rows.append(passes.Asked(int(approved), int(newcomer), income, int(months)))
        except ValueError:
            raise NotYet(f"{line[:40]!r} is no row.", hint="No header; approved,newcomer,income,months") from None
    if not rows:
        raise NotYet("train/passes.csv is empty.", hint="s3.put_object(…)")
    return rows
