"""The course's pictures: maps as the window's own plates with drawings over them, and plots that fit their room."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QSizePolicy, QWidget

from myomap.anatomy.structures import Layer
from myomap.gui.theme import Look, MapColours
from myomap.records.values import Patient, PressureUnit, VisitRecord

if TYPE_CHECKING:
    from myomap.gui.map.plate import Tones
    from myomap.gui.map.sheet import SheetShelf
    from myomap.report.course import CourseLine
    from myomap.report.plots import Plot
    from myomap.surface.atlas_source import AtlasSource

#: Between two maps, pixels.
GAP = 8
#: The type of a plot is drawn this large at 100 %.
_PLOT_TYPE = 1.08


@dataclass(frozen=True, slots=True)
class Sight:
    """With what the maps are drawn; all of it may be used off the window's thread."""

    atlas: "AtlasSource"
    shelf: "SheetShelf"
    tones: "Tones"
    colours: MapColours
    map_set: str
    """The palette's name, for what is drawn over the plates."""
    tall: int
    """How tall the largest map is, in device pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class Maps:
    """The plates that all visits share, and what each visit draws over them."""

    plates: tuple[QImage, ...]
    shapes: tuple[float, ...]
    """Width / height of each."""
    over: tuple[tuple[str, ...], ...]
    """For each visit: an SVG for each plate."""


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """What the page shows, made off the window's thread."""

    records: tuple[VisitRecord, ...]
    maps: Maps
    lines: "tuple[CourseLine, ...]"


def draw(sight: Sight, patient: Patient, records: Sequence[VisitRecord], unit: PressureUnit) -> Drawn:
    """Make the page's pictures: every visit shows the same part of the body at the same scale."""
    from myomap.report.course import course_lines
    from myomap.report.visit_report import figure_of

    figure = figure_of(patient)
    if not sight.atlas.silhouettes(f"{figure}.anterior"):
        figure = type(figure)("male")
    lines = tuple(course_lines(sight.atlas, records, unit))
    return Drawn(tuple(records), _maps(sight, records, str(figure)), lines)


def _maps(sight: Sight, records: Sequence[VisitRecord], figure: str) -> Maps:
    from myomap.anatomy.views import Figure
    from myomap.gui.map.plate import compose
    from myomap.gui.map.plate_spec import PlateSpec
    from myomap.report.drawing_maps import drawn_cells, inks_on, views_of
    from myomap.report.map_row import shared_crops
    from myomap.report.map_svg import MapPicture, map_svg, mark_scale
    from myomap.report.site_marks import marks_on
    from myomap.report.visit_report import numbered_sites
    from myomap.surface.cells import Cells

    atlas = sight.atlas
    if not records:
        return Maps((), (), ())
    cells = Cells.empty()
    for record in records:
        cells = cells.union(drawn_cells(atlas, record.strokes))
    views = views_of(atlas, Figure(figure), cells)
    inks = [{v: inks_on(atlas, v, record.strokes) for v in views} for record in records]
    places = {
        v: [(m.x, m.y, m.x, m.y) for r in records for m in marks_on(atlas, v, numbered_sites(r), Layer.SKIN)]
        for v in views
    }
    boxes = {v: [*(i.shape.bounds for each in inks for i in each[v]), *places[v]] for v in views}
    plates, shapes, crops = [], [], {}
    for view, box in shared_crops(atlas, boxes).items():
        frame = atlas.views[view].frame
        crop = (max(0.0, box[0]), box[1], min(frame.width, box[2]), box[3])
        crops[view] = crop
        rect = QRectF(crop[0], crop[1], crop[2] - crop[0], crop[3] - crop[1])
        sheet = sight.shelf.read(view, Layer.SKIN)
        plates.append(
            compose(sheet, sight.colours, PlateSpec(sight.tall / rect.height(), rect), sight.tones).image
        )
        shapes.append(rect.width() / rect.height())
    over = []
    for record, inked in zip(records, inks, strict=True):
        made = []
        for view, crop in crops.items():
            scale = mark_scale(1.5, crop[2] - crop[0], crop[3] - crop[1])
            picture = MapPicture(
                view=view, layer=Layer.SKIN, inks=inked[view], crop=crop, colours=sight.map_set, plate=False,
                marks=marks_on(atlas, view, numbered_sites(record), Layer.SKIN, scale), mark_size=1.5, letters=1.5,
            )  # fmt: skip
            made.append(map_svg(atlas, picture, background=False))
        over.append(tuple(made))
    return Maps(tuple(plates), tuple(shapes), tuple(over))


class MapRow(QWidget):
    """The maps of one visit side by side, as tall as their room allows; one picture for a screen reader."""

    def __init__(self, maps: Maps, at: int, tall: int, words: str) -> None:
        super().__init__()
        self._maps, self._tall = maps, tall
        self._over = [QSvgRenderer(QByteArray(svg.encode())) for svg in maps.over[at]]
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(words)

    def sizeHint(self) -> QSize:
        return QSize(self._wide(self._tall), self._tall)

    def minimumSizeHint(self) -> QSize:
        least = min(self._tall // 2, 110)  # smaller than wanted rather than wider than the page
        return QSize(self._wide(least), least)

    def heightForWidth(self, width: int) -> int:
        room = width - GAP * (len(self._maps.shapes) - 1)
        return min(self._tall, max(1, int(room / max(0.1, sum(self._maps.shapes)))))

    def _wide(self, tall: int) -> int:
        return round(tall * sum(self._maps.shapes)) + GAP * (len(self._maps.shapes) - 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.SmoothPixmapTransform | QPainter.RenderHint.Antialiasing)
        tall = min(self.height(), self.heightForWidth(self.width()))
        x = 0.0
        for plate, shape, over in zip(self._maps.plates, self._maps.shapes, self._over, strict=True):
            place = QRectF(x, 0, tall * shape, tall)
            painter.drawImage(place, plate)
            over.render(painter, place)
            x += tall * shape + GAP


class PlotPicture(QWidget):
    """A plot that is drawn for the room and the text size that it has."""

    def __init__(self, plot: "Plot", look: Look, words: str) -> None:
        super().__init__()
        chrome = look.chrome
        self._plot = replace(
            plot, ink=chrome.text, quiet=chrome.muted, grid=_between(chrome.raised, chrome.text), paper=chrome.raised,
            dark=look.theme.dark,
        )  # fmt: skip
        self._size = look.text_scale * _PLOT_TYPE
        self._drawn: QSvgRenderer | None = None
        self.setAccessibleName(words)
        self.setFixedHeight(round(210 * self._size))
        self.setMinimumWidth(round(300 * self._size))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._drawn = None

    def paintEvent(self, event: QPaintEvent) -> None:
        from myomap.report.plots import plot_svg

        if self._drawn is None:
            fitting = replace(self._plot, width=self.width() / self._size, height=self.height() / self._size)
            self._drawn = QSvgRenderer(QByteArray(plot_svg(fitting).encode()))
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        self._drawn.render(painter, QRectF(self.rect()))


def _between(paper: str, ink: str, share: float = 0.16) -> str:
    """Return a colour for lines that are an aid: there, but behind what is plotted."""
    one, two = QColor(paper), QColor(ink)
    parts = ((one.red(), two.red()), (one.green(), two.green()), (one.blue(), two.blue()))
    return QColor(*(round(a + (b - a) * share) for a, b in parts)).name()
