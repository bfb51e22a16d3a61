"""What the service takes and gives. What does not fit is answered with 422 and the reason, before any model sees it."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Amount = Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)]


class Wine(BaseModel):
    """One row. Unknown names are refused: a misspelt feature must not become a silent default."""

    model_config = ConfigDict(extra="forbid")

    alcohol: Amount
    malic_acid: Amount
    ash: Amount
    alcalinity_of_ash: Amount
    magnesium: Amount
    total_phenols: Amount
    flavanoids: Amount
    nonflavanoid_phenols: Amount
    proanthocyanins: Amount
    color_intensity: Amount
    hue: Amount
    od280_od315_of_diluted_wines: Amount
    proline: Amount


class Request(BaseModel):
    """One to 256 rows: more belong into a batch job."""

    model_config = ConfigDict(extra="forbid")

    rows: Annotated[list[Wine], Field(min_length=1, max_length=256)]


class Prediction(BaseModel):
    """The answer for one row."""

    label: str
    probability: float
    unusual: list[str]


class Answer(BaseModel):
    """The answers in the order of the rows, and which model gave them."""

    model_version: str
    predictions: list[Prediction]
