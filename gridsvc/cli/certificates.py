"""A certificate authority of this machine's own, so that phones in a network without internet can use HTTPS.

It may sign nothing but servers of the names and private addresses it was made for: stolen, it opens no other site.
"""

import os
import re
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gridsvc.errors import BadInput, FieldError

Address = IPv4Address | IPv6Address
AUTHORITY_DAYS = 3650
# Phones take no server's certificate that lasts longer than 398.
SERVER_DAYS = 397
RENEWED_BEFORE = timedelta(days=30)
# A phone's clock may be behind.
_EARLIER = timedelta(days=1)
_NAME = re.compile(r"(?=.{1,253}$)(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*")
_ALWAYS = ("localhost", "127.0.0.1", "::1")
# Whose addresses change with the network a machine is moved to.
_PRIVATE = [ip_network(n) for n in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16",
                                    "::1/128", "fc00::/7", "fe80::/10")]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Local:
    """A server's certificate in one file with its key, when to make the next, and the authority to hand out."""

    server: Path
    renew_at: datetime
    authority: Path
    fingerprint: str


def local_certificate(folder: Path, names: Sequence[str], now: datetime) -> Local:
    """Give the certificate for this machine's own names, loopback and ``names``, made if need be.

    The authority is made once and stays; the server's certificate is made anew when it nears its end or lacks a name.
    Raises ``BadInput`` for names that are none or that the authority may not sign, and where it has ended.
    """
    wanted = _names(names)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    key, authority = _authority(folder / "ca.pem", wanted, now)
    _refuse_foreign(authority, wanted, folder)
    shown = folder / "gridsvc-ca.crt"
    _write(shown, authority.public_bytes(serialization.Encoding.PEM), 0o644)
    server = folder / "server.pem"
    made = _read(server)[1] if server.exists() else None
    if made is None or not _serves(made, authority, wanted, now):
        made = _new_server(server, key, authority, wanted, now)
    digits = authority.fingerprint(hashes.SHA256()).hex(":").upper()
    return Local(server, made.not_valid_after_utc - RENEWED_BEFORE, shown, digits)


def _names(given: Sequence[str]) -> tuple[str | Address, ...]:
    """Names and addresses in their one spelling; what the machine calls itself only if it is a name."""
    own = socket.gethostname().lower()
    found: dict[str | Address, None] = {}
    for name in (*_ALWAYS, *([own] if _NAME.fullmatch(own) else []), *given):
        try:
            found[ip_address(name)] = None
        except ValueError:
            if not _NAME.fullmatch(name.lower()):
                mend = (
                    "写主机名（中文域名写成 xn--…）或 IP 地址",
                    "write a host name (as xn--… if not ASCII) or an IP address",
                )
                raise BadInput("证书名称无效", "this is no name for a certificate",
                               [FieldError("--tls-name", name, *mend)]) from None  # fmt: skip
            found[name.lower()] = None
    return tuple(found)


def _authority(
    file: Path, wanted: Sequence[str | Address], now: datetime
) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    if not file.exists():
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"gridsvc local CA {socket.gethostname()[:40]}")])
        permitted = [_general(n) for n in wanted if isinstance(n, str)]
        others = [ip_network(n) for n in wanted if not isinstance(n, str) and not any(n in own for own in _PRIVATE)]
        permitted += [x509.IPAddress(network) for network in (*_PRIVATE, *others)]
        made = (
            _builder(name, name, key, now, now + timedelta(days=AUTHORITY_DAYS))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs=True), critical=True)
            .add_extension(x509.NameConstraints(permitted, None), critical=True)
            .sign(key, hashes.SHA256())
        )
        # Where another process was first, it made as good a one.
        with suppress(FileExistsError):
            _write(file, _pem(key, made), 0o600, is_new=True)
    key, made = _read(file)
    if now >= made.not_valid_after_utc:
        raise _start_anew(file, f"本机 CA 已于 {made.not_valid_after_utc:%Y-%m-%d} 到期",
                          f"the local CA ended on {made.not_valid_after_utc:%Y-%m-%d}")  # fmt: skip
    return key, made


def _read(file: Path) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    """Read a key and its certificate from one file of ours."""
    refuse_exposed("--tls local", file)
    content = file.read_bytes()
    try:
        key = serialization.load_pem_private_key(content, None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return key, x509.load_pem_x509_certificate(content)
    except (ValueError, AssertionError):
        raise _start_anew(file, "证书文件已损坏", "the file of a certificate is damaged") from None


def refuse_exposed(option: str, file: Path) -> None:
    """Refuse a key that everybody on this machine may read."""
    if file.stat().st_mode & 0o007:
        mend = (f"运行 chmod 600 {file}", f"run chmod 600 {file}")
        raise BadInput("本机所有用户都能读取私钥", "everybody on this machine can read the key",
                       [FieldError(option, str(file), *mend)])  # fmt: skip


def _start_anew(file: Path, zh: str, en: str) -> BadInput:
    mend = (f"删除 {file.parent} 后重新启动，各设备须重新安装新的 CA",
            f"remove {file.parent} and start again; the new CA must be installed on every device anew")  # fmt: skip
    return BadInput(zh, en, [FieldError("--tls local", str(file), *mend)])


def _new_server(
    file: Path, signer: ec.EllipticCurvePrivateKey, authority: x509.Certificate, wanted: Sequence[str | Address],
    now: datetime,
) -> x509.Certificate:  # fmt: skip
    end = min(now + timedelta(days=SERVER_DAYS), authority.not_valid_after_utc)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "gridsvc")])
    made = (
        _builder(name, authority.subject, key, now, end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_general(n) for n in wanted]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .sign(signer, hashes.SHA256())
    )
    _write(file, _pem(key, made), 0o600)
    return made


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, end: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLIER)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs, key_cert_sign=signs, crl_sign=signs, content_commitment=False,
        key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _general(name: str | Address) -> x509.GeneralName:
    return x509.DNSName(name) if isinstance(name, str) else x509.IPAddress(name)


def _serves(
    made: x509.Certificate, authority: x509.Certificate, wanted: Sequence[str | Address], now: datetime
) -> bool:
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    is_fresh = made.not_valid_before_utc <= now < made.not_valid_after_utc - RENEWED_BEFORE
    is_ours = made.issuer == authority.subject and made.not_valid_after_utc <= authority.not_valid_after_utc
    return is_fresh and is_ours and {_general(n) for n in wanted} <= set(names)


def _refuse_foreign(authority: x509.Certificate, wanted: Sequence[str | Address], folder: Path) -> None:
    permitted = authority.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
    for name in wanted:
        if not any(_covers(p.value, name) for p in permitted):
            mend = (f"用 --tls-cert 换用其他证书，或删除 {folder} 重建（各设备须重新安装新的 CA）",
                    f"use another certificate by --tls-cert, or remove {folder} for a new CA, to be installed on every device anew")  # noqa: E501  # fmt: skip
            raise BadInput("本机 CA 不能签发此名称", "the local CA may not sign this name",
                           [FieldError("--tls-name", str(name), *mend)])  # fmt: skip


def _covers(permitted: object, name: str | Address) -> bool:
    if isinstance(name, str):
        return isinstance(permitted, str) and (name == permitted or name.endswith(f".{permitted}"))
    return not isinstance(permitted, str) and name in permitted  # type: ignore[operator]  # a network


def _pem(key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> bytes:
    plain = serialization.NoEncryption()
    written = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    return written + certificate.public_bytes(serialization.Encoding.PEM)


def _write(file: Path, content: bytes, mode: int, is_new: bool = False) -> None:
    """Write a file whole or not at all, never readable by more people than ``mode`` says."""
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as opened:
        opened.write(content)
    try:
        if is_new:
            os.link(draft, file)
        else:
            os.replace(draft, file)
    finally:
        draft.unlink(missing_ok=True)
