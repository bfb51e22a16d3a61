"""The little of AWS's `awsglue` that a script needs outside Spark."""
