"""From a drawing to the published patterns that overlap it, each with its reasons. Pure functions.

It is a look-up in published figures, never a likelihood or a diagnosis.
"""
