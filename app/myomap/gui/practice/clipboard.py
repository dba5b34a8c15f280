"""Copying what is secret: the clipboard has it, programs that keep what is copied are asked not to."""

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication

#: What clipboard histories look for before they keep something: KDE's and others' on Linux, then Windows'.
_KEEP_OUT = {
    "x-kde-passwordManagerHint": b"secret",
    'application/x-qt-windows-mime;value="ExcludeClipboardContentFromMonitorProcessing"': b"\0\0\0\0",
    'application/x-qt-windows-mime;value="CanIncludeInClipboardHistory"': b"\0\0\0\0",
    'application/x-qt-windows-mime;value="CanUploadToCloudClipboard"': b"\0\0\0\0",
}


def copy_secret(text: str) -> None:
    """Copy words that are not to stay in any history of the clipboard."""
    copied = QMimeData()
    copied.setText(text)
    for kind, value in _KEEP_OUT.items():
        copied.setData(kind, value)
    QGuiApplication.clipboard().setMimeData(copied)


__all__ = ["copy_secret"]
