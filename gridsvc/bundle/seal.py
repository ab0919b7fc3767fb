"""A bundle's head and its signature: who made it, of what, as of when, and until when it may be used.

A bundle is four things after one another: the line of the format, the head as one line of JSON, the signature as one
line of base64, and the packed body. The signature (Ed25519) is over the first two; the head has the body's hash.
"""

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from gridsvc.errors import BadInput, FieldError
from gridsvc.values import parse_instant

FORMAT = "gridsvc-bundle-1"
_LONGEST_HEAD = 65_536


@dataclass(frozen=True, slots=True)
class Head:
    """What a bundle says of itself. It is as of ``as_of``, and nobody may decide by it from ``expires`` on.

    ``public_key`` is that of the signer: 32 bytes in hexadecimal digits.
    """

    edition: str
    ruleset: str
    district: str
    title: str
    as_of: datetime
    expires: datetime
    public_key: str

    @property
    def fingerprint(self) -> str:
        """The signer's key in short, for people to compare."""
        return fingerprint(self.public_key)


def new_key() -> bytes:
    """Make a key for signing, as PEM; to be kept secret."""
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def read_key(pem: bytes, name: str = "--key") -> Ed25519PrivateKey:
    """Read a key for signing; ``name`` says where it was given."""
    try:
        key = load_pem_private_key(pem, None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        mend = ("用 gridsvc bundle-key 生成一个", "make one by gridsvc bundle-key")
        raise BadInput("签名密钥无法识别", "this is no key for signing", [FieldError(name, None, *mend)])
    return key


def public_of(key: Ed25519PrivateKey) -> str:
    """Give the public half of a key: 32 bytes in hexadecimal digits."""
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def fingerprint(public_key: str) -> str:
    """Give a public key in short: the first half of its SHA-256, by pairs of digits."""
    return hashlib.sha256(bytes.fromhex(public_key)).digest()[:16].hex(":").upper()


def seal(head: Head, body: bytes, key: Ed25519PrivateKey) -> bytes:
    """Put head, signature and body together."""
    told = {
        "edition": head.edition, "ruleset": head.ruleset, "district": head.district, "title": head.title,
        "as_of": head.as_of.astimezone(UTC).isoformat(), "expires": head.expires.astimezone(UTC).isoformat(),
        "public_key": head.public_key, "sha256": hashlib.sha256(body).hexdigest(),
    }  # fmt: skip
    signed = f"{FORMAT}\n{json.dumps(told, ensure_ascii=False)}\n".encode()
    return signed + base64.b64encode(key.sign(signed)) + b"\n" + body


def opened(data: bytes, now: datetime, public_key: str | None = None) -> tuple[Head, bytes]:
    """Give head and body of a bundle that is whole, signed and not expired; raises ``BadInput`` for any other.

    ``public_key``: whose signature it must have. Without it any whole signature counts, which shows that nothing
    was changed by accident, but not who made it.
    """
    lines = data[:_LONGEST_HEAD].split(b"\n", 3)
    if lines[0] != FORMAT.encode():
        if lines[0].startswith(b"gridsvc-bundle-"):
            mend = (f"本程序读取 {FORMAT}；升级程序或重新生成", f"this program reads {FORMAT}; update it, or make anew")
            found = lines[0][:40].decode("ascii", "replace")
            raise BadInput("离线包的格式版本不同", "the bundle is of another format",
                           [FieldError("bundle", found, *mend)])  # fmt: skip
        raise broken()
    try:
        signed, signature = b"\n".join(lines[:2]) + b"\n", base64.b64decode(lines[2], validate=True)
        told = json.loads(lines[1])
        instants = [parse_instant(told[name], name) for name in ("as_of", "expires")]
        texts = {name: str(told[name]) for name in ("edition", "ruleset", "district", "title", "public_key")}
        head = Head(**texts, as_of=instants[0], expires=instants[1])
        signer = Ed25519PublicKey.from_public_bytes(bytes.fromhex(head.public_key))
        signer.verify(signature, signed)
        body = data[len(signed) + len(lines[2]) + 1 :]
        whole = hashlib.sha256(body).hexdigest() == told["sha256"]
    except (InvalidSignature, ValueError, KeyError, TypeError, IndexError, BadInput) as e:
        raise broken() from e
    if not whole:
        raise broken()
    _refuse(head, now, public_key)
    return head, body


def _refuse(head: Head, now: datetime, public_key: str | None) -> None:
    if public_key is not None and head.public_key != public_key.lower():
        mend = ("向信任的服务重新获取", "get it anew from the service that you trust")
        raise BadInput("离线包不是由该密钥签名的", "the bundle was signed by another key",
                       [FieldError("bundle", head.fingerprint, *mend)])  # fmt: skip
    if now >= head.expires:
        mend, end = ("联网后重新获取", "get a new one when there is a network"), head.expires.isoformat()
        error = FieldError("bundle", end, *mend)
        raise BadInput(f"离线包已于 {end} 过期", f"the bundle expired at {end}", [error])


def broken() -> BadInput:
    """What is said of a file that is no bundle, or no longer the one that was signed."""
    mend = ("重新获取离线包", "get the bundle anew")
    return BadInput(
        "离线包不完整或被改动过", "the bundle is not whole, or was changed", [FieldError("bundle", None, *mend)]
    )
