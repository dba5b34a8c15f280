"""How structures, trigger points, views and sources are spoken of on the screen. One door for read-back text."""

from typing import TYPE_CHECKING

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.sources import Citation, Confidence, State
from myomap.anatomy.structures import Layer, StructureKey
from myomap.anatomy.views import Figure, View

if TYPE_CHECKING:
    from myomap.anatomy.trigger_points import TriggerPoint
    from myomap.surface.atlas_source import AtlasSource

LAYERS = {
    Layer.SKIN: "Skin",
    Layer.SUPERFICIAL: "Superficial",
    Layer.INTERMEDIATE: "Middle",
    Layer.DEEP: "Deep",
    Layer.SKELETON: "Skeleton",
}
FIGURES = {Figure.MALE: "Male", Figure.FEMALE: "Female"}
GROUPS = {
    "whole_body": "Whole body",
    "head_neck": "Head and neck",
    "trunk": "Trunk and hip",
    "hand": "Hand",
    "foot": "Foot",
    "pelvis": "Pelvic floor",
}
STATES = {
    State.SEEN: ("read in the source", "The source was read for this statement."),
    State.FIGURE: ("compared with the figure", "The pattern was compared with the figure that is named."),
    State.SECONDARY: ("quoted elsewhere", "Read in another work that quotes the source."),
    State.RECALLED: ("from memory", "Written from memory and not yet checked against the source."),
}
CONFIDENCE = {
    Confidence.HIGH: "high confidence",
    Confidence.MEDIUM: "medium confidence",
    Confidence.LOW: "low confidence",
}
#: Body parts from head to foot: the order of the tree.
BODY_PARTS = (
    "head", "neck", "shoulder", "upper arm", "forearm", "hand", "thorax", "chest", "back", "abdomen",
    "lumbar", "hip", "pelvis", "thigh", "leg", "foot",
)  # fmt: skip


def part_words(body_part: str) -> str:
    """Return a body part as it is written on the screen."""
    return sentence(body_part.replace("_", " ").replace("-", " "))


def part_order(body_part: str) -> int:
    """Return a body part's place from head to foot; unknown ones come last."""
    words = part_words(body_part).lower()
    return BODY_PARTS.index(words) if words in BODY_PARTS else len(BODY_PARTS)


def within(name: str) -> str:
    """Return a name as it stands inside a sentence: “Trapezius” → “trapezius”, but “TrP1” as it is."""
    return name[:1].lower() + name[1:] if name[1:2].islower() or name[1:2] in (" ", "") else name


def sided(laterality: Laterality, text: str) -> str:
    """Return “RIGHT text”; the midline has no word."""
    return f"{laterality.spoken} {text}".strip()


#: So many letters of a muscle's name are the same in the name of its part.
_STEM = 5


def structure_name(atlas: "AtlasSource", structure: str) -> str:
    """Return a structure's English name, with the muscle that it is a part of."""
    found = atlas.structures.get(structure)
    if found is None:
        return structure.replace("-", " ")
    muscle = atlas.muscles.get(found.muscle or "")
    if muscle is None or not found.part:
        return found.name_en
    described = f"{muscle.name_en}, {found.part}"
    if found.name_en.lower() in (described.lower(), muscle.name_en.lower()):
        return described
    own = found.name_en.lower()
    if muscle.name_en[:_STEM].lower() in own:
        return found.name_en  # “third lumbrical of the hand” needs no “lumbricals of the hand” beside it
    return f"{found.name_en} ({within(muscle.name_en) if found.part.lower() in own else described})"


def read_back(atlas: "AtlasSource", key: StructureKey) -> str:
    """Return “RIGHT trapezius, descending part” or “RIGHT puborectalis (levator ani)”."""
    return sided(key.laterality, within(structure_name(atlas, key.structure)))


def region_name(atlas: "AtlasSource", region_id: str) -> str:
    """Return “RIGHT temporal region” for a region's id."""
    region = atlas.regions.get(region_id)
    if region is None:
        return region_id.replace("_", " ")
    name = region.name_en.removesuffix(f", {region.laterality}")
    return sided(region.laterality, within(name) if region.laterality.spoken else name)


def point_title(atlas: "AtlasSource", point: "TriggerPoint") -> str:
    """Return “Descending part, TrP1” or “Whole muscle”: for lists that say the muscle's name already."""
    muscle = atlas.muscles.get(point.muscle)
    return sentence(point.title_under(muscle.name_en if muscle else ""))


def point_name(atlas: "AtlasSource", point: "TriggerPoint", laterality: Laterality) -> str:
    """Return “RIGHT trapezius, descending part, TrP1”."""
    muscle = atlas.muscles.get(point.muscle)
    name = muscle.name_en if muscle else point.muscle.replace("-", " ")
    own = point.title_under(name)
    if own.casefold() == "whole muscle":
        own = ""
    name = within(name) if laterality.spoken else name
    return sided(laterality, f"{name}, {own}" if own else name)


def source_words(atlas: "AtlasSource", citation: Citation) -> str:
    """Return a citation in full: the work, then chapter, figure and page."""
    work = atlas.sources.get(citation.work)
    parts = [work.citation.rstrip(".") if work else citation.work]
    for name, value in (("ch.", citation.chapter), ("fig.", citation.figure), ("p.", citation.page)):
        if value:
            parts.append(f"{name} {value}")
    return ", ".join(parts) + "."


def short_source(atlas: "AtlasSource", citation: Citation) -> str:
    """Return a citation in few words: author and year, figure."""
    work = atlas.sources.get(citation.work)
    if work is None:
        name = citation.work
    else:
        name = f"{work.citation.split(',')[0].split('.')[0].strip()} {work.year}"
    return f"{name}, fig. {citation.figure}" if citation.figure else name


def view_title(view: View) -> str:
    """Return a view's title."""
    return view.title


def sentence(text: str) -> str:
    """Return the text with a capital first letter; the rest is left alone."""
    return text[:1].upper() + text[1:]
