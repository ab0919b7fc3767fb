"""How OGC API Features asks: what a page is wanted of, in which reference, filtered how; nothing else may be said."""

from collections.abc import Callable, Coroutine
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal, NamedTuple

from fastapi import Depends, Path, Query, Request

from gridsvc.api.schemas.common import documented
from gridsvc.errors import BadInput, FieldError
from gridsvc.router import Router
from gridsvc.spatial.axes import box_in, need, offered, read_in
from gridsvc.store.cql2 import parsed
from gridsvc.store.features import Key, Wanted
from gridsvc.values import parse_instant

MOST, USUAL = 1000, 100
GEOJSON, SCHEMA = "application/geo+json", "application/schema+json"
CollectionPath = Annotated[str, Path(max_length=64, description="code of a layer, or components")]
REFUSED: dict[int | str, dict[str, Any]] = {
    400: documented("a parameter that cannot be used, or that there is not"),
    401: documented("no valid key or session"),
    403: documented("not with these rights"),
    404: documented("no such collection or feature"),
    422: documented("never here: what cannot be used is answered with 400, as the standard says"),
    429: documented("too many requests; Retry-After says when to go on"),
    503: documented("no database or no edition"),
}


def only(*known: str) -> Any:
    """Refuse any parameter of an address but these and ``f``, as the standard wants it."""

    async def refuse(
        request: Request, f: Annotated[Literal["json"] | None, Query(description="the one format there is")] = None
    ) -> None:
        for name in request.query_params:
            if name not in (*known, "f"):
                listed = ", ".join(known) or "f"
                error = FieldError(name, request.query_params[name], f"可用：{listed}", f"one of {listed}")
                raise BadInput("没有这个参数", "there is no such parameter", [error])

    refusing: Callable[..., Coroutine[Any, Any, None]] = refuse
    return Depends(refusing)


PAGE = ("bbox", "bbox-crs", "crs", "datetime", "limit", "cursor", "filter", "filter-lang", "filter-crs")
_CRS = "URI of a reference that the collection lists; its own order of axes counts. Else CRS84, longitude first"
CrsQuery = Annotated[str | None, Query(max_length=100, description=_CRS)]


class Asked(NamedTuple):
    """The parameters of a page, as they came."""

    bbox: str | None
    bbox_crs: str | None
    crs: str | None
    datetime: str | None
    limit: int
    cursor: str | None
    filter: str | None
    filter_lang: Literal["cql2-text", "cql2-json"]
    filter_crs: str | None


async def _asked(
    bbox: Annotated[str | None, Query(max_length=200, description="four or six numbers, axes as in bbox-crs")] = None,
    bbox_crs: Annotated[str | None, Query(alias="bbox-crs", max_length=100, description=_CRS)] = None,
    crs: CrsQuery = None,
    datetime: Annotated[
        str | None, Query(max_length=100, description="an instant or a span a/b, .. for open; when cases were reported")
    ] = None,
    limit: Annotated[int, Query(ge=1, description=f"features on a page; more than {MOST} are {MOST}")] = USUAL,
    cursor: Annotated[str | None, Query(description="only by the link next of the page before")] = None,
    filter: Annotated[str | None, Query(description="CQL2; see queryables")] = None,
    filter_lang: Annotated[Literal["cql2-text", "cql2-json"], Query(alias="filter-lang")] = "cql2-text",
    filter_crs: Annotated[str | None, Query(alias="filter-crs", max_length=100, description=_CRS)] = None,
) -> Asked:
    """Read the parameters of a page."""
    return Asked(bbox, bbox_crs, crs, datetime, min(limit, MOST), cursor, filter, filter_lang, filter_crs)


AskedDep = Annotated[Asked, Depends(_asked)]


def references(room: Router) -> list[str]:
    """The references in which this city is told."""
    west, south, east, north = room.snapshot.edition.bounds_deg
    return offered((west + east) / 2, (south + north) / 2)


def wanted(asked: Asked, names: list[str], after: Key | None) -> Wanted:
    """Give what a page is wanted of; raises ``BadInput`` that names the parameter."""
    place = need(asked.filter_crs, names, "filter-crs")
    box_crs = need(asked.bbox_crs, names, "bbox-crs")
    return Wanted(
        asked.limit,
        box=None if asked.bbox is None else box_in(asked.bbox, box_crs),
        tree=None if asked.filter is None else parsed(asked.filter, asked.filter_lang),
        place=partial(read_in, name=place, field="filter"),
        span=span_of(asked.datetime),
        after=after,
    )


def span_of(text: str | None) -> tuple[datetime | None, datetime | None]:
    """Read an instant, or a span between two of which one may be open; both ends are of it."""
    if text is None:
        return None, None
    ends = [None if end in ("", "..") else parse_instant(end, "datetime") for end in text.split("/")]
    start, end = ends if len(ends) == 2 else (ends[0], ends[0])
    if len(ends) > 2 or (start is None and end is None) or (start and end and start > end):
        mend = ("写成 时刻、起/止、../止 或 起/..", "write an instant, a/b, ../b or a/..")
        raise BadInput("时间无法识别", "the time cannot be read", [FieldError("datetime", text, *mend)])
    return start, end
