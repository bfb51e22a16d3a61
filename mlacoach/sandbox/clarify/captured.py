"""What an endpoint has captured, as the dataset of an analysis: features, the prediction, the label that came later."""

from collections.abc import Mapping
from dataclasses import replace

from mlacoach.sandbox.clarify.settings import BadSettings, Settings
from mlacoach.sandbox.monitor.pairs import labelled, predictions
from mlacoach.sandbox.monitor.reading import Dataset, table

PREDICTED = "predicted_label"


def dataset_of(given: Mapping[str, str], settings: Settings) -> tuple[Dataset, Settings]:
    """The dataset, and the settings with the names of its columns.

    Args:
        given: the environment of the job.
        settings: of the analysis.

    Raises:
        BadSettings: the headers are not those of the captured features.
        Unreadable: there is nothing captured, or no label for any of it.
    """
    rows = labelled(given)
    features = table([exchange.asked for _, exchange in rows], is_named=False)
    headers = [name for name in settings.headers if name != settings.label] or features.names
    if len(headers) != len(features.names):
        raise BadSettings(f"There are {len(headers)} headers, but {len(features.names)} captured features.")
    names, columns = list(headers), list(features.columns)
    if given.get("ground_truth_source"):
        names.append(settings.label)
        columns.append([label for label, _ in rows])
        names.append(PREDICTED)
        columns.append([*predictions(given, [exchange for _, exchange in rows])[0]])
        settings = replace(settings, predicted=PREDICTED)
    return Dataset(names, columns, is_named=True), replace(settings, headers=names)
