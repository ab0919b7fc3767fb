"""The report of an edition, kept with it: made when it is loaded, and anew once somebody has drawn in it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection, Engine

from gridsvc.services.publishing import Finding, errors_of, finding_names
from gridsvc.services.rule_report import check_over, report_of
from gridsvc.spatial.layer import Edition
from gridsvc.spatial.topology import CheckReport, check_edition
from gridsvc.store import dated_sets
from gridsvc.store.areas import read_edition
from gridsvc.store.components import read_components
from gridsvc.store.dated_sets import DatedSet
from gridsvc.store.engine import transaction
from gridsvc.values import LayerChecks

Report = Mapping[str, Any]
# Of one faulty shape; a whole district drawn wrongly is shown by its place alone.
MOST_CORNERS = 5000


def kept_report(edition: Edition, checked: CheckReport, declared: Mapping[str, str]) -> dict[str, Any]:
    """Give what is kept of a check: the report, the shapes of its findings as GeoJSON, and what is needed anew.

    That is what each layer asks of the checks, and the references that were declared; neither is part of an edition.
    """
    shapes = [_shape(f.ground) for f in checked.findings]
    asked = {layer.spec.code: asdict(layer.spec.checks) for layer in edition if layer.spec.checks != LayerChecks()}
    return {**checked.as_dict(), "shapes": shapes, "checks": asked, "declared": dict(declared)}


def edition_before(connection: Connection, edition: Edition, now: datetime) -> Edition | None:
    """Give the edition of the district that holds when this one begins (its ``valid_from``, else ``now``).

    Where none holds then it is the one that holds now, and None for the first of a district. Checks compare with it.
    """
    for instant in (edition.valid_from or now, now):
        if (held := dated_sets.held_at(connection, "edition", instant, edition.district)) is not None:
            return read_edition(connection, held)
    return None


def with_checks(edition: Edition, report: Report) -> Edition:
    """Give an edition whose layers ask of the checks what is kept with its report."""
    asked = {code: _checks(one) for code, one in report.get("checks", {}).items()}
    layers = {
        code: replace(layer, spec=replace(layer.spec, checks=asked[code])) if code in asked else layer
        for code, layer in edition.layers.items()
    }
    return replace(edition, layers=layers)


def full_report(engine: Engine, found: DatedSet, now: datetime) -> dict[str, Any]:
    """Give the report of an edition with a shape, a name and a waiver for each finding; a draft is checked if need be.

    ``rules`` are the findings on the rules that came with it. Only errors have names: others need no waiver.
    """
    with transaction(engine) as connection:
        found = checked_now(connection, found, now)
        own = dated_sets.came_with(connection, found.code, found.district)
        stored = dated_sets.report_of(connection, found.id)
        rules = [] if own is None else dated_sets.report_of(connection, own.id).get("findings", [])
    findings = stored.get("findings", [])
    shapes = stored.get("shapes") or [None] * len(findings)
    told = [f | {"geometry": shape} for f, shape in zip(findings, shapes, strict=True)]
    all_told = _named([*told, *rules], found)
    return {
        "edition": found.code, "hash": found.content_hash, "ok": found.state != "draft",
        "counts": stored.get("counts", {"error": 0, "warning": 0}),
        "findings": all_told[: len(told)], "rules": all_told[len(told) :],
    }  # fmt: skip


def checked_now(connection: Connection, found: DatedSet, now: datetime) -> DatedSet:
    """Give the set as it is once it is checked: a draft that was changed since is checked here, its own rules too.

    What was waived of it stays waived where it still is found.
    """
    stored = dated_sets.report_of(connection, found.id)
    if found.published_at is not None or "findings" in stored:
        return found
    found = dated_sets.need(connection, "edition", found.code, found.district, alone=True)
    edition = with_checks(read_edition(connection, found), stored)
    declared = stored.get("declared", {})
    points = np.array([(c.point.lon, c.point.lat) for c in read_components(connection, found)[0]]).reshape(-1, 2)
    before = edition_before(connection, edition, now)
    checked = check_edition(edition, declared=declared, components=(points[:, 0], points[:, 1]), before=before)
    report = kept_report(edition, checked, declared)
    errors = errors_of(report["findings"]) + _rules_anew(connection, found, now)
    names = finding_names(errors)
    waivers = [w for w in found.waivers if w["finding"] in names]
    standing = set(names) - {w["finding"] for w in waivers}
    dated_sets.write_report(connection, found.id, report, waivers, not standing)
    return dated_sets.need(connection, "edition", found.code, found.district)


def _rules_anew(connection: Connection, found: DatedSet, now: datetime) -> list[Finding]:
    """Check the rules that came with a draft against what it is now; gives their errors."""
    own = dated_sets.came_with(connection, found.code, found.district)
    if own is None or own.published_at is not None:
        return []
    findings = check_over(connection, own, [found], now, found.valid_from or now)
    follows = dated_sets.report_of(connection, own.id).get("follows")
    report = report_of(own.code, follows, [found.code], findings, with_edition=True)
    dated_sets.write_report(connection, own.id, report, own.waivers, bool(report["ok"]))
    return errors_of(findings)


def _named(findings: list[Finding], found: DatedSet) -> list[dict[str, Any]]:
    reasons = {w["finding"]: w["reason"] for w in found.waivers}
    names = iter(finding_names(errors_of(findings)))
    told = []
    for f in findings:
        name = next(names) if f["severity"] == "error" else None
        told.append({**f, "name": name, "waived": reasons.get(name or "")})
    return told


def _checks(asked: Mapping[str, Any]) -> LayerChecks:
    size = asked.get("size_m2")
    return LayerChecks(**{**asked, "size_m2": None if size is None else tuple(size)})


def _shape(ground: Any) -> Any:
    if ground is None or ground.is_empty or shapely.get_num_coordinates(ground) > MOST_CORNERS:
        return None
    return json.loads(shapely.to_geojson(shapely.set_precision(ground, 1e-7, mode="pointwise")))
