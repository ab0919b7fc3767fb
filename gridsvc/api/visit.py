"""One visit of a browser to the OpenID provider and back: the cookie that binds the two halves of a sign-in."""

import base64
import hashlib
import hmac
import re
import secrets
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote, urlencode

from gridsvc.errors import BadInput, FieldError

COOKIE = "__Host-gridsvc-visit"
LASTS = timedelta(minutes=10)
# A path of ours: printable ASCII without the backslash, which browsers read as a slash, and not two slashes first.
_PATH = re.compile(r"/(?!/)[!-\[\]-~]{0,1000}")
_KEPT = re.compile(r"([A-Za-z0-9_-]{43})\.([0-9]{1,11})\.(.*)")


@dataclass(frozen=True, slots=True)
class Visit:
    """The secret of one browser, the instant it set out, and the path where it wants to go afterwards.

    State, nonce and verifier all follow from the three, so that none can be changed in the cookie without the others
    ceasing to match, and what the provider and its logs see of them gives the verifier away to nobody.
    """

    secret: str
    began: datetime
    path: str

    def __post_init__(self) -> None:
        if not _PATH.fullmatch(self.path):
            mend = ("写成以单个 / 开头的本站路径", "give a path of this site that begins with a single /")
            raise BadInput("不能跳转到该地址", "this address cannot be led to", [FieldError("next", self.path, *mend)])

    @classmethod
    def begin(cls, path: str, now: datetime) -> "Visit":
        """Set out with a new secret; raises ``BadInput`` for a path that is not one of ours."""
        return cls(secrets.token_urlsafe(32), now.replace(microsecond=0), path)

    @classmethod
    def kept(cls, cookie: str | None, now: datetime) -> "Visit | None":
        """Read what the browser kept; None where that is nothing, too old or not ours."""
        found = _KEPT.fullmatch(cookie or "")
        if found is None:
            return None
        began = datetime.fromtimestamp(int(found[2]), UTC)
        if not began <= now < began + LASTS:
            return None
        try:
            return cls(found[1], began, unquote(found[3]))
        except BadInput:
            return None

    def cookie(self) -> str:
        """What the browser keeps."""
        return f"{self.secret}.{self.began.timestamp():.0f}.{quote(self.path, safe='/')}"

    @property
    def state(self) -> str:
        """What has to come back through the browser."""
        return self._derived("state")

    @property
    def nonce(self) -> str:
        """What has to come back in the ID token."""
        return self._derived("nonce")

    @property
    def verifier(self) -> str:
        """What proves to the provider that whoever redeems the code also asked for it (RFC 7636)."""
        return self._derived("verifier")

    def request(self, endpoint: str, client_id: str, redirect_uri: str) -> str:
        """Give the address at the provider to send the browser to."""
        challenge = hashlib.sha256(self.verifier.encode()).digest()
        query = {
            "response_type": "code", "scope": "openid", "client_id": client_id, "redirect_uri": redirect_uri,
            "state": self.state, "nonce": self.nonce, "code_challenge": _text(challenge),
            "code_challenge_method": "S256",
        }  # fmt: skip
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"

    def _derived(self, purpose: str) -> str:
        told = f"{purpose} {self.began.timestamp():.0f} {self.path}"
        return _text(hmac.digest(self.secret.encode(), told.encode(), "sha256"))


class Returned:
    """Visits that ended in a sign-in, as far as this process saw them: none may end in a second one.

    Another process does not know of them; there the provider refuses the code, which it redeems only once.
    """

    def __init__(self) -> None:
        self._known: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def first_time(self, visit: Visit, now: datetime) -> bool:
        """Whether the visit had not ended before; it has from here on."""
        with self._lock:
            self._known = {state: began for state, began in self._known.items() if now < began + LASTS}
            before = len(self._known)
            self._known[visit.state] = visit.began
            return len(self._known) > before


def _text(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
