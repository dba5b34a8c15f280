"""The fewest patterns that cover a drawing, a line each: pointing at it lights its zone, pressing it chooses it."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from myomap.gui.parts import Card, clear, column, label, row
from myomap.gui.shown import PointKey
from myomap.lookup.pattern_index import PatternKey
from myomap.lookup.ranking import Cover


class Fewest(QWidget):
    """Folded away until somebody asks for it."""

    glanced = Signal(object)
    """The PointKey that is pointed at, None when the pointer has gone."""
    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.said = label("", "small")
        self.lines: list[Card] = []
        self.keys: list[PointKey] = []
        """What each line is about."""
        self._list = column(gap=3)
        lines = column(self, gap=4)
        lines.addWidget(self.said)
        lines.addLayout(self._list)

    def show_cover(self, cover: Sequence[tuple[Cover, PatternKey, str]]) -> None:
        """Show patterns, in the order in which each adds most, with the key and name of the row of each."""
        clear(self._list)
        self.keys = [PointKey(key.trigger_point, key.laterality) for _, key, _ in cover]
        self.lines = [
            self._line(each, key, name) for (each, _, name), key in zip(cover, self.keys, strict=True)
        ]
        for line in self.lines:
            self._list.addWidget(line)
        share = round(100 * cover[-1][0].together) if cover else 0
        self.said.setText(
            f"The fewest patterns that cover the drawing. {'Together they take' if len(cover) > 1 else 'It takes'}"
            f" in {share}\N{NO-BREAK SPACE}% of it, spillover counting half."
            if cover
            else ""
        )

    def _line(self, each: Cover, key: PointKey, name: str) -> Card:
        made = Card("row", active=True)
        adds = f"adds {round(100 * each.adds)}\N{NO-BREAK SPACE}%"
        made.body.setContentsMargins(10, 4, 10, 4)
        inside = row(gap=8)
        inside.addWidget(label(name), 1)
        inside.addWidget(label(adds, "small", wrap=False))
        made.body.addLayout(inside)
        made.setAccessibleName(f"{name}, {adds} of the drawing")
        made.glanced.connect(lambda on: self.glanced.emit(key if on else None))
        made.pressed.connect(lambda: self.chosen.emit(key))
        return made
