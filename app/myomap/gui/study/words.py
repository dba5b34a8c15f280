"""How kinds of question, joints and difficulties are spoken of on the screen."""

import re
from datetime import date

from myomap.study.decks import Difficulty
from myomap.study.figures import Figures
from myomap.study.questions import QuestionKind

KINDS = {
    QuestionKind.NAME_MUSCLE: "Name the muscle",
    QuestionKind.POINT_TO: "Point to it",
    QuestionKind.NAME_POINT: "Name it by its referral",
    QuestionKind.PAINT_ZONE: "Paint the zone",
    QuestionKind.WHO_REFERS: "What refers here?",
    QuestionKind.WHICH_SIDE: "Which side?",
    QuestionKind.ATTACHMENTS: "Attachments",
    QuestionKind.NERVE: "Nerve",
    QuestionKind.ACTION: "Action",
    QuestionKind.SAFETY: "In reach of a needle",
    QuestionKind.CASE: "Short case",
}
JOINT_WORDS = {
    "jaw": "Jaw",
    "neck": "Neck",
    "shoulder": "Shoulder",
    "elbow": "Elbow",
    "wrist_hand": "Wrist and hand",
    "trunk": "Trunk",
    "hip": "Hip",
    "knee": "Knee",
    "ankle_foot": "Ankle and foot",
}
FIGURES = {Figures.MALE: "Male", Figures.FEMALE: "Female", Figures.BOTH: "In turn"}
DIFFICULTIES = {
    Difficulty.OPTIONS: "Choose",
    Difficulty.LETTER: "Type, with hints",
    Difficulty.BARE: "Type, no hints",
}
DIFFICULTY_WORDS = {
    Difficulty.OPTIONS: "answers to choose from",
    Difficulty.LETTER: "typed, with hints",
    Difficulty.BARE: "typed, no hints",
}
DIFFICULTY_TIPS = {
    Difficulty.OPTIONS: "Answers to choose from.",
    Difficulty.LETTER: "Type the name; hints one by one: body part, first letter.",
    Difficulty.BARE: "Type the name without any hint.",
}


#: Where a sentence of a prompt ends.
_SENTENCES = re.compile(r"(?<=[.?]) (?=[A-Z])")


def told_and_asked(prompt: str) -> list[tuple[str, bool]]:
    """Return a prompt in parts, and of each whether it is what is asked: a story before it, a rule after it."""
    sentences = _SENTENCES.split(prompt)
    asked = next((n for n, sentence in enumerate(sentences) if sentence.endswith("?")), 0)
    parts = (" ".join(sentences[:asked]), sentences[asked], " ".join(sentences[asked + 1 :]))
    return [(text, n == 1) for n, text in enumerate(parts) if text]


def day_words(day: date) -> str:
    """Return a day as “26 Nov”."""
    return f"{day.day} {day:%b}"


def count_words(count: int, one: str, many: str = "") -> str:
    """Return “1 card”, “2 cards”."""
    return f"{count} {one if count == 1 else many or one + 's'}"
