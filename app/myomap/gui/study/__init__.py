"""The Study place: what is due, the questions on the map, decks, progress, exams."""
