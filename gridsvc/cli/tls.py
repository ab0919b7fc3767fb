"""HTTPS: an operator's certificate, looked at before it is used, or one of this machine's own."""

import logging
import ssl
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

import typer
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from gridsvc.cli.certificates import Local, local_certificate, refuse_exposed
from gridsvc.cli.terminal import now, say
from gridsvc.errors import BadInput, FieldError

log = logging.getLogger("gridsvc")
_TRY_AGAIN = timedelta(hours=1)


Tls = Annotated[
    Literal["local"] | None, typer.Option(help="local：由本机 CA 签发证书 · a certificate of this machine's own CA")
]
TlsName = Annotated[
    list[str] | None, typer.Option(help="证书另含的主机名或 IP，可重复 · further names or addresses of this machine")
]
TlsCert = Annotated[Path | None, typer.Option(help="证书链 PEM · chain of certificates in PEM")]
TlsKey = Annotated[Path | None, typer.Option(help="私钥 PEM，权限 0600 · private key in PEM, mode 0600")]
HOW = (
    """本机 CA：{}
  SHA-256 {}
  请把此文件装到每台手机，并核对指纹。
  安卓：设置 → 安全 → 加密与凭据 → 安装证书 → CA 证书
  iOS：打开文件并安装描述文件，再到 设置 → 通用 → 关于本机 → 证书信任设置 中启用""",
    """local CA: {}
  SHA-256 {}
  Install this file on every phone and compare the fingerprint.
  Android: Settings, Security, Encryption & credentials, Install a certificate, CA certificate
  iOS: open the file, install the profile, then Settings, General, About, Certificate Trust Settings""",
)


def context_of(
    tls: str | None, names: Sequence[str], certificate: Path | None, key: Path | None, folder: Path
) -> ssl.SSLContext | None:
    """The server's side of TLS that the options of ``serve`` ask for, None for plain HTTP."""
    if (certificate is None) != (key is None) or (tls and certificate):
        zh, en = "用 --tls-cert 和 --tls-key，或只用 --tls local", "give --tls-cert and --tls-key, or --tls local alone"
        told = FieldError("--tls", tls, zh, en)
        raise BadInput("TLS 选项不能这样组合", "these options of TLS do not go together", [told])
    if certificate is not None and key is not None:
        return given_context(certificate, key, now())
    if not tls:
        return None
    context, local = local_context(folder, names, now)
    say(*(text.format(local.authority, local.fingerprint) for text in HOW))
    return context


def given_context(certificate: Path, key: Path, at: datetime) -> ssl.SSLContext:
    """Make the server's side of TLS from an operator's files; what is wrong with them is refused by their names."""
    chain = _certificates(certificate)
    _refuse_end(certificate, chain[0], at)
    if _private_key(key).public_key() != chain[0].public_key():
        mend = ("给出同一次签发的两个文件，服务器证书排在最前",
                "give the two files that belong together, the server's certificate first")  # fmt: skip
        raise _refused("--tls-key", key, "私钥与证书不匹配", "the key is not that of the certificate", *mend)
    context = _context()
    try:
        context.load_cert_chain(certificate, key)
    except ssl.SSLError as e:
        mend = ("换一张证书（例如密钥太短）", "use another certificate; its key may be too short, say")
        told = f"the certificate cannot be used ({e.reason})"
        raise _refused("--tls-cert", certificate, "证书无法使用", told, *mend) from None
    return context


def local_context(folder: Path, names: Sequence[str], clock: Callable[[], datetime]) -> tuple[ssl.SSLContext, Local]:
    """Make the server's side of TLS from this machine's own authority, kept in ``folder``.

    A service that runs for years renews its certificate as somebody connects, without a new authority.
    """
    local = local_certificate(folder, names, clock())
    context = _context()
    context.load_cert_chain(local.server)
    due = local.renew_at

    def renew(*_: object) -> None:
        nonlocal due
        at = clock()
        if at < due:
            return
        due = at + _TRY_AGAIN
        try:
            due = local_certificate(folder, names, at).renew_at
            context.load_cert_chain(local.server)
        except Exception:
            # The one in use is still good for weeks; nobody may be turned away because of it.
            log.exception("the certificate could not be renewed")

    context.sni_callback = renew
    return context, local


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


def _certificates(file: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(_bytes("--tls-cert", file))
    except ValueError:
        raise _refused("--tls-cert", file, "不是 PEM 证书", "this is no certificate in PEM",
                       "给出以 -----BEGIN CERTIFICATE----- 开头的文件",
                       "give a file that begins with -----BEGIN CERTIFICATE-----") from None  # fmt: skip


def _refuse_end(file: Path, certificate: x509.Certificate, at: datetime) -> None:
    start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if at >= end:
        raise _refused("--tls-cert", file, f"证书已于 {end:%Y-%m-%d} 到期", f"the certificate ended on {end:%Y-%m-%d}",
                       "续期后再启动", "renew it, then start again")  # fmt: skip
    if at < start:
        told = (f"证书自 {start:%Y-%m-%d} 起才有效", f"the certificate begins on {start:%Y-%m-%d}")
        mend = ("检查本机时钟，或换一张证书", "see to this machine's clock, or use another certificate")
        raise _refused("--tls-cert", file, *told, *mend)


def _private_key(file: Path) -> PrivateKeyTypes:
    content = _bytes("--tls-key", file)
    refuse_exposed("--tls-key", file)
    try:
        return load_pem_private_key(content, None)
    except TypeError:
        told = ("私钥有口令", "the key has a passphrase")
        mend = ("用 openssl pkey 去掉口令，文件权限 0600", "take it off with openssl pkey; keep the file at 0600")
    except (ValueError, UnsupportedAlgorithm):
        told = ("不是 PEM 私钥", "this is no private key in PEM")
        mend = (
            "给出以 -----BEGIN PRIVATE KEY----- 开头的文件",
            "give a file that begins with -----BEGIN PRIVATE KEY-----",
        )
    raise _refused("--tls-key", file, *told, *mend)


def _bytes(option: str, file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as e:
        raise _refused(option, file, "文件无法读取", f"the file cannot be read ({e.strerror})",
                       "检查路径与权限", "check the path and who may read it") from None  # fmt: skip


def _refused(option: str, file: Path, zh: str, en: str, mend_zh: str, mend_en: str) -> BadInput:
    return BadInput(zh, en, [FieldError(option, str(file), mend_zh, mend_en)])
