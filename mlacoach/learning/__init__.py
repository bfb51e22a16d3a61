"""What is known about the learner, and what follows from it. Pure: time and chance are arguments."""
