"""A practice in memory, unencrypted and gone when the program ends: for the demo and for tests."""

import uuid

from myomap.records.values import Practitioner, Role, new_id
from myomap.store import upgrade
from myomap.store.database import Database
from myomap.store.founding import found_practice
from myomap.store.practice_store import StoredPractice


def memory_practice(name: str = "Demo practice", owner: Practitioner | None = None) -> StoredPractice:
    """Make an empty practice in memory with one signed-in clinician who may needle."""
    who = owner or Practitioner(
        new_id(),
        "Demo Clinician",
        Role.OWNER,
        licence_number="DEMO-1",
        jurisdiction="Nowhere",
        needling_certificate="DEMO-DN",
    )
    db = Database.memory()
    upgrade.make_schema(db)
    made = uuid.uuid4().hex
    found_practice(db, uuid=made, key_text="", name=name, owner=who)
    practice = StoredPractice(db, uuid=made)
    practice.sign_in(who.id)
    return practice
