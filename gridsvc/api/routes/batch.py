"""``POST /v1/route/batch``: many points at once, as columns of JSON or as an Arrow stream."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Self

import numpy as np
import pyarrow as pa
from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from numpy.typing import NDArray
from pydantic import ValidationError
from pydantic_core import from_json
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from gridsvc.api.arrow import ARROW_STREAM, NotArrow, read_stream, write_stream
from gridsvc.api.deps import CallerDep, PartsDep, room_of
from gridsvc.api.errors import kind_of, problem
from gridsvc.api.schemas.batch import BatchIn, BatchOut
from gridsvc.api.schemas.common import PROBLEMS, Crs, Instant, documented, refuse_too_many
from gridsvc.api.schemas.route import instant_or
from gridsvc.bulk import route_columns
from gridsvc.coded import Coded, Words
from gridsvc.codes import load_categories
from gridsvc.errors import BadInput, FieldError
from gridsvc.report import Report
from gridsvc.spatial.datum import Floats

router = APIRouter(tags=["route"], responses=PROBLEMS)
JSON = "application/json"
ARROW_IN = """An Arrow IPC stream: `x` and `y` of float64, `category` of string if wanted; `crs`, `at`, `edition` and
`ruleset` stand in the address. Without compression of its buffers."""
ARROW_OUT = "The same columns as an Arrow IPC stream; `edition` and `ruleset` are metadata of its schema."
BINARY = {"type": "string", "format": "binary"}


@dataclass(frozen=True, eq=False)
class Asked:
    """A batch, however it was sent. ``whose`` is each row's position in ``categories``, of which one may serve all."""

    x: Floats
    y: Floats
    crs: str
    categories: list[str | None]
    whose: NDArray[np.int64] | None
    at: datetime | None
    edition: str | None
    ruleset: str | None

    @classmethod
    def of_json(cls, body: bytes) -> Self:
        """Read a batch in JSON."""
        try:
            given = from_json(body)
        except ValueError as e:
            raise RequestValidationError([{"type": "json_invalid", "loc": (), "msg": str(e)}]) from None
        try:
            batch = BatchIn.model_validate(given)
        except ValidationError as e:
            raise RequestValidationError(e.errors(include_url=False)) from None
        refuse_too_many(len(batch.x))
        x, y = (np.array(column, dtype=np.float64) for column in (batch.x, batch.y))
        if not isinstance(batch.category, list):
            return cls(x, y, batch.crs, [batch.category], None, batch.at, batch.edition, batch.ruleset)
        categories = list(dict.fromkeys(batch.category))
        place = {category: i for i, category in enumerate(categories)}
        whose = np.array([place[category] for category in batch.category], dtype=np.int64)
        return cls(x, y, batch.crs, categories, whose, batch.at, batch.edition, batch.ruleset)

    @classmethod
    def of_arrow(
        cls, body: bytes, crs: str | None, at: datetime | None, edition: str | None, ruleset: str | None
    ) -> Self:
        """Read a batch from an Arrow stream and the address."""
        if crs is None:
            mend = ("在地址中写 ?crs=wgs84 等", "write ?crs=wgs84, say, in the address")
            raise BadInput("没有声明坐标系", "no coordinate reference is declared", [FieldError("crs", None, *mend)])
        table = read_stream(body, {"x": pa.float64(), "y": pa.float64()}, ["category"])
        x, y = (table.column(name).to_numpy() for name in ("x", "y"))
        if "category" not in table.column_names:
            return cls(x, y, crs, [None], None, at, edition, ruleset)
        encoded = table.column("category").combine_chunks().dictionary_encode(null_encoding="encode")
        whose = encoded.indices.to_numpy().astype(np.int64)
        return cls(x, y, crs, encoded.dictionary.to_pylist(), whose, at, edition, ruleset)

    def with_unknown_as_one(self) -> tuple[list[str | None], NDArray[np.int64] | None]:
        """Categories and rows, with one unknown category for all: rows tell only the kind of their error.

        Telling of each what it may have meant takes milliseconds, and there may be as many as rows.
        """
        known = {c.code for c in load_categories() if c.kind == "matter"}
        told = [c if c is None or c in known else "" for c in self.categories]
        categories = list(dict.fromkeys(told)) or [None]
        if self.whose is None:
            return categories, None
        place = {category: i for i, category in enumerate(categories)}
        return categories, np.array([place[category] for category in told], dtype=np.int64)[self.whose]


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
    categories, whose = asked.with_unknown_as_one()
    reports = [Report(instant, category) for category in categories]
    decided = route_columns(room, asked.x, asked.y, crs=asked.crs, reports=reports, whose=whose)
    errors = Coded(Words(kind_of(e) for e in decided.errors), decided.error)
    columns = decided.columns() | {"error": errors}
    edition_code, rules = room.snapshot.edition.code, room.snapshot.ruleset.code or None
    if ARROW_STREAM in accept or (kind == ARROW_STREAM and JSON not in accept):
        arrays = {name: column.arrow() for name, column in columns.items()}
        return Response(write_stream(arrays, edition_code, rules), media_type=ARROW_STREAM)
    return Response(_json(len(asked.x), columns, edition_code, rules), media_type=JSON)


def _refuse_beside_json(kind: str, address: Mapping[str, Any]) -> None:
    if kind != JSON:
        mend = (f"{JSON} 或 {ARROW_STREAM}", f"{JSON} or {ARROW_STREAM}")
        raise BadInput("不认识的内容类型", "the media type is not known", [FieldError("content-type", kind, *mend)])
    for field, value in address.items():
        if value is not None:
            mend = ("写在 JSON 内", "write it in the JSON")
            raise BadInput("字段位置不对", "a field stands in the address", [FieldError(field, str(value), *mend)])


def _json(n: int, columns: Mapping[str, Coded], edition: str, ruleset: str | None) -> bytes:
    """Spell the answer; its columns are made of texts already spelled."""
    spelled = ",".join(f"{json.dumps(name)}:{column.json()}" for name, column in columns.items())
    rest = f'"edition":{json.dumps(edition)},"ruleset":{json.dumps(ruleset)}'
    return f'{{"n":{n},"columns":{{{spelled}}},{rest}}}'.encode()
