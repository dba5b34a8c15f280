"""TLS to a real server at an address that is not the loopback: with the right certificate, and else not."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.store.certificates import Authority, authority, server_certificate
from tests.store.cluster import Cluster, free_port, outer_address, running

from myomap.records.demo import demo_patient, fill_visit
from myomap.records.edits import add
from myomap.records.errors import RefusedError, ServerAwayError, ServerRefusedError
from myomap.records.values import Practitioner
from myomap.store.practice_server import PracticeServer

Signer = tuple[Path, Authority]
PASSPHRASE = "correct horse battery"
#: Of the server's login, not of the practice.
PASSWORD = "a planted password"
ONLY_TLS = "hostssl all all all scram-sha-256"


@dataclass(frozen=True)
class Net:
    """A server on the network of this machine."""

    cluster: Cluster
    host: str
    port: int
    certificates: Path

    def url(self, *, host: str = "", password: str = PASSWORD, name: str = "records", **query: str) -> str:
        asked = "&".join(f"{key}={value}" for key, value in query.items())
        login = f"clinic:{password.replace(' ', '%20')}" if password else "clinic"
        return f"postgresql+psycopg://{login}@{host or self.host}:{self.port}/{name}?{asked}"

    def trusted(self, **given: str) -> str:
        root = str(self.certificates / "ca" / "root.crt")
        return self.url(**{"sslmode": "verify-full", "sslrootcert": root, **given})


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    folder = tmp_path_factory.mktemp("certificates")
    authority(folder / "other", "Another authority")
    return folder, authority(folder / "ca")


def _net(signer: Signer, kind: str) -> Iterator[Net]:
    certificates, key = signer
    host = outer_address()
    if not host:
        pytest.skip("this machine has no address but its loopback")
    port = free_port(host)
    tls: Path | None = certificates / kind
    names = ("db.example.invalid",) if kind == "foreign" else (host,)
    if kind == "none":
        tls = None
    else:
        server_certificate(certificates / kind, key, names=names, expired=kind == "expired")
    hba = ONLY_TLS if tls else ONLY_TLS.replace("hostssl", "host")
    settings = {"listen_addresses": host, "port": str(port)}
    with running(settings, hba, tls) as cluster:
        with cluster.admin() as raw:
            raw.execute(f"CREATE ROLE clinic LOGIN PASSWORD '{PASSWORD}'")
            raw.execute("CREATE DATABASE records OWNER clinic")
        yield Net(cluster, host, port, certificates)


@pytest.fixture(scope="module")
def net(signer: Signer) -> Iterator[Net]:
    """A server that takes nobody without TLS, with a certificate for its address."""
    yield from _net(signer, "good")


@pytest.fixture
def strange(signer: Signer) -> Iterator[Callable[[str], Net]]:
    """Servers that should not be trusted."""
    open_ones = []

    def make(kind: str) -> Net:
        running_one = _net(signer, kind)
        open_ones.append(running_one)
        return next(running_one)

    yield make
    for each in open_ones:
        next(each, None)


def test_with_the_authoritys_certificate_a_practice_is_made_and_used(
    net: Net, tmp_path: Path, owner: Practitioner
) -> None:
    there = PracticeServer(net.trusted(), tmp_path)
    assert PASSWORD not in there.where
    assert "planted" not in there.where
    practice, _ = there.create(PASSPHRASE, name="Test Server", owner=owner)
    patient = demo_patient()
    practice.apply(add(patient))
    practice.apply(fill_visit(practice.new_visit(patient.id).visit.id))
    with net.cluster.admin() as raw:
        rows = raw.execute(
            "SELECT s.ssl, a.client_addr::text FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) "
            "WHERE a.datname = 'records'"
        ).fetchall()
    assert rows
    assert all(encrypted for encrypted, _ in rows)
    assert {address for _, address in rows} == {f"{net.host}/32"}
    practice.close()
    again = there.open(PASSPHRASE)
    assert again.patient(patient.id) == patient
    again.close()


@pytest.mark.parametrize("mode", ["disable", "allow", "prefer"])
def test_records_are_not_sent_in_the_clear(net: Net, tmp_path: Path, mode: str) -> None:
    with pytest.raises(RefusedError, match="unencrypted"):
        PracticeServer(net.url(sslmode=mode), tmp_path)


def test_an_address_without_a_word_about_tls_checks_the_certificate(net: Net, tmp_path: Path) -> None:
    """The test's authority is not among those that the system trusts."""
    with pytest.raises(ServerRefusedError, match="not trusted"):
        PracticeServer(net.url(), tmp_path).exists()


def _refused(url: str, folder: Path) -> str:
    with pytest.raises(ServerRefusedError) as caught:
        PracticeServer(url, folder).exists()
    assert caught.value.safe
    assert caught.value.todo
    assert "planted" not in str(caught.value)
    return caught.value.what


def test_a_certificate_of_another_authority_is_refused(net: Net, tmp_path: Path) -> None:
    other = str(net.certificates / "other" / "root.crt")
    assert "not trusted" in _refused(net.trusted(sslrootcert=other), tmp_path)
    assert "is missing" in _refused(net.trusted(sslrootcert=str(tmp_path / "nothing.crt")), tmp_path)


def test_a_certificate_for_another_name_is_refused(strange: Callable[[str], Net], tmp_path: Path) -> None:
    assert "another name" in _refused(strange("foreign").trusted(), tmp_path)


def test_a_certificate_that_has_run_out_is_refused(strange: Callable[[str], Net], tmp_path: Path) -> None:
    assert "run out" in _refused(strange("expired").trusted(), tmp_path)


def test_a_server_without_tls_is_refused(strange: Callable[[str], Net], tmp_path: Path) -> None:
    assert "does not encrypt" in _refused(strange("none").trusted(), tmp_path)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"password": "wrong"}, "login or its password"),
        ({"password": ""}, "login or its password"),
        ({"name": "nowhere"}, "no such database"),
    ],
)
def test_a_wrong_login_or_database_is_a_sentence(
    net: Net, tmp_path: Path, given: dict[str, str], said: str
) -> None:
    assert said in _refused(net.trusted(**given), tmp_path)


def test_a_name_that_nobody_has_is_a_sentence(net: Net, tmp_path: Path) -> None:
    with pytest.raises(ServerAwayError, match="not known in this network"):
        PracticeServer(net.trusted(host="db.example.invalid"), tmp_path).exists()
