"""Tiles that were made before, past the framework, which takes many times as long as to find them.

As in ``hot``: whatever is not at hand, wrong or unusual is left to ``routes/tiles.py``, and refused in one place.
"""

import re
from urllib.parse import unquote_plus

from starlette.requests import HTTPConnection
from starlette.types import Message, Scope

from gridsvc.api.deps import Parts
from gridsvc.api.headers import completed
from gridsvc.api.routes.tiles import ASK_AGAIN, FOR_EVER, answered
from gridsvc.spatial.mercator import Tile

_PATH = re.compile(r"/tiles/([^/]+)/(\d{1,2})/(\d{1,7})/(\d{1,7})", re.ASCII)
_EDITION = b"edition="


def kept_tile(parts: Parts, scope: Scope) -> list[Message] | None:
    """Give the messages of an answer to a good request for a tile that is kept, of the edition that holds now.

    None leaves it to the ordinary route. Nothing is waited for, and the database is never asked.
    """
    asked = _PATH.fullmatch(scope["path"])
    if scope["method"] != "GET" or asked is None:
        return None
    try:
        return _answer(parts, scope, asked)
    except Exception:
        # Be it a refusal or a fault: the ordinary route meets it again and answers for it.
        return None


def _answer(parts: Parts, scope: Scope, asked: re.Match[str]) -> list[Message] | None:
    held = parts.current.set_at_hand()
    query: bytes = scope["query_string"]
    named = query.startswith(_EDITION) and b"&" not in query
    if held is None or not (named or not query):
        return None
    if named and unquote_plus(query[len(_EDITION) :].decode("ascii")) != held.code:
        return None
    kept = parts.tiles.kept(held.id, asked[1], Tile(int(asked[2]), int(asked[3]), int(asked[4])))
    connection = HTTPConnection(scope)
    if kept is None or not _may_see(parts, connection):
        return None
    status, headers, body = answered(kept, connection.headers, FOR_EVER if named else ASK_AGAIN)
    sent = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    if status == 200:
        sent.append((b"content-length", b"%d" % len(body)))
    start = {"type": "http.response.start", "status": status, "headers": completed(sent, scope["scheme"])}
    return [start, {"type": "http.response.body", "body": body}]


def _may_see(parts: Parts, asked: HTTPConnection) -> bool:
    now = parts.now()
    authorization = asked.headers.get("authorization")
    if authorization is not None:
        return parts.doorkeeper.may_at_once("map:read", authorization.encode("latin-1"), now)
    if "cookie" in asked.headers or "x-forwarded-for" in asked.headers:
        # Whom a proxy speaks for, and whose session it is, is found out on the ordinary way.
        return False
    return parts.doorkeeper.admit(asked, "GET", parts.current.district() or "", now).may("map:read")
