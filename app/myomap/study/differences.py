"""How a wrong answer differs from the right one: whose it would be, and where that muscle lies."""

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import Muscle, StructureKey
from myomap.study.desk import are_many, lower, spoken_name
from myomap.study.questions import Question, QuestionKind
from myomap.surface.atlas_source import AtlasSource

_OF_ZONES = frozenset({QuestionKind.NAME_POINT, QuestionKind.WHO_REFERS, QuestionKind.CASE})
#: A muscle's referral is told by at most so many of its trigger points.
MOST_POINTS = 2


def difference(atlas: AtlasSource, question: Question, muscle_id: str) -> str:
    """Return what is to be said of a muscle that was answered wrongly; empty for what is no muscle."""
    muscle = atlas.muscles.get(muscle_id)
    if muscle is None or muscle_id in question.right:
        return ""
    name = f"the {spoken_name(muscle)}"
    if question.kind in _OF_ZONES:
        return _referral(atlas, muscle)
    if question.kind is QuestionKind.ACTION:
        return f"What you chose is what {name} {'do' if are_many(muscle) else 'does'}."
    if question.kind is QuestionKind.ATTACHMENTS:
        return f"What you chose is where {name} {'run' if are_many(muscle) else 'runs'}."
    if question.kind is QuestionKind.NERVE:
        return f"What you chose supplies {name}."
    ends = [f.text.rstrip(".") for f in (muscle.origin, muscle.insertion) if f is not None]
    runs = f"runs from: {lower(ends[0])}; to: {lower(ends[1])}" if len(ends) == 2 else ""
    does = f" {muscle.action.text}" if muscle.action is not None else ""
    if are_many(muscle):
        runs = runs.replace("runs", "run", 1)
    return f"{muscle.name_en} {runs}.{does}" if runs else f"{muscle.name_en}:{does}".rstrip(":")


def _referral(atlas: AtlasSource, muscle: Muscle) -> str:
    found = [
        point.essential_words.rstrip(".")
        for point in atlas.trigger_points.values()
        if point.muscle == muscle.id and point.pain and point.essential_words
    ]
    if not found:
        return f"{muscle.name_en}: no referral is published in this atlas."
    verb = "refer" if are_many(muscle) else "refers"
    told = "; or to: ".join(dict.fromkeys(lower(words) for words in found[:MOST_POINTS]))
    return f"{muscle.name_en} {verb} to: {told}."


def keys_of(atlas: AtlasSource, muscle_id: str, side: Laterality) -> tuple[StructureKey, ...]:
    """Return the structures that draw a muscle on a side; none for what is no muscle."""
    muscle = atlas.muscles.get(muscle_id)
    return tuple(
        StructureKey(s, side if atlas.structures[s].sided else Laterality.MIDLINE)
        for s in (muscle.structures if muscle is not None else ())
        if s in atlas.structures
    )
