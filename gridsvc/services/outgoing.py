"""Sends one signed message to one address that is allowed, and says how that went; never follows where it is led."""

import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx2
from standardwebhooks import Webhook

from gridsvc import __version__
from gridsvc.errors import BadInput, FieldError

# To connect, for each step after that, and for as many times as long all of them together: an answer may come so
# slowly that every step is in time.
CONNECT_S, ANSWER_S, MOST_STEPS = 5.0, 10.0, 3
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# Addresses in which one by IPv4 stands, maybe a private one (RFC 4291, 2.5.5.1; RFC 6052), and those of a site.
_LED_ELSEWHERE = [ipaddress.ip_network(n) for n in ("::/96", "64:ff9b::/96", "fec0::/10")]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one attempt ended. ``is_gone``: the receiver says that it never wants another message."""

    error: str | None = None
    is_gone: bool = False


class Send(Protocol):
    """Send a body under an id, signed with a secret as of an instant."""

    def __call__(self, url: str, secret: bytes, id_: str, body: bytes, now: datetime) -> Outcome: ...


class Sender:
    """Sends to public addresses by HTTPS, and by HTTP or HTTPS to those of the city's own ``networks``."""

    def __init__(self, networks: Sequence[str] = (), answer_s: float = ANSWER_S) -> None:
        self._networks = [ipaddress.ip_network(n) for n in networks]
        self._most_s = MOST_STEPS * answer_s
        self._timeout = httpx2.Timeout(answer_s, connect=min(CONNECT_S, answer_s))
        # As this machine trusts: a city's own authority is known to it, not to a list that comes with a library.
        self._trust = ssl.create_default_context()

    @contextmanager
    def open(self) -> Iterator[Send]:
        """Keep connections for as long as the block lasts: use it for one receiver alone."""
        with httpx2.Client(
            verify=self._trust, timeout=self._timeout, follow_redirects=False, trust_env=False,
            headers={"User-Agent": f"gridsvc/{__version__}", "Content-Type": "application/cloudevents+json"},
        ) as client:  # fmt: skip
            line = _Line()

            def send(url: str, secret: bytes, id_: str, body: bytes, now: datetime) -> Outcome:
                try:
                    with line.cut_after(self._most_s):
                        return self._sent(client, line, url, secret, id_, body, now)
                except (httpx2.HTTPError, OSError, UnicodeError) as e:
                    # Without the rest of the address, which may have a secret in it.
                    told = f"{type(e).__name__}: {e}".replace(url.partition("://")[2].partition("/")[2] or url, "…")
                    return Outcome(_plain(told))

            yield send

    def refuse(self, url: str) -> None:
        """Raise ``BadInput`` for an address that nothing would ever be sent to."""
        why = self._against(url)
        if why is not None:
            raise BadInput("地址不可用", "the address cannot be used", [FieldError("url", url, *why)])

    def _against(self, url: str) -> tuple[str, str] | None:
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname or "", parts.port
        except ValueError:
            host, parts = "", urlsplit("")
        plain = url.isascii() and url.isprintable() and " " not in url
        if not (host and plain and parts.scheme in ("https", "http")) or parts.username is not None or parts.fragment:
            return "写完整的 https 地址，不带用户名和 #", "give a whole https address, without a user and without #"
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            is_reached = parts.scheme == "https" or bool(self._networks)
        else:
            is_reached = self._is_allowed(address, parts.scheme)
        if not is_reached:
            return (
                "用 https 的公网地址；内网地址和 http 须由 GRIDSVC_WEBHOOK_NETWORKS 允许",
                "use https and a public address; GRIDSVC_WEBHOOK_NETWORKS allows private ones, and http to them",
            )
        return None

    def _is_allowed(self, address: Address, scheme: str) -> bool:
        plain = getattr(address, "ipv4_mapped", None) or address
        if any(plain in network for network in self._networks):
            return True
        if any(plain in network for network in _LED_ELSEWHERE):
            return False
        return scheme == "https" and plain.is_global and not plain.is_multicast

    def _sent(
        self, client: httpx2.Client, line: "_Line", url: str, secret: bytes, id_: str, body: bytes, now: datetime
    ) -> Outcome:  # fmt: skip
        target = httpx2.URL(url)
        found = socket.getaddrinfo(target.host, target.port or target.scheme, type=socket.SOCK_STREAM)
        addresses = dict.fromkeys(ipaddress.ip_address(str(where[0]).partition("%")[0]) for *_, where in found)
        # Asked at each attempt, and the very address that was looked at is called: a name may lead elsewhere meanwhile.
        allowed = [a for a in addresses if self._is_allowed(a, target.scheme)]
        if not allowed:
            return Outcome("the name leads to an address that is not allowed")
        headers = {
            "Host": target.netloc.decode(),
            "webhook-id": id_,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(secret).sign(id_, now, body.decode()),
        }
        while True:
            address = allowed.pop(0)
            try:
                with client.stream(
                    "POST", target.copy_with(host=str(address)), content=body, headers=headers,
                    extensions={"sni_hostname": target.host, "trace": line.note},
                ) as answer:  # fmt: skip
                    if answer.is_success:
                        return Outcome()
                    status = f"HTTP {answer.status_code} {answer.reason_phrase}".strip()
                    return Outcome(_plain(status), answer.status_code == 410)
            except httpx2.ConnectError:
                # Many hosts have an address by IPv6 at which nobody listens.
                if not allowed:
                    raise


class _Line:
    """The connection that is open to a receiver."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None

    def note(self, name: str, about: Mapping[str, Any]) -> None:
        """Keep what was opened; called by the client for each of its steps."""
        if name in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._socket = about["return_value"].get_extra_info("socket")

    @contextmanager
    def cut_after(self, most_s: float) -> Iterator[None]:
        """End the connection where the block lasts longer."""
        timer = threading.Timer(most_s, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _cut(self) -> None:
        if self._socket is not None:
            # Whoever waits for it is told; who closes it is he.
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)


def _plain(told: str) -> str:
    """What a receiver said, as far as it can be printed: it goes into logs and terminals."""
    return "".join(c if c.isprintable() else "\ufffd" for c in told[:300])
