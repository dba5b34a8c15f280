"""Which screen the patient looks at: chosen in the settings, remembered by its name, found again or replaced."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import QDialog, QLabel, QPushButton, QWidget

from myomap.gui.context import Context
from myomap.gui.parts import column, label, row
from myomap.gui.settings import WindowSettings

#: How long the numbers stand on the screens.
SHOWN_MS = 4000
#: The choices that are no screen's name.
OTHER, THIS, ASK, NAMED = "other", "this", "ask", "named"


def screen_words(number: int, screen: QScreen) -> str:
    """Return “Screen 2: HDMI-1, 1920 × 1080”, with the maker's word for it where the system knows it."""
    size = screen.size() * screen.devicePixelRatio()
    named = ", ".join(dict.fromkeys(word for word in (screen.model().strip(), screen.name()) if word))
    return f"Screen {number}: {named}, {size.width()} × {size.height()}"


def wanted_screen(
    settings: WindowSettings, own: QScreen | None, screens: Sequence[QScreen]
) -> QScreen | None:
    """Return the screen to explain on; None if it is to be asked.

    A screen that is chosen by name but not there now is replaced: by the other screen, else by this one.
    """
    others = [screen for screen in screens if own is None or screen.name() != own.name()]
    if not others or settings.explain_on == THIS:
        return own or (screens[0] if screens else None)
    if settings.explain_on == ASK:
        return None
    if settings.explain_on == NAMED:
        found = next((s for s in screens if s.name() == settings.explain_screen), None)
        if found is not None:
            return found
    return others[0]


class ScreenNumbers:
    """Large numbers on all screens for a moment: which is which."""

    def __init__(self) -> None:
        self.signs: list[QWidget] = []
        self._timer = QTimer()
        self._timer.setSingleShot(True)
        self._timer.setInterval(SHOWN_MS)
        self._timer.timeout.connect(self.hide)

    def show(self, context: Context, *, stay: bool = False) -> None:
        """Put a number on every screen; it takes no keyboard, and goes away by itself unless it is to ``stay``."""
        self.hide()
        chrome = context.look.chrome
        for number, screen in enumerate(QGuiApplication.screens(), 1):
            words = screen_words(number, screen)
            sign = QLabel(f"<div style='font-size:140px'>{number}</div><div>{words.partition(': ')[2]}</div>")
            sign.setAccessibleName(words)
            sign.setWindowFlags(
                Qt.WindowType.ToolTip
                | Qt.WindowType.FramelessWindowHint
                | Qt.WindowType.WindowStaysOnTopHint
                | Qt.WindowType.WindowTransparentForInput
            )
            sign.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
            sign.setAlignment(Qt.AlignmentFlag.AlignCenter)
            sign.setStyleSheet(
                f"background: {chrome.accent}; color: {chrome.on_accent}; padding: 32px;"
                f"font-size: {context.look.px(22)}px;"
            )
            sign.adjustSize()
            sign.setScreen(screen)
            place = screen.availableGeometry()
            x = place.center().x() - sign.width() // 2
            sign.move(x, place.bottom() - sign.height() - 48)  # below a question in the middle
            sign.show()
            self.signs.append(sign)
        if not stay:
            self._timer.start()

    def hide(self) -> None:
        """Take the numbers away."""
        self._timer.stop()
        for sign in self.signs:
            sign.close()
            sign.deleteLater()
        self.signs = []


class ScreenQuestion(QDialog):
    """Asks on which screen the patient looks, each time. The numbers stand on the screens meanwhile."""

    def __init__(
        self, context: Context, on_chosen: Callable[[QScreen], None], parent: QWidget | None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Myomap")
        self._numbers = ScreenNumbers()
        lines = column(self, margin=24, gap=12)
        lines.addWidget(label("Which screen does the patient look at?", "strong"))
        self.choices: list[QPushButton] = []
        for number, screen in enumerate(QGuiApplication.screens(), 1):
            button = QPushButton(screen_words(number, screen))
            button.setMinimumHeight(44)
            button.clicked.connect(partial(self._choose, screen.name(), on_chosen))
            lines.addWidget(button)
            self.choices.append(button)
        cancel = QPushButton("Cancel")
        cancel.clicked.connect(self.reject)
        lines.addLayout(row(None, cancel))
        self.finished.connect(lambda _: self._numbers.hide())
        self._numbers.show(context, stay=True)

    def _choose(self, name: str, on_chosen: Callable[[QScreen], None], _: bool = False) -> None:
        found = next((s for s in QGuiApplication.screens() if s.name() == name), None)
        self.accept()
        on_chosen(found or QGuiApplication.primaryScreen())
