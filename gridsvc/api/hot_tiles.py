"""Tiles of the edition that holds now, past the framework, which takes many times as long as to find one that is kept.

As in ``hot``: whatever is not at hand, wrong or unusual is left to ``routes/tiles.py``, and refused in one place.
"""

import re
from urllib.parse import unquote_plus

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.types import Message, Scope

from gridsvc.api.deps import Parts
from gridsvc.api.headers import completed
from gridsvc.api.routes.tiles import ASK_AGAIN, FOR_EVER, answered
from gridsvc.services.tiles import COMPONENTS
from gridsvc.spatial.mercator import Tile

_PATH = re.compile(r"/tiles/([^/]+)/(\d{1,2})/(\d{1,7})/(\d{1,7})", re.ASCII)
_EDITION = b"edition="
# What changes from one question to the next, and is read from the database.
_AS_THEY_ARE = {"cases", COMPONENTS}


async def tile_at_once(parts: Parts, scope: Scope) -> list[Message] | None:
    """Give the messages of an answer to a good request for a tile of the edition that holds now, None for any other.

    None leaves it to the ordinary route. A tile that is kept waits for nothing; another is made meanwhile by a thread,
    from memory, once it is clear that the caller may see it.
    """
    asked = _PATH.fullmatch(scope["path"])
    if scope["method"] != "GET" or asked is None:
        return None
    try:
        return await _answer(parts, scope, asked)
    except Exception:
        # Be it a refusal or a fault: the ordinary route meets it again and answers for it.
        return None


async def _answer(parts: Parts, scope: Scope, asked: re.Match[str]) -> list[Message] | None:
    held, layer = parts.current.set_at_hand(), asked[1]
    query: bytes = scope["query_string"]
    named = query.startswith(_EDITION) and b"&" not in query
    if held is None or layer in _AS_THEY_ARE or not (named or not query):
        return None
    if named and unquote_plus(query[len(_EDITION) :].decode("ascii")) != held.code:
        return None
    tile, connection = Tile(int(asked[2]), int(asked[3]), int(asked[4])), HTTPConnection(scope)
    if not _may_see(parts, connection):
        return None
    made = parts.tiles.kept(held.id, layer, tile)
    if made is None:
        made = await run_in_threadpool(parts.tiles.tile, held, layer, tile)
    status, headers, body = answered(made, connection.headers, FOR_EVER if named else ASK_AGAIN)
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
