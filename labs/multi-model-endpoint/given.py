from mlacoach.labs.pumps import BIAS, give_model, model_archive


def given(aws):
    """The bucket with a model for each of three sites, two that come later, and 400 pumps."""
    sites = {"north": model_archive(), "south": model_archive(bias=BIAS - 0.6), "east": model_archive(bias=BIAS + 0.4)}
    give_model(aws, **sites)
    later = {"west": model_archive(bias=BIAS + 0.9), "north-2": model_archive(bias=BIAS + 0.2)}
    for name, body in later.items():
        aws.client("s3").put_object(Bucket=aws.name("data"), Key=f"incoming/{name}.tar.gz", Body=body)
