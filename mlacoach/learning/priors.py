"""What the model takes for granted, as plain numbers: a study session plans with them and loads no NumPy."""

# What an author's level 1 to 5 says about a difficulty: its mean, and the SD around it. Levels are ranks: experts place
# items on a scale poorly and order them fairly (Attali et al. 2014, ETS RR-14-39).
LEVEL_MEANS = (-1.01, -0.46, 0.0, 0.46, 1.01)
LEVEL_SD = 0.82

# One of four is guessed less often than 1 in 4, since distractors attract; a set, an order or pairs are hardly guessed.
GUESSING = {"multiple-choice": 0.20, "multiple-response": 0.05, "ordering": 0.05, "matching": 0.05}

# The logistic curve closest to the normal one has slope 1.7, so an uncertain difficulty flattens a curve by this.
FLATTENING = 0.346

# How far an ability moves in a day, as an SD.
SD_PER_DAY = 0.12
