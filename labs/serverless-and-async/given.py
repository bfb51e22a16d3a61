from mlacoach.labs.pumps import give_model


def given(aws):
    """The bucket with a trained model and 400 pumps."""
    give_model(aws)
