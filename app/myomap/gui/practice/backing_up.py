"""Backups from the window: on a thread of their own, so that saving never waits for one."""

from PySide6.QtCore import QObject, QTimer, Signal

from myomap.gui.workers import Pool
from myomap.records.errors import BackupStoppedError, LockedError, RecordsError
from myomap.records.practice import Backup, Practice

CHECK_MS = 60_000


class BackingUp(QObject):
    """Makes backups when they are due or asked for, and remembers what went wrong until one goes well."""

    changed = Signal()
    """It runs, ended, or is further: see `running`, `share`, `trouble`."""
    made = Signal(object)
    """A Backup."""
    failed = Signal(object)
    """The error, or None where somebody stopped it."""
    worried = Signal(object)
    """Something is wrong with the backups that was not wrong before: the error."""
    _told = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self._pool = Pool(threads=1)
        self._practice: Practice | None = None
        self.running = self.stopping = False
        self.share = 0.0
        self.trouble: RecordsError | None = None
        """Why the last backup failed, or its copy in the second folder."""
        self._timer = QTimer(self)
        self._timer.setInterval(CHECK_MS)
        self._timer.timeout.connect(self.start_if_due)
        self._told.connect(self._on_told)

    def follow(self, practice: Practice | None) -> None:
        """Look after a practice that is open, or after none."""
        if practice is not None and practice is not self._practice:
            self.trouble = None
        if practice is not None:
            self._practice = practice
            self._timer.start()
        else:
            self._timer.stop()

    def start(self) -> None:
        """Back up now."""
        practice = self._practice
        if practice is not None and not self.running:
            self._begin()
            self._pool.run(lambda: practice.back_up(self._told.emit), self._on_made, self._on_error)

    def start_if_due(self) -> None:
        """Back up if something changed and the last backup is old enough."""
        practice = self._practice
        if practice is not None and not self.running:
            self.running = True  # shown only once it really runs: mostly it is not due
            self._pool.run(practice.back_up_if_due, self._on_made, self._on_error)

    def stop(self) -> None:
        """End a backup that is being made; nothing of it is left."""
        practice = self._practice
        if practice is not None and self.running and not self.stopping:
            self.stopping = True
            self.changed.emit()
            stopper = Pool(threads=1)
            self._stopper = stopper  # kept until the next one: it must outlive its work
            stopper.run(practice.stop_backup, lambda _: None, lambda _: None)

    def close(self) -> None:
        """Take nothing more; the practice itself ends a backup when it closes."""
        self._timer.stop()
        self._pool.stop()

    def _begin(self) -> None:
        self.running, self.stopping, self.share = True, False, 0.0
        self.changed.emit()

    def _on_told(self, share: float) -> None:
        self.share = share
        self.changed.emit()

    def _end(self) -> None:
        self.running = self.stopping = False
        self.changed.emit()

    def _on_made(self, made: Backup | None) -> None:
        if made is not None:
            self._worry(made.trouble)
        self._end()
        if made is not None:
            self.made.emit(made)

    def _on_error(self, error: Exception) -> None:
        stopped = isinstance(error, BackupStoppedError)
        if not stopped and not isinstance(error, LockedError):
            shown = error if isinstance(error, RecordsError) else RecordsError("No backup could be made.")
            self._worry(shown)
        self._end()
        self.failed.emit(None if stopped else error)

    def _worry(self, trouble: RecordsError | None) -> None:
        before, self.trouble = self.trouble, trouble
        if trouble is not None and (before is None or before.what != trouble.what):
            self.worried.emit(trouble)
