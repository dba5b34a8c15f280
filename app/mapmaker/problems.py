"""What goes wrong while maps are made, in one sentence for the person who edits the sources."""

from myomap.errors import MyomapError


class MapmakerError(MyomapError):
    """A mesh or source of the maps is missing, damaged or says something that cannot be."""
