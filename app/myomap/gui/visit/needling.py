"""Needling: what was done with the needle at each site, what is in reach of it, and the count of muscles."""

import time
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from PySide6.QtWidgets import QPushButton, QSizePolicy, QVBoxLayout, QWidget

from myomap.anatomy.knowledge import RiskClass
from myomap.gui.columns import Hints
from myomap.gui.forms import Choice, Fold, LineEntry, Pick, TextEntry, entries, named, number_or_none
from myomap.gui.parts import band, column, label, link, row, wrapped
from myomap.gui.visit.findings import TWITCH, shown_twitch, twitch_of
from myomap.gui.visit.marks import number_of
from myomap.gui.visit.site_card import SiteCard
from myomap.gui.visit.site_finder import SiteFinder
from myomap.gui.visit.sites import same_place
from myomap.gui.visit.step import Bench, Step
from myomap.records.edits import Ref, add, change, remove
from myomap.records.values import (
    AdverseEvent,
    AdverseKind,
    Answer,
    Bleeding,
    Needling,
    Severity,
    Site,
    Technique,
    VisitRecord,
    new_id,
)
from myomap.report.wording import how_needled, plain_words

#: Needles that are in most drawers: gauge × length in mm.
PRESETS = ((0.20, 25), (0.25, 30), (0.25, 40), (0.30, 50), (0.30, 60))
_HINT = "Click what you needled, or take it from the findings."
#: Pressing a button again so soon is one press.
_HASTE_S = 1.0
BLEEDING = [("none", "None"), ("drop", "Drop"), ("bruise", "Bruise")]
_WRONG = {
    AdverseKind.STRONG_PAIN: "Strong pain",
    AdverseKind.NERVE: "Nerve touched",
    AdverseKind.BREATHLESS: "Breathless: think of the lung",
    AdverseKind.NEEDLE_BROKEN: "Needle broken",
    AdverseKind.NEEDLE_STUCK: "Needle stuck",
}


def needle_words(gauge: float | None, length: float | None) -> str:
    """Return “0.30 × 50 mm”, empty where neither is known."""
    if gauge is None and length is None:
        return ""
    return f"{'?' if gauge is None else format(gauge, '.2f')} × {'?' if length is None else format(length, 'g')} mm"


class NeedlingCard(SiteCard):
    """One site that was needled."""

    def __init__(self, bench: Bench, needling: Needling) -> None:
        super().__init__(bench, needling.site, drop=self._drop, tip="Take this needling away")
        self.needling = needling
        self._safety()
        presets = [(needle_words(g, n), f"{g:.2f} × {n}") for g, n in PRESETS]
        self.needle = Choice("Needle (mm)", presets)
        self.twitch = Choice("Local twitch", TWITCH)
        self.bleeding = Choice("Bleeding", BLEEDING)
        self.needle_words = label("", "small")
        self.body.addWidget(self.needle_words)
        self.body.addWidget(self.needle)
        self.body.addLayout(named("Local twitch", self.twitch, 104))
        self.body.addLayout(named("Bleeding", self.bleeding, 104))
        self.needle.chosen.connect(self._on_preset)
        self.twitch.chosen.connect(lambda text: self._put(twitch=twitch_of(text)))
        self.bleeding.chosen.connect(lambda text: self._put(bleeding=Bleeding(text or "not_asked")))
        self.site_taken.connect(lambda site: self._put(site=site))
        self.problem = label("", "problem")
        self.problem.hide()
        self.more = Fold("More", self._build_more)
        self.body.addWidget(self.more)
        self.body.addWidget(self.problem)
        self._built = False
        self.show_needling(needling)

    def _safety(self) -> None:
        safety = self.bench.context.open_atlas().safety.get(self.needling.site.muscle)
        if safety is None:
            return
        if safety.risk is not RiskClass.STANDARD or safety.in_reach:
            names = ", ".join(each.name for each in safety.in_reach[:3])
            kind = "danger" if safety.risk is RiskClass.HIGH else "caution"
            words = f"In reach: {names}" if names else "Take care"
            self.body.addWidget(band(words, kind, "\n".join(f.text for f in safety.advice)))

    def _build_more(self, lines: QVBoxLayout) -> None:
        needling = self.needling
        where = needling.site.words
        self.gauge = LineEntry(f"Gauge in mm: {where}", _text(needling.gauge_mm), width=70)
        self.length = LineEntry(f"Length in mm: {where}", _text(needling.length_mm), width=70)
        self.deep = LineEntry(f"Depth in mm: {where}", _text(needling.depth_mm), width=70)
        self.insertions = LineEntry(f"Insertions: {where}", _text(needling.insertions), width=70)
        self.technique = Pick("Technique")
        for each in Technique:
            self.technique.addItem(plain_words(each).capitalize(), each)
        self.reaction = LineEntry(
            f"Reaction: {where}", needling.reaction, hint="what the patient felt or said"
        )
        Hints(self.reaction, "what the patient felt or said", "felt or said", "felt")
        self.note = TextEntry(f"Note: {where}", needling.note, hint="In your words")
        lines.addLayout(named("Trigger point", self.points, 104))
        lines.addLayout(named("Technique", self.technique, 104))
        for one, two in (
            (("Gauge, mm", self.gauge), ("Length, mm", self.length)),
            (("Depth, mm", self.deep), ("Insertions", self.insertions)),
        ):
            parts = []
            for words, entry, width in ((*one, 104), (*two, 76)):
                part = QWidget()
                part.setLayout(named(words, entry, width))
                part.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
                parts.append(part)
            lines.addLayout(wrapped(*parts, gap=12))
        lines.addLayout(named("Reaction", self.reaction, 104))
        lines.addWidget(self.note)
        for entry, field in ((self.gauge, "gauge_mm"), (self.length, "length_mm"), (self.deep, "depth_mm")):
            entry.typed.connect(lambda text, field=field: self._on_number(field, text))
        self.insertions.typed.connect(lambda text: self._on_number("insertions", text))
        self.technique.activated.connect(
            lambda at: self._put(technique=Technique(self.technique.itemData(at)))
        )
        self.reaction.typed.connect(lambda text: self._put(reaction=text, gesture="reaction"))
        self.note.typed.connect(lambda text: self._put(note=text, gesture="note"))
        self.points.site_chosen.connect(lambda site: self._put(site=site))
        self._built = True
        self.name_controls()
        self._show_more()

    def _on_preset(self, text: str) -> None:
        found = next(((g, n) for g, n in PRESETS if needle_words(g, n) == text), None)
        if found is None:
            self._put(gauge_mm=None, length_mm=None)
        else:
            self._put(gauge_mm=found[0], length_mm=float(found[1]))

    def _on_number(self, field: str, text: str) -> None:
        try:
            value = number_or_none(text)
        except ValueError as error:
            self._say(str(error))
            return
        if field == "insertions":
            if value is not None and value != int(value):
                self._say("The number of insertions is a whole number.")
                return
            self._put(insertions=None if value is None else int(value), gesture="insertions")
        else:
            self._put(**{field: value}, gesture=field)

    def _say(self, sentence: str) -> None:
        self.problem.setText(sentence)
        self.problem.setVisible(bool(sentence))

    def _put(self, **fields: Any) -> None:
        gesture = fields.pop("gesture", "")
        after = replace(self.needling, **fields)
        key = f"{self.needling.id}.{gesture}" if gesture else ""
        visit = self.bench.record.visit.id
        problems = self.bench.desk.do(
            change(self.needling, after, visit=visit, label="Change needling", gesture=key)
        )
        if problems:
            self.show_needling(self.needling)
            self._say(" ".join(each.sentence for each in problems))

    def _drop(self) -> None:
        self.bench.desk.do(remove(self.needling, visit=self.bench.record.visit.id, label="Remove needling"))

    def show_needling(self, needling: Needling) -> None:
        """Show what is kept now."""
        self.needling = needling
        self.show_site(needling.site, number_of(self.bench.record, needling.site))
        needle = needle_words(needling.gauge_mm, needling.length_mm)
        self.needle.set_current(needle)
        # one that is not in the drawer below is said all the same
        own = f": {needle}" if needle and not self.needle.current else ""
        self.needle_words.setText(f"Needle, gauge × length in mm{own}")
        self.twitch.set_current(shown_twitch(needling.twitch))
        self.bleeding.set_current("" if needling.bleeding is Bleeding.NOT_ASKED else str(needling.bleeding))
        # read here without opening anything
        self.more.set_note(how_needled(needling))
        if self._built:
            self._show_more()
        if not self._built or not any(each.unkept for each in entries(self)):
            self._say("")  # what is wrong is said for as long as it stands there
        locked = self.bench.desk.signed
        for part in (self.needle, self.twitch, self.bleeding, self.drop):
            part.setEnabled(not locked)

    def _show_more(self) -> None:
        needling = self.needling
        self.gauge.show_text(_text(needling.gauge_mm))
        self.length.show_text(_text(needling.length_mm))
        self.deep.show_text(_text(needling.depth_mm))
        self.insertions.show_text(_text(needling.insertions))
        self.technique.setCurrentIndex(list(Technique).index(needling.technique))
        self.reaction.show_text(needling.reaction)
        self.note.show_text(needling.note)


def _text(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


class NeedlingStep(Step):
    """What was needled."""

    key, title, picks = "needling", "Needling", True

    def build(self, lines: QVBoxLayout) -> None:
        self.warning = band("", "danger")
        self.warning.hide()
        self.hint = label(_HINT, "muted")
        self.offers = column(gap=4)
        self.finder = SiteFinder(self.bench)
        self.finder.chosen.connect(self.take_site)
        self.count = label("", "strong")
        self.cards: dict[str, NeedlingCard] = {}
        self._offered: tuple[Site, ...] = ()
        self.list = column(gap=8)
        for widget in (self.warning, self.hint):
            lines.addWidget(widget)
        lines.addLayout(self.offers)
        lines.addWidget(self.finder)
        lines.addLayout(self.list)
        lines.addWidget(self.count)
        self.wrong = Fold(
            "Something went wrong", self._build_adverse, open=bool(self.bench.record.adverse_events)
        )
        lines.addWidget(self.wrong)

    # -- adverse events ------------------------------------------------------------------------
    def _build_adverse(self, lines: QVBoxLayout) -> None:
        self.what = Pick("What went wrong")
        for each in AdverseKind:
            self.what.addItem(_WRONG.get(each, str(each).replace("_", " ").capitalize()), each)
        self.severity = Choice(
            "How bad", [(str(s), str(s).capitalize()) for s in Severity], "mild", optional=False
        )
        self.wrong_words = LineEntry(
            "What happened, what was done", hint="what happened, what was done", draft=True
        )
        record_it = QPushButton("Record it")
        record_it.clicked.connect(self._add_adverse)
        self._added_at = -_HASTE_S
        lines.addWidget(self.what)
        lines.addWidget(self.severity)
        lines.addWidget(self.wrong_words)
        lines.addLayout(row(None, record_it))
        self.adverse = column(gap=4)
        lines.addLayout(self.adverse)
        self._show_adverse()

    def _add_adverse(self) -> None:
        now = time.monotonic()
        if now - self._added_at < _HASTE_S:
            return  # the button was pressed twice
        event = AdverseEvent(
            new_id(),
            AdverseKind(self.what.currentData()),
            Severity(self.severity.current),
            datetime.now(UTC),
            words=self.wrong_words.text(),
        )
        if not self.bench.desk.do(add(event, visit=self.bench.record.visit.id)):
            self._added_at = now
            self.wrong_words.begin("")

    def _remove_event(self, event: AdverseEvent) -> None:
        self.bench.desk.do(remove(event, visit=self.bench.record.visit.id))

    def _show_adverse(self) -> None:
        from myomap.gui.parts import clear

        clear(self.adverse)
        for event in self.bench.record.adverse_events:
            kind = _WRONG.get(event.what, str(event.what).replace("_", " ").capitalize())
            line = QWidget()
            words = f"{kind}, {event.severity}" + (f": {event.words}" if event.words else "")
            inside = row(gap=6)
            inside.addWidget(label(words), 1)
            drop = link("Remove", partial(self._remove_event, event))
            drop.setAccessibleName(f"Remove {words}")
            inside.addWidget(drop)
            line.setLayout(inside)
            self.adverse.addWidget(line)

    # -- what is shown -------------------------------------------------------------------------
    def refresh(self, refs: frozenset[Ref]) -> None:
        record = self.bench.record
        kept = {needling.id for needling in record.needlings}
        for id in [id for id in self.cards if id not in kept]:
            card = self.cards.pop(id)
            self.list.removeWidget(card)
            card.hide()
            card.deleteLater()
        for at, needling in enumerate(record.needlings):
            held = self.cards.get(needling.id)
            if held is None:
                held = self.cards[needling.id] = NeedlingCard(self.bench, needling)
                self.list.insertWidget(at, held)
            else:
                held.show_needling(needling)
        self._show_offers()
        count = record.needled
        self.count.setText(
            f"{count.muscles} muscle{'s' if count.muscles != 1 else ''} needled. {count.words}"
            + (f" Number {count.code}." if count.code else "")
            if count.muscles
            else ""
        )
        if hasattr(self, "adverse"):
            self._show_adverse()
        actor = self.bench.session.actor
        barred = actor is not None and not actor.may_needle_on(record.visit.on)
        said = [f"Screening says YES: {words}" for words in self._screened()]
        if barred:
            said.append(
                "Your dry-needling certification is not valid on this day: needling cannot be signed by you."
            )
        self.warning.setText("\n".join(said))
        self.warning.setVisible(bool(said) and not self.bench.desk.signed)
        self.show_taking(self.finder, self.hint, _HINT, "" if record.needlings else "Nothing was needled.")

    def _screened(self) -> list[str]:
        """Return what screening found that speaks against a needle, with what to do about it."""
        screening, atlas = self.bench.record.screening, self.bench.context.open_atlas()
        found = []
        for answer in screening.answers if screening is not None else ():
            if answer.answer is Answer.YES and answer.kind in ("red_flag", "absolute"):
                item = atlas.screening.get(answer.item)
                found.append(f"{answer.question} {item.action if item is not None else ''}".strip())
        return found

    def _show_offers(self) -> None:
        from myomap.gui.parts import clear

        record = self.bench.record
        offered = tuple(
            finding.site
            for finding in (() if self.bench.desk.signed else record.findings)
            if not any(same_place(n.site, finding.site) for n in record.needlings)
        )
        if offered == self._offered:
            return  # whoever has just come to one with the keyboard stays there when something is saved
        self._offered = offered
        clear(self.offers)
        for site in offered:
            button = QPushButton(f"+ Needled: {site.words}")
            button.setProperty("kind", "offer")
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            button.setToolTip(f"Make a needling of this finding: {site.words}")
            button.clicked.connect(lambda _=False, site=site: self.take_site(site))
            self.offers.addWidget(button)

    def forget(self) -> None:
        super().forget()
        if hasattr(self, "adverse"):
            del self.adverse

    def summary(self, record: VisitRecord) -> tuple[str, bool]:
        count = record.needled
        if not count.muscles:
            return "", False
        words = f"{count.muscles} muscle{'s' if count.muscles > 1 else ''} · {count.code}"
        return words, True

    def take_site(self, site: Site) -> None:
        """Make a needling with the needle used last, or go to the one that is there."""
        record = self.bench.record
        if self.bench.desk.signed:
            return
        held = next((n for n in record.needlings if same_place(n.site, site)), None)
        if held is None:
            found = next((f.site for f in record.findings if same_place(f.site, site)), site)
            last = record.needlings[-1] if record.needlings else None
            held = Needling(
                new_id(),
                found,
                gauge_mm=last.gauge_mm if last else None,
                length_mm=last.length_mm if last else None,
                technique=last.technique if last else Technique.NOT_ASKED,
            )
            self.bench.desk.do(add(held, visit=record.visit.id, label="Add needling"))
        self.bench.maps.light(held.site)
        card = self.cards.get(held.id)
        if card is not None:
            card.twitch.focus()
