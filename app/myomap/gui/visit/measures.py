"""Measures before and after: pain 0-10 at the fingertips; range of motion, pressure, widespread pain folded."""

from dataclasses import replace
from functools import partial
from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from myomap.anatomy.laterality import Laterality
from myomap.gui.flow import Flow
from myomap.gui.forms import Fold, LineEntry, Pick, named, number_or_none, numbers
from myomap.gui.parts import Segments, clear, column, label, link, row
from myomap.gui.visit.step import Bench, Step
from myomap.gui.visit.widespread import WidespreadForm
from myomap.gui.words import sided, within
from myomap.records.edits import Edit, Ref, add, change, remove
from myomap.records.joints import JOINTS, norm
from myomap.records.values import (
    Kind,
    Moment,
    PainScale,
    PainScore,
    PressureThreshold,
    PressureUnit,
    RangeOfMotion,
    Site,
    VisitRecord,
    new_id,
    single_id,
)

#: Movements of the spine that go to a side.
_TO_A_SIDE = frozenset({"side_bending", "rotation"})


class MeasuresStep(Step):
    """Numbers of one moment of the visit."""

    moment: ClassVar[Moment]

    def __init__(self, number: int, bench: Bench) -> None:
        super().__init__(number, bench)
        self.moments = {Moment.BEFORE: "before", Moment.AFTER: "after"}

    def build(self, lines: QVBoxLayout) -> None:
        record = self.bench.record
        self.asked = label("", "small")
        lines.addWidget(self.asked)
        self.pain = numbers(f"Pain {self.moments[self.moment]}", None)
        self.pain.chosen.connect(lambda text: self._put_score(PainScale.NRS, text))
        lines.addWidget(self.pain)
        self.problem = self._problem(lines)
        ranges = [r for r in record.ranges if r.moment is self.moment]
        presses = [p for p in record.thresholds if p.moment is self.moment]
        self.more = Fold("Other pain scales", self._build_scales)
        self.rom = Fold("Range of motion", self._build_ranges, open=bool(ranges))
        self.ppt = Fold("Pressure pain threshold", self._build_pressure, open=bool(presses))
        self.wpi = Fold("Widespread pain (WPI, SSS)", self._build_widespread)
        for fold in (self.more, self.rom, self.ppt, self.wpi):
            lines.addWidget(fold)

    # -- pain scores ---------------------------------------------------------------------------
    def _put_score(self, scale: PainScale, text: str) -> None:
        record = self.bench.record
        held = record.pain(self.moment, scale)
        visit = record.visit.id
        label_ = f"Pain {self.moments[self.moment]}"
        beside = self.vas_problem if scale is PainScale.VAS else self.problem
        try:
            value = number_or_none(text)
        except ValueError as error:
            self._say(str(error), beside)
            return
        if value is None:
            if held is not None:
                self._do(remove(held, visit=visit, label=label_), beside)
        elif held is None:
            one = single_id(visit, Kind.PAIN_SCORE, self.moment, scale, "now")
            score = PainScore(one, self.moment, scale, value, "now")
            self._do(add(score, visit=visit, label=label_), beside)
        elif held.value != value:
            self._do(change(held, replace(held, value=value), visit=visit, label=label_), beside)
        else:
            self._say("", beside)
            self.refresh(frozenset())

    def _do(self, edit: Edit, beside: QLabel | None = None) -> bool:
        problems = self.bench.desk.do(edit)
        self._say(" ".join(each.sentence for each in problems), beside)
        return not problems

    def _say(self, sentence: str, beside: QLabel | None = None) -> None:
        """Say what is wrong, beside its field."""
        said = beside or self.problem
        said.setText(sentence)
        said.setVisible(bool(sentence))

    @staticmethod
    def _problem(lines: QVBoxLayout) -> QLabel:
        made = label("", "problem")
        made.hide()
        lines.addWidget(made)
        return made

    def _build_scales(self, lines: QVBoxLayout) -> None:
        self.vas = LineEntry("Mark on the line, mm", hint="0-100", width=80)
        self.vas.typed.connect(lambda text: self._put_score(PainScale.VAS, text))
        lines.addLayout(named("VAS, mm (0-100)", self.vas))
        self.vas_problem = self._problem(lines)
        self.worst = numbers("Worst this week", None)
        lines.addWidget(label("Worst this week, 0-10", "small"))
        lines.addWidget(self.worst)
        self.worst.chosen.connect(self._put_worst)
        self._show_scales()

    def _worst_held(self) -> PainScore | None:
        return next(
            (
                s
                for s in self.bench.record.pain_scores
                if s.moment is self.moment and s.scale is PainScale.NRS and s.about == "worst this week"
            ),
            None,
        )

    def _put_worst(self, text: str) -> None:
        held, visit = self._worst_held(), self.bench.record.visit.id
        if not text:
            if held is not None:
                self._do(remove(held, visit=visit))
        elif held is None:
            about = "worst this week"
            one = single_id(visit, Kind.PAIN_SCORE, self.moment, PainScale.NRS, about)
            score = PainScore(one, self.moment, PainScale.NRS, float(text), about)
            self._do(add(score, visit=visit))
        else:
            self._do(change(held, replace(held, value=float(text)), visit=visit))

    def _show_scales(self) -> None:
        vas = self.bench.record.pain(self.moment, PainScale.VAS)
        self.vas.show_text("" if vas is None else f"{vas.value:g}")
        worst = self._worst_held()
        self.worst.set_current("" if worst is None else f"{worst.value:g}")

    # -- range of motion -----------------------------------------------------------------------
    def _build_ranges(self, lines: QVBoxLayout) -> None:
        self.joint, self.movement = Pick("Joint"), Pick("Movement")
        for joint in JOINTS.values():
            self.joint.addItem(joint.name, joint.id)
        self.joint.currentIndexChanged.connect(lambda _: self._fill_movements())
        self.rom_side = Segments("Side", [("right", "Right"), ("left", "Left")], "")
        self.degrees = LineEntry("Degrees", hint="degrees", width=110, draft=True)
        put = QPushButton("Add")
        put.setAccessibleName("Add this range of motion")
        put.clicked.connect(self._add_range)
        self.degrees.returnPressed.connect(self._add_range)
        choose = row(gap=6)
        choose.addWidget(self.joint, 1)
        choose.addWidget(self.movement, 1)
        lines.addLayout(choose)
        values = Flow(6)
        for widget in (self.rom_side, self.degrees, put):
            values.addWidget(widget)
        lines.addLayout(values)
        self.rom_problem = self._problem(lines)
        self.norm = label("", "small")
        lines.addWidget(self.norm)
        self.range_list = column(gap=2)
        lines.addLayout(self.range_list)
        self.movement.currentIndexChanged.connect(lambda _: self._show_norm())
        self._fill_movements()
        self._show_ranges()

    def _fill_movements(self) -> None:
        joint = JOINTS[str(self.joint.currentData())]
        self.movement.clear()
        for movement in joint.movements:
            self.movement.addItem(movement.name, movement.id)
        self.rom_side.choose_none()

    def _sided(self) -> bool:
        """Tell whether a movement has a side: a paired joint, or the spine turned or bent to one."""
        joint, movement = JOINTS[str(self.joint.currentData())], str(self.movement.currentData())
        return joint.sided or movement in _TO_A_SIDE

    def _show_norm(self) -> None:
        self.rom_side.setVisible(self._sided())
        found = norm(str(self.joint.currentData()), str(self.movement.currentData()))
        self.norm.setText(f"Norm {found[0]:g}° ({found[1]})" if found else "")

    def _add_range(self) -> None:
        try:
            degrees = number_or_none(self.degrees.text())
        except ValueError as error:
            self._say(str(error), self.rom_problem)
            return
        if degrees is None:
            self._say("How many degrees?", self.rom_problem)
            self.degrees.setFocus()
            return
        if self._sided() and not self.rom_side.current:
            self._say("Right or left?", self.rom_problem)
            self.rom_side.buttons["right"].setFocus()
            return
        joint, movement = str(self.joint.currentData()), str(self.movement.currentData())
        found = norm(joint, movement)
        made = RangeOfMotion(
            new_id(),
            self.moment,
            joint,
            movement,
            Laterality(self.rom_side.current) if self._sided() else Laterality.MIDLINE,
            degrees,
            norm_degrees=found[0] if found else None,
            norm_source=found[1] if found else "",
        )
        if self._do(add(made, visit=self.bench.record.visit.id), self.rom_problem):
            self.degrees.begin("")

    def _show_ranges(self) -> None:
        record = self.bench.record
        clear(self.range_list)
        for each in record.ranges:
            if each.moment is self.moment:
                joint = JOINTS.get(each.joint)
                movement = joint.movement(each.movement) if joint else None
                name = f"{joint.name if joint else each.joint}, {movement.name.lower() if movement else each.movement}"
                name = within(name) if each.laterality.spoken else name
                words = f"{sided(each.laterality, name)}: {each.degrees:g}°"
                if each.norm_degrees is not None:
                    words += f" (norm {each.norm_degrees:g}°)"
                self.range_list.addWidget(self._line(words, remove(each, visit=record.visit.id)))

    def _line(self, words: str, taking_away: Edit) -> QWidget:
        made = QWidget()
        inside = row(gap=6)
        inside.addWidget(label(words), 1)
        if not self.bench.desk.signed:
            drop = link("Remove", partial(self._do, taking_away))
            drop.setAccessibleName(f"Remove {words}")
            inside.addWidget(drop, 0, Qt.AlignmentFlag.AlignTop)
        made.setLayout(inside)
        return made

    # -- pressure ------------------------------------------------------------------------------
    def _build_pressure(self, lines: QVBoxLayout) -> None:
        self.ppt_site = Pick("Where the pressure was measured")
        self.pressure = LineEntry("Pressure as read", width=80, draft=True)
        self.unit = Pick("Unit")
        for unit in PressureUnit:
            self.unit.addItem(str(unit), unit)
        self.unit.setCurrentIndex(list(PressureUnit).index(self.bench.session.settings.pressure_unit))
        put = QPushButton("Add")
        put.setAccessibleName("Add this pressure threshold")
        put.clicked.connect(self._add_pressure)
        self.pressure.returnPressed.connect(self._add_pressure)
        lines.addWidget(self.ppt_site)
        lines.addLayout(row(self.pressure, self.unit, put, None, gap=6))
        self.ppt_problem = self._problem(lines)
        self.ppt_list = column(gap=2)
        lines.addLayout(self.ppt_list)
        self._show_pressure()

    def _sites(self) -> list[Site]:
        record = self.bench.record
        found = [f.site for f in record.findings] + [n.site for n in record.needlings]
        found += [t.site for t in record.thresholds]
        return list({(s.key, s.trigger_point, s.x, s.y): s for s in found}.values())

    def _add_pressure(self) -> None:
        sites, at = self._sites(), self.ppt_site.currentIndex()
        if not sites:
            self._say("Add a finding first: the pressure is measured at its site.", self.ppt_problem)
            return
        try:
            value = number_or_none(self.pressure.text())
        except ValueError as error:
            self._say(str(error), self.ppt_problem)
            return
        if value is None:
            self._say("What did the algometer show?", self.ppt_problem)
            return
        unit = PressureUnit(self.unit.currentData())
        made = PressureThreshold.read(new_id(), self.moment, sites[max(0, at)], value, unit)
        if self._do(add(made, visit=self.bench.record.visit.id), self.ppt_problem):
            self.pressure.begin("")

    def _show_pressure(self) -> None:
        record, at = self.bench.record, self.ppt_site.currentIndex()
        self.ppt_site.clear()
        for site in self._sites():
            self.ppt_site.addItem(site.words)
        if not self.ppt_site.count():
            self.ppt_site.addItem("No site yet: add a finding first")
        self.ppt_site.setCurrentIndex(min(max(0, at), self.ppt_site.count() - 1))
        clear(self.ppt_list)
        for each in record.thresholds:
            if each.moment is self.moment:
                kpa = "" if each.read_unit is PressureUnit.KPA else f" ({each.kpa:.0f} kPa)"
                words = f"{each.site.words}: {each.read_value:g} {each.read_unit}{kpa}"
                self.ppt_list.addWidget(self._line(words, remove(each, visit=record.visit.id)))

    # -- widespread pain -----------------------------------------------------------------------
    def _build_widespread(self, lines: QVBoxLayout) -> None:
        self.widespread = WidespreadForm(self.bench, self.moment)
        lines.addWidget(self.widespread)

    # -- what is shown -------------------------------------------------------------------------
    def refresh(self, refs: frozenset[Ref]) -> None:
        held = self.bench.record.pain(self.moment, PainScale.NRS)
        earlier = self.bench.record.pain(Moment.BEFORE, PainScale.NRS)
        then = f" (before: {earlier.value:g})" if earlier is not None and self.moment is Moment.AFTER else ""
        self.asked.setText(f"Pain now, {self.moments[self.moment]}{then}: 0 none, 10 the worst")
        self.pain.set_current("" if held is None else f"{held.value:g}")
        self.pain.setEnabled(not self.bench.desk.signed)
        if hasattr(self, "vas"):
            self._show_scales()
        if hasattr(self, "range_list"):
            self._show_ranges()
        if hasattr(self, "ppt_list"):
            self._show_pressure()
        if hasattr(self, "widespread"):
            self.widespread.refresh()

    def forget(self) -> None:
        super().forget()
        for name in ("vas", "range_list", "ppt_list", "widespread"):
            if hasattr(self, name):
                delattr(self, name)

    def summary(self, record: VisitRecord) -> tuple[str, bool]:
        held = record.pain(self.moment, PainScale.NRS)
        parts = [f"pain {held.value:g}"] if held is not None else []
        before = record.pain(Moment.BEFORE, PainScale.NRS)
        if self.moment is Moment.AFTER and held is not None and before is not None:
            step = held.value - before.value
            word = "better" if step < 0 else "worse" if step > 0 else "same"
            sign = "−" if step < 0 else "+" if step > 0 else "±"
            parts = [f"pain {before.value:g} to {held.value:g} ({sign}{abs(step):g}, {word})"]
        ranges = [r for r in record.ranges if r.moment is self.moment]
        if ranges:
            parts.append(f"{len(ranges)} range{'s' if len(ranges) > 1 else ''} of motion")
        presses = [p for p in record.thresholds if p.moment is self.moment]
        if presses:
            parts.append(f"{len(presses)} pressure")
        return ", ".join(parts), bool(parts)


class BeforeStep(MeasuresStep):
    """Numbers before treatment."""

    key, title = "before", "Measures before"
    moment = Moment.BEFORE


class AfterStep(MeasuresStep):
    """Numbers after treatment."""

    key, title = "after", "Measures after"
    moment = Moment.AFTER
