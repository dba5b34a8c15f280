"""Whether a wrong option is surely wrong, and whether words give the answer away."""

import re
from collections.abc import Iterable

from myomap.anatomy.structures import Muscle
from myomap.study.decks import joints_of
from myomap.study.grading import simplify

#: Functions whose words are this alike (0-100) may be the same function.
SAME_FUNCTION = 72.0
#: How much and with which hip: “helps spread the bent hip” is the function of “spreads the thigh”.
_HOW_MUCH = re.compile(r"\b(helps?|weakly|slightly|bent|raised|also|best) ")

#: Body parts whose needle hazards cannot be in reach from a muscle of the body part. Generous: what may
#: overlap (neck and thorax, hip and pelvis, hand and foot by name) is left out.
_FAR = {
    "head": ("abdomen", "pelvis", "hip", "thigh", "leg", "forearm"),
    "neck": ("abdomen", "pelvis", "hip", "thigh", "leg", "forearm"),
    "thorax": ("leg", "foot", "forearm", "head"),
    "back": ("leg", "foot", "forearm", "head"),
    "shoulder": ("leg", "foot", "thigh", "forearm", "head"),
    "abdomen": ("leg", "foot", "forearm", "head"),
    "pelvis": ("head", "neck", "forearm", "foot"),
    "hip": ("head", "neck", "forearm", "foot"),
    "thigh": ("head", "neck", "forearm", "thorax"),
    "leg": ("head", "neck", "forearm", "thorax", "abdomen"),
    "foot": ("head", "neck", "forearm", "thorax", "abdomen"),
    "upper_arm": ("head", "abdomen", "pelvis", "hip", "leg"),
    "forearm": ("head", "abdomen", "pelvis", "hip", "leg"),
    "hand": ("head", "abdomen", "pelvis", "hip", "leg"),
}


def far_parts(body_part: str) -> tuple[str, ...]:
    """Return the body parts whose hazards are surely out of reach; empty for an unknown one."""
    return _FAR.get(body_part, ())


def names_of(muscle: Muscle) -> tuple[str, ...]:
    """Return every name of a muscle."""
    return tuple(n for n in (muscle.name_en, muscle.name_la, *muscle.synonyms) if n)


def gives_away(muscle: Muscle, text: str) -> bool:
    """Tell whether a text names the muscle. “Jaw muscle” is not named by “closes the jaw”."""
    said = f" {simplify(text)} "
    telling = [n for n in names_of(muscle) if " " in simplify(n) or "muscle" not in n.casefold()]
    return any(simplify(n) and f" {simplify(n)} " in said for n in telling)


#: Parts of the body that actions speak of and that are no joints.
_ORGANS = {
    "brow": r"eyebrow|forehead",
    "eye": r"eyelid|tears",
    "nose": r"\bnose\b|nostril",
    "mouth": r"mouth|\blips?\b|cheek|\bchin\b|nasolabial|teeth",
    "scalp": r"scalp|temple",
    "throat": r"hyoid|larynx|swallow",
    "breath": r"breath|\bribs?\b|pleura|intercostal|sternum",
    "pelvis": r"pelvic|\banal\b|urethra|erection|perine|coccyx|continence|vagina",
    "belly": r"belly|linea alba|trunk",
    "clavicle": r"clavicle|shoulder",
    "metatarsal": r"metatarsal|\btoes?\b|\bfoot\b|\bsole\b|\barch\b",
}
#: What the ends of a muscle say of joints that its action leaves out: wrist extensors from the epicondyle help at
#: the elbow, the iliotibial tract steadies the knee, what ends on ribs may move them.
_CROSSED = {
    "elbow": r"epicondyle|supracondylar (ridge|line)(?! of the femur)",
    "knee": r"iliotibial tract",
    "breath": r"\bribs?\b|costal|sternum|manubrium",
    "trunk": r"thoracolumbar fascia",
}


def places_of(muscle: Muscle) -> set[str]:
    """Return the joints and other parts of the body that the muscle's action names or that its ends lie beyond."""
    does = muscle.action.text.casefold() if muscle.action else ""
    comes = muscle.origin.text.casefold() if muscle.origin else ""
    goes = muscle.insertion.text.casefold() if muscle.insertion else ""
    found = joints_of(muscle) | {organ for organ, words in _ORGANS.items() if re.search(words, does)}
    found |= {place for place, words in _CROSSED.items() if re.search(words, f"{comes} {goes}")}
    return found | ({"neck"} if re.search(r"\bc[2-7]\b", goes) else set())


def clauses(text: str) -> list[str]:
    """Return the single functions in “Bends the knee, turns the shin outward.”."""
    plain = _HOW_MUCH.sub("", text.casefold()).replace("thigh", "hip").replace(":", "")
    parts = re.split(r"[,;.()]| and (?=[a-z]+s )", plain)
    return [said for part in parts if (said := part.strip())]


def share_a_function(one: str, other: str) -> bool:
    """Tell whether two actions may have a function in common."""
    from rapidfuzz import fuzz

    return any(fuzz.token_set_ratio(a, b) >= SAME_FUNCTION for a in clauses(one) for b in clauses(other))


def is_surely_false(muscle: Muscle, other: Muscle) -> bool:
    """Tell whether another muscle's action is surely not this one's.

    It must share no function, and either work elsewhere or be named as an opponent.
    """
    if muscle.action is None or other.action is None:
        return False
    if other.id in muscle.works_with or muscle.id in other.works_with:
        return False
    if share_a_function(muscle.action.text, other.action.text):
        return False
    opposed = other.id in muscle.works_against or muscle.id in other.works_against
    mine, theirs = places_of(muscle), places_of(other)
    return opposed or (bool(mine and theirs) and not mine & theirs)


def run_elsewhere(muscle: Muscle, other: Muscle) -> bool:
    """Tell whether another muscle's attachments are surely not this one's: neither end is alike."""
    from rapidfuzz import fuzz

    ends = ((muscle.origin, other.origin), (muscle.insertion, other.insertion))
    return all(a and b and fuzz.token_set_ratio(simplify(a.text), simplify(b.text)) < 70 for a, b in ends)


def nests(text: str, others: Iterable[str]) -> bool:
    """Tell whether a text holds one of the others or lies in one."""
    return any(o and (text in o or o in text) for o in others)
