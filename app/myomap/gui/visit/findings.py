"""Findings: what palpation found at each site; active or latent is said at once."""

from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtWidgets import QPushButton, QVBoxLayout

from myomap.gui.columns import Hints
from myomap.gui.flow import Flow
from myomap.gui.forms import Choice, Fold, LineEntry, TextEntry, named, numbers, said, yes_no
from myomap.gui.parts import chip, column, label
from myomap.gui.visit.marks import number_of
from myomap.gui.visit.site_card import SiteCard
from myomap.gui.visit.site_finder import SiteFinder
from myomap.gui.visit.sites import same_place
from myomap.gui.visit.step import Bench, Step
from myomap.records.edits import Ref, add, change, remove
from myomap.records.values import Finding, Site, TriggerPointState, Twitch, VisitRecord, new_id

STATES = {
    TriggerPointState.ACTIVE: ("ACTIVE trigger point", "danger"),
    TriggerPointState.LATENT: ("LATENT trigger point", "caution"),
    TriggerPointState.PRESENT: ("Trigger point; is it their own pain?", "chip"),
    TriggerPointState.NOT_MET: ("Criteria not met", "chip"),
    TriggerPointState.UNDECIDED: ("Too little examined to say", "chip"),
}
STATE_TIP = (
    "Two of three: taut band, spot tenderness, referred pain (Fernández-de-las-Peñas and Dommerholt 2018); "
    "active where the patient recognises the pain as their own."
)
_HINT = "Click a muscle or a trigger point on the map."
TWITCH = [("none", "None"), ("one", "One"), ("many", "Two or more")]


def twitch_of(text: str) -> Twitch:
    """Return what a twitch chip means."""
    return Twitch(text) if text else Twitch.NOT_ASKED


def shown_twitch(twitch: Twitch) -> str:
    """Return the chip of a twitch."""
    return "" if twitch is Twitch.NOT_ASKED else str(twitch)


class FindingCard(SiteCard):
    """One finding."""

    def __init__(self, bench: Bench, finding: Finding) -> None:
        super().__init__(bench, finding.site, drop=self._drop, tip="Take this finding away")
        self.finding = finding
        self.state = chip("", tip=STATE_TIP)
        self.carried = chip("From the last visit: examine again", "recalled")
        self.reviewed = QPushButton("Reviewed")
        self.reviewed.setAccessibleName(f"Reviewed: {finding.site.words}")
        self.band = yes_no("Taut band", finding.taut_band)
        self.spot = yes_no("Tender spot", finding.spot_tenderness)
        self.referred = yes_no("Referred pain", finding.referred_pain)
        self.own = yes_no("Their own pain", finding.recognised_pain)
        self.twitch = Choice("Local twitch", TWITCH, shown_twitch(finding.twitch))
        signs = Flow(6)
        for part in (self.state, self.carried, self.reviewed):
            signs.addWidget(part)
        self.body.addLayout(signs)
        self.body.addLayout(named("Trigger point", self.points, 104))
        for name, choice, field in (
            ("Taut band", self.band, "taut_band"),
            ("Tender spot", self.spot, "spot_tenderness"),
            ("Referred pain", self.referred, "referred_pain"),
            ("Their own pain", self.own, "recognised_pain"),
        ):
            self.body.addLayout(named(name, choice, 104))
            choice.chosen.connect(partial(self._on_sign, field))
        self.body.addLayout(named("Local twitch", self.twitch, 104))
        self.twitch.chosen.connect(lambda text: self._put(twitch=twitch_of(text)))
        self.reviewed.clicked.connect(lambda: self._put(carried=False))
        self.points.site_chosen.connect(lambda site: self._put(site=site))
        self.site_taken.connect(lambda site: self._put(site=site))
        self.more = Fold("More", self._build_more)
        self.body.addWidget(self.more)
        self._built = False
        self.show_finding(finding)

    def _build_more(self, lines: QVBoxLayout) -> None:
        finding = self.finding
        self.tender = numbers("How tender", finding.tenderness)
        self.to = LineEntry(
            f"Referred to: {finding.site.words}", finding.referred_to, hint="temple, behind the eye …"
        )
        Hints(self.to, "temple, behind the eye …", "temple …")
        self.note = TextEntry(f"Note: {finding.site.words}", finding.note, hint="In your words")
        lines.addWidget(label("How tender, 0-10", "small"))
        lines.addWidget(self.tender)
        lines.addLayout(named("Referred to", self.to, 104))
        lines.addWidget(self.note)
        self.tender.chosen.connect(lambda text: self._put(tenderness=int(text) if text else None))
        self.to.typed.connect(lambda text: self._put(referred_to=text, gesture="to"))
        self.note.typed.connect(lambda text: self._put(note=text, gesture="note"))
        self._built = True
        self.name_controls()

    def _on_sign(self, field: str, text: str) -> None:
        self._put(**{field: said(text)})

    def _put(self, **fields: Any) -> None:
        gesture = fields.pop("gesture", "")
        if "carried" not in fields and self.finding.carried and not gesture:
            fields["carried"] = False  # who examines it has reviewed it
        after = replace(self.finding, **fields)
        key = f"{self.finding.id}.{gesture}" if gesture else ""
        visit = self.bench.record.visit.id
        self.bench.desk.do(change(self.finding, after, visit=visit, label="Change finding", gesture=key))

    def _drop(self) -> None:
        self.bench.desk.do(remove(self.finding, visit=self.bench.record.visit.id, label="Remove finding"))

    def show_finding(self, finding: Finding) -> None:
        """Show what is kept now."""
        self.finding = finding
        self.show_site(finding.site, number_of(self.bench.record, finding.site))
        for choice, value in (
            (self.band, finding.taut_band),
            (self.spot, finding.spot_tenderness),
            (self.referred, finding.referred_pain),
            (self.own, finding.recognised_pain),
        ):
            choice.set_current({True: "yes", False: "no"}.get(value, ""))  # type: ignore[arg-type]
        self.twitch.set_current(shown_twitch(finding.twitch))
        words, kind = STATES[finding.state]
        self.state.setText(words)
        self.state.setProperty("kind", kind)
        self.state.style().unpolish(self.state)
        self.state.style().polish(self.state)
        self.carried.setVisible(finding.carried)
        self.reviewed.setVisible(finding.carried)
        if self._built:
            self.tender.set_current("" if finding.tenderness is None else str(finding.tenderness))
            self.to.show_text(finding.referred_to)
            self.note.show_text(finding.note)
        locked = self.bench.desk.signed
        for part in (self.band, self.spot, self.referred, self.own, self.twitch, self.drop):
            part.setEnabled(not locked)


class FindingsStep(Step):
    """What the hands found."""

    key, title, picks = "findings", "Findings", True

    def build(self, lines: QVBoxLayout) -> None:
        self.hint = label(_HINT, "muted")
        self.finder = SiteFinder(self.bench)
        self.finder.chosen.connect(self.take_site)
        self.cards: dict[str, FindingCard] = {}
        self.list = column(gap=8)
        lines.addWidget(self.hint)
        lines.addWidget(self.finder)
        lines.addLayout(self.list)

    def refresh(self, refs: frozenset[Ref]) -> None:
        record = self.bench.record
        kept = {finding.id for finding in record.findings}
        for id in [id for id in self.cards if id not in kept]:
            card = self.cards.pop(id)
            self.list.removeWidget(card)
            card.hide()
            card.deleteLater()
        for at, finding in enumerate(record.findings):
            held = self.cards.get(finding.id)
            if held is None:
                held = self.cards[finding.id] = FindingCard(self.bench, finding)
                self.list.insertWidget(at, held)
            else:
                held.show_finding(finding)
        self.show_taking(self.finder, self.hint, _HINT, "" if record.findings else "Nothing was found.")

    def summary(self, record: VisitRecord) -> tuple[str, bool]:
        if not record.findings:
            return "", False
        counts = [f.state for f in record.findings]
        said_parts = [f"{len(counts)} site{'s' if len(counts) > 1 else ''}"]
        for state, word in ((TriggerPointState.ACTIVE, "active"), (TriggerPointState.LATENT, "latent")):
            if state in counts:
                said_parts.append(f"{counts.count(state)} {word}")
        return ", ".join(said_parts), True

    def take_site(self, site: Site) -> None:
        """Make a finding, or go to the one that is there."""
        record = self.bench.record
        if self.bench.desk.signed:
            return
        held = next((f for f in record.findings if same_place(f.site, site)), None)
        if held is None:
            held = Finding(new_id(), site)
            self.bench.desk.do(add(held, visit=record.visit.id, label="Add finding"))
        self.bench.maps.light(held.site)
        self.go_to(held.id)

    def go_to(self, id: str) -> None:
        """Give the keyboard to a finding."""
        card = self.cards.get(id)
        if card is not None:
            card.band.focus()


__all__ = ["FindingCard", "FindingsStep", "shown_twitch", "twitch_of"]
