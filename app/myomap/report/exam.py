"""The result of an exam as PDF and CSV. Plain values come in: the report knows nothing of questions."""

import csv
import io
from dataclasses import dataclass
from datetime import datetime

from myomap.report.typeset import Typeset, typeset
from myomap.report.wording import number_words


@dataclass(frozen=True, slots=True)
class ExamLine:
    """One question of an exam with its answer. ``points`` 0-1."""

    kind: str
    prompt: str
    answered: str
    right: str
    points: float
    is_right: bool
    seconds: float
    source: str = ""


@dataclass(frozen=True, slots=True)
class ExamSheet:
    """An exam that is over. ``who`` is what the student wrote as a name, kept nowhere else."""

    title: str
    who: str
    begun: datetime
    ended: datetime
    minutes: int
    """The time limit; 0 for none."""
    seed: int
    map_version: str
    lines: tuple[ExamLine, ...]

    @property
    def points(self) -> float:
        """The sum of all points."""
        return sum(line.points for line in self.lines)

    @property
    def right(self) -> int:
        """How many answers were wholly right."""
        return sum(line.is_right for line in self.lines)

    @property
    def percent(self) -> int:
        """Points of what could be had, rounded."""
        return round(100 * self.points / len(self.lines)) if self.lines else 0

    @property
    def by_kind(self) -> list[tuple[str, int, int]]:
        """Each kind of question with how many were right and how many there were."""
        found: dict[str, list[int]] = {}
        for line in self.lines:
            counts = found.setdefault(line.kind, [0, 0])
            counts[0] += line.is_right
            counts[1] += 1
        return [(kind, right, all_) for kind, (right, all_) in found.items()]


def exam_csv(sheet: ExamSheet) -> bytes:
    """Return the result as CSV, one row a question, with a UTF-8 mark so that spreadsheets read it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(
        [
            "exam",
            "student",
            "begun",
            "number",
            "kind",
            "question",
            "answer",
            "right_answer",
            "right",
            "points",
            "seconds",
        ]
    )
    for number, line in enumerate(sheet.lines, start=1):
        row = (
            sheet.title, sheet.who, sheet.begun.isoformat(timespec="seconds"), str(number), line.kind, line.prompt,
            line.answered, line.right, "yes" if line.is_right else "no", f"{line.points:.2f}", f"{line.seconds:.1f}",
        )  # fmt: skip
        writer.writerow([_harmless(cell) for cell in row])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _harmless(cell: str) -> str:
    """Keep a spreadsheet from running a cell as a formula."""
    return "'" + cell if cell[:1] in ("=", "+", "@", "-", "\t", "\r") else cell


def exam_pdf(sheet: ExamSheet, *, paper: str = "a4") -> Typeset:
    """Set the result as a PDF."""
    spent = round((sheet.ended - sheet.begun).total_seconds())
    local = sheet.begun.astimezone()
    values = {
        "title": f"Result: {sheet.title}",
        "paper": {"letter": "us-letter"}.get(paper, paper),
        "foot": "Myomap exam. Answers are graded by the published figures that the atlas cites.",
        "facts": [
            ("Name", sheet.who),
            ("Begun", f"{local.day} {local:%B %Y, %H:%M}"),
            (
                "Time",
                f"{spent // 60} min {spent % 60} s" + (f" of {sheet.minutes} min" if sheet.minutes else ""),
            ),
            ("Seed", str(sheet.seed)),
            ("Atlas", sheet.map_version),
        ],
        "score": f"{number_words(round(sheet.points, 2))} of {len(sheet.lines)} points ({sheet.percent} %); "
        f"{sheet.right} of {len(sheet.lines)} wholly right",
        "kinds": [[kind, f"{right} of {count}"] for kind, right, count in sheet.by_kind],
        "rows": [
            [
                str(number),
                line.prompt,
                line.answered or "no answer",
                line.right,
                ("right" if line.is_right else "not right") + f", {number_words(round(line.points, 2))}",
            ]
            for number, line in enumerate(sheet.lines, start=1)
        ],
        "sources": sorted({line.source for line in sheet.lines if line.source}),
    }
    return typeset("exam", values, {}, made_at=sheet.ended)
