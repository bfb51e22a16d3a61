"""A feature group: rows go in, come back online, and are read through Athena."""

import time

import boto3
import pandas as pd
import sagemaker
from sagemaker.feature_store.feature_group import FeatureGroup

session = sagemaker.Session()
bucket = session.default_bucket()
role = sagemaker.get_execution_role()
now = round(time.time(), 1)
frame = pd.DataFrame({"customer": ["a", "b", "c"], "spent": [1.5, 2.5, 3.5], "visits": [1, 2, 3], "at": [now] * 3})
frame["customer"] = frame["customer"].astype("string")

group = FeatureGroup("customers", sagemaker_session=session)
group.load_feature_definitions(data_frame=frame)
group.create(
    s3_uri=f"s3://{bucket}/features",
    record_identifier_name="customer",
    event_time_feature_name="at",
    role_arn=role,
    enable_online_store=True,
)
while group.describe()["FeatureGroupStatus"] == "Creating":
    time.sleep(0.2)
group.ingest(frame, max_workers=1, wait=True)

runtime = boto3.client("sagemaker-featurestore-runtime")
record = runtime.get_record(FeatureGroupName="customers", RecordIdentifierValueAsString="b")["Record"]
assert {each["FeatureName"]: each["ValueAsString"] for each in record}["spent"] == "2.5"

query = group.athena_query()
for _ in range(50):
    query.run(
        f'SELECT customer, spent FROM "{query.table_name}" ORDER BY customer',  # noqa: S608 - the table's own name
        output_location=f"s3://{bucket}/features-queries",
    )
    query.wait()
    found = query.as_dataframe()
    if len(found) == 3:
        break
    time.sleep(0.2)
assert found["spent"].tolist() == [1.5, 2.5, 3.5], found
group.delete()
