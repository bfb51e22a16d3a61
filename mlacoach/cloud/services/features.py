"""SageMaker Feature Store: the records of a feature group. The groups themselves are SageMaker's."""

from mlacoach.cloud.services.family import Family, codes, named
from mlacoach.cloud.services.sagemaker import FEATURES

FAMILIES = (
    Family(
        service="sagemaker-featurestore-runtime",
        parts=dict.fromkeys(("DeleteRecord", "PutRecord", "UpdateRecord"), named(FEATURES, "FeatureGroupName")),
        prefix="sagemaker",
        absent=codes("ResourceNotFound"),
    ),
)
