"""Does the measuring keep its promises? Simulated learners and banks, whose truth is known, beside the bars."""

import os

# Before NumPy is loaded anywhere: one core, so that times compare and neighbours are left alone.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"
