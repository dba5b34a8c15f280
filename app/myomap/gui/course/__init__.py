"""All visits of a patient: maps in a row, plots, two side by side."""
