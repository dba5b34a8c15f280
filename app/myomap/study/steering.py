"""Steers by what is really remembered: the scheduler's aim is moved until the student's own aim is met.

FSRS aims right for an average memory and for cards that can wait a day. A memory weaker than a day cannot
be asked in time by who sits down once a day, and no student is average; so what is remembered of all cards
lies 3-5 points beside the aim (tests/study/test_student.py). What was remembered lately says by how much.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from myomap.study.schedule import StudySettings

#: So many answers of later days are looked at …
LOOKED_AT = 300
#: … with so many imagined ones that meet the aim: the first answers of a beginner say little.
IMAGINED = 50
#: A whole step, after so many new answers, moves the scheduler's aim by this share of what is amiss.
STEP_AFTER, STEP = 40, 0.1
#: The scheduler's aim stays this near to the student's.
MOST_DOWN, MOST_UP = -0.04, 0.06
#: FSRS is asked for no less and no more than this.
LEAST_AIM, MOST_AIM = 0.7, 0.97


@dataclass(frozen=True, slots=True)
class Steering:
    """How far the scheduler's aim is moved from the student's."""

    pull: float = 0.0
    counted: int = 0
    """Answers of later days that had been given at the last step."""
    since: float = 0.0
    """Only answers after this moment (seconds of 1970) are looked at: the aim was another one before."""

    def step(self, aim: float, lately: Sequence[bool], counted: int) -> "Steering":
        """Return the steering after a look at the latest answers; ``counted`` is how many there ever were."""
        new = counted - self.counted
        if new <= 0:
            return self
        seen = lately[-LOOKED_AT:]
        reached = (sum(seen) + aim * IMAGINED) / (len(seen) + IMAGINED)
        pull = self.pull + STEP * min(1.0, new / STEP_AFTER) * (aim - reached)
        return replace(self, pull=min(MOST_UP, max(MOST_DOWN, pull)), counted=counted)

    def steered(self, settings: StudySettings) -> StudySettings:
        """Return the settings that the scheduler works with (rounded, so that few schedulers are made)."""
        aim = min(MOST_AIM, max(LEAST_AIM, settings.retention + self.pull))
        return replace(settings, retention=round(aim, 3))

    def written(self) -> str:
        """Return it as it is kept."""
        return json.dumps([round(self.pull, 5), self.counted, self.since])

    @classmethod
    def read(cls, text: str) -> "Steering":
        """Return what was kept; no steering where that cannot be read."""
        try:
            pull, counted, since = json.loads(text or "[]")
            made = cls(float(pull), int(counted), float(since))
        except (ValueError, TypeError):
            return cls()
        return made if MOST_DOWN <= made.pull <= MOST_UP else cls()
