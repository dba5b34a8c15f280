"""What a PostgreSQL server or the way to it reports, in words for people.

Where the server gives a code (SQLSTATE), that decides. A connection that was never made has none, only
a text, of which libpq's own part is English; a server set to another language gives the general words.
"""

from myomap.records.errors import (
    NotAllowedError,
    NotFoundError,
    PracticeFileError,
    Problem,
    RecordsError,
    RefusedError,
    SaveError,
    ServerAwayError,
    ServerRefusedError,
)
from myomap.records.values import Kind

UNKEEPABLE = "This text holds a character that cannot be kept."
_KEPT = "Nothing of this change was saved; everything saved before is safe."
_UNTOUCHED = "No record and no password was sent to it."
_CERTIFICATE = (
    "certificate verify failed",
    "provider signature failure",
    "certificate has expired",
    "unknown ca",
    "self-signed certificate",
)
_AWAY = {
    "57P01": "The server was shut down.",
    "57P02": "The server broke down.",
    "57P03": "The server is just starting or stopping.",
    "53300": "The server has no connection free.",
    "25P03": "The server hung up, as this program was silent in the middle of something.",
    "57014": "The server took too long.",
    "55P03": "Somebody else is writing on the server just now.",
    "40001": "Somebody else is writing on the server just now.",
    "40P01": "Somebody else is writing on the server just now.",
}


def is_from_server(error: BaseException) -> bool:
    """Tell whether a driver error comes from PostgreSQL."""
    return type(getattr(error, "orig", None) or error).__module__.startswith("psycopg")


def server_error(error: BaseException) -> RecordsError:
    """Return the words for what PostgreSQL's driver reported."""
    cause = getattr(error, "orig", None) or error
    code: str = getattr(cause, "sqlstate", None) or ""
    said = str(cause).lower()
    if type(cause).__name__ in ("DataError", "UntranslatableCharacter"):
        return RefusedError(Kind.NOTE, (Problem("text", UNKEEPABLE),))
    if code:
        return _by_code(code) or _by_words(said) or _unknown(code)
    return _by_words(said) or _away("The server cannot be reached or refused the connection.")


def _away(what: str) -> ServerAwayError:
    return ServerAwayError(what, safe=_KEPT, todo="Try again in a moment.")


def _by_code(code: str) -> RecordsError | None:
    if code[:2] in ("22", "54"):
        return RefusedError(Kind.NOTE, (Problem("text", "This is more than the server can keep there."),))
    if code in _AWAY:
        return _away(_AWAY[code])
    if code in ("42501", "3F000"):  # the latter where it may not even see the tables
        return NotAllowedError(
            "The server does not let your login do this.",
            safe="Nothing was changed.",
            todo="Ask whoever looks after the server for a login of another group.",
        )
    if code == "53100":
        return SaveError(
            "The server’s disk is full.", safe=_KEPT, todo="Tell whoever looks after the server."
        )
    if code == "25006":
        return SaveError(
            "The server can only be read just now.", safe=_KEPT, todo="Tell whoever looks after the server."
        )
    if code in ("XX001", "XX002"):
        return PracticeFileError(
            "The server’s copy of the records is damaged.",
            safe="Nothing was changed.",
            todo="Tell whoever looks after the server; open the newest backup meanwhile.",
        )
    if code[:2] == "23":
        return NotFoundError(
            "This belongs to something that is not there any more, or something still belongs to it.",
            safe="Nothing was changed.",
        )
    if code[:2] == "08":
        return _away("The connection to the server broke.")
    return None


def _by_words(said: str) -> RecordsError | None:
    """Return the words for a connection that was not made, or broke."""

    def refused(what: str, todo: str, safe: str = _UNTOUCHED) -> ServerRefusedError:
        return ServerRefusedError(what, safe=safe, todo=todo)

    if "does not match host name" in said:
        return refused(
            "The server’s certificate is for another name than the address you gave: it may be another machine.",
            "Use the name that is in its certificate, or have the certificate made for this address.",
        )
    if any(each in said for each in _CERTIFICATE):
        return refused(
            "The server’s certificate is not trusted here, or has run out: it may be another machine.",
            "Add sslrootcert=FILE with your authority’s certificate to the address, or have it renewed.",
        )
    if "root certificate file" in said:
        return refused(
            "The file with the authority’s certificate (sslrootcert) is missing.", "Check its path."
        )
    if "does not support ssl" in said:
        return refused(
            "The server does not encrypt its connections (TLS), and records are not sent in the clear.",
            "Have TLS switched on at the server (ssl = on).",
        )
    if "no pg_hba.conf entry" in said:
        return refused(
            "The server does not accept this login from this machine, or not without TLS.",
            "Have it allowed in the server’s pg_hba.conf (hostssl).",
        )
    if "password authentication failed" in said or "no password supplied" in said:
        return refused(
            "The server does not accept this login or its password.",
            "Check the login in the address and its password (in ~/.pgpass or PGPASSWORD).",
            "Nothing was changed.",
        )
    if "permission denied for database" in said:
        return refused(
            "The server does not let this login open this database.",
            "Have it granted at the server (CONNECT).",
            "Nothing was changed.",
        )
    if 'database "' in said and "does not exist" in said:
        return refused(
            "There is no such database on the server.",
            "Check the name at the end of the address.",
            "Nothing was changed.",
        )
    if "role " in said and ("does not exist" in said or "not permitted to log in" in said):
        return refused(
            "The server does not know this login.", "Check the login in the address.", "Nothing was changed."
        )
    if "failed to resolve host" in said or "could not translate host name" in said:
        return _away("The server’s name is not known in this network.")
    if "timeout expired" in said:
        return _away("The server does not answer.")
    if "connection refused" in said or "no such file or directory" in said:
        return _away("No server answers at this address.")
    if "starting up" in said or "shutting down" in said or "recovery mode" in said:
        return _away(_AWAY["57P03"])
    if "too many clients" in said or "connection slots" in said:
        return _away(_AWAY["53300"])
    if "terminating connection" in said or "closed the connection" in said or "unexpected eof" in said:
        return _away("The connection to the server broke.")
    return None


def _unknown(code: str) -> SaveError:
    return SaveError(f"The server refused this change (code {code}).", safe=_KEPT)


__all__ = ["UNKEEPABLE", "is_from_server", "server_error"]
