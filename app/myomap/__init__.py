"""Myomap: an offline atlas of myofascial trigger points and a record of their treatment."""

__version__ = "0.1.0"
