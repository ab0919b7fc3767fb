"""Tiles of the edition that holds now, past the framework, which takes many times as long as to find one that is kept.

As in ``hot``: whatever is not at hand, wrong or unusual is left to ``routes/tiles.py``, and refused in one place.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import unquote_plus

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import Message, Scope

from gridsvc.api.deps import Parts
from gridsvc.api.headers import completed
from gridsvc.api.routes.tiles import ASK_AGAIN, FOR_EVER, answered
from gridsvc.services.tiles import COMPONENTS, Packed
from gridsvc.spatial.mercator import Tile

_PATH = re.compile(r"/tiles/([^/]+)/(\d{1,2})/(\d{1,7})/(\d{1,7})", re.ASCII)
_EDITION = b"edition="
# What changes from one question to the next, and is read from the database.
_AS_THEY_ARE = {"cases", COMPONENTS}
# Heads of answers that stay written, of a kilobyte or so.
_MOST_STARTS = 4096


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
    headers = dict(scope["headers"])
    # What to make of a header that comes twice is for the ordinary way.
    if len(headers) != len(scope["headers"]) or not _may_see(parts, scope, headers):
        return None
    tile = Tile(int(asked[2]), int(asked[3]), int(asked[4]))
    made = parts.tiles.kept(held.id, layer, tile)
    if made is None:
        made = await run_in_threadpool(parts.tiles.tile, held, layer, tile)
    keep = FOR_EVER if named else ASK_AGAIN
    if made.body and b"if-none-match" not in headers and b"gzip" in headers.get(b"accept-encoding", b""):
        start = _start_of_whole(made.etag, len(made.body), keep, scope["scheme"])
        return [start, {"type": "http.response.body", "body": made.body}]
    return _told(*answered(made, HTTPConnection(scope).headers, keep), scope["scheme"])


@lru_cache(_MOST_STARTS)
def _start_of_whole(etag: str, size: int, keep: str, scheme: str) -> Message:
    """What stands before the packed bytes of a tile is the same each time, and takes longer to write than to find them.

    Nobody may change it.
    """
    packed = Packed(b"x" * size, etag)
    return _told(*answered(packed, Headers({"accept-encoding": "gzip"}), keep), scheme)[0]


def _told(status: int, headers: Mapping[str, str], body: bytes, scheme: str) -> list[Message]:
    sent = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    if status == 200:
        sent.append((b"content-length", b"%d" % len(body)))
    start = {"type": "http.response.start", "status": status, "headers": completed(sent, scheme)}
    return [start, {"type": "http.response.body", "body": body}]


def _may_see(parts: Parts, scope: Scope, headers: Mapping[bytes, bytes]) -> bool:
    now = parts.now()
    authorization = headers.get(b"authorization")
    if authorization is not None:
        return parts.doorkeeper.may_at_once("map:read", authorization, now)
    if b"cookie" in headers or b"x-forwarded-for" in headers:
        # Whom a proxy speaks for, and whose session it is, is found out on the ordinary way.
        return False
    return parts.doorkeeper.admit(HTTPConnection(scope), "GET", parts.current.district() or "", now).may("map:read")
