"""Drawing to ranked patterns, each with its reasons. Pure functions."""
