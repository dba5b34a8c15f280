"""Where the records are: the folder on this computer, or a server for several workplaces."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from myomap.gui.context import Context
from myomap.gui.forms import Field, Fold
from myomap.gui.messages import message_for
from myomap.gui.parts import Card, column, heading, label, row, rule
from myomap.gui.practice.aside import Aside
from myomap.gui.practice.session import Session
from myomap.gui.practice.welcome import secret
from myomap.gui.settings import save
from myomap.records.errors import ServerAwayError
from myomap.records.server import PORT, ServerAddress, ServerDoors, ServerState


def state_words(state: ServerState, address: ServerAddress) -> str:
    """Return what looking at a server found, in words."""
    if state.tls:
        safe = f"The connection is encrypted ({state.tls}) and the server’s certificate was checked."
    else:
        safe = "The connection is not encrypted; it does not leave this computer."
    if state.has_practice:
        there = "There is a practice on it: its passphrase opens it."
    elif state.is_empty:
        there = "There is no practice on it yet: you can make one there."
    else:
        there = f"The database “{address.name}” is used by something else. Ask for an empty one."
    return f"PostgreSQL {state.version.split(' ')[0]}. {safe} {there}"


class ServerPart(QWidget):
    """The connection, tried before it is used."""

    def __init__(
        self,
        context: Context,
        session: Session,
        doors: ServerDoors | None,
        move: Callable[[], None],
        fixed: str = "",
    ) -> None:
        super().__init__()
        self._context, self._session, self._doors, self._move, self._fixed = (
            context,
            session,
            doors,
            move,
            fixed,
        )
        self._aside = Aside()
        self._turn = 0
        self.now = label("", "muted", selectable=True)
        self.host, self.name, self.user, self.certificate = (QLineEdit() for _ in range(4))
        self.port = QLineEdit(str(PORT))
        self.password = secret("Password of the login")
        self.host.setPlaceholderText("records.example.org")
        self.certificate.setPlaceholderText("empty: as the system trusts")
        self.fields = {
            "host": Field("Server", self.host),
            "port": Field("Port", self.port),
            "name": Field("Database", self.name),
            "user": Field("Login", self.user),
            "password": Field("Password of the login", self.password),
            "certificate": Field("File with the authority’s certificate", self.certificate),
        }
        self.browse = QPushButton("Choose …")
        self.test = QPushButton("Test the connection")
        self.use = QPushButton("Use this server")
        self.use.setProperty("kind", "primary")
        self.back = QPushButton("Use the folder on this computer again")
        self.card = Card()
        self.title, self.text = label("", "strong"), label("", "muted")
        for each in (self.title, self.text):
            self.card.body.addWidget(each)
        lines = column(self, gap=10)
        lines.addWidget(rule())
        lines.addWidget(heading("Where the records are"))
        lines.addWidget(self.now)
        lines.addLayout(row(self.back, None))
        self.fold = Fold("A server, for several workplaces", self._build)
        self.fold.setVisible(doors is not None and not fixed)
        lines.addWidget(self.fold)
        self.test.clicked.connect(self._test)
        self.use.clicked.connect(self._use)
        self.back.clicked.connect(self._go_back)
        self.browse.clicked.connect(self._browse)
        for line in (self.host, self.port, self.name, self.user, self.password, self.certificate):
            line.textEdited.connect(lambda _: self._forget_result())
            line.returnPressed.connect(self._test)
        self._forget_result()
        self._fill(
            ServerAddress.read(context.settings.database) if context.settings.database else ServerAddress()
        )

    def _build(self, lines: QVBoxLayout) -> None:
        lines.addWidget(
            label(
                "A PostgreSQL server keeps the records for all workplaces; every change is seen on all of them, and"
                " nobody overwrites anybody. Whoever looks after the server gives you these. To another computer the"
                " connection is always encrypted (TLS) and the server’s certificate checked; else nothing is sent.",
                "muted",
            )
        )
        grid = QGridLayout()
        grid.setSpacing(10)
        grid.setColumnStretch(0, 3)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self.fields["host"], 0, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self.fields["port"], 0, 1, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self.fields["name"], 1, 0, 1, 2)
        grid.addWidget(self.fields["user"], 2, 0, 1, 2)
        grid.addWidget(self.fields["password"], 3, 0, 1, 2)
        lines.addLayout(grid)
        lines.addWidget(
            label(
                "Kept in this computer’s keyring if there is one; otherwise it is asked at each start.",
                "small",
            )
        )
        across = row(gap=8)
        across.addWidget(self.fields["certificate"], 1)
        across.addWidget(self.browse, 0, Qt.AlignmentFlag.AlignBottom)
        lines.addLayout(across)
        lines.addLayout(row(self.test, None, self.use))
        lines.addWidget(self.card)

    def _fill(self, address: ServerAddress) -> None:
        self.host.setText(address.host)
        self.port.setText(str(address.port))
        self.name.setText(address.name)
        self.user.setText(address.user)
        self.certificate.setText(address.certificate)

    # -- trying --------------------------------------------------------------------------------
    def _address(self) -> ServerAddress | None:
        """Return what is written, or None with the sentences beside the fields."""
        port = int(self.port.text()) if self.port.text().strip().isdigit() else 0
        made = ServerAddress(
            self.host.text().strip(), self.name.text().strip(), self.user.text().strip(), port,
            self.certificate.text().strip(),
        )  # fmt: skip
        found = {each.field: each.sentence for each in made.problems()}
        if made.certificate and not Path(made.certificate).is_file():
            found["certificate"] = f"There is no file {made.certificate}."
        for name, field in self.fields.items():
            field.show_problem(found.get(name, ""))
        return None if found else made

    def _test(self) -> None:
        address = self._address()
        if address is None or self._doors is None or not self.test.isEnabled():
            return
        doors, password = self._doors, self.password.text()
        self._turn += 1
        turn = self._turn
        self.test.setEnabled(False)
        self.test.setText("Connecting …")
        self.card.hide()

        def work() -> ServerState:
            return doors.look_at(address, password or doors.kept_password(address))

        def known(state: ServerState) -> None:
            if turn == self._turn:
                self._free()
                self._show(
                    "Connected.", state_words(state, address), good=state.has_practice or state.is_empty
                )

        def failed(error: Exception) -> None:
            if turn == self._turn:
                self._free()
                message = message_for(error)
                # nothing was to be saved: of a server that is away only what to do is of use
                text = error.todo if isinstance(error, ServerAwayError) else message.text
                self._show(message.title, text, good=False)

        self._aside.run(work, known, failed)

    def _show(self, title: str, text: str, *, good: bool) -> None:
        self.title.setText(title)
        self.text.setText(text)
        self.card.setProperty("kind", "card" if good or title == "Connected." else "danger_card")
        self.card.style().unpolish(self.card)
        self.card.style().polish(self.card)
        self.card.show()
        self.use.setEnabled(good)

    def _free(self) -> None:
        self.test.setEnabled(True)
        self.test.setText("Test the connection")

    def _forget_result(self) -> None:
        """What was tried is not what is written now."""
        self._turn += 1
        self._free()
        self.card.hide()
        self.use.setEnabled(False)

    def _browse(self) -> None:
        def chosen(path: Path) -> None:
            self.certificate.setText(str(path))
            self._forget_result()

        self._context.prompts.open_file(
            "The authority’s certificate", Path.home(), "Certificates (*.crt *.pem)", chosen
        )

    # -- using ---------------------------------------------------------------------------------
    def _use(self) -> None:
        address = self._address()
        if address is None or self._doors is None:
            return
        doors, password = self._doors, self.password.text()
        self.use.setEnabled(False)

        def kept(_: bool) -> None:
            self.password.setText("")
            self._keep(address.url())
            self._session.server_password = password
            self._move()

        if password:
            self._aside.run(lambda: doors.keep_password(address, password), kept)
        else:
            kept(False)

    def _go_back(self) -> None:
        doors, url = self._doors, self._context.settings.database
        if doors is not None and url:
            address = ServerAddress.read(url)
            self._aside.run(lambda: doors.keep_password(address, ""), lambda _: None)
        self._session.server_password = ""
        self._keep("")
        self._move()

    def _keep(self, url: str) -> None:
        self._context.settings.database = url
        if not save(self._context.home, self._context.settings):
            self._context.prompts.say("This cannot be remembered: the settings’ folder cannot be written.")
        self.refresh()

    # -- what is shown -------------------------------------------------------------------------
    def refresh(self) -> None:
        """Say where the records are."""
        place, url = self._session.place, self._context.settings.database
        where = place.where if place is not None else ""
        if self._fixed:
            self.now.setText(f"On the server given with --database: {where}")
        elif url:
            address = ServerAddress.read(url)
            self.now.setText(f"On the server {address.host}, database {address.name}, as {address.user}.")
        else:
            self.now.setText(
                f"In a folder on this computer: {where}" if where else "In a folder on this computer."
            )
        self.back.setVisible(bool(url) and not self._fixed)

    def forget(self) -> None:
        """Empty the password."""
        self.password.setText("")
