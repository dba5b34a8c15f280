"""Writes a deck as an Anki package with pictures: question on the front, answer and source on the back."""

import html
import os
import re
import zlib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import Layer
from myomap.errors import MyomapError
from myomap.report.map_svg import MapPicture, map_svg, title_of
from myomap.report.picture_file import write_whole
from myomap.report.typeset import typeset
from myomap.study.decks import Deck, Difficulty
from myomap.study.exam import right_words
from myomap.study.makers import QuestionMaker
from myomap.study.questions import AnswerKind, Question
from myomap.surface.atlas_source import AtlasSource

#: The model's number: Anki knows the note type again by it, and `store.anki_package` Myomap's own notes.
MODEL_ID = 1_607_392_731
MODEL_NAME = "Myomap question"
FIELDS = ("Question", "Picture", "Options", "Answer", "AnswerPicture", "Why", "Source", "Card")
#: The package stays below this many bytes …
MOST_BYTES = 18_000_000
#: … with pictures of at most and at least so many pixels across.
WIDEST, NARROWEST = 460, 140
#: Bytes of a picture by its pixels, measured on the maps: as PNG, and made smaller (JPEG).
BYTES_A_PIXEL = {False: 0.75, True: 0.15}
#: So many seeds are tried to get all cards of a muscle on the same side, so that they share pictures.
SEEDS = 12
#: Pictures show the lit place with this much of the body round it (mm).
ROUND = 90.0

#: Makes one file of a genanki deck and its pictures by name.
Packer = Callable[[Any, Mapping[str, bytes]], bytes]

_FRONT = """<div class="prompt">{{Question}}</div>{{Picture}}
{{#Options}}<div class="options">{{Options}}</div>{{/Options}}"""
_BACK = """<div class="prompt">{{Question}}</div>{{AnswerPicture}}<hr id="answer"><div class="answer">{{Answer}}</div>
<div class="why">{{Why}}</div><div class="source">{{Source}}</div>"""
_CSS = """.card { font-family: "Atkinson Hyperlegible", sans-serif; font-size: 18px; text-align: center; }
.prompt { font-weight: bold; margin: 8px; } .answer { font-weight: bold; font-size: 20px; margin: 8px; }
.options { text-align: left; display: inline-block; } .why { margin: 8px; }
.source { color: #777; font-size: 13px; margin: 8px; } img { max-width: 100%; border-radius: 8px; }"""


class ExportStoppedError(Exception):
    """The student gave up waiting; nothing was written."""


def write_package(
    atlas: AtlasSource,
    maker: QuestionMaker,
    deck: Deck,
    out: Path,
    pack: Packer,
    *,
    most: int = MOST_BYTES,
    on_card: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] = lambda: False,
    shrink: Callable[[bytes], bytes] | None = None,
) -> int:
    """Write the deck to ``out`` and return how many cards it has; MyomapError where it cannot be written.

    ``pack`` makes one file of it (store.anki_package.pack). Nothing is written but ``out``, and that at the
    end: a window that is closed meanwhile leaves no pictures behind.
    The pictures are drawn as large as the package's size allows. ``on_card`` hears of (done, all);
    ExportStoppedError when ``stop`` says so between two cards;
    ``shrink`` makes a JPEG of a PNG (Qt can; this module has no picture library).
    """
    import genanki

    questions = [q for card in maker.cards(deck) if (q := _question(maker, card)) is not None]
    if not questions:
        raise MyomapError("This deck has no cards to export.", todo="Choose another deck.")
    wanted: dict[tuple[object, ...], tuple[Question, bool]] = {}
    for question in questions:
        for answered in (False, True):
            if question.view:
                wanted.setdefault(_drawn_key(question, answered), (question, answered))
    across = _width_for(len(wanted), most, shrinks=shrink is not None)
    model: Any = genanki.Model(
        MODEL_ID,
        MODEL_NAME,
        fields=[{"name": name} for name in FIELDS],
        templates=[{"name": "Card", "qfmt": _FRONT, "afmt": _BACK}],
        css=_CSS,
    )
    made: Any = genanki.Deck(_deck_id(deck), f"Myomap::{deck.name}")
    drawn = _draw_all(
        lambda which: _picture(atlas, *which, across, shrink),
        wanted,
        lambda done: (
            on_card(done * len(questions) // max(1, len(wanted)), len(questions)) if on_card else None
        ),
        stop,
    )
    names = {key: name for key, (name, _) in drawn.items()}
    for question in questions:
        tags = [
            f'<img src="{names[_drawn_key(question, answered)]}">' if question.view else ""
            for answered in (False, True)
        ]
        made.add_note(_note(model, question, tags))
    media = dict(drawn.values())
    write_whole(out, pack(made, media))
    return len(questions)


def _deck_id(deck: Deck) -> int:
    return (1 << 30) + zlib.crc32(deck.name.encode()) % (1 << 29)


def _question(maker: QuestionMaker, card: str) -> Question | None:
    """Return the question of a card on the side on which the other cards of the muscle are, where it can be."""
    wanted = ("right", "left")[zlib.crc32(maker.muscle_of(card).encode()) % 2]
    seeds = (s for s in range(1, SEEDS + 1) if maker.side_of(card, s) in (wanted, Laterality.MIDLINE))
    return maker.make(card, next(seeds, 1), Difficulty.OPTIONS)


def _drawn_key(question: Question, answered: bool) -> tuple[object, ...]:
    """Return what decides how a picture looks: equal keys are the same picture."""
    patterns = question.after_patterns if answered else question.patterns
    lit = (question.after_lit if answered else question.lit) if question.layer is not Layer.SKIN else ()
    shows_cross = bool(patterns) and (answered or bool(question.crosses))
    hides = question.hides_sides and not answered
    return (question.view, question.layer, patterns, lit, shows_cross, hides, _place_of(question))


def _place_of(question: Question) -> tuple[object, ...]:
    """Return what decides which part of the view is drawn."""
    on_skin = question.layer is Layer.SKIN
    keys = () if on_skin else tuple(sorted({str(k) for k in question.lit + question.after_lit}))
    return keys, tuple(sorted({str(k) for k in question.patterns + question.after_patterns}))


def _width_for(pictures: int, most: int, *, shrinks: bool = False) -> int:
    if not pictures:
        return WIDEST
    pixels = most / pictures / BYTES_A_PIXEL[shrinks]
    return int(min(WIDEST, max(NARROWEST, (pixels / 1.1) ** 0.5)))


def _note(model: Any, question: Question, pictures: list[str]) -> Any:
    import genanki

    options = ""
    if question.options:
        lines = "".join(f"<li>{html.escape(option.text)}</li>" for option in question.options)
        options = f"<ul>{lines}</ul>"
    answer = right_words(question)
    if question.answer in (AnswerKind.CLICK, AnswerKind.PAINT):
        answer = "See the picture."
    fields = (
        html.escape(question.prompt),
        pictures[0],
        options,
        html.escape(answer),
        pictures[1],
        "<br>".join(html.escape(text) for text in question.because),
        html.escape(question.source),
        html.escape(question.card),
    )
    return genanki.Note(
        model=model,
        fields=list(fields),
        guid=genanki.guid_for("myomap", question.card),
        tags=[f"myomap::{question.body_part}", f"myomap::{question.kind}"],
    )


def _draw_all(
    draw: Callable[[tuple[Question, bool]], bytes],
    wanted: Mapping[tuple[object, ...], tuple[Question, bool]],
    on_drawn: Callable[[int], object],
    stop: Callable[[], bool],
) -> dict[tuple[object, ...], tuple[str, bytes]]:
    """Draw each picture once, on all cores but one, and return its file's name and body by its key.

    Typst lets other threads run meanwhile. Those of one view are drawn after each other: they share its outlines.
    """
    keys = sorted(wanted, key=lambda key: (key[0], str(key[1])))
    drawn: dict[tuple[object, ...], tuple[str, bytes]] = {}
    with ThreadPoolExecutor(max(1, (os.cpu_count() or 2) - 1)) as pool:
        begun = [pool.submit(draw, wanted[key]) for key in keys]
        try:
            for key, future in zip(keys, begun, strict=True):
                body = future.result()
                if stop():
                    raise ExportStoppedError
                end = "png" if body.startswith(b"\x89PNG") else "jpg"
                drawn[key] = (f"myomap-{zlib.crc32(repr(key).encode()):08x}-{len(drawn)}.{end}", body)
                on_drawn(len(drawn))
        finally:
            pool.shutdown(cancel_futures=True)
    return drawn


def _picture(
    atlas: AtlasSource, question: Question, answered: bool, across: int, shrink: Callable[[bytes], bytes] | None
) -> bytes:  # fmt: skip
    """Return the map of a question, or of its answer, as a picture."""
    _, _, patterns, lit, shows_cross, hides, _ = _drawn_key(question, answered)
    crop = _crop(atlas, question)
    grain = across / (crop[2] - crop[0])
    svg = map_svg(
        atlas,
        MapPicture(
            view=question.view,
            layer=question.layer,
            patterns=question.after_patterns if patterns else (),
            selected=(question.after_lit or question.lit) if lit else (),
            crop=crop,
            tone="full" if atlas.tone_reader is not None else "coarse",
            grain=grain,
            places=bool(shows_cross),
        ),
    )
    if hides:
        svg = re.sub(r'<g class="sides">.*?</g>', "", svg)  # R and L would be the answer
    values = {"title": title_of(atlas.views[question.view]), "paper": "a4"}
    made = typeset(
        "bare", values, {"map.svg": svg.encode()}, made_at=datetime.now(UTC), form="png", ppi=grain * 25.4
    )
    return shrink(made.body) if shrink is not None else made.body


def _crop(atlas: AtlasSource, question: Question) -> tuple[float, float, float, float]:
    """Return the part of the view to draw: the asked place somewhere in it, never in its exact middle."""
    frame = atlas.views[question.view].frame
    box = _asked_box(atlas, question)
    if box is None or frame.width * frame.height < 150_000:
        return (0.0, 0.0, frame.width, frame.height)
    left, top, right, bottom = box
    side = min(max(right - left, bottom - top) + 2 * ROUND, frame.width, frame.height)
    shift = (zlib.crc32(repr(_place_of(question)).encode()) % 100 / 100 - 0.5) * ROUND
    x = min(max(0.0, (left + right - side) / 2 + shift), frame.width - side)
    y = min(max(0.0, (top + bottom - side) / 2 - shift), frame.height - side)
    return (x, y, x + side, y + max(side, bottom - top))


def _asked_box(atlas: AtlasSource, question: Question) -> tuple[float, float, float, float] | None:
    boxes = []
    keys = set(question.lit + question.after_lit)
    if question.layer is not Layer.SKIN and keys:
        boxes = [o.shape.bounds for o in atlas.outlines(question.view, question.layer) if o.key in keys]
    for pattern in question.patterns + question.after_patterns:
        zone = atlas.zone(pattern.trigger_point, pattern.laterality).essential
        shape = atlas.view_map(question.view).outline(zone)
        if not shape.is_empty:
            boxes.append(shape.bounds)
    if not boxes:
        return None
    return (
        min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)
    )  # fmt: skip
