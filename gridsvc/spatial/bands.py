"""Boundary streets as bands on the side of whoever owns their ground, real shapes because drawn offsets tear."""

from typing import Literal, NamedTuple

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gridsvc.spatial.checks_streets import contested, owners_of
from gridsvc.spatial.datum import Metric
from gridsvc.spatial.findings import Sheet, comparable, middle_deg
from gridsvc.spatial.layer import Edition

NARROW_M, WIDE_M = 4.0, 8.0
State = Literal["owned", "unowned", "contested"]


class Band(NamedTuple):
    """The ground beside one boundary street, in degrees: its lane, the code of its owner, how it stands with that."""

    shape: BaseGeometry
    lane: str
    name: str
    name_en: str | None
    owner: str | None
    state: State


def bands(edition: Edition) -> list[Band]:
    """Draw the bands of all boundary streets of an edition, as wide as half the street but 4 to 8 m.

    A street that nobody owns, or several claim, has its band in the middle.
    """
    found = []
    metric = Metric.at(*middle_deg(edition))
    for layer in edition:
        if layer.spec.settles is None:
            continue
        sheet = Sheet(edition, metric, {layer.spec.code: comparable(layer)}, {})
        disputed = {code for finding in contested(layer, sheet) for code in finding.codes}
        areas = edition.layers[layer.spec.settles]
        lines = metric.geometries(layer.geometries)
        wide_m = np.clip(layer.reach_m, NARROW_M, WIDE_M)
        for i, named in enumerate(owners_of(layer)):
            row, code = areas.position_of.get(named), layer.codes[i]
            if lines[i] is None or lines[i].is_empty:
                continue
            if code in disputed or row is None:
                band = shapely.buffer(lines[i], wide_m[i] / 2, cap_style="flat")
            else:
                ground = metric.geometries(areas.geometries[[row]])[0]
                sides = [shapely.buffer(lines[i], at_m, single_sided=True) for at_m in (wide_m[i], -wide_m[i])]
                band = max(sides, key=lambda side: shapely.intersection(side, ground).area)
            state: State = "contested" if code in disputed else "unowned" if row is None else "owned"
            shape = shapely.transform(band, lambda p: np.column_stack(metric.lonlat(p[:, 0], p[:, 1])))
            english = layer.props[i].get("name_en")
            found.append(Band(shape, code, layer.names[i], english, None if row is None else named, state))
    return found
