"""``myomap records …``: make, check, back up, restore and export a practice from the command line.

The passphrase is asked for on a terminal; without one it is the first line of standard input. It is
never an argument, because others on the machine can read those. An owner's PIN is asked for after it.
"""

import argparse
import getpass
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from myomap.errors import MyomapError
from myomap.records.errors import PracticeFileError
from myomap.records.place import PracticePlace
from myomap.records.practice import Practice
from myomap.records.values import Practitioner, Role, new_id
from myomap.store import server_roles
from myomap.store.database import Database
from myomap.store.safe_files import write_whole


def place(options: argparse.Namespace) -> PracticePlace:
    """Return where the practice is: ``--database``, ``--file``, or the folder in ``--home``."""
    database: str = getattr(options, "database", "") or ""
    if database:
        from myomap.store.practice_server import PracticeServer

        # The same local folder as the window uses: its backups are these backups.
        return PracticeServer(database, default_folder(options.home))
    from myomap.store.practice_folder import PracticeFolder

    return PracticeFolder(getattr(options, "file", None) or default_folder(options.home))


def default_folder(home: Path) -> Path:
    """Return where a practice lies if nobody says otherwise."""
    return Path(home) / "practice"


def records(options: argparse.Namespace) -> int:
    """Run one of the actions; MyomapError becomes a sentence in myomap.cli."""
    return _ACTIONS[options.action](options)


def _secret(words: str) -> str:
    if sys.stdin.isatty():
        return getpass.getpass(f"{words}: ")
    return sys.stdin.readline().rstrip("\r\n")


def _say(words: str) -> None:
    print(words)  # noqa: T201


def _opened(options: argparse.Namespace, *, as_owner: bool = False) -> Practice:
    there = place(options)
    if not there.exists():
        raise PracticeFileError(
            f"There is no practice in {there.where}.", todo="Make one: myomap records create"
        )
    practice = there.open(_secret("Passphrase"))
    if practice.upgraded is not None:
        _say(f"The practice was brought up to date; how it was before: {practice.upgraded.backup}")
    for caution in practice.cautions:  # and again, until somebody has read them in the window
        print(caution, file=sys.stderr)  # noqa: T201
    if as_owner:
        try:
            _sign_in_owner(practice)
        except BaseException:
            practice.close()
            raise
    return practice


def _sign_in_owner(practice: Practice) -> None:
    """Act as the first owner: whoever has the passphrase, and the owner's PIN if there is one."""
    if practice.actor is None:
        owners = [each for each in practice.practitioners() if each.role is Role.OWNER]
        if owners:
            has_pin = practice.has_pin(owners[0].id)
            practice.sign_in(owners[0].id, _secret(f"PIN of {owners[0].name}") if has_pin else "")


def _create(options: argparse.Namespace) -> int:
    passphrase = _secret("New passphrase (several words)")
    if sys.stdin.isatty() and _secret("Once more") != passphrase:
        raise MyomapError("The two are not the same.", safe="Nothing was made.")
    owner = Practitioner(new_id(), "Owner", Role.OWNER)
    practice, recovery = place(options).create(passphrase, name="", owner=owner)
    practice.close()
    _say("The practice was made. Print this recovery key and keep it away from the computer;")
    _say("without it and the passphrase nobody can ever read the records again:")
    _say(f"\n    {recovery}\n")
    return 0


def _info(options: argparse.Namespace) -> int:
    there = place(options)
    practice = _opened(options)
    backups = practice.backups()
    _say(f"Practice:  {practice.name or '(no name yet)'}")
    _say(f"Where:     {there.where}")
    _say(f"Patients:  {practice.count_patients()}")
    newest = f", newest {backups[0].made_at.isoformat()}" if backups else ""
    _say(f"Backups:   {len(backups)}{newest}")
    practice.close()
    return 0


def _verify(options: argparse.Namespace) -> int:
    practice = _opened(options)
    verdict = practice.verify_audit()
    practice.close()
    for fault in verdict.faults:
        _say(fault)
    if verdict.is_whole:
        _say(f"The audit is whole: {verdict.lines} lines, every signature fits.")
        return 0
    _say(f"The audit is NOT whole: {len(verdict.faults)} faults in {verdict.lines} lines.")
    return 1


def _back_up(options: argparse.Namespace) -> int:
    practice = _opened(options)
    try:
        made = practice.back_up()
    finally:
        practice.close()
    _say(f"Made and checked: {made.folder} ({made.size / 1e6:.1f} MB)")
    if made.trouble is not None:
        raise made.trouble
    return 0


def _restore(options: argparse.Namespace) -> int:
    if options.source is None:
        raise MyomapError("Which backup? Say --from FOLDER.")
    there = place(options)
    secret = _secret("Passphrase of the backup")
    seen = there.preview(options.source, secret)
    _say(
        f"The backup holds {seen.patients} patients and {seen.visits} visits, last written "
        f"{seen.last_change.isoformat(timespec='minutes') if seen.last_change else 'never'}; "
        f"its audit is {'whole' if seen.audit.is_whole else 'NOT whole'}."
    )
    was_there = there.exists()
    there.restore(options.source, secret).close()
    _say("It is in place.")
    if was_there:
        _say("What was there before is now a backup named “before-restore-…”.")
    return 0


def _export(options: argparse.Namespace) -> int:
    if not options.patient or options.out is None:
        raise MyomapError("Which patient, and where to? Say --patient ID --out FILE.")
    practice = _opened(options, as_owner=True)
    try:
        write_whole(options.out, practice.export_patient(options.patient))
    finally:
        practice.close()
    _say(f"Written, and not encrypted: {options.out}")
    return 0


def _new_recovery_key(options: argparse.Namespace) -> int:
    there = place(options)
    if not there.exists():
        raise PracticeFileError(f"There is no practice in {there.where}.")
    made = there.new_recovery_key(_secret("Passphrase"))
    _say(
        "Print this recovery key and keep it away from the computer. The one before opens the practice no more;"
    )
    _say("backups that were made until now still open with it:")
    _say(f"\n    {made}\n")
    return 0


def _server_setup(options: argparse.Namespace) -> int:
    """Print what sets up groups of logins on a server, or do it."""
    if not options.apply:
        _say(server_roles.script(options.prefix))
        return 0
    if not options.database:
        raise MyomapError("Which server? Say --database postgresql+psycopg://… before “records”.")
    db = Database.server(options.database)
    try:
        server_roles.apply(db, options.prefix)
    finally:
        db.close()
    groups = ", ".join(f"{options.prefix}_{each}" for each in server_roles.GROUPS)
    _say(f"The groups are set up: {groups}.")
    return 0


_ACTIONS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "create": _create,
    "info": _info,
    "verify": _verify,
    "backup": _back_up,
    "restore": _restore,
    "export-patient": _export,
    "new-recovery-key": _new_recovery_key,
    "server-setup": _server_setup,
}
