import csv
import hashlib
import json

import joblib
import numpy as np
import sklearn


class Refused(Exception):
    pass


def predict_file(model_folder, table, out):
    card = json.loads((model_folder / "card.json").read_text(encoding="utf-8"))
    file = model_folder / "forest.joblib"
    if card["scikit_learn"] != sklearn.__version__:
        raise Refused(f"trained with scikit-learn {card['scikit_learn']}, here is {sklearn.__version__}")
    if hashlib.sha256(file.read_bytes()).hexdigest() != card["sha256"]:
        raise Refused("the model file is another one")
    with table.open(newline="", encoding="utf-8") as lines:
        reader = csv.DictReader(lines)
        if set(reader.fieldnames or ()) != set(card["features"]):
            raise Refused("the columns are not those of the model")
        try:
            rows = [[float(row[name]) for name in card["features"]] for row in reader]
        except ValueError as error:
            raise Refused(str(error)) from error
    chances = joblib.load(file).predict_proba(np.array(rows))
    with out.open("w", newline="", encoding="utf-8") as lines:
        writer = csv.writer(lines)
        writer.writerow(["row", "label", "probability"])
        for number, chance in enumerate(chances, start=1):
            writer.writerow([number, card["classes"][chance.argmax()], round(float(chance.max()), 4)])
    return len(rows)
