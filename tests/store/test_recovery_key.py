"""A recovery key that is lost, or that somebody saw, is replaced: the new one opens, the one before does not."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from myomap.records.errors import PassphraseError
from myomap.records.practice import Deed
from myomap.records.values import Practitioner
from myomap.store import key_file
from myomap.store.practice_folder import PracticeFolder
from myomap.store.practice_server import PracticeServer

PASSPHRASE = "correct horse battery"
NEW = "another long passphrase"


@pytest.fixture(params=["file", "server"])
def there(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    if request.param == "file":
        yield PracticeFolder(tmp_path / "practice")
    else:
        yield PracticeServer(request.getfixturevalue("server_url"), tmp_path)


def _forget_tries(there: Any, below: Path) -> None:
    for path in below.rglob("attempts.json"):
        path.unlink()
    there._attempts = key_file.Attempts(None)


def test_the_new_recovery_key_opens_and_the_one_before_does_not(
    there: Any, owner: Practitioner, tmp_path: Path
) -> None:
    practice, first = there.create(PASSPHRASE, name="Test", owner=owner)
    backup = practice.back_up().folder
    practice.close()
    with pytest.raises(PassphraseError):
        there.new_recovery_key("a wrong passphrase")
    _forget_tries(there, tmp_path)
    second = there.new_recovery_key(PASSPHRASE, by=owner.id)
    assert second != first
    with pytest.raises(PassphraseError):
        there.open_with_recovery_key(first, NEW)
    _forget_tries(there, tmp_path)
    assert there.preview(backup, first).audit.is_whole  # a backup opens with the key of its time
    there.open(PASSPHRASE).close()
    opened = there.open_with_recovery_key(second, NEW)
    lines = [(line.actor, line.words) for line in opened.audit() if line.deed is Deed.PASSPHRASE_CHANGED]
    assert (owner.id, "a new recovery key") in lines
    assert any(words == "with the recovery key" for _, words in lines)
    opened.close()


def test_the_audit_says_who_changed_the_passphrase(there: Any, owner: Practitioner) -> None:
    there.create(PASSPHRASE, name="Test", owner=owner)[0].close()
    there.change_passphrase(PASSPHRASE, NEW, by=owner.id)
    opened = there.open(NEW)
    [line] = [each for each in opened.audit() if each.deed is Deed.PASSPHRASE_CHANGED]
    assert line.actor == owner.id
    opened.close()


def test_a_backup_opens_with_the_passphrase_that_was_set_while_the_practice_lay_open(
    there: Any, owner: Practitioner
) -> None:
    """On a server it once was sealed with the passphrase that had been changed, until the next start."""
    practice, _ = there.create(PASSPHRASE, name="Test", owner=owner)
    there.change_passphrase(PASSPHRASE, NEW)
    backup = practice.back_up().folder
    practice.close()
    assert there.preview(backup, NEW).audit.is_whole
    with pytest.raises(PassphraseError):
        there.preview(backup, PASSPHRASE)
