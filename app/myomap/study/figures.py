"""On which figure questions are drawn: the male one, the female one, or both in turn.

Views are chosen on the male figure, of which all are drawn. Where the female one has the same view and shows
there what is asked, the question moves over; zones are the same cells of the same skin.
"""

from dataclasses import replace
from enum import StrEnum

from myomap.anatomy.structures import Layer
from myomap.anatomy.views import Figure
from myomap.study.questions import Question
from myomap.study.views import LEAST_MM2
from myomap.surface.atlas_source import AtlasSource

#: A zone is asked for on a view that shows at least this much of what the male figure's shows.
SHOWN_SHARE = 0.6


class Figures(StrEnum):
    """What the student chose."""

    MALE = "male"
    FEMALE = "female"
    BOTH = "both"

    def at(self, number: int) -> Figure:
        """Return the figure of the n-th question."""
        if self is Figures.BOTH:
            return (Figure.MALE, Figure.FEMALE)[number % 2]
        return Figure(self.value)


def on_figure(atlas: AtlasSource, question: Question, figure: Figure) -> Question:
    """Return the question on a figure; as it is where that figure has no such view."""
    if not question.view or atlas.views[question.view].figure is figure:
        return question
    moved = {view: f"{figure}.{atlas.views[view].name}" for view in (question.view, *question.also)}
    if not _shows(atlas, question, moved[question.view]):
        return question
    also = tuple(moved[view] for view in question.also if _shows(atlas, question, moved[view]))
    return replace(question, view=moved[question.view], also=also)


def wanted_figure(question: Question) -> Figure:
    """Return the figure that was wanted when the question was made (its id says it)."""
    return Figure.FEMALE if question.id.endswith(f":{Figure.FEMALE}") else Figure.MALE


def _shows(atlas: AtlasSource, question: Question, view: str) -> bool:
    found = atlas.views.get(view)
    if found is None or question.layer not in found.layers:
        return False
    if not atlas.outlines(view, found.default_layer):
        return False
    if question.layer is not Layer.SKIN:
        keys = question.lit or question.after_lit
        shapes = [o.shape for o in atlas.outlines(view, question.layer) if o.key in keys]
        if sum(float(shape.area) for shape in shapes) < LEAST_MM2:
            return False
    for key in question.patterns + question.after_patterns:
        zone = atlas.zone(key.trigger_point, key.laterality).essential
        there = atlas.skin.area_of(atlas.view_map(view).seen_of(zone))
        here = atlas.skin.area_of(atlas.view_map(question.view).seen_of(zone))
        if there < SHOWN_SHARE * here or there <= 0:
            return False
    return True
