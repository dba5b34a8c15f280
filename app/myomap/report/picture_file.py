"""Writes one map as PNG, SVG or PDF, whole or not at all."""

import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from myomap.errors import MyomapError
from myomap.report.map_svg import MapPicture, map_svg, title_of
from myomap.report.plate import plate_values
from myomap.report.typeset import typeset
from myomap.surface.atlas_source import AtlasSource

FORMS = (".png", ".svg", ".pdf")


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
    svg = map_svg(atlas, picture).encode()
    if form == ".svg":
        write_whole(out, svg)
        return
    now = datetime.now(UTC)
    if form == ".png":
        values = {"title": title_of(atlas.views[picture.view]), "paper": paper}
        frame = atlas.views[picture.view].frame
        left, top, right, bottom = picture.crop or (0.0, 0.0, frame.width, frame.height)
        ppi = pixels * 25.4 / max(right - left, bottom - top)
        made = typeset("bare", values, {"map.svg": svg}, made_at=now, form="png", ppi=ppi)
    else:
        made = typeset("plate", plate_values(atlas, picture, paper), {"map.svg": svg}, made_at=now)
    write_whole(out, made.body)


def write_whole(out: Path, body: bytes) -> None:
    """Write a file so that a failure leaves what was there before."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.", suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(out)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise MyomapError(
            f"{out} could not be written ({error.strerror}).",
            safe="What was there before is unchanged.",
            todo="Choose another folder, or close the program that has the file open.",
        ) from error
