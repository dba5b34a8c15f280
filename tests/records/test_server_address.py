"""The address of a server: what is written in the fields is where the program connects."""

import pytest
from sqlalchemy.engine import make_url

from myomap.records.server import PORT, ServerAddress
from myomap.store.database import safe_url

ADDRESSES = [
    ServerAddress("db.example.org", "records", "anna"),
    ServerAddress("db.example.org", "records", "anna", 6000, "/etc/a b&c.pem"),
    ServerAddress("::1", "records", "anna", 5433),
    ServerAddress("/run/postgresql", "records", "anna"),
    ServerAddress("/run/my sockets", "my records?", "anna@home", 5433),
]


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda each: f"{each.host}:{each.port}")
def test_an_address_is_read_back_as_it_was_written(address: ServerAddress) -> None:
    assert ServerAddress.read(address.url()) == address
    assert ServerAddress.read(address.url("a secret: /?#")) == address


@pytest.mark.parametrize("port", [PORT, 5433])
def test_a_socket_folder_keeps_its_port(port: int) -> None:
    url = safe_url(ServerAddress("/run/postgresql", "records", "anna", port).url("secret"))
    made = url.get_dialect()().create_connect_args(url)[1]
    assert (made["host"], int(made.get("port", PORT))) == ("/run/postgresql", port)
    assert (made["user"], made["dbname"], made["password"]) == ("anna", "records", "secret")


def test_the_password_stands_only_where_it_belongs() -> None:
    url = ADDRESSES[1].url("s3cret/@:?")
    assert make_url(url).password == "s3cret/@:?"
    assert "s3cret" not in safe_url(url).render_as_string(hide_password=True)


def test_what_is_no_address_reads_as_an_empty_one() -> None:
    assert ServerAddress.read("postgresql://anna@host:many/records") == ServerAddress()
    assert ServerAddress.read("postgresql://anna@/records?host=/run&port=many") == ServerAddress()
