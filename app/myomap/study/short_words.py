"""Facts made short enough to be read as one of four answers: still true, without doubts and without the name.

What is left out is said after the answer, where the whole fact stands.
"""

import re
from functools import lru_cache

from myomap.anatomy.structures import Muscle
from myomap.study.grading import simplify

#: An end of a muscle is told in about so many letters, a function in so many; the first clause is told always.
MOST_END, MOST_FUNCTION = 76, 90
#: Where a fact may be cut. “Fingers II, IV and V”, “down, to the body” belong together.
_CUTS = re.compile(r"(; |\. |, (?![IVX]+\b|to\b))")
_ASIDE = re.compile(r" \((?!to\b|and\b)[^)]*\)")
_DOUBT = re.compile(r"\b(sometimes|often|perhaps|varies|now and then|uncertain)\b")
#: “Long head: …” says nothing where only one head is told.
_HEAD = re.compile(r"^[A-Z][a-z]+( and [a-z]+)? (head|belly|part): ")
#: Words of names that say only where something lies or how large it is: many places are called so.
_DIRECTION = re.compile(
    r"anterior|posterior|medial|lateral|superior|inferior|dorsal|palmar|plantar|external|internal|innermost"
    r"|superficial|cervical|thoracic|lumbar|major|minor|longus|brevis"
)


@lru_cache(1024)  # of the atlas's muscles, for every clause of theirs
def telling_words(name: str) -> frozenset[str]:
    """Return the words of a muscle's English name by which a place would be told: “obturator”, “perineal”."""
    words = simplify(name).split()
    return frozenset(word for word in words if len(word) > 4 and not _DIRECTION.fullmatch(word))


def repeats_name(muscle: Muscle, text: str) -> bool:
    """Tell whether a text has a telling word of the muscle's name."""
    return not telling_words(muscle.name_en).isdisjoint(simplify(text).split())


def name_words_in(muscle: Muscle, text: str) -> frozenset[str]:
    """Return the words of a muscle's name, also those of direction, that a text has too."""
    return frozenset(word for word in simplify(muscle.name_en).split() if len(word) > 4) & set(
        simplify(text).split()
    )


def short_end(muscle: Muscle, text: str) -> str:
    """Return where a muscle is attached, short; empty where its name would tell it."""
    return _short(muscle, _ASIDE.sub("", text), MOST_END)


def short_function(muscle: Muscle, text: str) -> str:
    """Return what a muscle does, short; empty where its name would tell it."""
    return _short(muscle, text if len(text) <= MOST_FUNCTION else _ASIDE.sub("", text), MOST_FUNCTION)


def _short(muscle: Muscle, text: str, most: int) -> str:
    """Return the first clauses. One that is doubtful or repeats the name is left out, never the first, main one."""
    first, *later = _CUTS.split(text.rstrip("."))
    if repeats_name(muscle, first):
        return ""
    said = first
    for cut, clause in zip(later[::2], later[1::2], strict=True):
        if _DOUBT.search(clause) or repeats_name(muscle, clause):
            continue
        if len(said + cut + clause) > most:
            break
        said += cut + clause
    if later and said == first:
        said = _HEAD.sub("", said)
    return said[:1].upper() + said[1:]
