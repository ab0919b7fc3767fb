"""Messages go by HTTPS to whom the certificate names, and to no address that is not allowed."""

import socket
import ssl
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gridsvc.cli.certificates import local_certificate
from gridsvc.errors import BadInput
from gridsvc.services.outgoing import Outcome, Sender
from tests.receiver import Receiver, receiver

NOW = datetime.now(UTC)
LOOPBACK = ["127.0.0.0/8", "::1/128"]
SECRET = b"s" * 32


@pytest.fixture
def secure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """A receiver by HTTPS, whose authority this machine trusts; its certificate is for localhost."""
    made = local_certificate(tmp_path / "tls", ["localhost"], NOW)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.authority))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.server)
    with receiver(context) as opened:
        yield opened


def sent(url: str, networks: list[str] | None = None) -> Outcome:
    with Sender(LOOPBACK if networks is None else networks, 5.0).open() as send:
        return send(url, SECRET, "1", b"{}", NOW)


def test_a_certificate_that_names_the_host_convinces(secure: Receiver):
    assert sent(secure.url.replace("127.0.0.1", "localhost")) == Outcome()
    assert secure.messages[0].headers["host"].startswith("localhost:")


def test_one_for_another_name_does_not(secure: Receiver, monkeypatch: pytest.MonkeyPatch):
    found = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *a, **k: found("127.0.0.1", *a, **k))
    outcome = sent(secure.url.replace("127.0.0.1", "another.example"))
    assert "certificate" in (outcome.error or "").lower()
    assert secure.messages == []


def test_nor_one_of_an_authority_that_nobody_knows(secure: Receiver, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    assert "certificate" in (sent(secure.url.replace("127.0.0.1", "localhost")).error or "").lower()


def test_a_name_that_leads_to_an_address_that_is_not_allowed_is_not_called(secure: Receiver):
    assert (sent(secure.url.replace("127.0.0.1", "localhost"), []).error or "").endswith("not allowed")
    assert secure.messages == []


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 70 + ".example", "127.0.0.1:1"])
def test_an_address_where_nobody_is_fails_without_telling_the_rest_of_it(host: str):
    outcome = sent(f"http://{host}/hook?key=secret-word")
    assert outcome.error
    assert "secret-word" not in outcome.error
    assert not outcome.is_gone


@pytest.fixture(params=["http", "https"])
def dripping(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a receiver that says a little again and again, and never comes to an end."""
    made = local_certificate(tmp_path / "tls", ["localhost"], NOW)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.authority))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.server)
    with socket.create_server(("127.0.0.1", 0)) as listening, ThreadPoolExecutor(1) as pool:

        def answer() -> None:
            caller, _ = listening.accept()
            line = context.wrap_socket(caller, server_side=True) if request.param == "https" else caller
            with suppress(OSError), line:
                line.recv(65536)
                while True:
                    line.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n")
                    time.sleep(0.02)

        pool.submit(answer)
        yield f"{request.param}://localhost:{listening.getsockname()[1]}/"


def test_an_answer_that_never_comes_to_an_end_is_cut(dripping: str):
    with Sender(LOOPBACK, 0.2).open() as send:
        assert send(dripping, SECRET, "1", b"{}", NOW).error


@pytest.mark.parametrize("host", ["::127.0.0.1", "64:ff9b::10.0.0.1", "::ffff:10.0.0.1", "fec0::1", "::1"])
def test_a_private_address_within_another_one_is_refused(host: str):
    with pytest.raises(BadInput):
        Sender().refuse(f"https://[{host}]/")
