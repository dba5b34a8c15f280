"""Starts the real window on the committed atlas with a practice folder, and waits for things as a person does."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from tests.gui.waiting import wait

PASSPHRASE = "a made up passphrase"


class Program:
    """The whole program on a home folder."""

    def __init__(self, home: Path, pictures: Path | None = None) -> None:
        from myomap import bootstrap
        from myomap.gui.practice.session import State

        self._pictures = pictures
        bootstrap.make_application()
        self.context = bootstrap.make_context(home)
        self.window = bootstrap.make_window(self.context)
        self.window.resize(1440, 900)
        self.window.show()
        self.window.set_atlas(bootstrap.open_atlas())
        bootstrap.add_places(self.window, "")
        self.clinic = self.window.clinic
        assert self.clinic is not None
        self.saved: list[Path] = []
        self.folder = home / "out"
        self.folder.mkdir(exist_ok=True)
        self.context.prompts.ask = lambda title, text, yes, on_yes, danger=False: on_yes()  # type: ignore[method-assign]
        self.context.prompts.save_file = self._save_file  # type: ignore[method-assign]
        wait(lambda: self.clinic.session.state is not State.LOOKING)

    def _save_file(self, title: str, start: Path, kinds: str, on_chosen: Callable[[Path], None]) -> None:
        self.saved.append(self.folder / start.name)
        on_chosen(self.folder / start.name)

    @property
    def session(self) -> Any:
        return self.clinic.session

    @property
    def visit(self) -> Any:
        return self.clinic.visit

    def gate(self) -> Any:
        return self.clinic._late["patients"].gated.gate

    def idle(self) -> None:
        """Wait until all is saved and drawn."""
        wait(lambda: not self.session.worker.busy and not self.context.pool.busy)
        QApplication.processEvents()

    def picture(self, name: str) -> None:
        """Keep a picture of the window, if pictures are wanted."""
        if self._pictures is not None:
            self.idle()
            maps = [p.map for p in self.visit.maps.panels] if self.visit else []
            wait(lambda: all(m.settled or not m.isVisible() for m in maps))
            self.window.grab().save(str(self._pictures / f"{name}.png"))

    def close(self) -> None:
        self.window.close()
        self.window.deleteLater()
        QApplication.processEvents()

    # -- mouse ---------------------------------------------------------------------------------
    def click(self, widget: QWidget) -> None:
        """Click in the middle of a widget that is seen."""
        road = self.visit.road if self.visit is not None else None
        if road is not None and road.widget().isAncestorOf(widget):
            road.ensureWidgetVisible(widget)
            QApplication.processEvents()
        assert widget.isVisible(), widget.accessibleName()
        QTest.mouseClick(
            widget, Qt.MouseButton.LeftButton, pos=QPoint(widget.width() // 2, widget.height() // 2)
        )

    def click_map(self, panel: int, x: float, y: float) -> None:
        """Click a place of a map in its millimetres."""
        view = self.visit.maps.panels[panel].map
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.mapFromScene(QPointF(x, y)))

    def drag_map(self, panel: int, points: list[tuple[float, float]]) -> None:
        """Draw on a map."""
        view = self.visit.maps.panels[panel].map
        at = [view.mapFromScene(QPointF(*p)) for p in points]
        QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=at[0])
        for each in at[1:]:
            QTest.mouseMove(view.viewport(), each)
        QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=at[-1])

    # -- keyboard ------------------------------------------------------------------------------
    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key where the keyboard is."""
        QTest.keyClick(QApplication.focusWidget() or self.window, key, modifiers)
        QApplication.processEvents()

    def type(self, text: str) -> None:
        """Type a text where the keyboard is."""
        QTest.keyClicks(QApplication.focusWidget(), text)

    def tab_to(self, wanted: Callable[[QWidget], bool], most: int = 40, *, back: bool = False) -> None:
        """Press Tab until a widget has the keyboard."""
        came: list[str] = []
        for _ in range(most):
            held = QApplication.focusWidget()
            if held is not None and wanted(held):
                return
            came.append(f"{type(held).__name__} {held.accessibleName() if held else ''}".strip())
            self.key(Qt.Key.Key_Backtab if back else Qt.Key.Key_Tab)
        raise AssertionError(f"Tab does not come there, but to {came}")
