import json

from mlacoach.labs import flats

SKLEARN = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
XGBOOST = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
PLAIN = {"Resources": {"Data": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Ref": "Name"}}}}}


def by_hand(aws):
    """A bucket that nobody can make again."""
    aws.client("s3").create_bucket(Bucket=aws.name("data"))


def unencrypted(aws):
    """A stack of a bucket, and no more."""
    aws.client("cloudformation").create_stack(
        StackName=aws.name("environment"),
        TemplateBody=json.dumps({**PLAIN, "Parameters": {"Name": {"Type": "String"}}}),
        Parameters=[{"ParameterKey": "Name", "ParameterValue": aws.name("data")}],
    )


def a_sample(aws):
    """The first thousand."""
    _put(aws, "raw/flats.csv", flats.csv(flats.flats()[:1000]))


def without_a_job(aws):
    """Done at home."""
    _put(aws, "clean/train.csv", flats.csv(flats.of_part("train")))


def doubled_still(aws):
    """Nothing is taken out."""
    _job(aws, "clean")
    _put(aws, "clean/train.csv", flats.csv(flat for flat in flats.flats() if flats.part_of(flat) == "train"))


def by_chance(aws):
    """Every tenth is for the test."""
    _job(aws, "clean")
    rows = list(flats.sound().values())
    for place, part in enumerate(("train", "validation", "test")):
        _put(aws, f"clean/{part}.csv", flats.csv(rows[place::3]))


def offline_alone(aws):
    """For training, but not for serving."""
    _group(aws)


def of_all_months(aws):
    """Training knows what comes after it."""
    _group(aws, OnlineStoreConfig={"EnableOnlineStore": True})
    record = {"district": "d01", "event_time": "2026-07-01T00:00:00Z", "rent_per_m2": "19.5", "offers": "1200"}
    aws.client("sagemaker-featurestore-runtime").put_record(
        FeatureGroupName=aws.name("districts"),
        Record=[{"FeatureName": name, "ValueAsString": value} for name, value in record.items()],
    )


def with_the_test(aws):
    """All that there is."""
    _put(aws, "reports/eda.json", json.dumps({"rows": len(flats.sound())}))


def gaps_overlooked(aws):
    """They were filled before anybody looked."""
    _put(aws, "reports/eda.json", json.dumps({"rows": len(flats.of_part("train")), "energy_missing": 0}))


def the_rent_last(aws):
    """XGBoost takes the first column for the label."""
    _job(aws, "transform")
    _tables(aws, lambda flat: (flat.area, flat.rent))


def without_districts(aws):
    """Nothing is joined."""
    _job(aws, "transform")
    _tables(aws, lambda flat: (flat.rent, flat.area))


def never_started(aws):
    """A definition runs nothing."""
    step = {"Name": "Tune", "Type": "Fail", "Arguments": {"ErrorMessage": "Nothing is tuned."}}
    aws.client("sagemaker").create_pipeline(
        PipelineName=aws.name("training"),
        PipelineDefinition=json.dumps({"Version": "2020-12-01", "Steps": [step]}),
        RoleArn=aws.role_arn,
        ClientRequestToken=aws.name("training-definition"),
    )


def the_worst_trial(aws):
    """Any artifact will do."""
    _register(aws, "Approved")


def nobody_was_asked(aws):
    """It waits."""
    _register(aws, "PendingManualApproval")


def past_the_registry(aws):
    """Nobody will know which version answers."""
    aws.client("sagemaker").create_model(
        ModelName=aws.name("rents"),
        ExecutionRoleArn=aws.role_arn,
        PrimaryContainer={"Image": XGBOOST, "ModelDataUrl": _artifact(aws)},
    )


def without_ids(aws):
    """Whose rent is it?"""
    sagemaker = aws.client("sagemaker")
    sagemaker.create_transform_job(
        TransformJobName=aws.name("score-bare"),
        ModelName=aws.name("rents"),
        TransformInput={
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{aws.name('data')}/batch/"}},
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        TransformOutput={
            "S3OutputPath": f"s3://{aws.name('data')}/scores",
            "Accept": "text/csv",
            "AssembleWith": "Line",
        },
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
        DataProcessing={"InputFilter": "$[1:]"},
    )
    sagemaker.get_waiter("transform_job_completed_or_stopped").wait(TransformJobName=aws.name("score-bare"))


def made_up(aws):
    """Too good to be true."""
    _put(aws, "reports/evaluation.json", json.dumps({"flats": len(flats.of_part("test")), "mae": 1, "rmse": 1}))


def _tables(aws, columns):
    for part in ("validation", "test"):
        lines = (",".join(map(str, columns(flat))) for flat in flats.of_part(part))
        _put(aws, f"prepared/{part}/{part}.csv", "\n".join(lines) + "\n")


def _job(aws, suffix):
    """One that does nothing."""
    aws.client("sagemaker").create_processing_job(
        ProcessingJobName=aws.name(suffix),
        RoleArn=aws.role_arn,
        AppSpecification={"ImageUri": SKLEARN, "ContainerEntrypoint": ["python3", "-c", "pass"]},
        ProcessingResources={"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 5}},
        StoppingCondition={"MaxRuntimeInSeconds": 600},
    )
    aws.wait(
        "sagemaker",
        "describe_processing_job",
        lambda found: found["ProcessingJobStatus"] not in {"InProgress", "Stopping"},
        ProcessingJobName=aws.name(suffix),
    )


def _group(aws, **more):
    aws.client("sagemaker").create_feature_group(
        FeatureGroupName=aws.name("districts"),
        RecordIdentifierFeatureName="district",
        EventTimeFeatureName="event_time",
        FeatureDefinitions=[
            {"FeatureName": "district", "FeatureType": "String"},
            {"FeatureName": "event_time", "FeatureType": "String"},
            {"FeatureName": "rent_per_m2", "FeatureType": "Fractional"},
            {"FeatureName": "offers", "FeatureType": "Integral"},
        ],
        OfflineStoreConfig={
            "S3StorageConfig": {"S3Uri": f"s3://{aws.name('data')}/store"},
            "DisableGlueTableCreation": True,
        },
        RoleArn=aws.role_arn,
        **more,
    )
    aws.wait(
        "sagemaker",
        "describe_feature_group",
        lambda group: group["FeatureGroupStatus"] != "Creating",
        FeatureGroupName=aws.name("districts"),
    )


def _register(aws, status):
    sagemaker = aws.client("sagemaker")
    sagemaker.create_model_package_group(ModelPackageGroupName=aws.name("rents"))
    sagemaker.create_model_package(
        ModelPackageGroupName=aws.name("rents"),
        InferenceSpecification={
            "Containers": [{"Image": XGBOOST, "ModelDataUrl": f"s3://{aws.name('data')}/output/other/model.tar.gz"}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
        ModelApprovalStatus=status,
    )


def _artifact(aws):
    """Where the version's artifact lies."""
    sagemaker = aws.client("sagemaker")
    found = sagemaker.list_model_packages(ModelPackageGroupName=aws.name("rents"))["ModelPackageSummaryList"][0]
    version = sagemaker.describe_model_package(ModelPackageName=found["ModelPackageArn"])
    return version["InferenceSpecification"]["Containers"][0]["ModelDataUrl"]


def _put(aws, key, body):
    aws.client("s3").put_object(Bucket=aws.name("data"), Key=key, Body=body)
