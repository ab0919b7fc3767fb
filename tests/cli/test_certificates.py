"""The authority of this machine's own: whom its certificates convince, for what, how long; who reads its keys."""

import socket
import ssl
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography import x509

from gridsvc.cli.certificates import AUTHORITY_DAYS, SERVER_DAYS, local_certificate
from gridsvc.errors import BadInput

NOW = datetime.now(UTC).replace(microsecond=0)


def greeted(server: Path, authority: Path, name: str) -> None:
    """One handshake in memory, with everything a strict client checks."""
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(server)
    asking = ssl.create_default_context(cafile=authority)
    asking.verify_flags |= ssl.VERIFY_X509_STRICT
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = (
        asking.wrap_bio(to_client, to_server, server_hostname=name),
        serving.wrap_bio(to_server, to_client, server_side=True),
    )
    for _ in range(4):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue


NAMES = ["city.example", "192.168.7.8", "203.0.113.9", "FD00::1"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("tls")
    local_certificate(found, NAMES, NOW)
    return found


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1", socket.gethostname(), *NAMES])
def test_clients_are_convinced_by_every_name(folder: Path, name: str):
    greeted(folder / "server.pem", folder / "gridsvc-ca.crt", name)


@pytest.mark.parametrize("name", ["other.example", "www.city.example", "192.168.7.9", "8.8.8.8"])
def test_clients_are_not_convinced_by_another(folder: Path, name: str):
    with pytest.raises(ssl.SSLCertVerificationError):
        greeted(folder / "server.pem", folder / "gridsvc-ca.crt", name)


def test_clients_are_not_convinced_without_the_authority(folder: Path, tmp_path: Path):
    local_certificate(tmp_path, NAMES, NOW)
    with pytest.raises(ssl.SSLCertVerificationError):
        greeted(folder / "server.pem", tmp_path / "gridsvc-ca.crt", "localhost")


def test_only_the_owner_reads_the_keys(folder: Path):
    modes = {f.name: stat.S_IMODE(f.stat().st_mode) for f in folder.iterdir()}
    assert modes == {"ca.pem": 0o600, "server.pem": 0o600, "gridsvc-ca.crt": 0o644}
    assert b"PRIVATE" not in (folder / "gridsvc-ca.crt").read_bytes()


def test_the_authority_signs_no_other_and_nothing_beyond_its_names(folder: Path):
    authority = x509.load_pem_x509_certificate((folder / "gridsvc-ca.crt").read_bytes())
    extensions = authority.extensions
    assert extensions.get_extension_for_class(x509.BasicConstraints).value.path_length == 0
    constraints = extensions.get_extension_for_class(x509.NameConstraints)
    assert constraints.critical
    permitted = {str(p.value) for p in constraints.value.permitted_subtrees or []}
    assert {"localhost", "city.example", "203.0.113.9/32", "192.168.0.0/16"} <= permitted
    assert "0.0.0.0/0" not in permitted


def test_phones_take_no_certificate_that_lasts_longer(folder: Path):
    made = x509.load_pem_x509_certificate((folder / "server.pem").read_bytes())
    assert (made.not_valid_after_utc - made.not_valid_before_utc).days <= 398


DAY = timedelta(days=1)
LATER: dict[str, tuple[timedelta, list[str], bool]] = {
    "at once": (0 * DAY, NAMES, False),
    "with fewer names": (DAY, [], False),
    "near its end": (DAY * (SERVER_DAYS - 29), NAMES, True),
    "after its end": (DAY * (SERVER_DAYS + 29), NAMES, True),
    "with the clock put back": (DAY * -3, NAMES, True),
    "with another private address": (DAY, [*NAMES, "10.1.2.3"], True),
    "with a name below one of its own": (DAY, [*NAMES, "map.city.example"], True),
}


@pytest.mark.parametrize(("later", "names", "anew"), LATER.values(), ids=LATER)
def test_a_certificate_is_renewed_by_the_same_authority(tmp_path: Path, later: timedelta, names: list[str], anew: bool):
    first = local_certificate(tmp_path, NAMES, NOW)
    before = (first.server.read_bytes(), first.authority.read_bytes())
    second = local_certificate(tmp_path, names, NOW + later)
    assert (second.server.read_bytes() != before[0]) == anew
    assert second.authority.read_bytes() == before[1]
    assert second.fingerprint == first.fingerprint
    assert second.renew_at > NOW + later


def test_the_fingerprint_is_the_one_that_other_programs_show(tmp_path: Path):
    local = local_certificate(tmp_path, [], NOW)
    authority = x509.load_pem_x509_certificate(local.authority.read_bytes())
    shown = ssl.PEM_cert_to_DER_cert(local.authority.read_text())
    assert local.fingerprint.replace(":", "").lower() == sha256(shown).hexdigest()
    assert authority.subject == authority.issuer


def refused(act: Callable[[], object]) -> list[str]:
    with pytest.raises(BadInput) as told:
        act()
    return [e.field for e in told.value.errors]


@pytest.mark.parametrize("name", ["", "a b", "*.city.example", "城.example", "-a.b", "http://x", "a" * 64, "1.2.3.4/8"])
def test_what_is_no_name_is_refused(tmp_path: Path, name: str):
    assert refused(lambda: local_certificate(tmp_path, [name], NOW)) == ["--tls-name"]


@pytest.mark.parametrize("name", ["bank.example", "9.9.9.9"])
def test_a_name_that_came_later_is_refused_and_says_why(folder: Path, name: str):
    assert refused(lambda: local_certificate(folder, [name], NOW)) == ["--tls-name"]


def test_an_authority_at_its_end_is_refused(tmp_path: Path):
    local_certificate(tmp_path, [], NOW)
    assert refused(lambda: local_certificate(tmp_path, [], NOW + DAY * AUTHORITY_DAYS)) == ["--tls local"]


@pytest.mark.parametrize("file", ["ca.pem", "server.pem"])
@pytest.mark.parametrize("spoil", [lambda f: f.chmod(0o644), lambda f: f.write_text("x")], ids=["readable", "damaged"])
def test_keys_that_are_exposed_or_damaged_are_refused(tmp_path: Path, file: str, spoil: Callable[[Path], object]):
    local_certificate(tmp_path, [], NOW)
    spoil(tmp_path / file)
    assert refused(lambda: local_certificate(tmp_path, [], NOW)) == ["--tls local"]
