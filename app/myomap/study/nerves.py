"""Nerves as a tree, so that no wrong option is a branch or the trunk of the right one."""

import re
from dataclasses import dataclass
from functools import lru_cache

from myomap.anatomy.structures import Muscle


@dataclass(frozen=True, slots=True)
class Nerve:
    """A nerve with its place in the tree (``path`` from the trunk) and the words that mean it."""

    name: str
    words: str
    """A regular expression over the casefolded fact."""
    path: tuple[str, ...]
    is_vague: bool = False
    """Too general to be asked for: all limb nerves come from anterior rami."""


#: What the facts of the atlas speak of. A fact that matches none is not asked.
NERVES: tuple[Nerve, ...] = (
    Nerve("Facial nerve", r"facial nerve", ("facial",)),
    Nerve("Mandibular nerve", r"mandibular nerve", ("mandibular",)),
    Nerve("Mylohyoid nerve", r"mylohyoid nerve", ("mandibular", "mylohyoid")),
    Nerve("Accessory nerve", r"accessory nerve", ("accessory",)),
    Nerve("Ansa cervicalis", r"ansa cervicalis", ("cervical", "ansa")),
    Nerve("First cervical nerve", r"first cervical", ("cervical", "first")),
    Nerve("Cervical plexus", r"cervical plexus|branches of c3", ("cervical",), is_vague=True),
    Nerve("Phrenic nerve", r"phrenic", ("phrenic",)),
    Nerve("Suboccipital nerve", r"suboccipital", ("posterior rami", "suboccipital")),
    Nerve("Posterior rami of spinal nerves", r"posterior (and anterior )?rami", ("posterior rami",)),
    Nerve(
        "Anterior rami", r"anterior ram(i|us)|ventral branch|lumbar plexus", ("anterior rami",), is_vague=True
    ),
    Nerve("Dorsal scapular nerve", r"dorsal scapular", ("dorsal scapular",)),
    Nerve("Long thoracic nerve", r"long thoracic", ("long thoracic",)),
    Nerve("Suprascapular nerve", r"suprascapular", ("suprascapular",)),
    Nerve("Subscapular nerves", r"(?<!supra)subscapular", ("subscapular",)),
    Nerve("Thoracodorsal nerve", r"thoracodorsal", ("thoracodorsal",)),
    Nerve("Pectoral nerves", r"pectoral nerves", ("pectoral",)),
    Nerve("Nerve to subclavius", r"nerve to subclavius", ("subclavius",)),
    Nerve("Axillary nerve", r"axillary", ("axillary",)),
    Nerve("Musculocutaneous nerve", r"musculocutaneous", ("musculocutaneous",)),
    Nerve("Radial nerve", r"\bradial nerve", ("radial",)),
    Nerve("Posterior interosseous nerve", r"posterior interosseous", ("radial", "posterior interosseous")),
    Nerve("Median nerve", r"median nerve", ("median",)),
    Nerve("Ulnar nerve", r"ulnar nerve", ("ulnar",)),
    Nerve("Intercostal nerves", r"intercostal", ("thoracic",)),
    Nerve("Subcostal nerve", r"subcostal", ("thoracic", "subcostal")),
    Nerve("Iliohypogastric nerve", r"iliohypogastric", ("iliohypogastric",)),
    Nerve("Ilioinguinal nerve", r"ilioinguinal", ("ilioinguinal",)),
    Nerve("Femoral nerve", r"femoral nerve", ("femoral",)),
    Nerve("Obturator nerve", r"obturator nerve", ("obturator",)),
    Nerve("Superior gluteal nerve", r"superior gluteal", ("superior gluteal",)),
    Nerve("Inferior gluteal nerve", r"inferior gluteal", ("inferior gluteal",)),
    Nerve("Nerve to quadratus femoris", r"nerve to quadratus femoris", ("to quadratus femoris",)),
    Nerve("Nerve to obturator internus", r"nerve to obturator internus", ("to obturator internus",)),
    Nerve("Nerve to piriformis", r"nerve to piriformis", ("to piriformis",)),
    Nerve("Sciatic nerve", r"sciatic nerve", ("sciatic",)),
    Nerve("Tibial nerve", r"tibial (nerve|part)", ("sciatic", "tibial")),
    Nerve("Medial plantar nerve", r"medial plantar", ("sciatic", "tibial", "medial plantar")),
    Nerve("Lateral plantar nerve", r"lateral plantar", ("sciatic", "tibial", "lateral plantar")),
    Nerve("Deep fibular nerve", r"deep fibular", ("sciatic", "fibular", "deep")),
    Nerve("Superficial fibular nerve", r"superficial fibular", ("sciatic", "fibular", "superficial")),
    Nerve("Common fibular nerve", r"common fibular", ("sciatic", "fibular")),
    Nerve("Pudendal nerve", r"pudendal", ("pudendal",)),
    Nerve("Perineal nerve", r"perineal nerve", ("pudendal", "perineal")),
    Nerve("Inferior rectal nerve", r"inferior rectal", ("pudendal", "inferior rectal")),
    Nerve("Nerve to levator ani", r"nerve to levator ani", ("to levator ani",)),
)  # fmt: skip


@lru_cache(1024)  # the atlas's facts, asked for with every question that is made
def nerves_in(text: str) -> tuple[Nerve, ...]:
    """Return the nerves that a fact names, in the order in which it names them."""
    said = text.casefold()
    found = [(match.start(), nerve) for nerve in NERVES if (match := re.search(nerve.words, said))]
    return tuple(nerve for _, nerve in sorted(found, key=lambda pair: pair[0]))


def nerves_of(muscle: Muscle) -> tuple[Nerve, ...]:
    """Return the nerves of a muscle; empty where nothing is known."""
    return nerves_in(muscle.nerve.text) if muscle.nerve else ()


#: Nerves that share fibres or a name though neither is the other's trunk: the first cervical nerve gives to the
#: suboccipital nerve (its posterior ramus) and to the ansa cervicalis; the thoracodorsal nerve is also called the
#: middle subscapular nerve.
_KIN = {
    "First cervical nerve": ("Suboccipital nerve", "Posterior rami of spinal nerves", "Ansa cervicalis"),
    "Thoracodorsal nerve": ("Subscapular nerves",),
}

#: Nerves that some books name for a muscle and the atlas's source does not: neither right nor surely wrong.
_ALSO_SAID = {
    "diaphragm": ("Intercostal nerves", "Subcostal nerve"),
    "dorsal-interossei-of-foot": ("Deep fibular nerve",),
    "levatores-costarum-breves": ("Intercostal nerves", "Subcostal nerve"),
    "levatores-costarum-longi": ("Intercostal nerves", "Subcostal nerve"),
}


def are_related(one: Nerve, other: Nerve) -> bool:
    """Tell whether one is the other, its trunk or its branch, or shares its fibres."""
    if other.name in _KIN.get(one.name, ()) or one.name in _KIN.get(other.name, ()):
        return True
    shorter = min(len(one.path), len(other.path))
    return one.path[:shorter] == other.path[:shorter]


def may_supply(nerve: Nerve, muscle: Muscle) -> bool:
    """Tell whether a nerve may be said to supply a muscle, by the atlas or by another book."""
    also = nerve.name in _ALSO_SAID.get(muscle.id, ())
    return also or any(are_related(nerve, mine) for mine in nerves_of(muscle))
