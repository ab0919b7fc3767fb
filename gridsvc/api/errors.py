"""The one table from error classes to HTTP: every refusal is a problem document (RFC 9457) in two languages."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from gridsvc.api.open311.form import PREFIX, refused
from gridsvc.errors import (
    BadInput,
    BatchTooLarge,
    CellFault,
    Conflict,
    FileTooLarge,
    Forbidden,
    GridsvcError,
    IllegalAction,
    KeyMissing,
    NotAuthenticated,
    NotFound,
    RefusedToPublish,
    TooManyRequests,
    Unavailable,
)
from gridsvc.web.pages.refusal import refusal_page
from gridsvc.web.pages.sign_in import PAGE_CSP

# The first class that fits counts, so children stand before their parents.
STATUS: tuple[tuple[type[GridsvcError], int], ...] = (
    (KeyMissing, 400),
    (BatchTooLarge, 413),
    (FileTooLarge, 413),
    (BadInput, 422),
    (NotAuthenticated, 401),
    (Forbidden, 403),
    (NotFound, 404),
    (Conflict, 409),
    (RefusedToPublish, 409),
    (TooManyRequests, 429),
    (Unavailable, 503),
    (GridsvcError, 500),
)
TITLES = {
    400: "Bad request", 401: "Not authenticated", 403: "Forbidden", 404: "Not found", 405: "Method not allowed",
    408: "Timeout", 409: "Conflict", 413: "Too large", 415: "Unsupported encoding", 422: "Unusable field",
    429: "Too many requests", 431: "Headers too large", 500: "Internal error", 503: "Not available",
}  # fmt: skip
_OF_STATUS = {
    400: ("请求体不是有效的 JSON", "the body is not valid JSON"),
    404: ("没有这个地址", "there is nothing at this address"),
    405: ("该地址不支持此方法", "this address does not take this method"),
}
# What pydantic calls a fault -> how to mend it; anything else is told in pydantic's own words.
_MENDS = {
    "missing": ("必填", "this field is required"),
    "extra_forbidden": ("没有这个字段，请删除或改正拼写", "there is no such field; remove it or mend its spelling"),
    "finite_number": ("应为有限数", "give a finite number"),
}
_KINDS = {
    "float": "应为数字", "int": "应为整数", "string_too_long": "至多 {max_length} 个字", "string": "应为文字",
    "bool": "应为 true 或 false", "list": "应为数组", "dict": "应为对象", "model": "应为对象",
    "greater_than_equal": "不小于 {ge}", "less_than_equal": "不大于 {le}", "too_long": "至多 {max_length} 项",
    "value_error": "写法不对（{error}）",
}  # fmt: skip
_SECRET = {"/v1/login", "/v1/actors"}
MOST_ERRORS = 50
# There what cannot be used is 400, whatever the reason.
_OGC = "/ogc"
MEDIA_TYPE = "application/problem+json"


def install(app: FastAPI) -> None:
    """Let the application answer every error with a problem document."""
    app.add_exception_handler(GridsvcError, _worded(_ours))
    app.add_exception_handler(RequestValidationError, _worded(_invalid))
    app.add_exception_handler(HTTPException, _worded(_http))
    app.add_exception_handler(Exception, _worded(_unexpected))


def _worded(handle: Callable[[Request, Exception], Response]) -> Callable[[Request, Exception], Response]:
    """Let a refusal say what it says in the words of the standard by which it was asked."""

    def worded(request: Request, error: Exception) -> Response:
        answer, path = handle(request, error), request.url.path
        if answer.media_type != MEDIA_TYPE:
            return answer
        if path.startswith(_OGC) and answer.status_code == 422:
            told = json.loads(bytes(answer.body))
            return JSONResponse(told | {"status": 400, "title": TITLES[400]}, 400, None, MEDIA_TYPE)
        return refused(path, answer) if path.startswith(PREFIX) else answer

    return worded


def problem(
    status: int, zh: str, en: str, errors: list[dict[str, Any]], kind: str = "about:blank", **more: Any
) -> JSONResponse:
    """Make one problem document; ``more`` are members that this kind of problem has beside the usual ones."""
    body = {
        "type": kind,
        "title": TITLES.get(status, "Error"),
        "status": status,
        "detail": en,
        "zh": zh,
        "en": en,
        "errors": errors,
        **more,
    }
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return JSONResponse(body, status, headers, MEDIA_TYPE)


def status_of(error: GridsvcError) -> int:
    """The HTTP status of one of our errors."""
    return next(status for kind, status in STATUS if isinstance(error, kind))


def kind_of(error: GridsvcError) -> str:
    """A stable name for the kind of error, for programs: ``bad-datum``, ``unknown-category``."""
    name = type(error).__name__
    return "".join("-" + c.lower() if c.isupper() else c for c in name).lstrip("-")


def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, GridsvcError)
    if _is_person(request) and request.url.path.startswith("/login"):
        # Sent back to sign in, he would never learn why he was refused.
        page = refusal_page(request.app.state.parts.settings.lang, error)
        return HTMLResponse(page, status_of(error), {"Content-Security-Policy": PAGE_CSP})
    if isinstance(error, NotAuthenticated) and _is_person(request):
        asked = request.url.path + ("?" + request.url.query if request.url.query else "")
        return RedirectResponse(f"/login?next={quote(asked, safe='/')}", 303)
    errors = [
        {"field": e.field, "value": _plain(e.value), "mend_zh": _cut(e.mend_zh), "mend_en": _cut(e.mend_en)}
        | ({"table": e.table, "line": e.line, "zh": _cut(e.zh), "en": _cut(e.en)} if isinstance(e, CellFault) else {})
        for e in error.errors[:MOST_ERRORS]
    ]
    kind = f"urn:gridsvc:problem:{kind_of(error)}"
    more = {"legal": list(error.legal)} if isinstance(error, IllegalAction) else {}
    answer = problem(status_of(error), _cut(error.zh), _cut(error.en), errors, kind, **more)
    if isinstance(error, TooManyRequests):
        answer.headers["Retry-After"] = str(error.retry_after_s)
    return answer


def _is_person(request: Request) -> bool:
    """Whether somebody opens a page, so that a page to sign in at helps him more than a document."""
    return request.method == "GET" and "text/html" in request.headers.get("accept", "")


def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    # Where a password is sent nothing is sent back: it may stand in the wrong field, or under a wrong name.
    is_secret = request.url.path in _SECRET or request.url.path.endswith("/password")
    faults = error.errors()
    if any(f["type"] == "json_invalid" for f in faults):
        return problem(400, "请求体不是有效的 JSON", "the body is not valid JSON", [])
    errors = []
    for fault in faults[:MOST_ERRORS]:
        mend_zh, mend_en = _mend(fault)
        field = _cut(".".join(str(p) for p in fault["loc"] if p not in ("body", "query", "path", "header")))
        value = None if is_secret or fault["type"] == "missing" else _plain(fault.get("input"))
        errors.append({"field": field or "body", "value": value, "mend_zh": mend_zh, "mend_en": mend_en})
    names = _cut(", ".join(str(e["field"]) for e in errors))
    return problem(422, f"字段不合要求：{names}", f"fields that cannot be used: {names}", errors)


def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    zh, en = _OF_STATUS.get(error.status_code, (str(error.detail), str(error.detail)))
    answer = problem(error.status_code, zh, en, [])
    answer.headers.update(error.headers or {})
    return answer


def _unexpected(_: Request, error: Exception) -> JSONResponse:
    # The server logs the traceback; the caller learns nothing of the inside.
    return problem(500, "服务内部错误，已记录", "an internal error; it has been logged", [])


def _plain(value: Any) -> Any:
    """A value as JSON can show it, cut where it is long."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else str(value)
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value[:10]]
    return _cut(str(value))


def _cut(text: str, most: int = 400) -> str:
    """Shorten what somebody sent, and drop what no answer can be written with."""
    shown = text if len(text) <= most else text[:most] + "…"
    return shown.encode("utf-8", "replace").decode()


def _mend(fault: Any) -> tuple[str, str]:
    """How to mend a fault that pydantic found, in both languages."""
    kind, told = fault["type"], _cut(str(fault["msg"]))
    if kind in _MENDS:
        return _MENDS[kind]
    context = fault.get("ctx", {})
    if kind == "instant":
        return context.get("zh", "写成带时区的 ISO 8601，地址中的 + 写作 %2B"), told
    if kind == "literal_error":
        return f"可用：{context.get('expected')}", f"one of {context.get('expected')}"
    for start, zh in _KINDS.items():
        if kind.startswith(start):
            return zh.format(**{"le": "", "ge": "", "max_length": "", **context}), told
    return f"不合要求（{told}）", told
