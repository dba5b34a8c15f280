"""Printing a document without a file in between: its pages as pictures, drawn on the printer."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from myomap.errors import MyomapError

if TYPE_CHECKING:
    from PySide6.QtPrintSupport import QPrinter


def print_pages(pages: Sequence[bytes], printer: "QPrinter") -> None:
    """Draw each page on a sheet, as large as the paper allows; MyomapError if the printer does not take it."""
    printer.setFullPage(True)  # the pages have margins of their own
    painter = QPainter()
    if not painter.begin(printer):
        raise MyomapError(
            "The printer does not take the page.",
            safe="Nothing that is recorded was changed.",
            todo="Choose another printer, or save it as a PDF.",
        )
    try:
        for number, body in enumerate(pages):
            if number and not printer.newPage():
                raise MyomapError(
                    f"The printer took {number} of {len(pages)} pages.",
                    todo="Look at the printer, then print again.",
                )
            page = QImage.fromData(body)
            sheet = QRectF(printer.pageLayout().fullRectPixels(printer.resolution()))
            scale = min(sheet.width() / page.width(), sheet.height() / page.height())
            wide, high = page.width() * scale, page.height() * scale
            where = QRectF((sheet.width() - wide) / 2, (sheet.height() - high) / 2, wide, high)
            painter.drawImage(where, page)
    finally:
        painter.end()
