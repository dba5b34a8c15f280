"""Widespread pain: the index counted from the drawing or typed, severity asked item by item (2016 criteria)."""

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtWidgets import QCheckBox, QPushButton, QWidget

from myomap.gui.forms import Choice, LineEntry, number_or_none
from myomap.gui.parts import column, label, row
from myomap.records.edits import add, change
from myomap.records.values import Kind, Moment, WidespreadPain, single_id

if TYPE_CHECKING:
    from myomap.gui.visit.step import Bench
    from myomap.surface.atlas_source import AtlasSource
    from myomap.surface.cells import Cells

_GRADED = ("Tiredness", "Waking unrefreshed", "Trouble thinking or remembering")
_ASKED = ("Headaches in the last six months", "Pain or cramps in the lower belly", "Depression")
_GRADES = [("0", "None"), ("1", "Slight"), ("2", "Moderate"), ("3", "Severe")]
#: An area counts when at least this share of it, or this much skin (mm²), is drawn.
SHARE, LEAST_MM2 = 0.10, 1000.0
#: The five regions of the 2016 criteria; jaw, chest and belly are not among them.
GROUPS = ("left_upper", "right_upper", "left_lower", "right_lower", "axial")


def count_areas(atlas: "AtlasSource", drawn: "Cells") -> tuple[int, int]:
    """Return how many WPI areas are drawn (0-19) and in how many of the five regions they lie."""
    held = atlas.region_sets.get("wpi")
    if held is None or not drawn:
        return 0, 0
    numbers = atlas.skin.set_area["wpi"]
    area = atlas.skin.area_mm2[drawn.ids].astype(np.float64)
    touched = np.bincount(np.maximum(numbers[drawn.ids] + 1, 0), area)
    count, groups = 0, set()
    for each in held.areas:
        at = each.number + 1
        inside = float(touched[at]) if at < len(touched) else 0.0
        if inside >= min(LEAST_MM2, SHARE * each.area_cm2 * 100):
            count += 1
            if each.group in GROUPS:
                groups.add(each.group)
    return count, len(groups)


def rule_words(wpi: int, sss: int, groups: int) -> str:
    """Return what the 2016 criteria say of the numbers, in our own words; never a diagnosis."""
    scores = (wpi >= 7 and sss >= 5) or (4 <= wpi <= 6 and sss >= 9)
    first = f"Pain in {groups} of 5 body regions ({'at least four' if groups >= 4 else 'fewer than four'})."
    second = "The scores are in the range that" if scores else "The scores are below the range that"
    return (
        f"{first} {second} the 2016 fibromyalgia criteria ask for (WPI 7 and SSS 5, or WPI 4-6 and SSS 9; "
        "present for three months). A count, not a diagnosis."
    )


class WidespreadForm(QWidget):
    """Counts and asks; keeps both numbers as one value of the visit."""

    def __init__(self, bench: "Bench", moment: Moment) -> None:
        super().__init__()
        self._bench, self._moment = bench, moment
        self.wpi = LineEntry("Widespread pain index", hint="0-19", width=70)
        self.count = QPushButton("Count from the drawing")
        self.graded = [Choice(name, _GRADES, "0", optional=False) for name in _GRADED]
        self.asked = [QCheckBox(name) for name in _ASKED]
        self.total = label("", "strong")
        self.rule = label("", "small")
        self.keep = QPushButton("Keep WPI and SSS")
        self.problem = label("", "problem")
        self.problem.hide()
        lines = column(self, gap=6)
        lines.addLayout(row(label("WPI", wrap=False), self.wpi, self.count, None))
        lines.addWidget(label("Severity in the last week", "small"))
        for name, choice in zip(_GRADED, self.graded, strict=True):
            lines.addWidget(label(name, "small"))
            lines.addWidget(choice)
            choice.chosen.connect(lambda _: self._show_total())
        for box in self.asked:
            lines.addWidget(box)
            box.toggled.connect(lambda _: self._show_total())
        lines.addWidget(self.total)
        lines.addWidget(self.rule)
        lines.addWidget(self.problem)
        lines.addLayout(row(None, self.keep))
        self.kept = label("", "muted")
        lines.addWidget(self.kept)
        self._groups = 0
        self.count.clicked.connect(self._count)
        self.keep.clicked.connect(self._keep)
        self.wpi.typed.connect(lambda _: self._show_total())
        self._show_total()
        self.refresh()

    @property
    def sss(self) -> int:
        """The symptom severity score of what is chosen."""
        return sum(int(c.current or 0) for c in self.graded) + sum(b.isChecked() for b in self.asked)

    def _count(self) -> None:
        from myomap.report.drawing_maps import drawn_cells

        atlas = self._bench.context.open_atlas()
        drawn = drawn_cells(atlas, self._bench.record.strokes, self._moment)
        count, self._groups = count_areas(atlas, drawn)
        self.wpi.setText(str(count))
        self._show_total()

    def _show_total(self) -> None:
        self.total.setText(f"SSS {self.sss} of 12")
        try:
            wpi = number_or_none(self.wpi.text())
        except ValueError:
            wpi = None
        if wpi is not None and self._groups:
            self.rule.setText(rule_words(int(wpi), self.sss, self._groups))
        else:
            self.rule.setText("")

    def _keep(self) -> None:
        self.problem.hide()
        try:
            wpi = number_or_none(self.wpi.text())
        except ValueError as error:
            self._say(str(error))
            return
        if wpi is None or wpi != int(wpi):
            self._say("The widespread pain index is a whole number from 0 to 19.")
            return
        held = self._held()
        visit = self._bench.record.visit.id
        one = single_id(visit, Kind.WIDESPREAD_PAIN, self._moment)
        made = WidespreadPain(held.id if held else one, self._moment, int(wpi), self.sss)
        edit = change(held, made, visit=visit) if held else add(made, visit=visit)
        problems = self._bench.desk.do(edit)
        if problems:
            self._say(" ".join(p.sentence for p in problems))

    def _say(self, sentence: str) -> None:
        self.problem.setText(sentence)
        self.problem.show()

    def _held(self) -> WidespreadPain | None:
        found = [w for w in self._bench.record.widespread if w.moment is self._moment]
        return found[-1] if found else None

    def refresh(self) -> None:
        """Show what is kept."""
        held = self._held()
        self.kept.setText(f"Kept: WPI {held.wpi}, SSS {held.sss}." if held else "")
        if held is not None and not self.wpi.text():
            self.wpi.setText(str(held.wpi))
        self.keep.setEnabled(not self._bench.desk.signed)
