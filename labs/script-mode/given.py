from mlacoach.labs.pumps import give_data


def given(aws):
    """The bucket with training, validation and test data."""
    give_data(aws)
