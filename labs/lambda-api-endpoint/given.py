from mlacoach.labs.pumps import give_model

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"


def given(aws):
    """The bucket with a trained model and 400 pumps, and an endpoint that serves the model."""
    give_model(aws)
    sagemaker, container = (
        aws.client("sagemaker"),
        {"Image": IMAGE, "ModelDataUrl": f"s3://{aws.name('data')}/models/model.tar.gz"},
    )
    container["Environment"] = {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"}
    sagemaker.create_model(ModelName=aws.name("model"), ExecutionRoleArn=aws.role_arn, PrimaryContainer=container)
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": aws.name("model"),
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
    }
    sagemaker.create_endpoint_config(EndpointConfigName=aws.name("live"), ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=aws.name("live"), EndpointConfigName=aws.name("live"))
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=aws.name("live"))
