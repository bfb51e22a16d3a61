from mlacoach.labs import NotYet, catalog, proofs, stations, trips

FEATURES = {"station": "String", "event_time": "String", "late_share": "Fractional", "trips_a_week": "Integral"}
FORGOTTEN = "s06"


def make_the_group(aws):
    """A feature group keeps what is known of stations, online and offline."""
    group = _group(aws)
    found = {each["FeatureName"]: each["FeatureType"] for each in group["FeatureDefinitions"]}
    wrong = [name for name, kind in FEATURES.items() if found.get(name) != kind]
    if wrong:
        raise NotYet(f"{wrong[0]} is {found.get(wrong[0], 'no feature')}.", hint=f"FeatureType: {FEATURES[wrong[0]]}")
    keys = (group["RecordIdentifierFeatureName"], group["EventTimeFeatureName"])
    if keys != ("station", "event_time"):
        raise NotYet(f"Records are known by {keys[0]} and {keys[1]}.", hint="By station and event_time.")
    if not group.get("OnlineStoreConfig", {}).get("EnableOnlineStore"):
        raise NotYet("It has no online store.", hint="OnlineStoreConfig")
    offline = group.get("OfflineStoreConfig", {})
    place = offline.get("S3StorageConfig", {}).get("S3Uri", "nowhere")
    if place.rstrip("/") != f"s3://{aws.name('data')}/store":
        raise NotYet(f"Its offline store is {place}.", hint="S3StorageConfig: store/ in the bucket")
    if offline.get("DataCatalogConfig", {}).get("Database") != catalog.database(aws):
        raise NotYet("Its table is in another database.", hint="DataCatalogConfig: Catalog, Database, TableName")


def put_the_history(aws):
    """All eight weeks are in the offline store; the last week is online."""
    _group(aws)
    events = _events(aws)
    for station in trips.STATIONS:
        found = _online(aws, station).get("event_time", "no time")
        # One that was deleted since is not online, on purpose.
        if found != stations.newest(station).event_time and not _is_deleted(events, station):
            raise NotYet(f"Online {station} is of {found}.", hint="put_record, for every row")
    missing = set(stations.history()) - {event[:4] for event in events}
    if missing:
        raise NotYet(
            f"{len(missing)} of 48 records are not offline as the file has them.",
            hint="They are written some minutes later. Is each value in its own feature?",
        )


def read_what_holds_now(aws):
    """A report has what an endpoint would read for station s03."""
    _group(aws)
    report, wanted = proofs.report(aws, "reports/now.json"), stations.newest("s03")
    said = (proofs.number(report, "late_share", "now.json"), proofs.number(report, "trips_a_week", "now.json"))
    if said != (wanted.late_share, wanted.trips_a_week):
        raise NotYet(f"It says {said}.", hint="get_record(…) of s03")


def send_one_that_is_late(aws):
    """A record of an earlier time came later: offline has it, online is as it was."""
    _group(aws)
    if stations.LATE not in {event[:4] for event in _events(aws)}:
        raise NotYet("The record of 2026-08-12 is not in the offline store.", hint="put_record(…): s03, 0.44, 61")
    if _online(aws, "s03").get("event_time") != stations.newest("s03").event_time:
        raise NotYet("Online s03 is no longer of September.", hint="The event time decides, not when it is put.")


def join_what_was_known_then(aws):
    """A query gives each trip what was known of its station when the trip began."""
    _group(aws)
    wanted = [(key, stations.known_then(place, when).late_share) for key, place, when in stations.asked()]
    found = list(catalog.queries(aws, aws.name("analysts")))
    # To three decimal places, as they were written.
    right = [query for query in found if _same(query.rows, wanted)]
    if not right:
        raise NotYet(
            f"None of {len(found)} queries gave trip_id and late_share of then, in order of trips.",
            hint="The newest record with event_time <= started_at",
        )


def forget_a_station(aws):
    """Station s06 is gone online; its history stays offline."""
    _group(aws)
    if _online(aws, FORGOTTEN):
        raise NotYet(f"Online there is still {FORGOTTEN}.", hint="delete_record(…)")
    if not _is_deleted(_events(aws), FORGOTTEN):
        raise NotYet("The offline store does not know of the deletion.", hint="A soft deletion writes a record, too.")


def _group(aws):
    found = aws.find("sagemaker", "describe_feature_group", FeatureGroupName=aws.name("stations"))
    if found is None:
        raise NotYet(f"There is no feature group {aws.name('stations')}.", hint="sagemaker.create_feature_group(…)")
    if found["FeatureGroupStatus"] != "Created":
        said = found.get("FailureReason", "wait until it is Created").rstrip(".")
        raise NotYet(f"It is {found['FeatureGroupStatus']}: {said}.", hint="describe_feature_group(…)")
    return found


def _online(aws, station):
    found = aws.find(
        "sagemaker-featurestore-runtime",
        "get_record",
        FeatureGroupName=aws.name("stations"),
        RecordIdentifierValueAsString=station,
    )
    return {each["FeatureName"]: each["ValueAsString"] for each in (found or {}).get("Record", ())}


def _events(aws):
    """The features and whether it is a deletion, of everything offline; what was put twice counts once."""
    keys = [key for key in catalog.objects(aws, "store/") if key.endswith(".parquet")]
    rows = catalog.parquet_rows(aws, keys, *stations.HEADER, "is_deleted")
    return {(*row[:2], row[2] if row[2] is None else round(row[2], 3), *row[3:]) for row in rows}


def _is_deleted(events, station):
    return any(event[0] == station and event[-1] for event in events)


def _same(rows, wanted):
    try:
        return [(row[0], round(float(row[1]), 3)) for row in rows] == wanted
    except (ValueError, IndexError):
        return False
