"""PDF, SVG, PNG, CSV and JSON from values."""
