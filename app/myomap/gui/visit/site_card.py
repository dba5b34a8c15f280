"""The frame of a finding or a needling: number, read-back words, trigger point, and taking it away."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QToolButton

from myomap.gui.forms import Choice, Fold, Pick
from myomap.gui.icons import icon
from myomap.gui.parts import Card, label, link, row
from myomap.gui.shown import PointKey
from myomap.gui.visit.sites import Offer, offer_for, points_of, with_point
from myomap.gui.visit.step import Bench
from myomap.gui.words import point_title
from myomap.records.values import Site

if TYPE_CHECKING:
    from myomap.surface.atlas_source import AtlasSource


#: What brings the pointer or the focus to the offer (True) and takes it away.
_GLANCES = {
    QEvent.Type.Enter: True,
    QEvent.Type.FocusIn: True,
    QEvent.Type.Leave: False,
    QEvent.Type.FocusOut: False,
    QEvent.Type.Hide: False,
}


class PointChooser(Pick):
    """Which trigger point of the muscle it is, or none."""

    site_chosen = Signal(object)

    def __init__(self, atlas: "AtlasSource", site: Site) -> None:
        super().__init__("Trigger point")
        self._atlas, self._site = atlas, site
        points = points_of(atlas, site)
        self.addItem("Choose, or leave it open" if points else "None is described here", "")
        for point in points:
            self.addItem(point_title(atlas, point), point.id)
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


def offer_words(atlas: "AtlasSource", offer: Offer) -> str:
    """Return what the button says: “Take ‘Upper part, TrP1’, 9 mm away”."""
    title = point_title(atlas, atlas.trigger_points[offer.point])
    away = f", {offer.distance_mm:.0f} mm away" if offer.distance_mm is not None else ""
    return f"Take the only described point, “{title}”{away}" if offer.only else f"Take “{title}”{away}"


class SiteCard(Card):
    """A card about one site; the map shows it while the pointer or the focus is on it."""

    site_taken = Signal(object)
    """The described trigger point that was offered is taken: the site with it."""

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
        self._offered: Offer | None = None
        self.offer = link(
            "",
            self._take_offer,
            "Described near to where was clicked, or the only one of this muscle. It is recorded only if you take it.",
        )
        self.offer.setAccessibleName("Take the described trigger point")
        self.offer.installEventFilter(self)
        self.body.addWidget(self.offer)
        self.points = PointChooser(bench.context.open_atlas(), site)
        self.glanced.connect(self._on_glanced)

    def show_site(self, site: Site, number: str) -> None:
        """Show the site that is kept now."""
        self.site = site
        self.words.setText(site.words)
        self.number.setText(number)
        self.number.setVisible(bool(number))
        self.points.show_site(site)
        self._show_offer()
        self.name_controls()

    def name_controls(self) -> None:
        """Let everything in the card say whose it is: who hears the page does not see the card's head."""
        words = self.site.words
        for choice in self.findChildren(Choice):
            choice.set_subject(words)
        for pick in self.findChildren(Pick):
            pick.setAccessibleName(f"{pick.accessibleName().partition(': ')[0]}: {words}")
        for fold in self.findChildren(Fold):
            fold.head.setAccessibleName(f"{fold.title}: {words}")

    def _show_offer(self) -> None:
        atlas = self.bench.context.open_atlas()
        self._offered = None if self.bench.desk.signed else offer_for(atlas, self.site)
        if self._offered is not None:
            self.offer.setText(offer_words(atlas, self._offered))
            self.offer.setAccessibleName(f"{self.offer.text()}, for {self.site.words}")
        self.offer.setVisible(self._offered is not None)

    def _take_offer(self) -> None:
        if self._offered is None:
            return
        taken = with_point(self.bench.context.open_atlas(), self.site, self._offered.point)
        self.site_taken.emit(taken)
        self.bench.maps.light(taken)

    def _on_glanced(self, on: bool) -> None:
        if on:
            self.bench.maps.light(self.site)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Show the offered pattern while the pointer or the focus is on the offer."""
        if watched is self.offer and self._offered is not None and event.type() in _GLANCES:
            key = PointKey(self._offered.point, self.site.laterality)
            self.bench.maps.shown.glance_at(key if _GLANCES[event.type()] else None)
        return super().eventFilter(watched, event)
