from mlacoach.labs.pumps import BIAS, give_model, model_archive


def given(aws):
    """The bucket with the model of today, a candidate that finds more pumps risky, and 400 pumps."""
    give_model(aws, first=model_archive(), second=model_archive(bias=BIAS + 0.5))
