"""What the practice sets for itself: name, address, logo, paper, units, lock, backup folder, consent."""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QGridLayout, QPushButton, QWidget

from myomap.gui.context import Context
from myomap.gui.forms import Choice, Field, LineEntry, TextEntry, number_or_none
from myomap.gui.messages import message_for
from myomap.gui.parts import column, heading, label, row, rule
from myomap.gui.practice.session import Session
from myomap.records.checks import LONGEST_LOGO, check
from myomap.records.edits import change, keep_mine
from myomap.records.errors import ConflictError, RefusedError
from myomap.records.values import Paper, PracticeSettings, PressureUnit
from myomap.report.letterhead import can_be_printed, can_be_seen

#: A logo is printed 9 mm high: more pixels than these make every document larger and none sharper.
LARGEST = QSize(1200, 400)
#: A picture with fewer pixels in a row is a spot of colour, not a logo.
LEAST = 16

PAPERS = [(str(Paper.A4), "A4"), (str(Paper.LETTER), "Letter")]


def read_logo(path: Path) -> bytes:
    """Return a logo's bytes; ValueError with a sentence for what is too large or no picture.

    The size is looked at first: a file of 100 MB is never read.
    """
    size = path.stat().st_size
    if size > LONGEST_LOGO:
        raise ValueError(
            f"This file has {size / 1e6:.1f} MB; a logo may have 1 MB. Choose a smaller picture."
        )
    body = path.read_bytes()
    problems = check(replace(PracticeSettings(), logo=body))
    if problems:
        raise ValueError(" ".join(p.sentence for p in problems))
    if not body.lstrip().startswith((b"<svg", b"<?xml", b"<!--")):
        body = _fitted(body)
    if not can_be_printed(body):
        raise ValueError("This picture cannot be printed in a PDF. Choose a PNG or JPEG file.")
    if not can_be_seen(body):
        raise ValueError(
            "Nothing of this picture is seen on white paper. Choose one in dark or strong colours."
        )
    return body


def _fitted(body: bytes) -> bytes:
    """Return a picture no larger than print needs; ValueError for what cannot be read."""
    image = QImage()
    if not image.loadFromData(body):
        raise ValueError("This picture cannot be read. Choose a PNG, JPEG or SVG file.")
    if min(image.width(), image.height()) < LEAST:
        raise ValueError(
            f"This picture has only {image.width()} × {image.height()} dots: in print nothing could be made out. "
            f"A logo needs at least {LEAST} each way, better 200."
        )
    fits = image.width() <= LARGEST.width() and image.height() <= LARGEST.height()
    if fits and can_be_printed(body):
        return body
    plain = image.convertToFormat(QImage.Format.Format_ARGB32)  # a picture in printing inks is not archivable
    small = (
        plain
        if fits
        else plain.scaled(
            LARGEST, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
    )
    held = QByteArray()
    buffer = QBuffer(held)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    small.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(held.data())


def _can_be_written(folder: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


class PracticePart(QWidget):
    """Saved as you go, one edit a field."""

    def __init__(self, context: Context, session: Session) -> None:
        super().__init__()
        self._context, self._session = context, session
        self.name = LineEntry("Name of the practice")
        self.address = TextEntry("Address", lines=2)
        self.phone = LineEntry("Phone")
        self.logo_words = label("No logo", "muted")
        self.logo_picture = label("")
        self.logo_problem = label("", "problem")
        self.logo_problem.hide()
        self.choose = QPushButton("Choose a logo …")
        self.drop = QPushButton("Remove the logo")
        self.paper = Choice("Paper", PAPERS, str(Paper.A4), optional=False)
        self.unit = Choice("Pressure", [(str(u), str(u)) for u in PressureUnit], "kPa", optional=False)
        self.lock = LineEntry("Lock after minutes", width=80)
        self.retention = LineEntry("Keep records for years", width=80)
        self.folder = LineEntry("Second backup folder", hint="a drive or a synced folder; empty for none")
        self.browse = QPushButton("Choose …")
        self.consent_version = LineEntry("Version of the consent text", width=160)
        self.consent = TextEntry("Consent text", hint="Empty: Myomap's own text", lines=3)
        self.fields = {
            "name": Field("Name of the practice", self.name),
            "address": Field("Address", self.address),
            "phone": Field("Phone", self.phone),
            "paper": Field("Paper", self.paper),
            "pressure_unit": Field("Unit of pressure", self.unit),
            "lock_after_minutes": Field("Lock after so many minutes with nobody there", self.lock),
            "retention_years": Field("Records must be kept for so many years", self.retention),
            "second_backup_folder": Field("Second folder for backups", self.folder),
            "consent_version": Field("Version of the consent text", self.consent_version),
            "consent_text": Field("Consent text", self.consent),
        }
        self._lay_out()
        self._connect()
        session.settings_changed.connect(self.refresh)

    def _lay_out(self) -> None:
        lines = column(self, gap=10)
        lines.addWidget(rule())
        lines.addWidget(heading("Practice"))
        grid = QGridLayout()
        grid.setSpacing(12)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        for name, at in {
            "name": (0, 0), "phone": (0, 1), "address": (1, 0, 1, 2), "paper": (2, 0), "pressure_unit": (2, 1),
            "lock_after_minutes": (3, 0), "retention_years": (3, 1), "consent_version": (5, 0),
        }.items():  # fmt: skip
            grid.addWidget(self.fields[name], *at)
        backup = QWidget()
        inside = row(gap=8)
        inside.addWidget(self.fields["second_backup_folder"], 1)
        inside.addWidget(
            self.browse, 0, Qt.AlignmentFlag.AlignBottom
        )  # level with its line, not with the name
        inside.setContentsMargins(0, 0, 0, 0)
        backup.setLayout(inside)
        grid.addWidget(backup, 4, 0, 1, 2)
        grid.addWidget(self.fields["consent_text"], 6, 0, 1, 2)
        lines.addLayout(grid)
        lines.addWidget(label("Logo (PNG, JPEG or SVG, at most 1 MB)", "small"))
        lines.addLayout(row(self.logo_picture, self.logo_words, self.choose, self.drop, None))
        lines.addWidget(self.logo_problem)

    def _connect(self) -> None:
        self.name.typed.connect(lambda text: self._put(name=text))
        self.address.typed.connect(lambda text: self._put(address=text))
        self.phone.typed.connect(lambda text: self._put(phone=text))
        self.paper.chosen.connect(lambda text: self._put(paper=Paper(text)))
        self.unit.chosen.connect(lambda text: self._put(pressure_unit=PressureUnit(text)))
        self.lock.typed.connect(lambda text: self._put_number("lock_after_minutes", text))
        self.retention.typed.connect(lambda text: self._put_number("retention_years", text))
        self.folder.typed.connect(self._put_folder)
        self.browse.clicked.connect(self._browse)
        self.consent_version.typed.connect(lambda text: self._put(consent_version=text))
        self.consent.typed.connect(lambda text: self._put(consent_text=text))
        self.choose.clicked.connect(self._choose_logo)
        self.drop.clicked.connect(lambda: self._put(logo=b""))

    # -- changing ------------------------------------------------------------------------------
    def _put_number(self, field: str, text: str) -> None:
        try:
            value = number_or_none(text)
            if value is None or value != int(value):
                raise ValueError("Write a whole number.")
        except ValueError as error:
            self.fields[field].show_problem(str(error))
            return
        self._put(**{field: int(value)})

    def _put_folder(self, text: str) -> None:
        path = Path(text.strip()) if text.strip() else None
        if path is not None and not path.is_dir():
            self.fields["second_backup_folder"].show_problem(f"There is no folder {path}.")
            return
        if path is not None and not _can_be_written(path):
            self.fields["second_backup_folder"].show_problem(
                f"Nothing can be written into {path}. Choose another folder; the one kept before stays in use."
            )
            return
        self._put(second_backup_folder=text.strip())

    def _browse(self) -> None:
        self._context.prompts.choose_folder("Second folder for backups", Path.home(), self._on_folder)

    def _on_folder(self, path: Path) -> None:
        self.folder.setText(str(path))
        self._put_folder(str(path))

    def _choose_logo(self) -> None:
        self._context.prompts.open_file(
            "Choose a logo", Path.home(), "Pictures (*.png *.jpg *.jpeg *.svg)", self.take_logo
        )

    def take_logo(self, path: Path) -> None:
        """Use a picture file as the logo, or say why it cannot be one."""
        try:
            body = read_logo(path)
        except ValueError as error:
            self._say_logo(str(error))
            return
        except OSError as error:
            message = message_for(error)
            self._say_logo(f"{message.title} {message.text}")
            return
        self._say_logo("")
        self._put(logo=body)

    def _say_logo(self, sentence: str) -> None:
        self.logo_problem.setText(sentence)
        self.logo_problem.setVisible(bool(sentence))

    def _put(self, **values: Any) -> None:
        before = self._session.settings
        after = replace(before, **values)
        if after == before:
            return
        problems = check(after, before=before)
        for field in self.fields.values():
            field.show_problem("")
        for problem in problems:
            if problem.field in self.fields:
                self.fields[problem.field].show_problem(problem.sentence)
            else:
                self._say_logo(problem.sentence)
        if problems:
            return
        edit = change(before, after, label="Change settings")

        def failed(error: Exception) -> None:
            if isinstance(error, ConflictError) and isinstance(error.theirs, PracticeSettings):
                # another field was changed elsewhere: only the one typed here is put over it
                mine = replace(error.theirs, **values)
                again = replace(keep_mine(edit, error), changes=change(error.theirs, mine).changes)
                self._session.apply(again, self.refresh, self._tell)
            elif isinstance(error, RefusedError):
                for each in error.problems:
                    if each.field in self.fields:
                        self.fields[each.field].show_problem(each.sentence)
            else:
                self._tell(error)
                self.refresh()

        self._session.apply(edit, lambda: None, failed)

    def _tell(self, error: Exception) -> None:
        self._context.prompts.tell(message_for(error))

    # -- what is shown -------------------------------------------------------------------------
    def refresh(self) -> None:
        """Show what is kept."""
        held = self._session.settings
        self.name.show_text(held.name)
        self.address.show_text(held.address)
        self.phone.show_text(held.phone)
        self.paper.set_current(str(held.paper))
        self.unit.set_current(str(held.pressure_unit))
        self.lock.show_text(str(held.lock_after_minutes))
        self.retention.show_text(str(held.retention_years))
        self.folder.show_text(held.second_backup_folder)
        self.consent_version.show_text(held.consent_version)
        self.consent.show_text(held.consent_text)
        pixmap = QPixmap()
        shown = bool(held.logo) and pixmap.loadFromData(held.logo)
        self.logo_picture.setVisible(shown)
        if shown:
            self.logo_picture.setPixmap(pixmap.scaledToHeight(48))
        self.logo_words.setText(
            "" if shown else f"Logo, {len(held.logo) // 1024} kB" if held.logo else "No logo"
        )
        self.drop.setVisible(bool(held.logo))
