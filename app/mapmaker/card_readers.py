"""Reading what is known of muscles and what is taught: one function a kind of entry."""

from collections.abc import Collection

from mapmaker.citations import FactReader, Given
from mapmaker.data_faults import nearest
from mapmaker.structure_tables import StructureTables
from mapmaker.yaml_lines import Entry
from myomap.anatomy.knowledge import (
    EvidenceCard,
    Exercise,
    ExerciseKind,
    InReach,
    Lesson,
    RiskClass,
    Safety,
    ScreeningItem,
)
from myomap.anatomy.sources import Fact, State
from myomap.anatomy.structures import Muscle

_PROVENANCE = ("source", "state")
MUSCLE_KEYS = (
    *("id", "name_en", "name_la", "synonyms", "plain", "origin", "insertion", "action", "nerve", "segments"),
    *("works_with", "works_against", *_PROVENANCE),
)
EXERCISE_KEYS = ("id", "kind", "muscles", "name", "how", "dose", "caution", *_PROVENANCE)
SAFETY_KEYS = ("muscle", "risk", "in_reach", "advice", *_PROVENANCE)
EVIDENCE_KEYS = ("id", "topic", "claim", "finding", "stance", *_PROVENANCE)
LESSON_KEYS = ("id", "title", "audience", "body", "evidence", "sources", "state")
SCREENING_KEYS = ("id", "kind", "question", "action", "body_parts", *_PROVENANCE)

STANCES = ("supports", "contradicts", "mixed", "neutral")
AUDIENCES = ("patient", "student", "both")
SCREENING_KINDS = ("absolute", "relative", "red_flag")
REACH_KINDS = ("lung", "kidney", "vessel", "nerve", "viscus", "joint", "eye", "cord", "other")
_SAFE_WORDS = ("is safe", "are safe", "safely", "safe to needle", "without risk", "no risk")


class CardReader:
    """Reads muscles, exercises, safety, evidence, lessons and screening."""

    def __init__(self, facts: FactReader, tables: StructureTables, muscles: Collection[str]) -> None:
        """Know the muscles and their names."""
        self._facts, self._tables, self._muscles = facts, tables, muscles

    def muscle(self, entry: Entry, body_part: str, outer: Given) -> Muscle:
        """Read what is known of one muscle."""
        key = entry.text("id")
        self._known_muscles(entry, "id", (key,))
        given, name = self._facts.given(entry, outer), self._tables.name(key)
        synonyms = dict.fromkeys((*name.synonyms, *entry.texts("synonyms")))
        return Muscle(
            id=key,
            name_en=entry.text("name_en", name.english),
            name_la=entry.text("name_la", name.latin),
            body_part=body_part,
            synonyms=tuple(synonyms),
            origin=self._optional_fact(entry, "origin", given),
            insertion=self._optional_fact(entry, "insertion", given),
            action=self._optional_fact(entry, "action", given),
            nerve=self._optional_fact(entry, "nerve", given),
            segments=entry.texts("segments"),
            works_with=self._known_muscles(entry, "works_with", entry.texts("works_with")),
            works_against=self._known_muscles(entry, "works_against", entry.texts("works_against")),
            structures=tuple(s.id for s in self._tables.structures if s.muscle == key),
            plain=entry.text("plain", name.plain),
        )

    def _optional_fact(self, entry: Entry, key: str, given: Given) -> Fact | None:
        return self._facts.fact(entry.values[key], key, given) if key in entry else None

    def _known_muscles(self, entry: Entry, key: str, words: tuple[str, ...]) -> tuple[str, ...]:
        for word in words:
            if word and word not in self._muscles:
                spot = entry.values[key] if key in entry else entry
                spot.fault(f"there is no muscle “{word}”{nearest(word, self._muscles)}")
        return words

    def exercise(self, entry: Entry, outer: Given) -> Exercise:
        """Read one exercise."""
        source = self._facts.source_of(entry, outer)
        muscles = self._known_muscles(entry, "muscles", entry.texts("muscles"))
        if not muscles:
            entry.fault("“muscles” names no muscle")
        return Exercise(
            id=entry.text("id"),
            kind=entry.choice("kind", ExerciseKind),
            muscles=muscles,
            name=entry.text("name"),
            how=entry.text("how"),
            dose=entry.text("dose"),
            caution=entry.text("caution"),
            source=source,
            state=self._facts.state_of(entry, outer, source),
        )

    def safety(self, entry: Entry, outer: Given) -> Safety:
        """Read the safety of one muscle; words that call needling safe are refused."""
        given = self._facts.given(entry, outer)
        muscle = entry.text("muscle")
        self._known_muscles(entry, "muscle", (muscle,))
        known = ("name", "kind", "note", "source", "state")
        reach = tuple(self._in_reach(item, given) for item in entry.entries("in_reach", known))
        advice = self._facts.facts(entry, "advice", given)
        if not advice:
            entry.fault(f"“{muscle}” has no advice")
        for words in (*(fact.text for fact in advice), *(item.note for item in reach)):
            for word in _SAFE_WORDS:
                if word in words.lower():
                    entry.fault(f"nothing is called safe here: reword “{word}”")
        return Safety(muscle, entry.choice("risk", RiskClass), reach, advice)

    def _in_reach(self, entry: Entry, outer: Given) -> InReach:
        source = self._facts.source_of(entry, outer)
        return InReach(
            name=entry.text("name"),
            kind=_word(entry, "kind", REACH_KINDS),
            note=entry.text("note"),
            source=source,
            state=self._facts.state_of(entry, outer, source),
        )

    def evidence(self, entry: Entry, outer: Given) -> EvidenceCard:
        """Read one evidence card."""
        source = self._facts.source_of(entry, outer)
        return EvidenceCard(
            id=entry.text("id"),
            topic=entry.text("topic"),
            claim=entry.text("claim"),
            finding=entry.text("finding"),
            source=source,
            state=self._facts.state_of(entry, outer, source),
            stance=_word(entry, "stance", STANCES, "neutral"),
        )

    def lesson(self, entry: Entry, cards: Collection[str]) -> Lesson:
        """Read one teaching card; it stands on evidence cards or on sources."""
        evidence = []
        for item in entry.list_of("evidence"):
            word = item.text("evidence")
            if word and word not in cards:
                item.fault(f"there is no evidence card “{word}”{nearest(word, cards)}")
            evidence.append(word)
        sources = tuple(self._facts.citation(item) for item in entry.list_of("sources"))
        if not evidence and not sources:
            entry.fault("the lesson has no evidence and no sources")
        body = entry.texts("body")
        if not body:
            entry.fault("“body” has no paragraphs")
        return Lesson(
            id=entry.text("id"),
            title=entry.text("title"),
            audience=_word(entry, "audience", AUDIENCES),
            body=body,
            evidence=tuple(evidence),
            sources=sources,
            state=entry.choice("state", State),
        )

    def screening(self, entry: Entry, outer: Given) -> ScreeningItem:
        """Read one question before needling."""
        source = self._facts.source_of(entry, outer)
        return ScreeningItem(
            id=entry.text("id"),
            kind=_word(entry, "kind", SCREENING_KINDS),
            question=entry.text("question"),
            action=entry.text("action"),
            source=source,
            state=self._facts.state_of(entry, outer, source),
            body_parts=entry.texts("body_parts"),
        )


def _word(entry: Entry, key: str, words: tuple[str, ...], default: str | None = None) -> str:
    word = entry.text(key, default)
    if word and word not in words:
        entry.values[key].fault(f"“{key}” is “{word}”, it should be one of: {', '.join(words)}")
    return word
