"""What can be written of a visit: which file, its default name, and the words for the audit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from myomap.records.practice import INVENTED, Deed
from myomap.records.values import Patient, PracticeSettings, Practitioner, VisitRecord

if TYPE_CHECKING:
    from myomap.report.typeset import Typeset
    from myomap.report.visit_report import ReportInput
    from myomap.surface.atlas_source import AtlasSource


@dataclass(frozen=True, slots=True)
class Papers:
    """All that documents of a visit are made from: frozen values, so that a worker can read them."""

    atlas: "AtlasSource"
    patient: Patient
    record: VisitRecord
    settings: PracticeSettings
    people: tuple[Practitioner, ...]
    made_at: datetime
    form: str = "pdf"
    """``png`` to print without a file in between."""

    @property
    def report(self) -> "ReportInput":
        """What documents of this one visit take."""
        from myomap.report.visit_report import ReportInput

        return ReportInput(
            self.patient, self.record, self.settings, self.practitioner, self.made_at, form=self.form
        )

    @property
    def practitioner(self) -> str:
        """Who treats, as printed."""
        found = next((p for p in self.people if p.id == self.record.visit.practitioner), None)
        if found is None:
            return ""
        return f"{found.name}, licence {found.licence_number}" if found.licence_number else found.name


@dataclass(frozen=True, slots=True)
class Document:
    """One kind of file that can be written."""

    key: str
    title: str
    tip: str
    kinds: str
    """As a file dialog takes it."""
    stem: str
    deed: Deed
    make: "Callable[[Papers, Sequence[VisitRecord]], Typeset]"
    """From the visit (and all visits, oldest first, for the course) to bytes, and what could not be printed."""
    whole_course: bool = False


def _report(papers: Papers, course: Sequence[VisitRecord]) -> "Typeset":
    from myomap.report.visit_report import visit_report

    return visit_report(papers.atlas, papers.report)


def _page(papers: Papers, course: Sequence[VisitRecord]) -> "Typeset":
    from myomap.report.patient_page import patient_page

    return patient_page(papers.atlas, papers.report)


def _course(papers: Papers, course: Sequence[VisitRecord]) -> "Typeset":
    from myomap.report.course import course_report

    return course_report(
        papers.atlas, papers.patient, course, papers.settings, made_at=papers.made_at, form=papers.form
    )


def _blank(papers: Papers, course: Sequence[VisitRecord]) -> "Typeset":
    from myomap.report.blank_chart import blank_chart
    from myomap.report.visit_report import figure_of

    figure = figure_of(papers.patient)
    return blank_chart(papers.atlas, papers.settings, made_at=papers.made_at, figure=figure, form=papers.form)


def _json(papers: Papers, course: Sequence[VisitRecord]) -> "Typeset":
    from myomap.report.exports import visits_json
    from myomap.report.typeset import Typeset

    return Typeset(visits_json(papers.patient, course))


def _csv(papers: Papers, course: Sequence[VisitRecord]) -> "Typeset":
    from myomap.report.exports import visits_csv
    from myomap.report.typeset import Typeset

    return Typeset(visits_csv([(papers.patient, course)]))


def _pseudonymous(papers: Papers, course: Sequence[VisitRecord]) -> "Typeset":
    from myomap.report.typeset import Typeset

    return Typeset(without_names(papers.patient, course, papers.settings.name))


def without_names(patient: Patient, course: Sequence[VisitRecord], practice: str) -> bytes:
    """Return all visits of a patient as CSV with names, dates and free words taken out."""
    from myomap.report.exports import Pseudonyms, visits_csv

    # names are taken out, and with them the word that says of invented patients that they are
    mark = f"{INVENTED}-" if INVENTED in practice.casefold() else ""
    return visits_csv([(patient, course)], pseudonyms=Pseudonyms(mark=mark))


_PDF = "PDF (*.pdf)"
DOCUMENTS = (
    Document("report", "Visit report", "The whole record of this visit", _PDF, "visit-report", Deed.PRINTED, _report),
    Document("page", "Patient's page", "What was done, what to expect, exercises; in plain words", _PDF,
             "your-visit", Deed.PRINTED, _page),
    Document("course", "Course", "All visits as maps and plots", _PDF, "course", Deed.PRINTED, _course, True),
    Document("blank", "Blank pain chart", "To fill in by hand", _PDF, "pain-chart", Deed.PRINTED, _blank),
    Document("json", "JSON", "All visits of this patient, for other programs", "JSON (*.json)", "visits",
             Deed.EXPORTED, _json, True),
    Document("csv", "CSV", "All visits of this patient, for a spreadsheet", "CSV (*.csv)", "visits",
             Deed.EXPORTED, _csv, True),
    Document("research", "CSV without names", "Names, dates and free words taken out", "CSV (*.csv)",
             "visits-pseudonymous", Deed.EXPORTED, _pseudonymous, True),
)  # fmt: skip


def default_name(document: Document, record: VisitRecord, patient: Patient, *, with_name: bool) -> str:
    """Return a file's name; the patient's name is in it only if that was chosen."""
    suffix = document.kinds.partition("*")[2].rstrip(")")
    parts = [document.stem, record.visit.on.isoformat()]
    if with_name:
        clean = "".join(c if c.isalnum() else "-" for c in patient.name)[:60].strip("-")
        parts.insert(0, clean or "patient")
    return "_".join(parts) + suffix


def write_whole(path: Path, body: bytes) -> None:
    """Write a file whole or not at all: a failed export leaves the old file."""
    from myomap.report.picture_file import write_whole as write

    write(path, body)
