"""A feature group of SDK 3: rows go in by its own client, and come back."""

import time

from sagemaker.core.helper.session_helper import Session, get_execution_role
from sagemaker.core.resources import FeatureGroup
from sagemaker.core.shapes import (
    FeatureDefinition,
    FeatureValue,
    OfflineStoreConfig,
    OnlineStoreConfig,
    S3StorageConfig,
)

session = Session()
group = FeatureGroup.create(
    feature_group_name="v3-customers",
    record_identifier_feature_name="customer",
    event_time_feature_name="at",
    feature_definitions=[
        FeatureDefinition(feature_name="customer", feature_type="String"),
        FeatureDefinition(feature_name="spent", feature_type="Fractional"),
        FeatureDefinition(feature_name="at", feature_type="Fractional"),
    ],
    online_store_config=OnlineStoreConfig(enable_online_store=True),
    offline_store_config=OfflineStoreConfig(
        s3_storage_config=S3StorageConfig(s3_uri=f"s3://{session.default_bucket()}/v3-features")
    ),
    role_arn=get_execution_role(),
)
group.wait_for_status("Created")
for customer, spent in (("a", 1.5), ("b", 2.5)):
    values = {"customer": customer, "spent": str(spent), "at": str(round(time.time(), 1))}
    record = [FeatureValue(feature_name=name, value_as_string=value) for name, value in values.items()]
    group.put_record(record=record)
found = group.get_record(record_identifier_value_as_string="b")
assert {each.feature_name: each.value_as_string for each in found.record}["spent"] == "2.5"
group.delete()
