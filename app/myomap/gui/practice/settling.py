"""Two windows changed one person: what was changed here and there is kept, what was changed twice is asked."""

from collections.abc import Callable
from typing import TypeVar

from myomap.gui.prompts import Prompts
from myomap.gui.visit.merging import rebased, torn
from myomap.records.values import Patient, Practitioner

Person = TypeVar("Person", Patient, Practitioner)


def settle(
    prompts: Prompts,
    before: Person,
    mine: Person,
    theirs: Person,
    save: Callable[[Person, Person], None],
) -> None:
    """Call ``save`` with what is kept now and with what is to be kept, at once or after a choice."""
    both = rebased(before, mine, theirs)
    assert isinstance(both, type(theirs))
    differing = torn(before, mine, theirs)
    if not differing:
        save(theirs, both)
        return
    lines = "\n".join(
        f"{name.capitalize()}: yours “{own}”, theirs “{other}”." for name, own, other in differing
    )
    whom = "patient" if isinstance(theirs, Patient) else "practitioner"
    prompts.ask(
        f"Somebody else changed this {whom} meanwhile.",
        f"{lines}\n\nPut yours in its place, or cancel and look at theirs? What else they changed is kept.",
        "Keep mine",
        lambda: save(theirs, both),
    )


__all__ = ["settle"]
