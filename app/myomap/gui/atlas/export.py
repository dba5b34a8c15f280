"""Saving the map on show as PNG, SVG or PDF: what is lit is lit, both sides are lettered, sources are named."""

from pathlib import Path
from typing import TYPE_CHECKING

from myomap.gui.context import Context
from myomap.gui.map.panel import MapPanel
from myomap.gui.messages import message_for

if TYPE_CHECKING:
    from myomap.report.crop import Box
    from myomap.report.map_svg import MapPicture

#: From this zoom on what is saved is the part on show, not the whole view.
_ZOOMED = 1.05
KINDS = "PDF (*.pdf);;PNG picture (*.png);;SVG drawing (*.svg)"


def picture_of(context: Context, panel: MapPanel) -> "MapPicture | None":
    """Return the map of a panel as a value that the report draws; None before the atlas is open."""
    from myomap.lookup.pattern_index import PatternKey
    from myomap.report.map_svg import MapPicture

    sheet, shown = panel.map.sheet, context.shown
    if sheet is None:
        return None
    lit, chosen = shown.lit, shown.selected
    return MapPicture(
        sheet.view.id,
        sheet.layer,
        patterns=(PatternKey(lit.point, lit.laterality),) if lit is not None else (),
        selected=(chosen,) if chosen is not None else (),
        crop=_in_sight(panel),
        colours="print",
    )


def _in_sight(panel: MapPanel) -> "Box | None":
    """Return the part of the page that is on show; None for all of it."""
    sheet, zoom = panel.map.sheet, panel.map.zoom
    if sheet is None or zoom < _ZOOMED:
        return None
    seen = panel.map.sight().intersected(sheet.rect)
    return (seen.left(), seen.top(), seen.right(), seen.bottom()) if not seen.isEmpty() else None


def save_map(context: Context, panel: MapPanel) -> None:
    """Ask for a file and write the map to it off the window's thread."""
    picture = picture_of(context, panel)
    if picture is None:
        return
    atlas, prompts = context.open_atlas(), context.prompts
    name = f"{picture.patterns[0].trigger_point}-" if picture.patterns else ""
    start = Path.home() / f"{name}{picture.view.replace('.', '-')}.pdf"

    def write(path: Path) -> None:
        from myomap.report.picture_file import write_picture

        target = path if path.suffix else path.with_suffix(".pdf")
        context.pool.run(
            lambda: write_picture(atlas, picture, target, paper=context.settings.paper),
            lambda _: prompts.say(f"The map is saved: {target}"),
            lambda error: prompts.tell(message_for(error)),
        )

    prompts.save_file("Save this map", start, KINDS, write)
