"""Components: list them, record one as it is now, remove one. Every process hears of it at once."""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from gridsvc.api.deps import BoxDep, CallerDep, CursorDep, LimitDep, PartsDep, set_of, to_cursor
from gridsvc.api.routes.areas import Geojson, collection, edition_of_page
from gridsvc.api.schemas.common import PROBLEMS, Instant
from gridsvc.api.schemas.components import ComponentIn
from gridsvc.codes import category_of
from gridsvc.services.components import end_component, page_of_components, record_component, refuse_beyond
from gridsvc.spatial.datum import convert, parse_datum
from gridsvc.values import Component, Point

router = APIRouter(tags=["map"], responses=PROBLEMS)
Code = Annotated[str, Path(max_length=64, description="code of the component, for life")]


@router.get("/v1/components")
def components(
    parts: PartsDep,
    caller: CallerDep,
    box: BoxDep,
    class_code: Annotated[str | None, Query(alias="class", description="five-digit component class")] = None,
    edition: str | None = None,
    limit: LimitDep = 100,
    cursor: CursorDep = None,
) -> Geojson:
    """Give components by code as GeoJSON points, as they are on record now; removed ones too."""
    named, after = edition_of_page(edition, cursor)
    found = set_of(parts, caller, named)
    page = page_of_components(parts.engine, found, box, class_code, after, limit)
    following = to_cursor(found.code, page[limit - 1].code) if len(page) > limit else None
    return collection(found.code, [_component(c) for c in page[:limit]], following)


@router.put("/v1/components/{code}")
def record(code: Code, body: ComponentIn, parts: PartsDep, caller: CallerDep) -> Geojson:
    """Record a new component, or what a known one is now; the same record again changes nothing."""
    room = parts.current.get()
    edition = room.snapshot.edition
    datum = parse_datum(body.point.crs, edition.local_crs, "point.crs")
    point = Point(*convert(body.point.x, body.point.y, datum, "wgs84", edition.local_crs))
    room.refuse_far(point)
    category_of(body.class_code, "component", body.code_scheme)
    given = Component(code, point=point, **body.model_dump(exclude={"point"}))
    refuse = partial(refuse_beyond, caller.reach("component:write", room), room, caller.at)
    made = record_component(parts.engine, edition.district, given, caller.actor.name, caller.at, refuse)
    return _component(made)


@router.delete("/v1/components/{code}")
def remove(code: Code, parts: PartsDep, caller: CallerDep, since: Instant | None = None) -> Geojson:
    """Record that a component is removed, now or since an earlier instant; its record and its code stay."""
    room = parts.current.get()
    district, by = room.snapshot.edition.district, caller.actor.name
    refuse = partial(refuse_beyond, caller.reach("component:write", room), room, caller.at)
    return _component(end_component(parts.engine, district, code, by, caller.at, since, refuse))


def _component(c: Component) -> dict[str, Any]:
    properties = {
        "code": c.code, "code_scheme": c.code_scheme, "class": c.class_code, "name": c.name, "competent": c.competent,
        "owner": c.owner, "maintainer": c.maintainer, "unit_grid": c.unit_grid, "state": c.state,
        "accuracy_class": c.accuracy_class, "since": c.since.isoformat() if c.since else None,
    }  # fmt: skip
    place = {"type": "Point", "coordinates": [c.point.lon, c.point.lat]}
    return {"type": "Feature", "id": c.code, "properties": properties, "geometry": place}
