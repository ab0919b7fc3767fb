"""Open311 GeoReport v2: service requests, which are our cases, within the reach of who asks."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any, get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from gridsvc.api.deps import CallerDep, CursorDep, LimitDep, PartsDep, split, to_cursor
from gridsvc.api.open311.door import (
    JURISDICTION,
    FormatPath,
    Keyed,
    LangDep,
    answers,
    fields_of,
    read_as,
    refuse_foreign,
)
from gridsvc.api.open311.form import written
from gridsvc.api.routes.cases import page_after, refuse_unknown, taken_in
from gridsvc.api.schemas.cases import CaseIn
from gridsvc.api.schemas.common import Instant
from gridsvc.api.schemas.open311 import REQUEST, TAKEN, TOKEN, ReportForm
from gridsvc.casework.case import OVER, Status
from gridsvc.errors import BadInput, FieldError
from gridsvc.services import open311
from gridsvc.services.intake import report_case
from gridsvc.services.once import hash_body
from gridsvc.services.open311 import Wording
from gridsvc.store.case_lists import OPEN, CaseFilter
from gridsvc.values import in_years

router = APIRouter(tags=["open311"], route_class=Keyed)
_ATTRIBUTE = re.compile(r"attribute\[([^\[\]]+)\](?:\[\])?")
SPAN = timedelta(days=90)
MOST_IDS = 100
_STATUSES: Mapping[str, tuple[str, ...]] = {
    "open": OPEN,
    "closed": tuple(status for status in get_args(Status) if status in OVER),
}


async def _fields(request: Request) -> dict[str, str]:
    return await fields_of(request)


FieldsDep = Annotated[dict[str, str], Depends(_fields)]
_FORM = ReportForm.model_json_schema()
_BODY = {"requestBody": {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": _FORM}}}}


@router.get(
    "/open311/v2/requests.{format}", responses=answers(REQUEST), response_class=Response, dependencies=[JURISDICTION]
)
def requests(
    format: FormatPath,
    request: Request,
    parts: PartsDep,
    caller: CallerDep,
    lang: LangDep,
    service_request_id: Annotated[str | None, Query(description="numbers; nothing else counts then")] = None,
    service_code: str | None = None,
    start_date: Annotated[Instant | None, Query(description="inclusive, on the report instant")] = None,
    end_date: Annotated[Instant | None, Query(description="inclusive; at most 90 days after the start")] = None,
    status: Annotated[str | None, Query(description="open, closed")] = None,
    limit: LimitDep = 1000,
    cursor: CursorDep = None,
) -> Response:
    """List requests, newest first; of the last 90 days if nothing is said. A header ``Link`` leads to the next page."""
    room = parts.current.get()
    reach, words = caller.reach("case:read", room), Wording(room.zone, lang)
    if service_request_id is not None:
        ids = _few("service_request_id", split(service_request_id))
        return written(format, "service_requests", open311.some(parts.engine, ids, reach, words))
    refuse_unknown("status", split(status), tuple(_STATUSES))
    start, end = _span(start_date, end_date, caller.at)
    wanted = CaseFilter(
        reach, category=_few("service_code", split(service_code)), start=start, end=end, limit=limit,
        status=tuple(dict.fromkeys(s for one in split(status) for s in _STATUSES[one])),
    )  # fmt: skip
    found, last = open311.page(parts.engine, replace(wanted, after=page_after(cursor)), words)
    headers = {}
    if last is not None:
        held = {"start_date": start.isoformat(), "end_date": (end - _INSTANT).isoformat()}
        query = dict(request.query_params) | held | {"cursor": to_cursor(last.reported_at.isoformat(), last.id)}
        query.pop("api_key", None)
        headers["Link"] = f'<{request.url.replace(query=urlencode(query))}>; rel="next"'
    return written(format, "service_requests", found, headers=headers)


@router.post(
    "/open311/v2/requests.{format}", responses=answers(TAKEN), response_class=Response, openapi_extra=_BODY,
)  # fmt: skip
def report(
    format: FormatPath,
    fields: FieldsDep,
    request: Request,
    parts: PartsDep,
    caller: CallerDep,
    lang: LangDep,
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
) -> Response:
    """Report a case by a form. The same form again within ten minutes is the same report, and gets the first answer.

    Circumstances are fields ``attribute[KEY]``. A sender that has an `Idempotency-Key` is told apart by that instead.
    """
    sent = {name: value for name, value in fields.items() if name != "api_key"}
    form = read_as(ReportForm, sent)
    at = caller.at
    room = parts.current.get(at=at, now=at)
    refuse_foreign(room.snapshot.edition.district, form.jurisdiction_id)
    new = taken_in(_body(form, sent), room)
    actor, engine = caller.actor.name, parts.engine
    key, digest = open311.key_of(engine, actor, sent, at) if not idempotency_key else (idempotency_key, hash_body(sent))
    answer = report_case(engine, room, new, actor, key, digest, at, caller.where(room))
    return written(format, "service_requests", [open311.answered(answer, str(request.base_url), lang)])


@router.get(
    "/open311/v2/requests/{id}.{format}", responses=answers(REQUEST), response_class=Response,
    dependencies=[JURISDICTION],
)  # fmt: skip
def one_request(id: str, format: FormatPath, parts: PartsDep, caller: CallerDep, lang: LangDep) -> Response:
    """Read a request by its number."""
    room = parts.current.get()
    found = open311.one(parts.engine, id, caller.reach("case:read", room), Wording(room.zone, lang))
    return written(format, "service_requests", [found])


@router.get(
    "/open311/v2/tokens/{id}.{format}", responses=answers(TOKEN), response_class=Response, dependencies=[JURISDICTION]
)
def token(id: str, format: FormatPath, parts: PartsDep, caller: CallerDep) -> Response:
    """Give the number of a request by its token, which is the case's own id; no report has to wait for it."""
    reach = caller.reach("case:read", parts.current.get())
    return written(format, "service_requests", [open311.token(parts.engine, id, reach)])


def _body(form: ReportForm, sent: Mapping[str, str]) -> CaseIn:
    """The report as our own clients would send it; Open311 means WGS 84."""
    attributes = {found[1]: value for name, value in sent.items() if value and (found := _ATTRIBUTE.fullmatch(name))}
    body: dict[str, Any] = {
        "point": {"x": form.long, "y": form.lat, "crs": "wgs84"},
        "category": form.service_code,
        "source": "app",
        "description": form.told(),
        "address": form.address_string or None,
        "attributes": attributes,
        "reporter": {"name": open311.name_of(form.first_name, form.last_name), "phone": form.phone},
    }
    return read_as(CaseIn, body)


_INSTANT = timedelta(microseconds=1)


def _span(start: datetime | None, end: datetime | None, now: datetime) -> tuple[datetime, datetime]:
    """From when to when, the end exclusive; whatever is not said follows from the 90 days."""
    if start is None:
        end = end or now
        start = end - SPAN
    elif end is None:
        end = start + SPAN
    if not timedelta() <= end - start <= SPAN:
        mend = ("起止相差不超过 90 天，分段查询", "let it lie at most 90 days after start_date; ask for several spans")
        error = FieldError("end_date", end.isoformat(), *mend)
        raise BadInput("时段过长或颠倒", "the span is too long, or ends before it begins", [error])
    return in_years(start, "start_date"), in_years(end + _INSTANT, "end_date")


def _few(field: str, values: tuple[str, ...]) -> tuple[str, ...]:
    if len(values) > MOST_IDS:
        mend = (f"一次至多 {MOST_IDS} 个", f"name {MOST_IDS} at most")
        raise BadInput("取值过多", "there are too many values", [FieldError(field, None, *mend)])
    return values
