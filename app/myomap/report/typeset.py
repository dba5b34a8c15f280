"""Typesetting with Typst: everything in memory, so that nothing of a patient lies in a temporary file.

PDFs are produced as PDF/A-2a + PDF/UA-1. Those standards refuse a character that no font has, so a
note in a script that the shipped fonts lack is set with the system's fonts, and what those lack too
is replaced by a box with its code point, and said so on the page.
"""

import json
import logging
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from myomap.errors import MyomapError
from myomap.resources import fonts

_LOG = logging.getLogger(__name__)

_TEMPLATES = Path(__file__).with_name("templates")
_STANDARDS = ["a-2a", "ua-1"]
_LACKING = re.compile(r"the text `?\"(.+?)\"`? (?:could not be|is not|was not)", re.DOTALL)
_WORD = re.compile(r"[^\W_]+")
_ESCAPED = re.compile(r"\\u\{([0-9a-fA-F]+)\}")
#: How fine the pictures of pages are that go to a printer.
PRINT_PPI = 300.0
#: Replaced at the most, so that a hostile note cannot keep the typesetter busy.
_TRIES = 40
#: So many of the characters that cannot be printed are named.
_MOST_NAMED = 12
#: What a person calls the scripts that computers without their fonts are met with.
_SCRIPTS = {
    "CJK": "Chinese or Japanese", "HIRAGANA": "Chinese or Japanese", "KATAKANA": "Chinese or Japanese",
    "HANGUL": "Korean", "ARABIC": "Arabic", "HEBREW": "Hebrew", "DEVANAGARI": "Hindi", "THAI": "Thai",
    "BENGALI": "Bengali", "TAMIL": "Tamil", "CYRILLIC": "Russian", "GREEK": "Greek", "ARMENIAN": "Armenian",
    "GEORGIAN": "Georgian", "ETHIOPIC": "Amharic", "KHMER": "Khmer",
}  # fmt: skip


class TypesetError(MyomapError):
    """A document that could not be set."""


@dataclass(frozen=True, slots=True)
class Typeset:
    """A finished document and the characters that no font on this machine has."""

    body: bytes
    missing: tuple[str, ...] = ()
    without_logo: bool = False
    """The practice's logo could not be printed and was left out."""
    pages: tuple[bytes, ...] = ()
    """Each page as a picture, where pictures were asked for."""


@cache
def _shipped_fonts() -> Any:
    import typst

    return typst.Fonts(include_system_fonts=False, font_paths=[str(fonts())])


@cache
def _all_fonts() -> Any:
    import typst

    return typst.Fonts(include_system_fonts=True, font_paths=[str(fonts())])


@cache
def _template(name: str) -> bytes:
    return (_TEMPLATES / name).read_bytes()


def typeset(
    template: str,
    values: Mapping[str, Any],
    pictures: Mapping[str, bytes],
    *,
    made_at: datetime,
    form: str = "pdf",
    ppi: float = 144.0,
) -> Typeset:
    """Set ``templates/<template>.typ`` with ``values`` (as JSON) and pictures by file name.

    A logo that cannot be printed is left out rather than the document. ``made_at`` is the document's date:
    the same input gives the same bytes. TypesetError when Typst refuses it for another reason than a missing
    character; the log then says why, without a word of the values.
    """
    try:
        return _typeset(template, values, pictures, made_at, form, ppi)
    except TypesetError as error:
        _LOG.error("the document %s was refused: %s", template, _without(values, str(error.__cause__))[:300])
        raise


def _without(values: Mapping[str, Any], said: str) -> str:
    """Return what Typst said with every word left out that also stands in the values: it may quote them."""
    written = json.dumps(_printable(values), ensure_ascii=False, default=str).casefold()
    theirs = set(_WORD.findall(written))
    return _WORD.sub(
        lambda found: "…" if found[0].casefold() in theirs else found[0], _ESCAPED.sub("…", said)
    )


def _typeset(
    template: str,
    values: Mapping[str, Any],
    pictures: Mapping[str, bytes],
    made_at: datetime,
    form: str,
    ppi: float,
) -> Typeset:
    missing: list[str] = []
    bare = _without_logo(values)
    written = json.dumps(_printable(values), ensure_ascii=False, default=str)
    use_fonts = _shipped_fonts
    for _ in range(_TRIES):
        files = {"main": _template(f"{template}.typ"), "parts.typ": _template("parts.typ")}
        files |= dict(pictures)
        files["values.json"] = _said(written, missing)
        try:
            return _finished(_compile(files, use_fonts(), made_at, form, ppi), missing, form)
        except TypesetError as error:
            found = _LACKING.search(str(error.__cause__))
            if found is None:
                if bare is None:
                    raise
                made = _typeset(template, bare, pictures, made_at, form, ppi)
                return replace(made, without_logo=True)
            if use_fonts is _shipped_fonts:
                use_fonts = _all_fonts
                continue
            named = _ESCAPED.sub(lambda m: chr(int(m[1], 16)), found.group(1))
            lacking = {c for c in named if not c.isascii()}
            if not lacking:
                raise
            if bare is not None and not any(c in written for c in lacking):
                made = _typeset(template, bare, pictures, made_at, form, ppi)
                return replace(made, without_logo=True)  # the logo's own words
            # who lacks one character of a script lacks it: asked one run of text after the other it takes seconds
            scripts = {_script(c) for c in lacking} - {""}
            lacking |= {c for c in set(written) if scripts and _script(c) in scripts}
            missing += sorted(lacking)
            for character in lacking:
                written = written.replace(character, f"[U+{ord(character):04X}]")
    every = {c for c in written if ord(c) > 0x24F}
    missing += sorted(every - set(missing))
    for character in every:
        written = written.replace(character, "?")
    files["values.json"] = _said(written, missing)
    return _finished(_compile(files, use_fonts(), made_at, form, ppi), missing, form)


def _script(character: str) -> str:
    """Return the script that a letter belongs to, empty for signs and for Latin: of those fonts have some.

    >>> _script("痛"), _script("ألم"[0]), _script("é"), _script("→")
    ('CJK', 'ARABIC', '', '')
    """
    script = unicodedata.name(character, "").partition(" ")[0].partition("-")[0]
    return script if unicodedata.category(character).startswith("L") and script != "LATIN" else ""


def _said(written: str, missing: Sequence[str]) -> bytes:
    """Return the values with a sentence on what is in no font, and which font is missing."""
    values = json.loads(written)
    if missing:
        codes = ", ".join(f"U+{ord(c):04X}" for c in missing[:_MOST_NAMED])
        more = f" and {len(missing) - _MOST_NAMED} more" if len(missing) > _MOST_NAMED else ""
        scripts = sorted({_SCRIPTS[each] for c in missing if (each := _script(c)) in _SCRIPTS})
        cure = (
            f" To print them, install a font for {' and '.join(scripts)} and make it again."
            if scripts
            else ""
        )
        values["not_shown"] = (
            "Some characters of this text are in no font on this computer and are printed as their code: "
            f"{codes}{more}.{cure}"
        )
    return json.dumps(values, ensure_ascii=False).encode()


def _finished(pages: tuple[bytes, ...], missing: list[str], form: str) -> Typeset:
    return Typeset(b"".join(pages), tuple(missing), pages=pages if form != "pdf" else ())


def _without_logo(values: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the values with no logo, None where there is none."""
    practice = values.get("practice")
    if not isinstance(practice, Mapping) or not practice.get("logo"):
        return None
    return {**values, "practice": {**practice, "logo": ""}}


def _compile(
    files: Mapping[str, bytes], chosen: Any, made_at: datetime, form: str, ppi: float
) -> tuple[bytes, ...]:
    import typst

    standards: dict[str, Any] = {"pdf_standards": _STANDARDS} if form == "pdf" else {"ppi": ppi}
    compile_files: Any = typst.compile  # its stub does not know a dict of files
    try:
        made = compile_files(
            dict(files),
            format=form,
            font_paths=chosen,
            ignore_system_fonts=chosen is _shipped_fonts(),
            sys_inputs={"made": made_at.strftime("%Y-%m-%dT%H:%M:%S")},
            **standards,
        )
    except typst.TypstError as error:
        raise TypesetError(
            "The document could not be typeset.",
            safe="Nothing that is recorded was changed.",
            todo="If it is only this one, take what was pasted out of its words and try again. Else send the file"
            " myomap.log to whoever looks after your Myomap: it says why, and holds no patient’s words.",
        ) from error
    return (made,) if isinstance(made, bytes) else tuple(made)


def _printable(value: Any) -> Any:
    """Drop what no page can show: lone surrogates and control characters but line breaks."""
    if isinstance(value, str):
        clean = value.encode("utf-8", "replace").decode("utf-8")
        return "".join(c for c in clean if c in "\n\t" or unicodedata.category(c) != "Cc")
    if isinstance(value, Mapping):
        return {key: _printable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(each) for each in value]
    return value
