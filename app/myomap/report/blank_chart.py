"""A blank pain chart to fill in by hand."""

from datetime import datetime

from myomap.anatomy.structures import Layer
from myomap.anatomy.views import Figure
from myomap.palette import QUALITY_INKS
from myomap.records.values import PracticeSettings, Quality
from myomap.report.letterhead import letterhead
from myomap.report.map_row import shared_crops
from myomap.report.map_svg import HATCHES, MapPicture, title_of
from myomap.report.plate import MAP_CREDIT
from myomap.report.typeset import PRINT_PPI, Typeset, typeset
from myomap.report.visit_report import PAPERS, in_row
from myomap.report.wording import QUALITY_WORDS
from myomap.surface.atlas_source import AtlasSource


def blank_chart(
    atlas: AtlasSource,
    practice: PracticeSettings,
    *,
    made_at: datetime,
    figure: Figure = Figure.MALE,
    paper: str = "",
    form: str = "pdf",
) -> Typeset:
    """Set the chart as a PDF: four whole-body views with R and L, qualities, a 0-10 scale.

    ``form`` png: as pictures of pages.
    """
    pictures: dict[str, bytes] = {}
    size = PAPERS.get(paper or str(practice.paper), "a4")
    names = ("anterior", "posterior", "right_lateral", "left_lateral")
    views = [f"{figure}.{name}" for name in names if f"{figure}.{name}" in atlas.views]
    crops = shared_crops(atlas, {view: [] for view in views})
    maps = in_row(
        atlas,
        [
            {"file": f"{v}.svg", "alt": title_of(atlas.views[v]), "caption": atlas.views[v].title}
            for v in views
        ],
        [MapPicture(view=v, layer=Layer.SKIN, line_drawing=True, crop=crops[v]) for v in views],
        pictures,
        tall_mm=130 if size == "a4" else 116,
    )
    qualities = []
    for quality in Quality:
        colour, hatch = QUALITY_INKS.get(quality, QUALITY_INKS["other"])
        pictures[f"q_{quality}.svg"] = swatch_svg(colour, hatch).encode()
        qualities.append({"file": f"q_{quality}.svg", "name": QUALITY_WORDS[quality]})
    values = {
        "title": "Where does it hurt?",
        "paper": size,
        "practice": letterhead(practice, pictures),
        "foot": "R and L are your own right and left.",
        "how": "Shade every place where you feel it now. R is your right side, L your left side.",
        "maps": maps,
        "qualities": qualities,
        "credit": MAP_CREDIT,
        "paper_lines": 6 if size == "a4" else 4,
    }
    return typeset("blank", values, pictures, made_at=made_at, form=form, ppi=PRINT_PPI)


def swatch_svg(colour: str, hatch: str, wash: float | None = None) -> str:
    """Return a small sample of how something is drawn; ``wash`` is how opaque its ground is."""
    tile = HATCHES.get(hatch)
    wash = (0.2 if tile else 0.6) if wash is None else wash
    fill = f'<rect width="24" height="12" fill="{colour}" fill-opacity="{wash}"/>'
    cells = ""
    if tile:
        drawn = tile.format(c=colour)
        cells = "".join(
            f'<g transform="translate({x} {y})">{drawn}</g>' for x in range(0, 24, 4) for y in range(0, 12, 4)
        )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 12" width="24mm" height="12mm">'
        f'<clipPath id="c"><rect width="24" height="12"/></clipPath><g clip-path="url(#c)">{fill}{cells}</g>'
        f'<rect width="24" height="12" fill="none" stroke="{colour}" stroke-width="0.8"/></svg>'
    )
