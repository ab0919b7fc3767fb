"""Components as columns and back; words that come again and again are written once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from gridsvc.bundle.instants import instant_of, micros
from gridsvc.bundle.packing import Array, scaled, unscaled, whole
from gridsvc.values import Component, Point

_WORDS = (
    "code_scheme", "class_code", "name", "competent", "owner", "maintainer", "unit_grid", "state", "accuracy_class",
)  # fmt: skip


def write_components(components: Sequence[Component]) -> tuple[dict[str, Any], dict[str, Array]]:
    """Give components, by code, as JSON and arrays."""
    of = sorted(components, key=lambda c: c.code)
    words: dict[str, list[str | None]] = {}
    arrays: dict[str, Array] = {}
    for column in _WORDS:
        known: dict[str | None, int] = {}
        arrays[f"component.{column}"] = whole(np.array([known.setdefault(getattr(c, column), len(known)) for c in of]))
        words[column] = list(known)
    points = np.array([(c.point.lon, c.point.lat) for c in of], np.float64).reshape(-1, 2)
    arrays["component.lon"], arrays["component.lat"] = scaled(points[:, 0]), scaled(points[:, 1])
    since = {str(i): micros(c.since) for i, c in enumerate(of) if c.since is not None}
    return {"codes": [c.code for c in of], "words": words, "since": since}, arrays


def read_components(told: Mapping[str, Any], arrays: Mapping[str, Array]) -> list[Component]:
    """Make the components of what :func:`write_components` gave."""
    lon, lat = (unscaled(arrays[f"component.{axis}"]).tolist() for axis in ("lon", "lat"))
    columns = {c: [told["words"][c][i] for i in arrays[f"component.{c}"].tolist()] for c in _WORDS}
    since: dict[int, datetime | None] = {int(i): instant_of(at) for i, at in told["since"].items()}
    return [
        Component(code=code, point=Point(lon[i], lat[i]), since=since.get(i), **{c: columns[c][i] for c in _WORDS})
        for i, code in enumerate(told["codes"])
    ]
