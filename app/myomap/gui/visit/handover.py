"""Hand over: documents on paper or as files, and what the patient is shown on the screen."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QCheckBox, QPushButton, QVBoxLayout, QWidget

from myomap.errors import MyomapError
from myomap.gui.forms import Fold
from myomap.gui.messages import message_for
from myomap.gui.parts import column, label, row
from myomap.gui.visit.documents import DOCUMENTS, Document, Papers, default_name, write_whole
from myomap.gui.visit.printing import print_pages
from myomap.gui.visit.step import Bench, Step
from myomap.records.edits import Ref
from myomap.records.practice import Deed
from myomap.records.values import VisitRecord

if TYPE_CHECKING:
    from PySide6.QtPrintSupport import QPrinter

    from myomap.report.typeset import Typeset

#: What takes longer can be cancelled.
LONG_MS = 700
#: So many characters that no font has are named at the most.
_MOST_NAMED = 12


class HandOverStep(Step):
    """What leaves the room with the patient."""

    key, title = "hand_over", "Hand over"
    shut = False

    def __init__(self, number: int, bench: Bench) -> None:
        super().__init__(number, bench)
        self.explain: Callable[[], object] = lambda: None
        self.written: list[Path] = []
        self._stopped = threading.Event()
        """Set to give up the document that is being made: its file is not written."""
        self._long = QTimer(self)
        self._long.setSingleShot(True)
        self._long.setInterval(LONG_MS)
        self._long.timeout.connect(self._on_long)

    def build(self, lines: QVBoxLayout) -> None:
        self.show_button = QPushButton("Explain on the patient's screen")
        self.show_button.setProperty("kind", "primary")
        self.show_button.setToolTip(
            "A clean view in plain words: the muscle, where it sends pain, before and after"
        )
        self.show_button.clicked.connect(lambda: self.explain())
        lines.addLayout(row(self.show_button, None))
        self.show_why = label("It shows what was found or needled; nothing is yet.", "small")
        lines.addWidget(self.show_why)
        lines.addWidget(label("Documents: save as PDF, or print", "heading"))
        self.draft = label("This visit is not signed: its report says that it is a draft.", "muted")
        lines.addWidget(self.draft)
        self.buttons: dict[str, QPushButton] = {}
        self.print_buttons: dict[str, QPushButton] = {}
        for document in DOCUMENTS:
            if document.deed is Deed.PRINTED:
                across = row()
                across.addWidget(self._button(document), 1)
                across.addWidget(self._printer_button(document))
                what = column(gap=2)
                what.addLayout(across)
                what.addWidget(label(document.tip, "small"))
                lines.addLayout(what)
        self.said = label("", "muted", selectable=True)
        self.said.hide()
        self.stop = QPushButton("Cancel")
        self.stop.hide()
        self.stop.clicked.connect(lambda: self._stopped.set())
        self.open_it = QPushButton("Open it, to read or print")
        self.open_it.clicked.connect(self._open_written)
        self.open_it.hide()
        lines.addWidget(self.said)
        lines.addLayout(row(self.open_it, self.stop, None))
        self.with_name = QCheckBox("Put the patient's name into file names")
        lines.addWidget(self.with_name)
        lines.addWidget(Fold("Files for other programs", self._build_exports))

    def _build_exports(self, lines: QVBoxLayout) -> None:
        for document in DOCUMENTS:
            if document.deed is Deed.EXPORTED:
                what = column(gap=2)
                what.addWidget(self._button(document))
                what.addWidget(label(document.tip, "small"))
                lines.addLayout(what)

    def _button(self, document: Document) -> QPushButton:
        button = QPushButton(f"{document.title} …")
        button.setToolTip(f"{document.tip}: choose where to save it")
        button.setAccessibleDescription(document.tip)
        button.clicked.connect(partial(self.choose_file, document))
        self.buttons[document.key] = button
        return button

    def _printer_button(self, document: Document) -> QPushButton:
        button = QPushButton("Print …")
        button.setToolTip(f"Print the {document.title.lower()}; no file is left")
        button.setAccessibleName(f"Print the {document.title.lower()}")
        button.clicked.connect(partial(self.choose_printer, document))
        self.print_buttons[document.key] = button
        return button

    def choose_file(self, document: Document) -> None:
        """Ask where to write a document, then write it."""
        patient = self.bench.desk.patient
        assert patient is not None
        name = default_name(document, self.bench.record, patient, with_name=self.with_name.isChecked())
        folder = next((f for f in (Path.home() / "Documents", Path.home()) if f.is_dir()), Path.home())
        self.bench.context.prompts.save_file(
            f"Write the {document.title.lower()}",
            folder / name,
            document.kinds,
            partial(self.write, document),
        )

    def choose_printer(self, document: Document) -> None:
        """Ask which printer, then print a document there."""
        title = document.title.lower()
        self.bench.context.prompts.printer(f"Print the {title}", partial(self.print_on, document))

    def write(self, document: Document, path: Path) -> None:
        """Make a document off the window's thread and write it whole."""
        self._make(document, "pdf", partial(_write, path), partial(self._on_written, path))

    def print_on(self, document: Document, printer: "QPrinter") -> None:
        """Make a document off the window's thread and print it, without a file in between."""
        self._make(document, "png", lambda made: None, partial(self._on_ready, printer))

    def _make(
        self,
        document: Document,
        form: str,
        keep: "Callable[[Typeset], None]",
        then: "Callable[[Document, bool, Typeset], None]",
    ) -> None:
        """Make a document and keep it, off the window's thread; ``then`` hears if its visit still lies open."""
        desk, session = self.bench.desk, self.bench.session
        patient, record = desk.patient, desk.record
        assert patient is not None
        assert record is not None
        papers = Papers(
            self.bench.context.open_atlas(),
            patient,
            record,
            session.settings,
            session.people,
            datetime.now().astimezone(),
            form,
        )
        self.open_it.hide()
        self._say(f"Making the {document.title.lower()} …")
        self._enable(document, on=False)
        self._stopped = stopped = threading.Event()
        self._long.start()
        body = self.body

        def make(course: Sequence[VisitRecord]) -> None:
            self.bench.context.pool.run(
                partial(_made, document, papers, course, keep, stopped),
                partial(self._on_made, document, record.visit.id, body, then),
                partial(self._on_error, document, body),
            )

        if document.whole_course:
            session.read(
                lambda practice: practice.course(patient.id), make, partial(self._on_error, document, body)
            )
        else:
            make((record,))

    def _enable(self, document: Document, *, on: bool) -> None:
        for buttons in (self.buttons, self.print_buttons):
            if document.key in buttons:
                buttons[document.key].setEnabled(on)

    def _on_long(self) -> None:
        if self.body is not None:
            self.stop.show()

    def _ended(self, document: Document, body: QWidget | None) -> bool:
        """Nothing is being made any more; tell whether the visit that it was made of still lies open."""
        if body is None or body is not self.body:
            return False
        self._long.stop()
        self.stop.hide()
        self._enable(document, on=True)
        return True

    def _on_made(
        self,
        document: Document,
        visit: str,
        body: QWidget | None,
        then: "Callable[[Document, bool, Typeset], None]",
        made: "Typeset | None",
    ) -> None:
        seen = self._ended(document, body)
        if made is None:
            if seen:
                self._say("Cancelled. Nothing was written.")
            return
        if self.bench.session.is_open:
            self.bench.session.note(document.deed, visit, document.key)
        then(document, seen, made)

    def _on_written(self, path: Path, document: Document, seen: bool, made: "Typeset") -> None:
        self.written.append(path)
        if not seen:
            return
        self._say(" ".join([f"Written: {path.name}, in {path.parent}.", *left_out(made)]))
        self.open_it.setVisible(path.suffix == ".pdf")
        held = self.window().focusWidget()
        if held is None or self.isAncestorOf(held):
            self.open_it.setFocus()  # nobody is busy elsewhere

    def _on_ready(self, printer: "QPrinter", document: Document, seen: bool, made: "Typeset") -> None:
        try:
            print_pages(made.pages, printer)
        except MyomapError as error:
            self._on_error(document, self.body, error)
            return
        if seen:
            pages = "1 page" if len(made.pages) == 1 else f"{len(made.pages)} pages"
            self._say(" ".join([f"Sent to the printer: {document.title.lower()}, {pages}.", *left_out(made)]))

    def _say(self, words: str) -> None:
        self.said.setText(words)
        self.said.setVisible(bool(words))

    def _open_written(self) -> None:
        if self.written and not QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.written[-1]))):
            self._say(f"No program here opens PDF files. It lies at {self.written[-1]}.")

    def _on_error(self, document: Document, body: QWidget | None, error: Exception) -> None:
        if self._ended(document, body):
            self._say("")
        self.bench.context.prompts.tell(message_for(error))

    def refresh(self, refs: frozenset[Ref]) -> None:
        something = bool(self.bench.record.findings or self.bench.record.needlings)
        self.show_button.setEnabled(something)
        self.show_why.setVisible(not something)
        self.draft.setVisible(not self.bench.desk.signed)

    def summary(self, record: VisitRecord) -> tuple[str, bool]:
        return "", False


def _made(
    document: Document,
    papers: Papers,
    course: Sequence[VisitRecord],
    keep: "Callable[[Typeset], None]",
    stopped: threading.Event,
) -> "Typeset | None":
    """Make a document and keep it; None if it was given up meanwhile."""
    made = document.make(papers, course)
    if stopped.is_set():
        return None
    keep(made)
    return made


def _write(path: Path, made: "Typeset") -> None:
    write_whole(path, made.body)


def left_out(made: "Typeset") -> list[str]:
    """Return sentences on what of the practice or of the words could not be printed."""
    said = []
    if made.missing:
        characters = " ".join(made.missing[:_MOST_NAMED])
        said.append(f"No font here has: {characters}; boxes with their code stand in their place.")
    if made.without_logo:
        said.append("The practice's logo could not be printed and was left out: choose another in Settings.")
    return said
