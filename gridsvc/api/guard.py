"""The outermost door: turns away requests that no route could mean, and sends nothing out without its headers."""

from collections import Counter

from fastapi import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gridsvc.api.errors import problem
from gridsvc.api.headers import completed
from gridsvc.api.open311.form import PREFIX, refused

MIB = 1024 * 1024
# A case with every text at its longest needs a fiftieth of it.
MOST_BYTES = MIB
# A full batch of 100 000 points needs about 6 MB.
MOST_BYTES_AT = {"/v1/route/batch": 32 * MIB}
# Files go to disk as they come, so they are not held; how large they may be is a setting.
FORMS = ("/v1/attachments", "/v1/editions", "/v1/rulesets/workbook")
# Of all bodies that are being received or worked on, before large ones are put off: eight of the largest.
MOST_HELD = 256 * MIB
MOST_HEADERS, MOST_HEADER_BYTES = 100, 32 * 1024
# Two of these contradict each other, and another program on the way here may have believed the other one.
ONCE = (b"host", b"authorization", b"content-length", b"content-type", b"content-encoding", b"idempotency-key")


class Guard:
    """Refuses what would cost or confuse before anything of it is read, and bodies that grow beyond their limit."""

    def __init__(self, app: ASGIApp, most_held: int = MOST_HELD, most_in_form: int = MOST_BYTES) -> None:
        self.app = app
        self._most_at = {**MOST_BYTES_AT, **dict.fromkeys(FORMS, most_in_form)}
        self._most_held = most_held
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it here."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refusal: Response | None = None
        path = scope["path"]
        came, held, most = 0, 0, self._most_at.get(path, MOST_BYTES)

        async def counted() -> Message:
            """Break off a body that goes on beyond a limit; the rest is never read."""
            nonlocal refusal, came, held
            message = await receive()
            n = len(message.get("body", b""))
            if not n:
                return message
            came += n
            if path not in FORMS:
                held += n
                self._held += n
            if came > most:
                refusal = _too_large(most)
            elif self._held > self._most_held and held > MOST_BYTES:
                # Small ones go on: a few large bodies must not shut out everybody.
                refusal = _too_busy()
            return message if refusal is None else {"type": "http.disconnect"}

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = completed(message.get("headers", ()), scope["scheme"])
            await send(message)

        async def unless_refused(message: Message) -> None:
            if refusal is None:
                await dressed(message)

        try:
            refusal = _refusal(scope, most)
            if refusal is None:
                await self.app(scope, counted, unless_refused)
        except Exception:
            # What was broken off in the middle has every right to complain.
            if refusal is None:
                raise
        finally:
            self._held -= held
        if refusal is not None:
            refusal = refused(path, refusal) if path.startswith(PREFIX) else refusal
            await refusal(scope, receive, dressed)


def _refusal(scope: Scope, most: int) -> Response | None:
    """What speaks against a request before its body is read."""
    headers = scope["headers"]
    if len(headers) > MOST_HEADERS or sum(len(name) + len(value) for name, value in headers) > MOST_HEADER_BYTES:
        return too_many_headers()
    times = Counter(name for name, _ in headers)
    twice = [name.decode() for name in ONCE if times[name] > 1]
    if twice:
        mend = _error(", ".join(twice), "每个请求只给一次", "give it once in a request")
        return problem(400, "请求头重复", "a header comes twice", [mend])
    if b"%00" in scope.get("raw_path", b"") or b"%00" in scope["query_string"]:
        return problem(400, "地址中有不可用字符", "the address has a character that cannot be used", [])
    own = dict(headers)
    if own.get(b"content-encoding", b"identity").strip().lower() != b"identity":
        # Nothing is ever unpacked here: a small body could become one of any size.
        mend = _error("content-encoding", "不压缩请求体再发送", "send the body without compression")
        return problem(415, "不接受压缩的请求体", "a compressed body is not taken", [mend])
    length = own.get(b"content-length", b"0")
    # Longer than any length that is meant, and than Python reads a number from.
    if length.isdigit() and (len(length) > 15 or int(length) > most):
        return _too_large(most)
    return None


def too_many_headers() -> Response:
    """The answer to more headers than any request needs."""
    zh, en = f"至多 {MOST_HEADERS} 个、共 {MOST_HEADER_BYTES // 1024} KB", "at most {} of {} KB together"
    mend = _error("headers", zh, en.format(MOST_HEADERS, MOST_HEADER_BYTES // 1024))
    return problem(431, "请求头过多或过长", "the headers are too many or too long", [mend])


def _too_large(most: int) -> Response:
    mend = _error("body", f"每次请求至多 {most // MIB} MB", f"send at most {most // MIB} MB in one request")
    return problem(413, "请求体过大", "the body is too large", [mend])


def _too_busy() -> Response:
    answer = problem(503, "服务正忙，请稍后重试", "the service is busy; try again in a moment", [])
    answer.headers["Retry-After"] = "2"
    return answer


def _error(field: str, mend_zh: str, mend_en: str) -> dict[str, str | None]:
    return {"field": field, "value": None, "mend_zh": mend_zh, "mend_en": mend_en}
