"""Does each function do what it says? Needs no data and no model, and runs within milliseconds."""

import unittest

from bands import band


class Bands(unittest.TestCase):
    def test_the_edges_belong_to_the_upper_band(self):
        self.assertEqual([band(0.5), band(0.2), band(0.1999)], ["inspect", "watch", "leave"])

    def test_what_is_no_share_is_refused(self):
        for risk in (-0.1, 1.1):
            with self.assertRaises(ValueError):
                band(risk)
