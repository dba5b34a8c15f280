"""The practice at the head of a page: name, address and logo."""

import base64
from typing import Any

from myomap.records.values import PracticeSettings
from myomap.report.wording import one_line

#: The logo's name among a document's pictures.
LOGO = "logo.svg"
#: A logo is at the most so many times as wide as high on the page; a wider one is fitted into that.
_WIDEST = 4.0
#: JPEG markers that are followed by the picture's size.
_SIZES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})


def letterhead(practice: PracticeSettings, pictures: dict[str, bytes]) -> dict[str, Any]:
    """Return the template's ``practice``; the logo goes into ``pictures``."""
    made = {"name": practice.name or "Myomap", "address": one_line(practice.address), "logo": ""}
    if practice.logo:
        pictures[LOGO] = logo_svg(practice.logo)
        made["logo"] = LOGO
    return made


def logo_svg(logo: bytes) -> bytes:
    """Return a logo as SVG; Typst is given texts only, so a PNG or JPEG is put into one."""
    head = logo[:512].lstrip()
    if head.startswith((b"<svg", b"<?xml", b"<!--")):
        return logo
    kind = "png" if head.startswith(b"\x89PNG") else "jpeg"
    wide, high = _size(logo) or (300, 100)
    wide = min(wide, round(_WIDEST * high))
    held = base64.b64encode(logo).decode()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" '
        f'viewBox="0 0 {wide} {high}"><image width="{wide}" height="{high}" '
        f'preserveAspectRatio="xMinYMid meet" href="data:image/{kind};base64,{held}"/></svg>'
    ).encode()


def _size(logo: bytes) -> tuple[int, int] | None:
    """Return width and height of a PNG or JPEG, None where they are not found."""
    if logo.startswith(b"\x89PNG") and len(logo) >= 24:
        return int.from_bytes(logo[16:20], "big") or 1, int.from_bytes(logo[20:24], "big") or 1
    at = 2
    while at + 9 <= len(logo) and logo[at] == 0xFF:
        marker, length = logo[at + 1], int.from_bytes(logo[at + 2 : at + 4], "big")
        if marker in _SIZES:
            high = int.from_bytes(logo[at + 5 : at + 7], "big")
            return int.from_bytes(logo[at + 7 : at + 9], "big") or 1, high or 1
        at += 2 + length
    return None


def can_be_seen(logo: bytes) -> bool:
    """Tell whether anything of a logo is on paper: a transparent or white one is printed as nothing."""
    from datetime import UTC, datetime

    from myomap.report.typeset import TypesetError, typeset

    made_at, svg = datetime(2026, 1, 1, tzinfo=UTC), {LOGO: logo_svg(logo)}
    try:
        shown, hidden = (
            typeset("logo", {"hidden": each}, svg, made_at=made_at, form="png").body for each in (False, True)
        )
    except TypesetError:
        return False
    return shown != hidden


def can_be_printed(logo: bytes) -> bool:
    """Tell whether a document can be set with a logo: asked once, when it is chosen."""
    from datetime import UTC, datetime

    from myomap.report.typeset import TypesetError, typeset

    pictures: dict[str, bytes] = {}
    values = {
        "title": "Logo",
        "paper": "a4",
        "practice": letterhead(PracticeSettings(logo=logo), pictures),
        "foot": "",
    }
    try:
        return not typeset("page", values, pictures, made_at=datetime(2026, 1, 1, tzinfo=UTC)).without_logo
    except TypesetError:
        return False
