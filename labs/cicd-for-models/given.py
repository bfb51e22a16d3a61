import json

from mlacoach.labs import pumps

FLAT = {"weights": (0.0, 0.0, 0.3, 0.0, 0.0), "centres": pumps.CENTRES, "scales": pumps.SCALES, "bias": pumps.BIAS}


def given(aws):
    """The champion that answers today, two candidates, pumps with what became of them, and a day of nonsense."""
    s3, bucket = aws.client("s3"), aws.name("data")
    s3.create_bucket(Bucket=bucket)
    archives = {
        "champion": pumps.model_archive(),
        "candidates/good": pumps.model_archive(bias=-2.4),
        "candidates/weak": pumps.archive({"weights.json": json.dumps(FLAT), "code/inference.py": pumps.INFERENCE}),
    }
    for prefix, body in archives.items():
        s3.put_object(Bucket=bucket, Key=f"{prefix}/model.tar.gz", Body=body)
    table = pumps.test_rows()
    s3.put_object(Bucket=bucket, Key="data/good/pumps.csv", Body=pumps.csv(row[1:] for row in table))
    # The sensor's temperature in Fahrenheit since last night.
    nonsense = [(round(row[1] * 1.8 + 32, 2), *row[2:]) for row in table]
    s3.put_object(Bucket=bucket, Key="data/nonsense/pumps.csv", Body=pumps.csv(nonsense))
    s3.put_object(Bucket=bucket, Key="truth/failed.csv", Body=pumps.csv(row[:1] for row in table))
