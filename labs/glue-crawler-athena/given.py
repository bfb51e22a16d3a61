from mlacoach.labs.trips import give_trips


def given(aws):
    """The bucket with the trips of two months, and those of a third that has just come."""
    give_trips(aws)
