"""HTTPS: an operator's certificate that cannot be meant is refused by its file; what is served convinces clients."""

import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from gridsvc.cli.certificates import SERVER_DAYS, local_certificate
from gridsvc.cli.tls import given_context, local_context
from tests.conftest import without
from tests.served import served

from .conftest import Done

Run = Callable[..., Done]
NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)


def pair(folder: Path, at: datetime = NOW) -> tuple[Path, Path]:
    """A certificate and its key in two files, as an operator has them."""
    folder.mkdir(exist_ok=True)
    content = local_certificate(folder / "made", [], at).server.read_bytes()
    certificate, key = folder / "server.crt", folder / "server.key"
    certificate.write_bytes(content[content.index(b"-----BEGIN CERT") :])
    key.write_bytes(content[: content.index(b"-----BEGIN CERT")])
    key.chmod(0o600)
    return certificate, key


def locked(key: Path) -> None:
    made = serialization.load_pem_private_key(key.read_bytes(), None)
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
    key.write_bytes(made.private_bytes(*form, serialization.BestAvailableEncryption(b"word")))


def exchanged(key: Path) -> None:
    shutil.copy(pair(key.parent / "other")[1], key)


SPOILT: dict[str, tuple[Callable[[Path, Path], object], str, str]] = {
    "no certificate": (lambda c, k: c.unlink(), "--tls-cert", "No such file"),
    "no key": (lambda c, k: k.unlink(), "--tls-key", "No such file"),
    "a folder": (lambda c, k: (c.unlink(), c.mkdir()), "--tls-cert", "directory"),
    "an empty certificate": (lambda c, k: c.write_bytes(b""), "--tls-cert", "BEGIN CERTIFICATE"),
    "the key as certificate": (lambda c, k: shutil.copy(k, c), "--tls-cert", "BEGIN CERTIFICATE"),
    "binary": (lambda c, k: c.write_bytes(b"\x30\x82\x00"), "--tls-cert", "BEGIN CERTIFICATE"),
    "the certificate as key": (lambda c, k: k.write_bytes(c.read_bytes()), "--tls-key", "BEGIN PRIVATE KEY"),
    "a damaged key": (lambda c, k: k.write_bytes(k.read_bytes()[:80]), "--tls-key", "BEGIN PRIVATE KEY"),
    "a key with a passphrase": (lambda c, k: locked(k), "--tls-key", "passphrase"),
    "another's key": (lambda c, k: exchanged(k), "--tls-key", "belong together"),
    "a key for everybody": (lambda c, k: k.chmod(0o644), "--tls-key", "chmod 600"),
}


@pytest.mark.parametrize(("spoil", "option", "told"), SPOILT.values(), ids=SPOILT)
def test_files_that_cannot_be_meant_are_refused_by_name(
    run: Run, tmp_path: Path, spoil: Callable[[Path, Path], object], option: str, told: str
):
    certificate, key = pair(tmp_path)
    spoil(certificate, key)
    done = run("serve", "--port", free_port(), "--tls-cert", certificate, "--tls-key", key)
    assert done.code == 2
    assert option in done.err
    assert str(certificate if option == "--tls-cert" else key) in done.err
    assert told in done.err
    assert "PRIVATE KEY-----\nM" not in done.err
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize(("later", "told"), [(DAY * 400, "ended on"), (DAY * -400, "begins on")])
def test_a_certificate_out_of_its_time_is_refused(run: Run, tmp_path: Path, later: timedelta, told: str):
    certificate, key = pair(tmp_path, NOW - later)
    done = run("serve", "--port", free_port(), "--tls-cert", certificate, "--tls-key", key)
    assert (done.code, told in done.err) == (2, True), done.err


@pytest.mark.parametrize("options", [["--tls-cert", "x"], ["--tls-key", "x"], ["--tls", "acme"],
                                     ["--tls", "local", "--tls-cert", "x", "--tls-key", "y"],
                                     ["--tls", "local", "--tls-name", "a b"]])  # fmt: skip
def test_options_that_do_not_go_together_are_refused(run: Run, tmp_path: Path, options: list[str]):
    assert run("serve", "--port", free_port(), *options).code == 2
    assert not list(tmp_path.glob("state/tls/*"))


def test_an_operators_certificate_is_served(empty_url: str, tmp_path: Path):
    certificate, key = pair(tmp_path)
    with served(empty_url, tls=given_context(certificate, key, NOW)) as port:
        assert asked(port, tmp_path / "made" / "gridsvc-ca.crt").status == 200


def test_a_service_that_runs_for_a_year_renews_its_certificate(empty_url: str, tmp_path: Path):
    clock = [NOW - DAY * (SERVER_DAYS - 20)]
    context, local = local_context(tmp_path, [], lambda: clock[0])
    with served(empty_url, tls=context) as port:
        before = presented(port)
        clock[0] = NOW
        # Whoever comes first is still shown the old one.
        shown = [presented(port) for _ in range(3)]
        assert asked(port, local.authority).status == 200
    assert shown[1] == shown[2] != before


def test_a_renewal_that_fails_turns_nobody_away(empty_url: str, tmp_path: Path, caplog):
    clock = [NOW - DAY * (SERVER_DAYS - 20)]
    context, local = local_context(tmp_path, [], lambda: clock[0])
    authority = local.authority.read_bytes()
    with served(empty_url, tls=context) as port:
        (tmp_path / "ca.pem").write_bytes(b"")
        clock[0] = NOW
        assert presented(port) == presented(port)
    assert "could not be renewed" in caplog.text
    assert authority == local.authority.read_bytes()


def test_the_whole_command_convinces_the_usual_clients(database: str, tmp_path: Path):
    """`serve --tls local` as an operator types it, asked by Python and curl with everything verified."""
    port = free_port()
    state = tmp_path / "state"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GRIDSVC_")}
    environment |= {"GRIDSVC_STATE_DIR": str(state), "GRIDSVC_DATABASE_URL": database, "GRIDSVC_LANG": "en"}
    command = [sys.executable, "-m", "gridsvc", "serve", "--port", str(port), "--host", "0.0.0.0"]
    order = [*command, "--tls", "local", "--tls-name", "city.example"]
    with subprocess.Popen(order, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        try:
            authority = state / "tls" / "gridsvc-ca.crt"
            answer = retried(lambda: asked(port, authority), running)
            assert answer.status == 200
            assert answer.headers["strict-transport-security"]
            with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
                presented(port, ssl.create_default_context(cafile=authority), "other.example")
            with pytest.raises(ssl.SSLCertVerificationError):
                presented(port, ssl.create_default_context(), "localhost")
            if shutil.which("curl") is None:
                without("curl")
            ask = ["curl", "-sS", "--cacert", str(authority), "--resolve", f"city.example:{port}:127.0.0.1"]
            done = subprocess.run(
                [*ask, f"https://city.example:{port}/health/live"], capture_output=True, text=True, timeout=60
            )
            assert done.stdout == '{"status":"live"}', done.stderr
        finally:
            running.send_signal(signal.SIGINT)
            out, err = running.communicate(timeout=60)
    made = x509.load_pem_x509_certificate(authority.read_bytes())
    assert made.fingerprint(made.signature_hash_algorithm).hex(":").upper() in err
    assert str(authority) in err
    assert f"https://0.0.0.0:{port}" in out
    assert "plain HTTP" not in err


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def asked(port: int, authority: Path):
    context = ssl.create_default_context(cafile=authority)
    with urllib.request.urlopen(f"https://localhost:{port}/health/live", context=context, timeout=20) as answer:
        answer.read()
        return answer


def presented(port: int, context: ssl.SSLContext | None = None, name: str = "localhost") -> bytes:
    """The certificate that a server shows."""
    if context is None:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    plain = socket.create_connection(("127.0.0.1", port), timeout=20)
    with plain, context.wrap_socket(plain, server_hostname=name) as connection:
        shown = connection.getpeercert(binary_form=True)
    assert shown is not None
    return shown


def retried(ask: Callable[[], object], running: subprocess.Popen[str]):
    for _ in range(300):
        assert running.poll() is None, running.communicate()
        try:
            return ask()
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the service did not start")
