def given(aws):
    """The bucket with the data, and the registry's group that is to be shared."""
    aws.client("s3").create_bucket(Bucket=aws.name("data"))
    aws.client("sagemaker").create_model_package_group(ModelPackageGroupName=aws.name("models"))
