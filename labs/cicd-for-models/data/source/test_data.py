"""Can the data be believed? A model that is fed nonsense answers all the same."""

import csv
import unittest
from pathlib import Path

DATA = Path("/opt/ml/processing/data/pumps.csv")
RANGES = {
    "temperature_c": (0, 110),
    "vibration_mm_s": (-2, 12),
    "pressure_bar": (0, 12),
    "age_days": (1, 4000),
    "load_percent": (-20, 160),
}
LEAST_ROWS = 100


class Data(unittest.TestCase):
    def setUp(self):
        with DATA.open() as file:
            self.rows = list(csv.reader(file))

    def test_there_are_rows_enough_of_five_columns(self):
        self.assertGreaterEqual(len(self.rows), LEAST_ROWS)
        self.assertEqual({len(row) for row in self.rows}, {len(RANGES)})

    def test_each_value_is_a_number_within_its_range(self):
        for row in self.rows:
            for value, (name, (least, most)) in zip(row, RANGES.items()):
                with self.subTest(name):
                    self.assertTrue(least <= float(value) <= most, f"{name}: {value}")
