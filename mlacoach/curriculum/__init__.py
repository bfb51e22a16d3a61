"""The nouns: exams and their skills, questions, tracks, lessons, labs' facts. Pure; nothing here reads or writes."""
