"""Sets an invented report once and throws it away: what it reads is then read, and the first real one is quick."""

from datetime import UTC, datetime

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.views import Figure
from myomap.records.values import (
    Needling,
    Patient,
    PracticeSettings,
    Quality,
    Sex,
    Site,
    Stroke,
    Visit,
    VisitRecord,
)
from myomap.report.visit_report import ReportInput, visit_report
from myomap.surface.atlas_source import AtlasSource

_NOW = datetime(2026, 1, 1, tzinfo=UTC)


def warm_up(atlas: AtlasSource, figure: Figure) -> None:
    """Set the report of a visit that never was; call it off the window's thread."""
    point = next((p for p in atlas.trigger_points.values() if p.pain and p.sided), None)
    if point is None:
        return
    side = Laterality.RIGHT
    zone = atlas.zone(point.id, side).essential
    site = Site(point.structure, side, point.muscle, words="", trigger_point=point.id)
    record = VisitRecord.of(
        Visit("v", "p", _NOW.date(), ""),
        [
            Needling("n", site),
            Stroke("s", f"{figure}.anterior", (), 12.0, 5, Quality.ACHE, cells=tuple(zone.ids.tolist())),
        ],
    )
    sex = Sex.FEMALE if figure is Figure.FEMALE else Sex.MALE
    visit_report(atlas, ReportInput(Patient("p", "-", None, sex), record, PracticeSettings(), "", _NOW))
