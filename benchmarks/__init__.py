"""Does the measuring keep its promises? Simulated learners and banks, whose truth is known, beside the bars."""
