from mlacoach.labs.pumps import BIAS, INFERENCE, give_model, model_archive


def given(aws):
    """The bucket with the model of today, one whose script fails, a better one, and 400 pumps."""
    broken = INFERENCE.replace(
        "return [_risk(row, model) for row in rows]", "return [_risk(row[1:], model) for row in rows]"
    )
    give_model(
        aws,
        good=model_archive(),
        broken=model_archive(script=broken),
        better=model_archive(bias=BIAS + 0.3),
    )
