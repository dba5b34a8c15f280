"""The address of a server that holds a practice, as a person writes it, and what looking at it found."""

from dataclasses import dataclass
from typing import Protocol
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

from myomap.records.errors import Problem
from myomap.records.place import PracticePlace

SCHEME = "postgresql+psycopg"
PORT = 5432


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """Where a server is and who logs in. The password is never part of it."""

    host: str = ""
    """A name, or the folder of a socket on this computer."""
    name: str = ""
    """The database."""
    user: str = ""
    port: int = PORT
    certificate: str = ""
    """File with the certificate of the authority; empty: those that the system trusts."""

    def problems(self) -> tuple[Problem, ...]:
        """Return what is missing or cannot be, by field."""
        found = []
        if not self.host.strip() or any(c in self.host for c in " @?#") or "://" in self.host:
            found.append(Problem("host", "Write the server's name or address, such as records.example.org."))
        if not self.name.strip():
            found.append(Problem("name", "Write the name of the database."))
        if not self.user.strip():
            found.append(Problem("user", "Write the login that you were given."))
        if not 0 < self.port < 65536:
            found.append(Problem("port", "A port is a number up to 65535; mostly 5432."))
        return tuple(found)

    def url(self, password: str = "") -> str:
        """Return the address as a database URL.

        >>> ServerAddress("db.example.org", "records", "anna").url()
        'postgresql+psycopg://anna@db.example.org:5432/records'
        >>> ServerAddress("/run/postgresql", "records", "anna", 5433).url()
        'postgresql+psycopg://anna@/records?host=%2Frun%2Fpostgresql&port=5433'
        """
        secret = f":{quote(password, safe='')}" if password else ""
        is_socket = self.host.startswith("/")
        options = {"host": self.host} if is_socket else {}
        if is_socket and self.port != PORT:
            options["port"] = str(self.port)  # a socket's name ends in the port
        if self.certificate:
            options |= {"sslmode": "verify-full", "sslrootcert": self.certificate}
        host = "" if is_socket else f"{_host(self.host)}:{self.port}"
        query = f"?{urlencode(options)}" if options else ""
        return f"{SCHEME}://{quote(self.user, safe='')}{secret}@{host}/{quote(self.name, safe='')}{query}"

    @classmethod
    def read(cls, url: str) -> "ServerAddress":
        """Return the address that a URL says; what it leaves out is empty.

        >>> ServerAddress.read("postgresql://anna:x@db.example.org/records").user
        'anna'
        """
        try:
            parts = urlsplit(url)
            options = {key: values[0] for key, values in parse_qs(parts.query).items()}
            port = int(options.get("port", "") or parts.port or PORT)
        except ValueError:
            return cls()
        host = options.get("host") or unquote(parts.hostname or "")
        return cls(
            host,
            unquote(parts.path.lstrip("/")),
            unquote(parts.username or ""),
            port,
            options.get("sslrootcert", ""),
        )


def _host(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


@dataclass(frozen=True, slots=True)
class ServerState:
    """What looking at a server found."""

    version: str
    tls: str
    """“TLSv1.3, TLS_AES_256_GCM_SHA384”; empty where the connection is not encrypted (this computer only)."""
    has_practice: bool
    is_empty: bool
    """There is nothing in the database: a practice can be made there."""


class ServerDoors(Protocol):
    """What the window needs of servers; bootstrap gives it. Slow: call it off the window's thread."""

    def look_at(self, address: ServerAddress, password: str) -> ServerState:
        """Connect and look; MyomapError in words for people."""
        ...

    def place(self, address: ServerAddress | None, password: str) -> PracticePlace:
        """Return the practice's place on a server, or in the folder on this computer for None."""
        ...

    def kept_password(self, address: ServerAddress) -> str:
        """Return the password from this computer's keyring; empty where there is none (or no answer)."""
        ...

    def keep_password(self, address: ServerAddress, password: str) -> bool:
        """Put the password into the keyring, or take it out if it is empty; False where that cannot be."""
        ...


__all__ = ["PORT", "ServerAddress", "ServerDoors", "ServerState"]
