"""A practice that is made on a server: cut short anywhere it can be begun anew, and two do not make it at once."""

import os
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from myomap.records.demo import demo_patient
from myomap.records.edits import add
from myomap.records.errors import PracticeFileError, SaveError
from myomap.records.values import Practitioner
from myomap.store.database import Database
from myomap.store.practice_folder import PracticeFolder
from myomap.store.practice_server import PracticeServer
from myomap.store.server_copy import making

PASSPHRASE = "correct horse battery"
NEW = "another long passphrase"


def _die_at_commit(number: int, do: Callable[[], object]) -> bool:
    """Do something in a child that is killed after its N-th commit; tell whether it was."""
    child = os.fork()
    if child == 0:
        code, done = 1, 0

        def count(_: object) -> None:
            nonlocal done
            done += 1
            if done == number:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            event.listen(Engine, "commit", count)
            do()
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def _create(url: str, local: Path, owner: Practitioner) -> None:
    PracticeServer(url, local).create(PASSPHRASE, name="Cut short", owner=owner)


def _restore(url: str, local: Path, backup: Path) -> None:
    PracticeServer(url, local).restore(backup, PASSPHRASE)


def test_a_making_cut_short_can_be_begun_anew(server_url: str, tmp_path: Path, owner: Practitioner) -> None:
    number, killed, begun_anew = 0, True, 0
    while killed:
        number += 1
        killed = _die_at_commit(number, partial(_create, server_url, tmp_path, owner))
        place = PracticeServer(server_url, tmp_path)
        if place.exists():
            place.open(PASSPHRASE).close()
            break
        begun_anew += 1
        place.create(NEW, name="Begun anew", owner=owner)[0].close()
        place.open(NEW).close()
        _take_away(server_url)
    assert begun_anew > 0


def test_a_restore_cut_short_can_be_begun_anew(server_url: str, tmp_path: Path, owner: Practitioner) -> None:
    practice, _ = PracticeFolder(tmp_path / "file").create(PASSPHRASE, name="Test", owner=owner)
    practice.apply(add(demo_patient()))
    backup = practice.back_up().folder
    practice.close()
    number, killed, begun_anew = 0, True, 0
    while killed:
        number += 1
        killed = _die_at_commit(number, partial(_restore, server_url, tmp_path, backup))
        place = PracticeServer(server_url, tmp_path)
        if place.exists():
            opened = place.open(PASSPHRASE)
            assert opened.count_patients() == 1
            opened.close()
            break
        begun_anew += 1
        again = place.restore(backup, PASSPHRASE)
        assert again.count_patients() == 1
        again.close()
        _take_away(server_url)
    assert begun_anew > 0


def _take_away(url: str) -> None:
    db = Database.server(url)
    with db.write() as tx:
        tx.exec_driver_sql("DROP SCHEMA public CASCADE")
        tx.exec_driver_sql("CREATE SCHEMA public")
    db.close()


def test_two_do_not_make_a_practice_at_once(server_url: str, tmp_path: Path, owner: Practitioner) -> None:
    first = Database.server(server_url)
    with making(first):
        with pytest.raises(SaveError, match="Another program is making"):
            _create(server_url, tmp_path, owner)
        assert not PracticeServer(server_url, tmp_path).exists()
    first.close()
    _create(server_url, tmp_path, owner)
    with pytest.raises(PracticeFileError, match="not empty"):
        _create(server_url, tmp_path, owner)


def test_a_practice_is_never_taken_for_a_half_made_one(
    server_url: str, tmp_path: Path, owner: Practitioner
) -> None:
    place = PracticeServer(server_url, tmp_path)
    practice, _ = place.create(PASSPHRASE, name="Whole", owner=owner)
    practice.apply(add(demo_patient()))
    with pytest.raises(PracticeFileError, match="not empty"):
        place.create(NEW, name="Other", owner=owner)
    assert practice.count_patients() == 1
    practice.close()
