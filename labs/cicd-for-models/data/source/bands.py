"""What the product does with a risk: three bands, by which the fitters plan their week."""

INSPECT, WATCH = 0.5, 0.2


def band(risk):
    """inspect, watch or leave; a risk is a share.

    Raises:
        ValueError: it is none.
    """
    if not 0 <= risk <= 1:
        raise ValueError(f"{risk} is no share")
    if risk >= INSPECT:
        return "inspect"
    return "watch" if risk >= WATCH else "leave"
