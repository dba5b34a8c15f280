"""The frame of a finding or a needling: number, read-back words, trigger point, and taking it away."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QToolButton

from myomap.gui.forms import Pick
from myomap.gui.icons import icon
from myomap.gui.parts import Card, label, row
from myomap.gui.visit.sites import points_of, with_point
from myomap.gui.visit.step import Bench
from myomap.records.values import Site

if TYPE_CHECKING:
    from myomap.surface.atlas_source import AtlasSource


class PointChooser(Pick):
    """Which trigger point of the muscle it is, or none."""

    site_chosen = Signal(object)

    def __init__(self, atlas: "AtlasSource", site: Site) -> None:
        super().__init__("Trigger point")
        self._atlas, self._site = atlas, site
        self.addItem("No described trigger point", "")
        for point in points_of(atlas, site):
            self.addItem(point.title or point.number or point.id, point.id)
        self.show_site(site)
        self.activated.connect(self._on_activated)

    def show_site(self, site: Site) -> None:
        """Show what is kept."""
        self._site = site
        self.setCurrentIndex(max(0, self.findData(site.trigger_point)))

    def _on_activated(self, at: int) -> None:
        chosen = str(self.itemData(at))
        if chosen != self._site.trigger_point:
            self.site_chosen.emit(with_point(self._atlas, self._site, chosen))


class SiteCard(Card):
    """A card about one site; the map shows it while the pointer or the focus is on it."""

    def __init__(self, bench: Bench, site: Site, *, drop: Callable[[], object], tip: str) -> None:
        super().__init__()
        self.bench, self.site = bench, site
        look = bench.context.look
        self.number = label("", "side", wrap=False)
        self.words = label(site.words, "strong")
        self.drop = QToolButton()
        self.drop.setIcon(icon("cross", look.chrome.muted, 14))
        self.drop.setToolTip(tip)
        self.drop.setAccessibleName(f"{tip}: {site.words}")
        self.drop.clicked.connect(lambda: drop())
        head = row(self.number, gap=8)
        head.addWidget(self.words, 1)
        head.addWidget(self.drop, 0, Qt.AlignmentFlag.AlignTop)
        self.body.addLayout(head)
        self.points = PointChooser(bench.context.open_atlas(), site)
        self.glanced.connect(self._on_glanced)

    def show_site(self, site: Site, number: str) -> None:
        """Show the site that is kept now."""
        self.site = site
        self.words.setText(site.words)
        self.number.setText(number)
        self.number.setVisible(bool(number))
        self.points.show_site(site)

    def _on_glanced(self, on: bool) -> None:
        if on:
            self.bench.maps.light(self.site)
