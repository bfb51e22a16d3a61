from mlacoach.labs.pumps import give_data


def given(aws):
    """The bucket with training, validation and test data, laid out for XGBoost."""
    give_data(aws)
