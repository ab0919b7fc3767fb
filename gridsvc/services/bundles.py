"""The offline bundle that the service hands out: made when it is first asked for, and anew when it is out of date."""

import hashlib
import threading
from datetime import datetime, timedelta
from typing import NamedTuple

from gridsvc.bundle.file import make_bundle
from gridsvc.bundle.seal import fingerprint, public_of, read_key
from gridsvc.errors import FieldError, NotFound
from gridsvc.router import Router, Snapshot

LASTS = timedelta(days=7)
# What a phone fetches today it may use for six days more; and of components that move all day it hears hourly.
RENEWED_AFTER, COMPONENTS_AFTER = timedelta(days=1), timedelta(hours=1)


class Made(NamedTuple):
    """A bundle, what it was made of and when; ``etag`` tells two apart."""

    data: bytes
    etag: str
    edition: str
    expires: datetime
    snapshot: Snapshot
    components_seq: int
    as_of: datetime

    def serves(self, router: Router, now: datetime) -> bool:
        """Tell whether it still says what a router does, near enough."""
        age = now - self.as_of
        fresh = self.components_seq == router.components.seq or age < COMPONENTS_AFTER
        return self.snapshot is router.snapshot and fresh and timedelta(0) <= age < RENEWED_AFTER


class Bundles:
    """Makes bundles with one key, one at a time, and keeps the last one. Safe to share between threads."""

    def __init__(self, pem: str | None) -> None:
        """``pem`` is the key for signing, None where nobody has given one; raises ``BadInput`` for one that is none."""
        self._key = None if pem is None else read_key(pem.encode(), "GRIDSVC_BUNDLE_KEY")
        self._making = threading.Lock()
        self._held: Made | None = None

    def public_key(self) -> tuple[str, str]:
        """Give the public key, in hexadecimal digits, and its fingerprint."""
        if self._key is None:
            raise _no_key()
        public = public_of(self._key)
        return public, fingerprint(public)

    def get(self, router: Router, now: datetime) -> Made:
        """Give the bundle of a router; what is asked for while one is made waits for it."""
        if self._key is None:
            raise _no_key()
        held = self._held
        if held is not None and held.serves(router, now):
            return held
        with self._making:
            held = self._held
            if held is None or not held.serves(router, now):
                # Full hours, so that the bundles of several processes are the same bytes.
                as_of = now.replace(minute=0, second=0, microsecond=0)
                seq = router.components.seq
                data = make_bundle(router, self._key, as_of, as_of + LASTS)
                etag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
                edition = router.snapshot.edition.code
                held = self._held = Made(data, etag, edition, as_of + LASTS, router.snapshot, seq, as_of)
        return held


def _no_key() -> NotFound:
    mend = ("以 gridsvc bundle-key 生成密钥，用 GRIDSVC_BUNDLE_KEY_FILE 指向它",
            "make a key by gridsvc bundle-key, and name it by GRIDSVC_BUNDLE_KEY_FILE")  # fmt: skip
    error = FieldError("GRIDSVC_BUNDLE_KEY", None, *mend)
    return NotFound("本服务没有离线包的签名密钥", "this service has no key to sign bundles with", [error])
