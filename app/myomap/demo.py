"""``myomap demo``: an invented patient, the window's pictures, and the documents made from the visit."""

import argparse
import os
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import Layer, StructureKey
from myomap.lookup.pattern_index import PatternKey
from myomap.records.values import (
    Bleeding,
    Consent,
    DrawingState,
    Finding,
    FollowUp,
    Moment,
    Needling,
    PainDrawing,
    PainScale,
    PainScore,
    Patient,
    Plan,
    PlannedExercise,
    PracticeSettings,
    Quality,
    RangeOfMotion,
    Sex,
    Stroke,
    Technique,
    Twitch,
    Value,
    Visit,
    VisitRecord,
    new_id,
    single_id,
)
from myomap.report.blank_chart import blank_chart
from myomap.report.course import course_report
from myomap.report.map_svg import MapPicture
from myomap.report.patient_page import patient_page
from myomap.report.picture_file import write_picture, write_whole
from myomap.report.visit_report import ReportInput, figure_of, visit_report
from myomap.store.invented.visits import point_site
from myomap.surface.atlas_source import AtlasSource

#: “Shoulder → tension headache”: the first example of the manual's first muscle.
EXAMPLE = "trapezius-descending-1"

DEMO_PATIENT = Patient(
    "demo-patient",
    "Test Patient 01",
    date(1984, 5, 17),
    Sex.FEMALE,
    "0001",
    alerts=("invented for this demo",),
)
DEMO_PRACTICE = PracticeSettings(
    name="Demo practice", address="1 Example Street\nNowhere", phone="000 000 000"
)


def demo_visits(atlas: AtlasSource, *, today: date) -> list[VisitRecord]:
    """Return three visits of the demo patient, oldest first."""
    return [
        _visit(atlas, today - timedelta(days=21), (7, 4), 1.0, first=True),
        _visit(atlas, today - timedelta(days=10), (5, 3), 0.6),
        _visit(atlas, today, (3, 1), 0.35),
    ]


def _visit(
    atlas: AtlasSource, on: date, pain: tuple[int, int], extent: float, *, first: bool = False
) -> VisitRecord:
    made = datetime(on.year, on.month, on.day, 9, 30, tzinfo=UTC)
    visit = Visit(
        new_id(),
        DEMO_PATIENT.id,
        on,
        "demo-clinician",
        "Headache at the right temple",
        map_version=atlas.map_version,
    )
    site = point_site(atlas, EXAMPLE, Laterality.RIGHT, "female.posterior")
    values: list[Value] = [
        Consent(
            single_id(visit.id, "consent"), True, "1", "Needling was explained.", "Test Patient 01", made
        ),
        PainDrawing(single_id(visit.id, "drawing"), DrawingState.DRAWN, "A band from the neck to the temple"),
        _stroke(atlas, extent, pain[0]),
        PainScore(new_id(), Moment.BEFORE, PainScale.NRS, pain[0], "now"),
        PainScore(new_id(), Moment.AFTER, PainScale.NRS, pain[1], "now"),
        RangeOfMotion(new_id(), Moment.BEFORE, "neck", "rotation", Laterality.RIGHT, 52 + 6 * (7 - pain[0])),
        RangeOfMotion(new_id(), Moment.AFTER, "neck", "rotation", Laterality.RIGHT, 60 + 5 * (7 - pain[0])),
        Finding(
            new_id(), site, True, True, True, True, Twitch.MANY, 6, "temple", "pain known as the headache"
        ),
        Needling(new_id(), site, 0.3, 40.0, 15.0, Technique.PISTONING, 2, Twitch.MANY, Bleeding.NONE),
    ]
    stretches = [e for e in atlas.exercises.values() if "trapezius" in e.muscles]
    values += [PlannedExercise(new_id(), e.id, e.name, sets=3, times_a_day=2, days=14) for e in stretches[:3]]
    values.append(
        Plan(
            single_id(visit.id, "plan"),
            "Pause from the desk every half hour; a warm pack in the evening.",
            next_visit=on + timedelta(days=11),
        )
    )
    if first:
        values.append(FollowUp(new_id(), made + timedelta(days=1), 24, 4, 3, True, "sore for a day"))
    return VisitRecord.of(visit, values)


def _stroke(atlas: AtlasSource, extent: float, intensity: int) -> Stroke:
    """Return a stroke over part of the pattern's zone, as cells of the skin."""
    zone = atlas.zone(EXAMPLE, Laterality.RIGHT).essential
    kept = zone.ids[zone.weights >= 1 - extent * 0.9]
    height = atlas.skin.xyz[next(iter(atlas.skin.xyz))][kept][:, 1]
    kept = kept[height >= height.max() - extent * (height.max() - height.min())]
    return Stroke(
        new_id(), "female.right_lateral", (), 12.0, intensity, Quality.ACHE, cells=tuple(kept.tolist()),
        map_version=atlas.map_version,
    )  # fmt: skip


def demo(options: argparse.Namespace) -> int:
    """Write the pictures and documents of the demo and say where they are."""
    out: Path = options.out
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from myomap.bootstrap import make_application, open_atlas, write_pictures

    make_application()
    atlas = open_atlas()
    now = datetime.now().astimezone()
    records = demo_visits(atlas, today=now.date())
    given = ReportInput(
        DEMO_PATIENT, records[0], DEMO_PRACTICE, "Demo Clinician, licence DEMO-1", now, options.paper
    )
    written: list[Path] = []

    def keep(name: str, body: bytes) -> None:
        write_whole(out / name, body)
        written.append(out / name)

    keep("visit.pdf", visit_report(atlas, given).body)
    keep("patient.pdf", patient_page(atlas, given).body)
    keep(
        "course.pdf",
        course_report(atlas, DEMO_PATIENT, records, DEMO_PRACTICE, made_at=now, paper=options.paper).body,
    )
    keep("chart.pdf", blank_chart(atlas, DEMO_PRACTICE, made_at=now, paper=options.paper).body)
    key = PatternKey(EXAMPLE, Laterality.RIGHT)
    lit = (StructureKey(atlas.trigger_points[EXAMPLE].structure, Laterality.RIGHT),)
    for view in ("male.head_right_lateral", "male.posterior"):
        if view in atlas.views:
            picture = MapPicture(view, Layer.SUPERFICIAL, (key,), selected=lit, colours="light")
            write_picture(atlas, picture, out / f"{EXAMPLE}_{view.partition('.')[2]}.png")
            written.append(out / f"{EXAMPLE}_{view.partition('.')[2]}.png")
    written += write_pictures(options.home, out, point=EXAMPLE)
    written += _more_pictures(options.home, out, records)
    for path in written:
        sys.stdout.write(f"{path}\n")
    return 0


def _more_pictures(home: Path, out: Path, records: list[VisitRecord]) -> list[Path]:
    """Write pictures of the patient's screen and of the course, as the window shows them."""
    from myomap.bootstrap import make_context, make_window, open_atlas
    from myomap.gui.course.page import CoursePage
    from myomap.gui.explain.scenes import released
    from myomap.gui.explain.window import ExplainWindow
    from myomap.gui.picture import settle, widget_picture
    from myomap.gui.theme import ThemeName
    from myomap.records.values import PressureUnit

    context = make_context(home)
    context.look.choose(ThemeName.LIGHT, text_scale=1.0)
    window = make_window(context)
    atlas = open_atlas()
    window.set_atlas(atlas)
    settle(window)
    shown = ExplainWindow(context, released(atlas, records[0], figure_of(DEMO_PATIENT)))
    course = CoursePage(context)
    course.show_course(DEMO_PATIENT, records, PressureUnit.KPA)
    written = [out / "explain.png", out / "course.png"]
    try:
        widget_picture(written[0], shown, context.pool, size=(1440, 900), rest_s=2.0)
        widget_picture(written[1], course, context.pool, size=(1320, 900), of=course.widget())
    finally:
        context.pool.stop()
        for each in (shown, course, window):
            each.close()
            each.deleteLater()
    return written
