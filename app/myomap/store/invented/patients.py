"""The invented patients of the practice to look around in. Every name says that nobody is meant."""

from dataclasses import dataclass
from datetime import date

from myomap.anatomy.laterality import Laterality
from myomap.records.practice import INVENTED
from myomap.records.values import Patient, Practitioner, Quality, Role, Sex, new_id
from myomap.store.invented.visits import Story

PRACTICE_NAME = "Practice with invented patients"

_L, _R = Laterality.LEFT, Laterality.RIGHT


@dataclass(frozen=True, slots=True)
class Cast:
    """A patient and their story."""

    patient: Patient
    story: Story


def marked(name: str) -> str:
    """Return a name that says that it is invented.

    >>> marked("Test Patient 01"), marked("Test Patient 01 (invented)")
    ('Test Patient 01 (invented)', 'Test Patient 01 (invented)')
    """
    return name if INVENTED in name.casefold() else f"{name.strip()} ({INVENTED})"


def clinician() -> Practitioner:
    """Return who works in it."""
    return Practitioner(
        new_id(),
        "Test Clinician (invented)",
        Role.OWNER,
        licence_number="INVENTED-1",
        jurisdiction="Nowhere",
        needling_certificate="INVENTED-DN",
    )


def cast() -> list[Cast]:
    """Return the patients with their stories."""
    made = []
    for number, (born, sex, alerts, story) in enumerate(_STORIES, 1):
        patient = Patient(
            new_id(),
            marked(f"Test Patient {number:02}"),
            date(*born),
            sex,
            number=f"{number:04}",
            alerts=alerts,
            remarks="Invented for looking around.",
        )
        made.append(Cast(patient, story))
    return made


_NECK = ("neck", "rotation", 48.0, 66.0)
_SHOULDER = ("shoulder", "abduction", 118.0, 166.0)
_TRUNK = ("trunk", "side_bending", 19.0, 31.0)
_HIP = ("hip", "inner_rotation", 24.0, 39.0)
_DESK = "Pause from the desk every half hour; a warm pack in the evening."
_WALK = "Walk for ten minutes twice a day; a warm pack in the evening."

#: Born, sex, alerts, story. Several hurt at the same places, so that the map of all patients has something to show.
_STORIES: tuple[tuple[tuple[int, int, int], Sex, tuple[str, ...], Story], ...] = (
    ((1984, 5, 17), Sex.FEMALE, (), Story(
        "Headache at the right temple", "A band from the neck to the temple",
        ("trapezius-descending-1", "sternocleidomastoid-sternal-1"), _R, Quality.ACHE,
        ((7, 4), (6, 3), (4, 2), (3, 1)), _NECK, _DESK)),
    ((1979, 2, 3), Sex.MALE, ("Takes anticoagulants (invented)",), Story(
        "Low back pain, left", "Deep, and worse after sitting",
        ("quadratus-lumborum-1", "gluteus-medius-1"), _L, Quality.ACHE,
        ((8, 5), (6, 4), (5, 2)), _TRUNK, _WALK)),
    ((1991, 11, 30), Sex.FEMALE, (), Story(
        "Pain deep in the right shoulder", "When reaching behind the back",
        ("infraspinatus-1", "supraspinatus-1"), _R, Quality.STABBING,
        ((6, 3), (5, 3), (3, 2), (2, 1), (1, 0)), _SHOULDER, "No loads above the head for a week.")),
    ((1966, 8, 9), Sex.MALE, (), Story(
        "Pain down the outer leg, right", "From the buttock to the ankle",
        ("gluteus-minimus-1", "gluteus-minimus-2"), _R, Quality.BURNING,
        ((7, 6), (6, 4), (5, 3)), _HIP, _WALK)),
    ((1988, 1, 21), Sex.FEMALE, (), Story(
        "Stiff neck, right", "Cannot turn to the right",
        ("levator-scapulae-1", "trapezius-descending-1"), _R, Quality.PRESSURE,
        ((6, 2), (3, 1)), _NECK, _DESK)),
    ((1973, 6, 14), Sex.FEMALE, (), Story(
        "Headache over the right eye", "Every afternoon",
        ("sternocleidomastoid-sternal-1", "trapezius-descending-1"), _R, Quality.PRESSURE,
        ((5, 3), (5, 2), (3, 1)), _NECK, _DESK)),
    ((1995, 9, 2), Sex.MALE, (), Story(
        "Pain at the outer elbow, right", "When gripping",
        ("extensor-carpi-radialis-brevis-1", "extensor-digitorum-1"), _R, Quality.STABBING,
        ((6, 4), (4, 3), (3, 1)), ("wrist", "flexion", 52.0, 74.0), "Grip with the forearm turned up.")),
    ((1959, 12, 24), Sex.MALE, ("Needle phobia (invented)",), Story(
        "Calf cramps at night, left", "A knot in the calf",
        ("gastrocnemius-1", "soleus-1"), _L, Quality.CRAMP,
        ((7, 5), (4, 2)), ("ankle", "dorsiflexion", 6.0, 15.0), "Stretch the calf before going to bed.")),
    ((1982, 4, 5), Sex.FEMALE, (), Story(
        "Headache at the right temple", "Like a hood",
        ("trapezius-descending-1", "levator-scapulae-1"), _R, Quality.PRESSURE,
        ((6, 4), (4, 2), (2, 1)), _NECK, _DESK)),
    ((1977, 7, 7), Sex.MALE, (), Story(
        "Low back pain, right", "Since moving house",
        ("quadratus-lumborum-1", "gluteus-medius-1"), _R, Quality.ACHE,
        ((7, 4), (5, 3), (4, 2), (2, 1)), _TRUNK, _WALK)),
    ((1999, 3, 15), Sex.FEMALE, (), Story(
        "Jaw pain, left", "Worse after chewing",
        ("masseter-superficial-1", "temporalis-1"), _L, Quality.ACHE,
        ((5, 3), (3, 2)), _NECK, "Soft food for two days; teeth apart, lips closed.")),
    ((1970, 10, 11), Sex.MALE, (), Story(
        "Headache at the right temple, stiff neck", "After long drives",
        ("trapezius-descending-1", "sternocleidomastoid-sternal-1"), _R, Quality.ACHE,
        ((6, 3), (4, 2), (3, 1)), _NECK, _DESK)),
    ((1993, 8, 30), Sex.FEMALE, (), Story(
        "Low back pain, right", "After lifting a child",
        ("quadratus-lumborum-1", "gluteus-medius-1"), _R, Quality.STABBING,
        ((7, 3), (4, 2)), _TRUNK, _WALK)),
    ((1968, 1, 12), Sex.MALE, (), Story(
        "Low back pain, right", "In the morning",
        ("quadratus-lumborum-1", "gluteus-minimus-1"), _R, Quality.ACHE,
        ((5, 3), (4, 3)), _TRUNK, _WALK)),
    ((1987, 5, 25), Sex.FEMALE, (), Story(
        "Low back pain, right", "After standing long",
        ("quadratus-lumborum-1", "gluteus-medius-1"), _R, Quality.ACHE,
        ((6, 4), (5, 2)), _TRUNK, _WALK)),
    ((1976, 11, 3), Sex.MALE, (), Story(
        "Low back pain, right", "Since a fall on the ice",
        ("gluteus-medius-1", "quadratus-lumborum-1"), _R, Quality.PRESSURE,
        ((6, 3), (3, 1)), _TRUNK, _WALK)),
)  # fmt: skip
