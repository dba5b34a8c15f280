"""The wrapped key: passphrase, recovery key, waiting, damage, keyring."""

import json
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from myomap.records.errors import PassphraseError, PracticeFileError, RefusedError
from myomap.records.values import Practitioner
from myomap.store import key_file
from myomap.store.key_file import Attempts, KeyText, new_key, new_recovery_key, read_recovery_key
from myomap.store.practice_folder import PracticeFolder
from myomap.store.practice_store import StoredPractice

PASSPHRASE = "correct horse battery"


def test_the_key_opens_with_the_passphrase_and_with_the_recovery_key() -> None:
    key, recovery = new_key(), new_recovery_key()
    text = KeyText(KeyText.make(key, PASSPHRASE, recovery).text)
    assert text.open(PASSPHRASE) == key
    assert text.open(recovery) == key
    assert text.open("something else") is None
    assert text.open(new_recovery_key()) is None


def test_a_new_passphrase_leaves_key_and_recovery_key_as_they_were() -> None:
    key, recovery = new_key(), new_recovery_key()
    text = KeyText.make(key, PASSPHRASE, recovery).with_passphrase(key, "another passphrase")
    assert text.open("another passphrase") == key
    assert text.open(recovery) == key
    assert text.open(PASSPHRASE) is None


def test_a_recovery_key_is_read_as_people_type_it() -> None:
    for _ in range(50):
        printed = new_recovery_key()
        assert len(printed.split("-")) == 9
        raw = read_recovery_key(printed)
        assert raw is not None
        assert len(raw) == 20
        typed = printed.lower().replace("-", " ").replace("0", "o").replace("1", "l")
        assert read_recovery_key(f"  {typed} ") == raw


def test_a_mistyped_recovery_key_is_noticed() -> None:
    printed = new_recovery_key()
    for place in (0, 5, 20, 43):
        other = "X" if printed[place] != "X" else "Y"
        assert read_recovery_key(printed[:place] + other + printed[place + 1 :]) is None
    assert read_recovery_key(printed[:-1]) is None
    assert read_recovery_key("") is None


def test_a_short_passphrase_is_refused_and_a_strange_one_is_not() -> None:
    with pytest.raises(RefusedError):
        KeyText.make(new_key(), "short", new_recovery_key())
    key, strange = new_key(), "päß wörd 🦴 \u202e  "
    assert KeyText.make(key, strange, new_recovery_key()).open(strange) == key


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"practice":"x","format":1}', "\ufffd\ufffd"])
def test_a_damaged_key_file_says_what_to_do(text: str) -> None:
    with pytest.raises(PracticeFileError, match="damaged") as caught:
        KeyText(text)
    assert "backup" in caught.value.todo


def test_a_key_file_of_a_newer_program_is_refused() -> None:
    made = json.loads(KeyText.make(new_key(), PASSPHRASE, new_recovery_key()).text)
    made["format"] = 2
    with pytest.raises(PracticeFileError, match="newer"):
        KeyText(json.dumps(made))


def test_every_flipped_bit_of_the_sealed_key_is_noticed() -> None:
    made = json.loads(KeyText.make(new_key(), PASSPHRASE, new_recovery_key()).text)
    sealed = made["passphrase"]["sealed"]
    for place in range(0, len(sealed) - 2, 7):
        other = "A" if sealed[place] != "A" else "B"
        made["passphrase"]["sealed"] = sealed[:place] + other + sealed[place + 1 :]
        assert KeyText(json.dumps(made)).open(PASSPHRASE) is None


def test_a_wrong_passphrase_waits_longer_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    wall, steady = [1000.0], [0.0]
    monkeypatch.setattr(time, "time", lambda: wall[0])
    monkeypatch.setattr(time, "monotonic", lambda: steady[0])
    text = KeyText.make(new_key(), PASSPHRASE, new_recovery_key())
    attempts = Attempts(None)
    waits = []
    for _ in range(11):
        with pytest.raises(PassphraseError, match="wrong") as caught:
            attempts.open(text, "wrong one")
        waits.append(caught.value.wait_s)
        with pytest.raises(PassphraseError, match="wait"):
            attempts.open(text, PASSPHRASE)  # even the right one waits
        wall[0] += caught.value.wait_s
        steady[0] += caught.value.wait_s
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    attempts.open(text, PASSPHRASE)
    assert attempts.wait_s() == 0


def test_the_wait_outlives_a_restart_and_a_clock_set_back_does_not_make_it_endless(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = KeyText.make(new_key(), PASSPHRASE, new_recovery_key())
    path = tmp_path / "attempts.json"
    first = Attempts(path)
    for _ in range(3):
        with pytest.raises(PassphraseError):
            first.open(text, "wrong one")
        first._until = first._until_monotonic = 0.0
        first._keep()
    with pytest.raises(PassphraseError):
        first.open(text, "wrong one")
    assert 6 < Attempts(path).wait_s() <= 8
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now - 10_000_000)
    assert Attempts(path).wait_s() <= 8
    path.write_text("nonsense")
    assert Attempts(path).wait_s() == 0


def test_opening_with_a_wrong_passphrase_is_refused_quietly(
    practice: StoredPractice, place: PracticeFolder, capfd: pytest.CaptureFixture[str]
) -> None:
    practice.close()
    with pytest.raises(PassphraseError, match="wrong"):
        place.open("not the passphrase")
    out = capfd.readouterr()
    assert out.err == out.out == ""


def test_the_wrong_key_for_a_file_is_refused_quietly(
    practice: StoredPractice, place: PracticeFolder, owner: Practitioner, capfd: Any
) -> None:
    """key.json of one practice beside the records of another."""
    practice.close()
    other = PracticeFolder(place.folder.parent / "other")
    other.create(PASSPHRASE, name="Other", owner=owner)[0].close()
    (other.folder / "key.json").replace(place.folder / "key.json")
    with pytest.raises(PracticeFileError, match="damaged, or its key"):
        place.open(PASSPHRASE)
    assert capfd.readouterr().err == ""


def test_the_recovery_key_sets_a_new_passphrase(place: PracticeFolder, owner: Practitioner) -> None:
    practice, recovery = place.create(PASSPHRASE, name="", owner=owner)
    practice.close()
    place.open_with_recovery_key(recovery.lower(), "a new passphrase").close()
    place.open("a new passphrase").close()
    with pytest.raises(PassphraseError):
        place.open(PASSPHRASE)


def test_a_passphrase_change_asks_for_the_old_one_first(
    practice: StoredPractice, place: PracticeFolder
) -> None:
    practice.close()
    place.change_passphrase(PASSPHRASE, "a new passphrase")
    place.open("a new passphrase").close()
    with pytest.raises(PassphraseError):
        place.change_passphrase(PASSPHRASE, "yet another one")


def test_a_passphrase_change_that_cannot_be_written_leaves_the_old_one(
    practice: StoredPractice, place: PracticeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    practice.close()
    old = (place.folder / "key.json").read_bytes()

    def fail(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", fail)
        with pytest.raises(Exception, match="could not be saved"):
            place.change_passphrase(PASSPHRASE, "a new passphrase")
    assert (place.folder / "key.json").read_bytes() == old
    assert sorted(path.name for path in place.folder.iterdir() if "part" in path.name) == []
    place.open(PASSPHRASE).close()


def test_a_keyring_that_fails_locks_nobody_out(practice: StoredPractice, place: PracticeFolder) -> None:
    assert place.remember(practice, True) is False
    assert place.open_remembered() is None
    practice.close()
    place.open(PASSPHRASE).close()


def test_a_keyring_that_writes_plain_text_is_none(
    practice: StoredPractice, place: PracticeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    import keyring

    kept: list[str] = []
    monkeypatch.setattr(keyring, "get_keyring", lambda: SimpleNamespace(priority=0.5))
    monkeypatch.setattr(keyring, "set_password", lambda s, u, p: kept.append(p))
    assert not place.can_remember()
    assert place.remember(practice, True) is False
    assert kept == []


def test_the_keyring_opens_and_forgets(
    practice: StoredPractice, place: PracticeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    import keyring

    kept: dict[tuple[str, str], str] = {}
    monkeypatch.setattr(keyring, "get_keyring", lambda: SimpleNamespace(priority=5))
    monkeypatch.setattr(keyring, "set_password", lambda s, u, p: kept.__setitem__((s, u), p))
    monkeypatch.setattr(keyring, "get_password", lambda s, u: kept.get((s, u)))
    monkeypatch.setattr(keyring, "delete_password", lambda s, u: kept.pop((s, u)))
    assert place.remember(practice, True)
    practice.close()
    again = place.open_remembered()
    assert again is not None
    assert place.remember(again, False)
    again.close()
    assert place.open_remembered() is None
    kept[("myomap", practice.uuid)] = "bm90IGEga2V5"
    assert place.open_remembered() is None


def test_the_real_cost_of_a_passphrase_is_argon2id_with_64_mib(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    made = json.loads(KeyText.make(new_key(), PASSPHRASE, new_recovery_key()).text)["passphrase"]
    assert (made["kdf"], made["memory_kib"], made["passes"]) == ("argon2id", 65536, 3)
    assert key_file.LANES >= 1


def test_many_windows_together_guess_no_faster_than_one(
    practice: StoredPractice, place: PracticeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second window that had counted nothing once set the count of all back to one."""
    practice.close()
    windows = [PracticeFolder(place.folder) for _ in range(3)]
    clock = [1_000_000.0]
    monkeypatch.setattr(key_file.time, "time", lambda: clock[0])
    monkeypatch.setattr(key_file.time, "monotonic", lambda: clock[0])
    waits = []
    for window in windows * 2:
        with pytest.raises(PassphraseError, match="is wrong") as caught:
            window.open("a wrong passphrase")
        waits.append(caught.value.wait_s)
        assert all(each.wait_s() == caught.value.wait_s for each in windows)
        clock[0] += caught.value.wait_s + 0.1
    assert waits == [1, 2, 4, 8, 16, 32]
    windows[0].open(PASSPHRASE).close()


def test_a_passphrase_opens_however_its_accents_were_typed() -> None:
    key = new_key()
    one, two = "caf\u00e9 at n\u00efght", "cafe\u0301 at ni\u0308ght"
    for kept, typed in ((one, two), (two, one)):
        text = KeyText.make(key, kept, new_recovery_key())
        assert text.open(typed) == key
    assert text.open("cafe at night") is None


def test_half_a_character_is_no_passphrase_and_says_no_damage(
    place: PracticeFolder, owner: Practitioner
) -> None:
    with pytest.raises(RefusedError, match="half a character"):
        KeyText.make(new_key(), "eight \ud83d letters", new_recovery_key())
    place.create(PASSPHRASE, name="", owner=owner)[0].close()
    with pytest.raises(PassphraseError, match="wrong"):  # once: the key is damaged
        place.open("eight \ud83d letters")
