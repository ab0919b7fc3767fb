"""Drafts of editions: copied from another edition, drawn in area by area; and a planned edition that is called off."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection, Engine
from sqlalchemy.dialects.postgresql import Range

from gridsvc.errors import BadInput, Conflict, FieldError, NotFound
from gridsvc.far import Box, refuse_far
from gridsvc.responsibility.people import Staff
from gridsvc.responsibility.resolve import Ruleset
from gridsvc.router import Snapshot
from gridsvc.services.edition_check import edition_before, with_checks
from gridsvc.services.editions import load
from gridsvc.spatial.datum import convert
from gridsvc.spatial.layer import code_of, text_of
from gridsvc.spatial.topology import check_edition
from gridsvc.store import areas, audit, dated_sets, tenures
from gridsvc.store.areas import DrawnArea, read_edition
from gridsvc.store.components import read_components
from gridsvc.store.dated_sets import DatedSet
from gridsvc.store.engine import to_json, transaction
from gridsvc.store.places import fill_names
from gridsvc.values import Point, reason_of

# The finest step of the database's time.
_TICK = timedelta(microseconds=1)
# What of an area is no property of its own.
_RECORD = ("layer", "code", "name", "parent", "unit")
_FAMILY = {
    "polygon": ("Polygon", "MultiPolygon"), "line": ("LineString", "MultiLineString"), "point": ("Point", "MultiPoint")
}  # fmt: skip


def copy_as_draft(
    engine: Engine, code: str, new: str, title: str | None, now: datetime, by: str, district: str | None
) -> None:
    """Store the boundaries and components of an edition as a draft under another name, to be drawn in.

    It has no rules of its own: those that hold go on over it. Raises ``Conflict`` where the name is taken.
    """
    with transaction(engine) as connection:
        source = dated_sets.need(connection, "edition", code, district)
        if dated_sets.find(connection, "edition", new, source.district) is not None:
            mend = ("换一个版次号", "choose another code")
            raise Conflict(f"已有版次 {new}", f"there is an edition {new} already", [FieldError("edition", new, *mend)])
        report = dated_sets.report_of(connection, source.id)
        edition = replace(with_checks(read_edition(connection, source), report), code=new, valid_from=None)
        edition = replace(edition, title=edition.title if title is None else title)
        components, seq = read_components(connection, source)
        before = edition_before(connection, edition, now)
    points = np.array([(c.point.lon, c.point.lat) for c in components]).reshape(-1, 2)
    declared = report.get("declared", {})
    checked = check_edition(edition, declared=declared, components=(points[:, 0], points[:, 1]), before=before)
    load(engine, Snapshot(edition, Ruleset(""), Staff(), components, seq), {}, checked, by, declared=declared)


def put_area(
    engine: Engine, draft: str, layer: str, code: str, properties: Mapping[str, Any], geometry: Mapping[str, Any],
    crs: str, now: datetime, by: str, district: str | None,
) -> DrawnArea:  # fmt: skip
    """Draw an area of a draft, in the place of the one of its code if there is one; gives it as it is stored.

    ``geometry`` is GeoJSON in ``crs``. Whether it is sound is for the check to say, which the draft needs anew.
    """
    with transaction(engine) as connection:
        found, layer_id, family = _layer_of_draft(connection, draft, layer, district)
        if areas.count_of(connection, layer_id, code) > 1:
            mend = ("在源文件中改正后重新上传", "mend it in the file it came from and send it again")
            raise Conflict(f"{layer} 中有多个 {code}", f"several areas of {layer} have the code {code}",
                           [FieldError("code", code, *mend)])  # fmt: skip
        props = _stored({k: v for k, v in properties.items() if k not in _RECORD})
        own = {k: text_of(properties.get(k)) for k in ("name", "parent", "unit")}
        shape = _shape(geometry, crs, family, found.local_crs)
        _refuse_astray(shape, areas.bounds_of(connection, found.id))
        given = DrawnArea(code_of(code, layer, "code", 0), own["name"] or "", own["parent"], own["unit"], props, shape)
        areas.put_area(connection, layer_id, given)
        wkb = shapely.to_wkb(shape, hex=True)
        _changed(connection, found, [layer, code, own, props, wkb], "area drawn", now, by)
        return given


def remove_area(
    engine: Engine, draft: str, layer: str, code: str, now: datetime, by: str, district: str | None
) -> None:  # fmt: skip
    """Take an area out of a draft; raises ``NotFound`` where it has none of this code."""
    with transaction(engine) as connection:
        found, layer_id, _ = _layer_of_draft(connection, draft, layer, district)
        if not areas.count_of(connection, layer_id, code):
            mend = ("核对编码", "check the code")
            raise NotFound(f"{layer} 中没有 {code}", f"{layer} has no area {code}", [FieldError("code", code, *mend)])
        areas.remove_area(connection, layer_id, code)
        _changed(connection, found, [layer, code], "area removed", now, by)


def call_off(engine: Engine, code: str, reason: str, now: datetime, by: str, district: str | None) -> None:
    """Let an edition that was published for later never hold, nor the rules that came with it.

    What held before goes on in its place. Raises ``Conflict`` for an edition that holds already or held, and for one
    before which none holds.
    """
    reason = reason_of(reason)
    with transaction(engine) as connection:
        tenures.begin_change(connection)
        found = dated_sets.need(connection, "edition", code, district, alone=True)
        if not is_ahead(found, now):
            mend = ("只能取消尚未生效的版次", "only what does not hold yet can be called off")
            raise Conflict(f"{code} 没有待生效的发布", f"{code} is not planned", [FieldError("edition", code, *mend)])
        _give_way(connection, found, found.holds, reason, now, by)
        own = dated_sets.came_with(connection, code, found.district)
        if own is not None and is_ahead(own, now):
            _give_way(connection, own, own.holds, reason, now, by)
        audit.record(connection, now, by, "edition called off", code, {"reason": reason}, found.district)


def is_ahead(found: DatedSet, now: datetime) -> bool:
    """Whether a set is published for later, and does not hold at any instant up to now."""
    return found.holds_from is not None and found.holds_from > now


def _give_way(
    connection: Connection, planned: DatedSet, spans: Sequence[Range[datetime]], reason: str, now: datetime, by: str
) -> None:
    """Let what holds before each span of a planned set go on through it."""
    for span in spans:
        assert span.lower is not None
        held = dated_sets.held_at(connection, planned.kind, span.lower - _TICK, planned.district)
        if held is None:
            mend = ("先发布另一个版次来接替", "publish another one to take its place")
            error = FieldError("edition", planned.code, *mend)
            raise Conflict("取消后将没有版次生效", "nothing would hold then", [error])
        known = tenures.known_from(connection)
        entry: Mapping[str, Any] = {"known": known, "now": now, "actor": by, "reason": reason}
        tenures.enter(connection, held, span.lower, span.upper, **entry)


def _layer_of_draft(
    connection: Connection, draft: str, layer: str, district: str | None
) -> tuple[DatedSet, int, Sequence[str]]:
    found = dated_sets.need(connection, "edition", draft, district, alone=True)
    if found.published_at is not None:
        mend = ("复制为草稿后修改", "copy it as a draft and draw in that")
        raise Conflict(f"{draft} 已发布，内容不可更改", f"{draft} is published and its contents cannot change",
                       [FieldError("edition", draft, *mend)])  # fmt: skip
    known = areas.spec_of(connection, found.id, layer)
    if known is None:
        mend = ("用 GET /v1/layers 列出的图层", "one of those that GET /v1/layers lists")
        raise NotFound("没有这个图层", "there is no such layer", [FieldError("layer", layer, *mend)])
    return found, known[0], _FAMILY[known[1].geometry]


def _changed(connection: Connection, found: DatedSet, what: Sequence[Any], action: str, now: datetime, by: str) -> None:
    """Note that a draft is another one than before, who made it so, and that its report is of no use any more."""
    told = hashlib.sha256((found.content_hash + to_json(what)).encode()).hexdigest()
    kept = dated_sets.report_of(connection, found.id)
    dated_sets.write_hash(connection, found.id, told, {k: kept[k] for k in ("checks", "declared") if k in kept})
    fill_names(connection, found.id)
    audit.record(connection, now, by, action, found.code, {"layer": what[0], "code": what[1]}, found.district)


def _stored(props: dict[str, Any]) -> dict[str, Any]:
    """Give properties that JSON has words for; numbers that are none, as some write them, it has not."""
    try:
        to_json(props)
    except ValueError as e:
        mend = ("用有限的数字，或 null", "give finite numbers, or null")
        raise BadInput("属性无法保存", "the properties cannot be stored",
                       [FieldError("properties", str(e), *mend)]) from None  # fmt: skip
    return props


def _shape(geometry: Mapping[str, Any], crs: str, family: Sequence[str], local: Mapping[str, str]) -> Any:
    """Read GeoJSON into WGS 84; a ring that is not closed, or a number that is none, is refused."""
    try:
        if geometry.get("type") not in family:
            raise ValueError(f"{geometry.get('type')!r} is none of {', '.join(family)}")
        shape = shapely.force_2d(shapely.from_geojson(to_json(geometry)))
        if shape.is_empty or not np.isfinite(shapely.get_coordinates(shape)).all():
            raise ValueError("it is empty")
    except (ValueError, TypeError, shapely.errors.GEOSException) as e:
        kinds = ", ".join(family)
        mend = (f"给出 {kinds} 的 GeoJSON：{e}", f"give GeoJSON of {kinds}: {e}")
        error = FieldError("geometry", str(geometry)[:200], *mend)
        raise BadInput("图形不可用", "the shape cannot be used", [error]) from None
    shape = shapely.transform(shape, lambda p: np.column_stack(convert(p[:, 0], p[:, 1], crs, "wgs84", local)))
    for lon, lat in shapely.get_coordinates(shape):
        Point(lon, lat)
    return shape


def _refuse_astray(shape: Any, bounds_deg: Box | None) -> None:
    """Refuse what lies far from all else: it is a mistake, and every look for a point near it would take its time."""
    if bounds_deg is not None:
        west, south, east, north = shapely.bounds(shape).tolist()
        for lon, lat in ((west, south), (east, north)):
            refuse_far(Point(lon, lat), bounds_deg, "geometry")
