"""The outermost door: turns away requests that no route could mean, before anything of them is read."""

from fastapi import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gridsvc.api.errors import problem

# A full batch of 100 000 points needs about 6 MB; photos have their own way in later.
MOST_BYTES = 32 * 1024 * 1024


class Guard:
    """Refuses addresses with NUL, which name nothing, and bodies that are too large, also those that do not say so."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if b"%00" in scope.get("raw_path", b"") or b"%00" in scope["query_string"]:
            answer = problem(400, "地址中有不可用字符", "the address has a character that cannot be used", [])
            await answer(scope, receive, send)
            return
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if length.isdigit() and int(length) > MOST_BYTES:
            await _too_large()(scope, receive, send)
            return
        await self._app(scope, _Counted(receive), send)


class _Counted:
    """Breaks off a body that goes on beyond the limit; the rest is never read."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._bytes = 0

    async def __call__(self) -> Message:
        message = await self._receive()
        self._bytes += len(message.get("body", b""))
        if self._bytes > MOST_BYTES:
            return {"type": "http.disconnect"}
        return message


def _too_large() -> Response:
    mend = {
        "field": "body",
        "value": None,
        "mend_zh": f"每次请求至多 {MOST_BYTES // 1048576} MB",
        "mend_en": f"send at most {MOST_BYTES // 1048576} MB in one request",
    }
    return problem(413, "请求体过大", "the body is too large", [mend])
