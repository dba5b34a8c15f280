"""Writes one map as PNG, SVG or PDF, whole or not at all."""

import errno
import os
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from myomap.errors import MyomapError
from myomap.report.map_svg import MapPicture, grain_for, map_svg, title_of
from myomap.report.plate import plate_values
from myomap.report.typeset import typeset
from myomap.surface.atlas_source import AtlasSource

#: How tall the map of a plate is at most (templates/plate.typ).
PLATE_MM = 150.0
FORMS = (".png", ".svg", ".pdf")
#: So many letters of a file's name are in that of the part that is being written.
_PART_OF_NAME = 40


def write_picture(
    atlas: AtlasSource, picture: MapPicture, out: Path, *, paper: str = "a4", pixels: int = 2400
) -> None:
    """Write the map to ``out`` by its ending; ``pixels`` is a PNG's longer side.

    MyomapError for another ending or an unwritable place.
    """
    form = out.suffix.lower()
    if form not in FORMS:
        raise MyomapError(
            f"“{out.suffix}” is no picture that can be written.", todo="Use .png, .svg or .pdf."
        )
    wide, tall = _shown_mm(atlas, picture)
    if form == ".pdf":
        picture = replace(picture, grain=grain_for(PLATE_MM, tall))
    svg = map_svg(atlas, picture).encode()
    if form == ".svg":
        write_whole(out, svg)
        return
    now = datetime.now(UTC)
    if form == ".png":
        values = {"title": title_of(atlas.views[picture.view]), "paper": paper}
        ppi = pixels * 25.4 / max(wide, tall)
        made = typeset("bare", values, {"map.svg": svg}, made_at=now, form="png", ppi=ppi)
    else:
        made = typeset("plate", plate_values(atlas, picture, paper), {"map.svg": svg}, made_at=now)
    write_whole(out, made.body)


def _shown_mm(atlas: AtlasSource, picture: MapPicture) -> tuple[float, float]:
    """Return how much of the view is shown; UnknownIdError for a view that is not there."""
    if picture.view not in atlas.views:
        atlas.outlines(picture.view, picture.layer)  # raises with the words for it
    frame = atlas.views[picture.view].frame
    left, top, right, bottom = picture.crop or (0.0, 0.0, frame.width, frame.height)
    return right - left, bottom - top


def write_whole(out: Path, body: bytes) -> None:
    """Write a file so that a failure leaves what was there before; MyomapError says why and what to do.

    A link is followed: what it points to is written, and the link stays. A device or a pipe is refused: it would
    be replaced by a file.
    """
    made = False
    try:
        target = _target(out)
        target.parent.mkdir(parents=True, exist_ok=True)
        # letters of some scripts take four bytes, and a name may have 255
        handle, temporary = tempfile.mkstemp(
            dir=target.parent, prefix=f".{target.name[:_PART_OF_NAME]}.", suffix=".part"
        )
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            made = True
            Path(temporary).replace(target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        why, todo = _reason(error, made=made)
        raise MyomapError(
            f"{_short(out)} could not be written: {why}.",
            safe="What was there before is unchanged, and nothing that is recorded is lost.",
            todo=todo,
        ) from error


def _target(out: Path) -> Path:
    if out.is_symlink():
        try:
            out = out.resolve()
        except RuntimeError as error:  # how Python 3.11 and 3.12 say that links go round in a circle
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP)) from error
    if out.exists() and not (out.is_file() or out.is_dir()):
        raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
    return out


_REASONS = {
    errno.EFBIG: ("no file may be so large here", "Choose another disk."),
    errno.ELOOP: ("its links go round in a circle", "Choose another name."),
    errno.ENOSPC: ("the disk is full", "Make room on it, or choose another disk."),
    errno.EDQUOT: ("your share of the disk is full", "Make room on it, or choose another disk."),
    errno.EROFS: ("this disk cannot be written", "Choose another folder."),
    errno.ENAMETOOLONG: ("the name is too long", "Choose a shorter one."),
    errno.EISDIR: ("there is a folder of this name", "Choose another name."),
    errno.ENOENT: ("the folder is not there", "Choose another folder; is the drive connected?"),
    errno.ENOTDIR: ("the folder is not there", "Choose another folder."),
    errno.EEXIST: ("the folder is not there", "Choose another folder."),
    errno.ENODEV: ("this is a device, not a file", "Choose another name."),
    errno.EIO: ("the disk does not answer", "Choose another disk; is the drive connected?"),
}


def _reason(error: OSError, *, made: bool) -> tuple[str, str]:
    """Return why and what to do; ``made`` says that the folder took the new file, but not under its name."""
    if isinstance(error, PermissionError):
        if made:
            return "another program has it open", "Close it there and write again, or choose another name."
        return "this folder may not be written", "Choose another folder."
    other = (error.strerror or type(error).__name__, "Choose another folder.")
    return _REASONS.get(error.errno or 0, other)


def _short(path: Path) -> str:
    """Return a path that a sentence can hold."""
    text = str(path)
    return text if len(text) <= 120 else f"{text[:40]} … {text[-60:]}"
