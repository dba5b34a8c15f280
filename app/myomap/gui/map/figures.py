"""Which views there are for a figure: its own, and those that are drawn on the other figure only."""

from typing import TYPE_CHECKING

from myomap.anatomy.views import Figure, View

if TYPE_CHECKING:
    from myomap.surface.atlas_source import AtlasSource


def view_of(atlas: "AtlasSource", figure: Figure, name: str) -> View | None:
    """Return a figure's view by its name, else the other figure's; None if nobody has it."""
    own = atlas.views.get(f"{figure}.{name}")
    if own is not None:
        return own
    return next((view for view in atlas.views.values() if view.name == name), None)


def views_for(atlas: "AtlasSource", figure: Figure) -> list[View]:
    """Return the views to choose from, in the order of the atlas, one for each name."""
    names = dict.fromkeys(view.name for view in atlas.views.values())
    return [found for name in names if (found := view_of(atlas, figure, name)) is not None]
