from mlacoach.labs.trips import give_trips


def given(aws):
    """The bucket with the trips of two months as CSV."""
    give_trips(aws)
