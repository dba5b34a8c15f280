"""Where the records are: a server set in the settings, tried first; and a server that goes away while a visit is open."""

from collections.abc import Iterator
from typing import Any

import keyring
import pytest
from tests.gui.clinic.gates import PASSPHRASE, wait
from tests.gui.clinic.rings import MemoryRing
from tests.store.cluster import Cluster, free_port, running
from tests.store.test_tls import PASSWORD, Net, net, signer  # noqa: F401

from myomap.gui.practice.session import State
from myomap.gui.settings import load
from myomap.gui.visit.desk import Saving
from myomap.records.edits import add
from myomap.records.server import ServerAddress
from myomap.records.values import Patient, new_id
from myomap.store import key_file

LOGIN = "a planted password"


@pytest.fixture
def seat(window: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The window as bootstrap makes it, with answers for what it asks."""
    from myomap.bootstrap import _add_clinic, _add_settings

    monkeypatch.setattr(key_file, "MEMORY_KIB", 64)
    monkeypatch.setattr(key_file, "PASSES", 1)
    window.told = []
    window.context.prompts.tell = window.told.append
    window.context.prompts.say = window.told.append
    _add_clinic(window, "")
    _add_settings(window, "")
    wait(lambda: window.clinic.session.state is State.NONE)
    yield window
    window.clinic.session.close()


@pytest.fixture(scope="module")
def mortal() -> Iterator[Cluster]:
    """A server that a test may kill."""
    port = str(free_port())
    with running({"listen_addresses": "127.0.0.1", "port": port}, "host all all all scram-sha-256") as made:
        with made.admin() as raw:
            raw.execute(f"CREATE ROLE clinic LOGIN PASSWORD '{LOGIN}'")
            for name in ("one", "two", "three", "four"):
                raw.execute(f"CREATE DATABASE {name} OWNER clinic".encode())
        yield made


def _write(part: Any, address: ServerAddress, password: str) -> None:
    part.fold.head.setChecked(True)
    part._fill(address)
    part._forget_result()
    part.password.setText(password)


def _test(part: Any) -> str:
    part.test.click()
    wait(lambda: not part.card.isHidden(), 30)
    return f"{part.title.text()} {part.text.text()}"


def _here(mortal: Cluster, name: str) -> ServerAddress:
    return ServerAddress("127.0.0.1", name, "clinic", int(mortal.settings["port"]))


def _make(seat: Any) -> None:
    gate = seat.clinic._late["patients"].gated.gate
    seat.go_to("patients")
    page = gate.welcome
    page.practice_name.setText("Test practice")
    page.person.setText("Test Clinician")
    page.licence.setText("L-1")
    page.first.setText(PASSPHRASE)
    page.second.setText(PASSPHRASE)
    page.go.click()
    wait(lambda: bool(gate.recovery.key), 30)
    gate.recovery.go.click()
    wait(lambda: seat.clinic.session.is_open)


def _use(seat: Any, address: ServerAddress) -> None:
    part = seat.clinic.settings.server
    _write(part, address, LOGIN)
    assert "Connected" in _test(part)
    part.use.click()
    session = seat.clinic.session
    wait(lambda: session.place is not None and "127.0.0.1" in session.place.where, 30)
    wait(lambda: session.state is State.NONE, 30)


def test_what_is_missing_stands_beside_its_field_and_nothing_is_tried(seat: Any) -> None:
    part = seat.clinic.settings.server
    _write(part, ServerAddress(), "")
    part.port.setText("many")
    part.certificate.setText("/nowhere/at/all.crt")
    part.test.click()
    for name in ("host", "name", "user", "port", "certificate"):
        assert part.fields[name].problem.text(), name
    assert part.card.isHidden()
    assert not part.use.isEnabled()


@pytest.mark.parametrize(
    ("change", "password", "said"),
    [
        ({}, "wrong", "does not accept this login"),
        ({"user": "nobody"}, LOGIN, "does not accept this login"),
        ({"name": "nothing"}, LOGIN, "no such database"),
        ({"port": 1}, LOGIN, "No server answers"),
        ({"host": "records.invalid"}, LOGIN, "name is not known"),
    ],
)
def test_why_a_connection_fails_is_said_in_a_sentence(
    seat: Any, mortal: Cluster, change: dict[str, Any], password: str, said: str
) -> None:
    from dataclasses import replace

    part = seat.clinic.settings.server
    _write(part, replace(_here(mortal, "one"), **change), password)
    assert said in _test(part)
    assert not part.use.isEnabled()
    assert load(seat.context.home).database == ""


def test_the_state_of_tls_is_shown(seat: Any, mortal: Cluster, net: Net) -> None:  # noqa: F811
    part = seat.clinic.settings.server
    _write(part, _here(mortal, "one"), LOGIN)
    assert "does not leave this computer" in _test(part)
    root = str(net.certificates / "ca" / "root.crt")
    _write(part, ServerAddress(net.host, "records", "clinic", net.port, root), PASSWORD)
    said = _test(part)
    assert "encrypted (TLSv1." in said
    assert "certificate was checked" in said
    _write(part, ServerAddress(net.host, "records", "clinic", net.port), PASSWORD)
    assert "certificate is not trusted" in _test(part)
    assert not part.use.isEnabled()


def test_the_password_goes_to_the_keyring_and_never_to_a_file(
    seat: Any, mortal: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = MemoryRing()
    monkeypatch.setattr(keyring, "get_keyring", lambda: ring)
    for name in ("get_password", "set_password", "delete_password"):
        monkeypatch.setattr(keyring, name, getattr(ring, name))
    _use(seat, _here(mortal, "two"))
    _make(seat)
    assert list(ring.kept.values()) == [LOGIN]
    assert "127.0.0.1" in seat.clinic.settings.server.now.text()
    for path in seat.context.home.rglob("*"):
        if path.is_file():
            assert LOGIN.encode() not in path.read_bytes()
            assert LOGIN.replace(" ", "%20").encode() not in path.read_bytes()
    assert LOGIN not in seat.clinic.session.place.where
    seat.clinic.settings.server.back.click()
    wait(lambda: seat.clinic.session.state is State.NONE, 30)  # the folder here, which has none yet
    wait(lambda: ring.kept == {})
    assert load(seat.context.home).database == ""


def test_without_a_keyring_the_password_is_asked_at_the_start(seat: Any, mortal: Cluster) -> None:
    _use(seat, _here(mortal, "three"))
    _make(seat)
    session = seat.clinic.session
    session.server_password = ""  # as after a new start
    session.look_elsewhere()
    wait(lambda: session.state is State.FAILED, 30)
    page = seat.clinic._late["patients"].gated.gate.failed
    assert page.field.isVisible()
    page.password.setText(LOGIN)
    page.again.click()
    wait(lambda: session.state is State.SHUT, 30)


def test_what_is_typed_while_the_server_is_away_is_kept_and_saved_when_it_is_back(
    seat: Any, mortal: Cluster
) -> None:
    _use(seat, _here(mortal, "four"))
    _make(seat)
    clinic = seat.clinic
    patient = Patient(new_id(), "Test Patient 01")
    clinic.session.practice.apply(add(patient))
    visit = clinic.session.practice.new_visit(patient.id).visit.id
    clinic.open_visit(visit)
    wait(lambda: clinic.desk.record is not None)
    banner = clinic._late["visit"].banner
    assert banner.isHidden()
    mortal.stop()
    try:
        clinic.visit.top.reason.setText("typed while it was away")
        clinic.visit.top.reason.flush()
        wait(lambda: clinic.desk.saving is Saving.WAITING, 30)
        wait(lambda: not banner.isHidden(), 30)
        assert "saved when the server is back" in banner.words.text()
        seat.go_to("patients")
        clinic.patients_place().list.refresh()
        wait(lambda: not clinic.session.worker.busy, 30)
        assert seat.told == []  # the banner says it; no dialogs on top
        assert seat.search("test patient") is not None  # nor does the search hang
    finally:
        mortal.start()
    wait(lambda: clinic.desk.saving is Saving.SAVED, 30)
    wait(lambda: banner.isHidden(), 30)
    assert clinic.session.practice.visit(visit).visit.reason == "typed while it was away"
