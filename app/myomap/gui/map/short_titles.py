"""Shorter titles of views for narrow places. What goes first is detail; the side is never cut."""

from collections.abc import Callable, Iterator

#: What is shown in fewer words.
_SHORT = {
    "Head and neck": "Head",
    "Platysma and scalp muscles": "Platysma",
    "Trunk and hip without the arm": "Trunk, no arm",
    "Pterygoid muscles": "Pterygoids",
    "Prevertebral muscles": "Prevertebral",
    "Deepest muscles of the back": "Deepest back",
    "Diaphragm and posterior abdominal wall": "Diaphragm and psoas",
    "Floor of the mouth from below": "Floor of mouth",
    "Pelvic floor from below": "Pelvic floor",
    "Chest wall from inside": "Chest inside",
}
_SIDES = {"left ": "L ", "right ": "R ", "Left ": "L ", "Right ": "R "}
_MORE = "…"


def shorter(title: str) -> Iterator[str]:
    """Return ever shorter names of a view, the title itself first.

    >>> list(shorter("Head and neck, right lateral"))
    ['Head and neck, right lateral', 'Head, right lateral', 'Head, R lateral']
    >>> list(shorter("Right hand, palmar"))
    ['Right hand, palmar', 'R hand, palmar']
    """
    seen: list[str] = []
    what, comma, aspect = title.rpartition(", ")
    what, aspect = (what, f"{comma}{aspect}") if comma else (title.removesuffix(" view"), "")
    plain, bare = what.partition(" (")[0], aspect.partition(" (")[0]
    for candidate in (
        title,
        f"{plain}{aspect}",
        f"{_SHORT.get(plain, plain)}{bare}",
        f"{_sided(_SHORT.get(plain, plain))}{_sided(bare)}",
    ):
        if candidate not in seen:
            seen.append(candidate)
            yield candidate


def _sided(text: str) -> str:
    lead = ", " if text.startswith(", ") else ""
    rest = text[len(lead) :]
    short = next((s for s in _SIDES if rest.startswith(s)), "")
    return f"{lead}{_SIDES[short]}{rest[len(short) :]}" if short else text


def fitting(title: str, fits: Callable[[str], bool]) -> str:
    """Return the longest name that fits; where none does, letters go from its middle, never its side.

    >>> fitting("Head and neck, right lateral", lambda text: len(text) < 14)
    'H…, R lateral'
    """
    last = title
    for last in shorter(title):
        if fits(last):
            return last
    what, comma, aspect = last.rpartition(", ")
    if not comma:  # “L lateral”: the side comes first
        what, aspect = "", last
        for cut in range(len(aspect) - 1, 0, -1):
            if fits(f"{aspect[:cut]}{_MORE}"):
                return f"{aspect[:cut]}{_MORE}"
        return last
    sided = what.startswith(("L ", "R "))
    for cut in range(len(what) - 1, 1 if sided else 0, -1):
        if fits(f"{what[:cut]}{_MORE}, {aspect}"):
            return f"{what[:cut]}{_MORE}, {aspect}"
    return what if sided else f"{aspect[:1].upper()}{aspect[1:]}"
