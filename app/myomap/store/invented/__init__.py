"""A practice with invented patients, to look around in: made for one session, thrown away at its end."""
