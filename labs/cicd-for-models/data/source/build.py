"""The build: the cheap tests first; it is red, and ends with 1, as soon as one of them fails."""

import sys
import unittest
from pathlib import Path

SUITES = ("test_unit", "test_data", "test_model")


def main():
    sys.path.insert(0, str(Path(__file__).parent))
    for name in SUITES:
        result = unittest.TextTestRunner(stream=sys.stdout).run(unittest.defaultTestLoader.loadTestsFromName(name))
        passed = result.wasSuccessful() and result.testsRun > 0
        print(f"{name}: {'passed' if passed else 'FAILED'}, {result.testsRun} tests", flush=True)
        if not passed:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
