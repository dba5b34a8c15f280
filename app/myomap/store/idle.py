"""The idle clock of a practice; the window has one of its own kind (records.idle)."""

from myomap.records.idle import IdleClock

__all__ = ["IdleClock"]
