"""A group's frequency map as pictures: bands of how many of the drawings cover a place."""

from myomap.anatomy.structures import Layer
from myomap.report.map_svg import Ink, MapPicture
from myomap.surface.atlas_source import AtlasSource
from myomap.surface.frequency import FrequencyMap

#: Shares of the drawings and how strongly each band is inked; darker is more. The outlines stay when
#: the colour cannot be told.
BANDS: tuple[tuple[float, float], ...] = ((0.0, 0.16), (0.1, 0.2), (0.25, 0.26), (0.5, 0.34), (0.75, 0.42))
_COLOUR = "#0b5394"


def frequency_picture(atlas: AtlasSource, found: FrequencyMap, view: str) -> MapPicture:
    """Return the picture of a view: nested bands, each cell in as many as its share reaches."""
    seen = atlas.view_map(view)
    inks = []
    for share, opacity in BANDS:
        shape = seen.outline(found.at_least(share), level=0.5)
        if not shape.is_empty:
            inks.append(Ink(shape, _COLOUR, "solid", opacity))
    return MapPicture(view=view, layer=Layer.SKIN, inks=tuple(inks), colours="light")


def bands_in_words(found: FrequencyMap) -> str:
    """Return the legend: how many drawings there are and what each band means."""
    shares = [f"{round(100 * share)} %" for share, _ in BANDS[1:]]
    return (
        f"{found.drawings} drawings; the place drawn most often is in {found.most} of them. Outlines from "
        f"outside to inside: in at least one drawing, then in at least {', '.join(shares)} of them."
    )
