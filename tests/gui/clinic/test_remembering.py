"""“Remember on this computer”: it opens at the start, never after a lock, and never locks anybody out."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keyring
import pytest
from tests.gui.clinic.gates import PASSPHRASE, Gate, wait
from tests.gui.clinic.rings import BrokenRing, MemoryRing, StuckRing, real_ring

from myomap.gui.practice.remembering import REFUSED
from myomap.gui.practice.session import State


@pytest.fixture
def use_ring(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], Any]:
    def use(ring: Any) -> Any:
        monkeypatch.setattr(keyring, "get_keyring", lambda: ring)
        for name in ("get_password", "set_password", "delete_password"):
            monkeypatch.setattr(keyring, name, getattr(ring, name))
        return ring

    return use


@pytest.fixture(params=["memory", "Secret Service"])
def ring(request: Any, use_ring: Any, monkeypatch: Any, tmp_path: Path) -> Iterator[Any]:
    if request.param == "memory":
        yield use_ring(MemoryRing())
        return
    backend, service = real_ring(monkeypatch, tmp_path / "keyring")
    yield use_ring(backend)
    service.stop()


def _again(gate: Gate) -> Gate:
    """Close the program and start it anew on the same folder."""
    gate.session.close()
    gate.clinic.deleteLater()
    return Gate(gate.window, gate.folder)


def _open(gate: Gate, *, remember: bool) -> None:
    page = gate.gate.unlock
    wait(lambda: gate.clinic.remembering.possible)
    page.remember.setChecked(remember)
    page.passphrase.setText(PASSPHRASE)
    page.go.click()
    wait(lambda: gate.session.is_open, 30)
    wait(lambda: not gate.clinic.remembering._aside.busy)


def test_it_opens_at_the_start_without_the_passphrase_until_it_is_forgotten(gate: Gate, ring: Any) -> None:
    gate.enter()
    gate = _again(gate)
    assert gate.session.state is State.SHUT
    _open(gate, remember=True)
    assert gate.window.context.settings.remembered
    gate = _again(gate)
    wait(lambda: gate.session.is_open, 30)
    gate.clinic.add_settings()
    part = gate.clinic.settings.access
    assert part.remember.isChecked()
    part.remember.click()
    wait(lambda: not gate.clinic.remembering._aside.busy)
    assert not gate.window.context.settings.remembered
    gate = _again(gate)
    assert gate.session.state is State.SHUT
    assert gate.session.place.open_remembered() is None  # it is really out of the keyring
    gate.session.close()


def test_closing_the_program_is_no_way_round_the_lock(gate: Gate, use_ring: Any) -> None:
    use_ring(MemoryRing())
    gate.enter()
    gate = _again(gate)
    _open(gate, remember=True)
    gate.session.lock()
    wait(lambda: gate.session.state is State.LOCKED)
    gate.idle()
    gate = _again(gate)
    wait(lambda: gate.clinic.remembering.possible)
    wait(lambda: not gate.clinic.remembering._aside.busy)  # it had the time to ask the keyring, and did not
    gate.idle()
    assert gate.session.state is State.SHUT
    _open(gate, remember=True)
    gate = _again(gate)
    wait(lambda: gate.session.is_open, 30)  # opened with the passphrase once, it opens by itself again
    gate.session.close()


def test_a_keyring_that_refuses_is_said_and_the_passphrase_opens_as_before(gate: Gate, use_ring: Any) -> None:
    use_ring(BrokenRing())
    gate.enter()
    gate = _again(gate)
    said: list[str] = []
    gate.window.context.prompts.say = said.append
    _open(gate, remember=True)
    assert said == [REFUSED]
    assert not gate.window.context.settings.remembered
    gate.session.close()


def test_a_keyring_that_never_answers_keeps_nobody_waiting(gate: Gate, use_ring: Any) -> None:
    use_ring(StuckRing())
    gate.enter()
    gate.window.context.settings.remembered = True
    gate = _again(gate)
    page = gate.gate.unlock
    assert page.asking.isVisible()
    page.passphrase.setText(PASSPHRASE)
    page.go.click()
    wait(lambda: gate.session.is_open, 30)
    begun = time.monotonic()
    gate.session.close()
    assert time.monotonic() - begun < 60  # it did not wait for the keyring, which takes an hour


def test_what_the_keyring_opens_too_late_is_closed_again(gate: Gate, use_ring: Any) -> None:
    use_ring(MemoryRing())
    gate.enter()
    second = gate.session.place.open(PASSPHRASE)
    gate.session.take_if_shut(second)
    gate.idle()
    assert second.is_locked
    assert gate.session.is_open
    gate.session.close()


def test_without_a_keyring_it_is_not_offered(gate: Gate) -> None:
    gate.enter()
    gate = _again(gate)
    wait(lambda: not gate.clinic.remembering._aside.busy)
    assert not gate.gate.unlock.remember.isVisible()
    gate.session.close()
