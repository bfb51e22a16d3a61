"""Where the learner stands, drawn from the log alone: readiness, mastery, weak areas, memory, time, exams, forecast."""
