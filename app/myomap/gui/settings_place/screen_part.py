"""Which screen the patient looks at while something is explained."""

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from myomap.gui.context import Context
from myomap.gui.explain.screens import ASK, NAMED, OTHER, THIS, ScreenNumbers, screen_words
from myomap.gui.forms import Choice, Field
from myomap.gui.parts import clear, column, label, row
from myomap.gui.settings import save

_CHOICES = [(OTHER, "The other screen"), (THIS, "This screen"), (ASK, "Ask each time")]


class ScreenPart(QWidget):
    """The choice, made anew when a screen comes or goes."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self.numbers = ScreenNumbers()
        self.said = label("", "small")
        self.which = QPushButton("Show which screen is which")
        self.which.clicked.connect(lambda: self.numbers.show(context))
        holder = QWidget()
        self._held: QVBoxLayout = column(holder, gap=0)
        lines = column(self, gap=6)
        lines.addWidget(holder)
        lines.addWidget(self.said)
        lines.addLayout(row(self.which, None))
        app = QGuiApplication.instance()
        assert isinstance(app, QGuiApplication)
        app.screenAdded.connect(self.refresh)
        app.screenRemoved.connect(self.refresh)
        self.refresh()

    def refresh(self, _: object = None) -> None:
        """Show the screens that are there now, and the one that is remembered."""
        settings, screens = self._context.settings, QGuiApplication.screens()
        several = len(screens) > 1
        named = [(f"{NAMED}:{s.name()}", screen_words(at, s)) for at, s in enumerate(screens, 1)]
        current = settings.explain_on
        if current == NAMED:
            current = f"{NAMED}:{settings.explain_screen}"
        gone = current.startswith(f"{NAMED}:") and current not in dict(named)
        clear(self._held)
        self.choice = Choice(
            "Explain is shown on",
            [*_CHOICES, *(named if several else [])],
            OTHER if gone else current,
            optional=False,
        )
        self.choice.chosen.connect(self._on_chosen)
        self._held.addWidget(Field("Where the patient's screen is shown", self.choice))
        self.which.setVisible(several)
        words = "" if several else "One screen is connected: Explain fills it, Esc leads back."
        if gone:
            instead = "the other" if several else "this"
            words = f"{settings.explain_screen} is not connected; until it is, {instead} screen is used."
        self.said.setText(words)
        self.said.setVisible(bool(words))

    def _on_chosen(self, value: str) -> None:
        settings = self._context.settings
        on, _, name = value.partition(":")
        settings.explain_on = on
        if name:
            settings.explain_screen = name
        save(self._context.home, settings)
        self.said.hide()
