"""The whole program started with --database, without a screen: makes a practice, records, outlives the server.

Run by test_server_window in a process of its own. It says on stdout what it has done, one word a line,
and waits for a line on stdin where the test does something to the server.
"""

import sys
import time
from collections.abc import Callable
from typing import Any

PASSPHRASE = "a made up passphrase"


def wait(condition: Callable[[], object], what: str, most_s: float = 60.0) -> None:
    """Let the window work until something is so."""
    from PySide6.QtWidgets import QApplication

    end = time.monotonic() + most_s
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"it did not come about in time: {what}")
        QApplication.processEvents()
        time.sleep(0.002)


def say(word: str) -> None:
    """Tell the test."""
    print(word, flush=True)  # noqa: T201


def hear() -> None:
    """Wait for the test."""
    sys.stdin.readline()


class Story:
    """What a person does in the window."""

    def __init__(self, window: Any) -> None:
        self.window, self.clinic = window, window.clinic
        self.session, self.desk = self.clinic.session, self.clinic.desk

    def idle(self) -> None:
        wait(lambda: not self.session.worker.busy and not self.window.context.pool.busy, "rest")

    def make(self) -> None:
        """Make the practice on the server, a patient and a visit."""
        from myomap.gui.practice.session import State
        from myomap.records.values import Paper, Practitioner, Role, new_id

        wait(lambda: self.session.state is State.NONE, "an empty database")
        self.window.go_to("patients")
        made: list[object] = []
        owner = Practitioner(new_id(), "Test Clinician", Role.OWNER, licence_number="L-1")
        self.session.create(PASSPHRASE, "Test practice", owner, Paper.A4, made.append, made.append)
        wait(lambda: made, "the recovery key")
        assert isinstance(made[0], str), made[0]
        self.session.admit()
        wait(lambda: self.session.is_open, "the practice")
        self.idle()
        patients = self.clinic.patients
        patients.list.new.click()
        patients.form.name.setText("Test Patient 01")
        patients.form.save.click()
        wait(lambda: patients.page.patient is not None, "the patient")
        self.idle()
        patients.page.new.click()
        wait(lambda: self.desk.record is not None, "the visit")
        self.idle()

    def open(self) -> None:
        """Open what is there."""
        from myomap.gui.practice.session import State

        wait(lambda: self.session.state is not State.LOOKING, "an answer of the server")
        self.window.go_to("patients")
        say(f"state {self.session.state.value}")
        if self.session.state is State.FAILED:
            say(f"failure {self.session.failure}")
            return
        failed: list[Exception] = []
        self.session.open(PASSPHRASE, failed.append)
        wait(lambda: self.session.is_open or failed, "the practice")
        if failed:
            say(f"failure {failed[0]}")
            return
        (line,) = self.session.practice.search("")
        visit = self.session.practice.visits(line.id)[0].id
        self.clinic.open_visit(visit)
        wait(lambda: self.desk.record is not None, "the visit")
        self.idle()
        say("notes " + "|".join(note.text for note in self.desk.record.notes))

    def note(self, words: str) -> None:
        """Write a note into the open visit."""
        from myomap.records.edits import add
        from myomap.records.values import Note, NoteSection, new_id

        visit = self.desk.visit.id
        assert self.desk.do(add(Note(new_id(), NoteSection.TOLD, words), visit=visit)) == ()

    def outlive(self) -> None:
        """Go on writing while the server is away, and after."""
        from myomap.gui.visit.desk import Saving

        self.note("before")
        self.idle()
        assert self.desk.saving is Saving.SAVED, self.desk.trouble
        say("recorded")
        hear()  # the test kills the server
        self.note("while it was away")
        wait(lambda: self.desk.saving is Saving.WAITING, "the trouble")
        self.note("and more")
        assert [note.text for note in self.desk.record.notes] == ["before", "while it was away", "and more"]
        assert self.session.is_open
        say(f"trouble {self.desk.trouble}")
        hear()  # the test starts it again
        wait(lambda: self.desk.saving is Saving.SAVED, "everything kept")
        self.note("after")
        self.idle()
        assert self.desk.saving is Saving.SAVED, self.desk.trouble
        say("kept")
        hear()  # the test kills the server again
        self.note("as it was killed")
        wait(lambda: self.clinic.outliving.is_safe, "its own file")
        banner = self.clinic._late["patients"].banner
        wait(lambda: "encrypted on this computer" in banner.words.text(), "the words")
        say("waits")
        wait(lambda: False, "the end")  # the test kills this program

    def take_up(self) -> None:
        """Open what is there, and save what the program had not saved when it was killed."""
        self.open()
        banner = self.clinic._late["patients"].left
        wait(lambda: self.clinic.outliving.left, "what was left behind")
        say(f"left {banner.visits.text()}")
        banner.save.click()
        wait(lambda: not self.desk.unsaved and not self.clinic.outliving.busy, "everything kept")
        self.idle()
        say("after " + "|".join(note.text for note in self.desk.record.notes))


def drive(window: Any, part: str) -> None:
    """Play one part, then close the window."""
    try:
        story = Story(window)
        if part == "make":
            story.make()
            story.outlive()
        elif part == "left":
            story.take_up()
        else:
            story.open()
        say("done")
    except BaseException as error:
        say(f"broken {type(error).__name__} {error}")
        raise
    finally:
        window.close()


def main() -> int:
    """Start the program as its command does, with the window driven from here."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from myomap import bootstrap, cli

    begun: list[Any] = []
    run, part = bootstrap.run_window, sys.argv[1]

    def ready(window: Any) -> None:
        begun.append(window)
        QTimer.singleShot(0, lambda: drive(window, part))

    def give_up() -> None:
        if not begun:
            say("broken the window never was ready")
            QApplication.exit(2)

    def run_driven(home: Any, **given: Any) -> int:
        bootstrap.make_application()
        QTimer.singleShot(60_000, give_up)
        return run(home, **given, on_ready=ready)

    bootstrap.run_window = run_driven
    return cli.main(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
