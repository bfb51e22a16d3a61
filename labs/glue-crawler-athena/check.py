from mlacoach.labs import NotYet, catalog, trips

COLUMNS = {"distance_km": "double", "minutes": "double", "late": "bigint"}
LEAST_LIMIT, MOST_LIMIT = 10_000_000, 1_000_000_000


def make_the_database(aws):
    """The Data Catalog has a database for the trips."""
    catalog.the_database(aws)


def make_the_crawler(aws):
    """A crawler looks at the trips, and at nothing else."""
    crawler = _crawler(aws)
    paths = [target["Path"].rstrip("/") for target in crawler["Targets"].get("S3Targets", ())]
    wanted = f"s3://{aws.name('data')}/trips"
    if paths != [wanted]:
        raise NotYet(f"It crawls {', '.join(paths) or 'nothing'}, not {wanted}/ alone.", hint="S3Targets: Path")
    if crawler.get("DatabaseName") != catalog.database(aws):
        raise NotYet(f"It writes into the database {crawler.get('DatabaseName')}.", hint="DatabaseName")


def run_the_crawler(aws):
    """The crawler has found the table trips, its columns and its months."""
    last = _crawler(aws).get("LastCrawl", {})
    if last.get("Status") != "SUCCEEDED":
        said = last.get("ErrorMessage", "wait until it is READY again").rstrip(".")
        raise NotYet(f"Its last crawl: {last.get('Status', 'it has not run')}; {said}.", hint="start_crawler(…)")
    table = catalog.table(aws, "trips", hint="Where does the crawler look, and what does it find there?")
    wrong = [name for name, kind in COLUMNS.items() if catalog.columns(table).get(name) != kind]
    if wrong or catalog.partition_keys(table) != ["month"]:
        raise NotYet(f"trips has no {wrong[0] if wrong else 'month'} as expected.", hint="Crawl s3://…/trips/.")
    missing = {(month,) for month in trips.MONTHS} - set(catalog.partitions(aws, "trips"))
    if missing:
        raise NotYet(f"The partition {min(missing)[0]} is missing.", hint="The folders are called month=….")


def make_the_work_group(aws):
    """A work group says where results go, and how much a query may read."""
    found = aws.find("athena", "get_work_group", WorkGroup=aws.name("analysts"))
    if found is None:
        raise NotYet(f"There is no work group {aws.name('analysts')}.", hint="athena.create_work_group(…)")
    configuration = found["WorkGroup"]["Configuration"]
    place = configuration.get("ResultConfiguration", {}).get("OutputLocation", "nowhere")
    if place.rstrip("/") != f"s3://{aws.name('data')}/results":
        raise NotYet(f"Results go to {place}, not to results/ in the bucket.", hint="ResultConfiguration")
    if not configuration.get("EnforceWorkGroupConfiguration"):
        raise NotYet("A query may choose its own place.", hint="EnforceWorkGroupConfiguration")
    limit = configuration.get("BytesScannedCutoffPerQuery", 0)
    if not LEAST_LIMIT <= limit <= MOST_LIMIT:
        raise NotYet(f"A query may read {limit or 'any number of'} bytes.", hint="Ten megabytes to a gigabyte.")


def ask_for_each_month(aws):
    """A query counts trips and late ones for each month."""
    _answered(aws, _by_month(trips.MONTHS), "month, number of trips, number of late ones, in order of months")


def read_one_month_only(aws):
    """A question about September reads September's file alone."""
    size = sum(catalog.objects(aws, "trips/month=2026-09/").values())
    found = _answered(aws, _late_by_rider("2026-09"), "rider, number of late trips in September, in order of riders")
    least = min(query.scanned for query in found)
    if least > size:
        raise NotYet(f"It read {least} bytes; September has {size}.", hint="Which column is the partition key?")


def turn_it_into_parquet(aws):
    """A table trips_parquet holds the same trips in columns, by month."""
    table = catalog.table(aws, "trips_parquet", hint="CREATE TABLE trips_parquet WITH (…) AS SELECT …")
    if "Parquet" not in table["StorageDescriptor"].get("InputFormat", ""):
        raise NotYet("Its files are not Parquet.", hint="WITH (format = 'PARQUET', …)")
    if catalog.partition_keys(table) != ["month"]:
        raise NotYet(f"Its partition keys are {catalog.partition_keys(table)}.", hint="partitioned_by = ARRAY['month']")
    missing = {(month,) for month in trips.MONTHS} - set(catalog.partitions(aws, "trips_parquet"))
    if missing:
        raise NotYet(f"It has no {min(missing)[0]}.", hint="SELECT all trips; month is the last column.")


def read_less(aws):
    """The question of step 5 reads less than half as much from Parquet."""
    size = sum(sum(catalog.objects(aws, f"trips/month={month}/").values()) for month in trips.MONTHS)
    found = _answered(aws, _by_month(trips.MONTHS), "the answer of step 5")
    least = min(query.scanned for query in found)
    if least * 2 > size:
        raise NotYet(f"At best it read {least} bytes, where CSV has {size}.", hint="FROM trips_parquet")


def take_in_the_new_month(aws):
    """October lies beside the others, the catalog knows it, and a query counts three months."""
    key = f"trips/month={trips.NEXT_MONTH}/"
    if not catalog.objects(aws, key):
        raise NotYet(f"Nothing lies below {key}.", hint="s3.copy_object(…) from incoming/trips.csv")
    place = catalog.partitions(aws, "trips").get((trips.NEXT_MONTH,))
    if place is None:
        raise NotYet(f"The table does not know {trips.NEXT_MONTH}.", hint="ALTER TABLE … ADD PARTITION, or crawl again")
    if place.rstrip("/") != f"s3://{aws.name('data')}/{key}".rstrip("/"):
        raise NotYet(f"Its partition points to {place}.", hint="LOCATION")
    _answered(aws, _by_month((*trips.MONTHS, trips.NEXT_MONTH)), "the answer of step 5 for three months")


def _crawler(aws):
    found = aws.find("glue", "get_crawler", Name=aws.name("trips"))
    if found is None:
        raise NotYet(f"There is no crawler {aws.name('trips')}.", hint="glue.create_crawler(…)")
    return found["Crawler"]


def _answered(aws, wanted, said):
    if aws.find("athena", "get_work_group", WorkGroup=aws.name("analysts")) is None:
        raise NotYet("There is no work group to ask in.", hint="athena.create_work_group(…)")
    found = list(catalog.queries(aws, aws.name("analysts")))
    # Figures that stand in the query itself, or come out of an earlier result, read nothing.
    right = [query for query in found if query.scanned and catalog.same_rows(query.rows, wanted)]
    if not right:
        raise NotYet(
            f"None of {len(found)} queries of the work group gave, out of the files: {said}.",
            hint="start_query_execution(…)",
        )
    return right


def _by_month(months):
    return [(month, trips.PER_MONTH, sum(trip.late for trip in trips.trips(month))) for month in months]


def _late_by_rider(month):
    table = trips.trips(month)
    return [(rider, sum(trip.late for trip in table if trip.rider == rider)) for rider in sorted(trips.RIDERS)]
