"""Who is calling. One administrator's key from the settings, or everybody on loopback where that is wanted."""

import hmac
import ipaddress
from dataclasses import dataclass

from gridsvc.errors import FieldError, NotAuthenticated
from gridsvc.settings import Settings


@dataclass(frozen=True, slots=True)
class Actor:
    """A caller with a name that goes into the history."""

    name: str
    role: str = "administrator"


def actor_of(settings: Settings, authorization: str | None, client: str | None, host: str | None = None) -> Actor:
    """Name the caller of a request, or raise ``NotAuthenticated``.

    Open access needs both ends on loopback: ``client`` the caller's address, ``host`` the name in the address asked
    for. A page from elsewhere can lead a browser here under its own name, but not under ours.
    """
    scheme, _, key = (authorization or "").partition(" ")
    if scheme.lower() == "bearer" and settings.admin_key:
        # Compared in constant time: the answer's delay tells nothing of the key.
        if hmac.compare_digest(key.strip().encode(), settings.admin_key.encode()):
            return Actor("admin")
    elif settings.open_access and _is_loopback(client) and (host in (None, "localhost") or _is_loopback(host)):
        return Actor("demo")
    mend = ("带上 Authorization: Bearer KEY", "send Authorization: Bearer KEY")
    raise NotAuthenticated("需要有效的密钥", "a valid key is needed", [FieldError("Authorization", None, *mend)])


def _is_loopback(client: str | None) -> bool:
    try:
        return ipaddress.ip_address(client or "").is_loopback
    except ValueError:
        return False
