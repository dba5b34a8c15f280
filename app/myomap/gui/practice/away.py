"""The line above the records while the server cannot be reached: nothing is lost, it goes on by itself."""

from PySide6.QtWidgets import QFrame, QPushButton

from myomap.gui.parts import label, row
from myomap.gui.practice.session import Session


class AwayBanner(QFrame):
    """Shown for as long as it lasts."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setProperty("kind", "danger_card")
        self._session = session
        self.words = label("", "strong")
        self.again = QPushButton("Try now")
        self.again.clicked.connect(session.knock)
        lines = row(gap=12)
        lines.setContentsMargins(16, 8, 16, 8)
        lines.addWidget(self.words, 1)
        lines.addWidget(self.again)
        self.setLayout(lines)
        session.server_changed.connect(self._show)
        session.state_changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        away = self._session.away
        self.setVisible(away is not None and self._session.is_open)
        if away is not None:
            self.words.setText(
                f"{away.what} What you type stays here and is saved when the server is back; lists may be old."
            )
