"""The one table of headers by which browsers keep an answer to what it is for: who may use it, frame it, keep it."""

from collections.abc import Iterable

Headers = tuple[tuple[bytes, bytes], ...]

# Of every answer: data that is opened in a window runs nothing, and what it says of cases and people is kept nowhere.
_DATA: Headers = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
# Of pages besides: they mean nothing for data, and each costs the busiest route a third of a microsecond.
_PAGE: Headers = (
    *_DATA,
    # Not "no-referrer": with that a form sends no Origin, and nobody could tell a foreign form from ours.
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"permissions-policy", b"geolocation=(self), camera=(self), microphone=(), payment=(), usb=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
_OVER_TLS: Headers = ((b"strict-transport-security", b"max-age=31536000"),)

PLAIN: Headers = _DATA
SECURE: Headers = (*_DATA, *_OVER_TLS)


def of_data(scheme: str) -> Headers:
    """The headers of an answer that is data, which came by ``http`` or ``https``."""
    return SECURE if scheme == "https" else PLAIN


def completed(headers: Iterable[tuple[bytes, bytes]], scheme: str) -> list[tuple[bytes, bytes]]:
    """An answer's own headers and, of the table, those that it does not set itself."""
    own = dict(headers)
    is_page = own.get(b"content-type", b"").startswith(b"text/html")
    added = dict((*_PAGE, *(_OVER_TLS if scheme == "https" else ())) if is_page else of_data(scheme))
    if b"access-control-allow-origin" in own:
        # Sandboxed pages have an origin of their own, for which even our files are foreign.
        added[b"cross-origin-resource-policy"] = b"cross-origin"
    if b"sandbox" in own.get(b"content-security-policy", b""):
        # Browsers refuse to open a page that has both.
        added.pop(b"cross-origin-opener-policy", None)
    return [*headers, *((name, value) for name, value in added.items() if name not in own)]
