"""``POST /v1/route/batch``: many points at once, as columns of JSON or as an Arrow stream."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from gridsvc.api.arrow import ARROW_STREAM, NotArrow
from gridsvc.api.batches import Asked, as_arrow, as_json
from gridsvc.api.deps import CallerDep, PartsDep, room_of
from gridsvc.api.errors import problem
from gridsvc.api.schemas.batch import BatchIn, BatchOut
from gridsvc.api.schemas.common import PROBLEMS, Crs, Instant, documented
from gridsvc.api.schemas.route import instant_or
from gridsvc.errors import BadInput, FieldError

router = APIRouter(tags=["route"], responses=PROBLEMS)
JSON = "application/json"
ARROW_IN = """An Arrow IPC stream: `x` and `y` of float64, `category` of string if wanted; `crs`, `at`, `edition` and
`ruleset` stand in the address. Without compression of its buffers."""
ARROW_OUT = "The same columns as an Arrow IPC stream; `edition` and `ruleset` are metadata of its schema."
BINARY = {"type": "string", "format": "binary"}


async def _body(request: Request) -> bytes:
    try:
        return await request.body()
    except ClientDisconnect:
        raise HTTPException(400) from None


@router.post(
    "/v1/route/batch",
    response_class=Response,
    responses={
        200: {
            "description": "The answers as columns. " + ARROW_OUT,
            "content": {JSON: {"schema": BatchOut.model_json_schema()}, ARROW_STREAM: {"schema": BINARY}},
        },
        413: documented("more than 100 000 points"),
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "description": ARROW_IN,
            "content": {JSON: {"schema": BatchIn.model_json_schema()}, ARROW_STREAM: {"schema": BINARY}},
        }
    },
)
def route_batch(
    body: Annotated[bytes, Depends(_body)],
    parts: PartsDep,
    caller: CallerDep,
    content_type: Annotated[str, Header(include_in_schema=False)] = "",
    accept: Annotated[str, Header(include_in_schema=False)] = "",
    crs: Annotated[Crs | None, Query(description="reference of an Arrow stream")] = None,
    at: Annotated[Instant | None, Query(description="instant of an Arrow stream")] = None,
    edition: Annotated[str | None, Query(description="edition of an Arrow stream", max_length=200)] = None,
    ruleset: Annotated[str | None, Query(description="ruleset of an Arrow stream", max_length=200)] = None,
) -> Response:
    """Route up to 100 000 points given as columns; a bad row fills ``error`` and does not stop the others.

    An Arrow stream is answered by one, as is whoever accepts nothing but Arrow.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind == ARROW_STREAM:
        try:
            asked = Asked.of_arrow(body, crs, at, edition, ruleset)
        except NotArrow as e:
            return problem(400, f"请求体不是 Arrow 流（{e}）", f"the body is no Arrow stream ({e})", [])
    else:
        _refuse_beside_json(kind, {"crs": crs, "at": at, "edition": edition, "ruleset": ruleset})
        asked = Asked.of_json(body)
    # One instant admits the caller, chooses the edition and dates the questions.
    now = caller.at
    room = room_of(parts, caller, asked.edition, asked.at, now, asked.ruleset)
    instant = instant_or(asked.at, now)
    if ARROW_STREAM in accept or (kind == ARROW_STREAM and JSON not in accept):
        return Response(as_arrow(room, asked, instant), media_type=ARROW_STREAM)
    return Response(as_json(room, asked, instant), media_type=JSON)


def _refuse_beside_json(kind: str, address: Mapping[str, Any]) -> None:
    if kind != JSON:
        mend = (f"{JSON} 或 {ARROW_STREAM}", f"{JSON} or {ARROW_STREAM}")
        raise BadInput("不认识的内容类型", "the media type is not known", [FieldError("content-type", kind, *mend)])
    for field, value in address.items():
        if value is not None:
            mend = ("写在 JSON 内", "write it in the JSON")
            raise BadInput("字段位置不对", "a field stands in the address", [FieldError(field, str(value), *mend)])
