"""What the heat page draws, as plain JSON values: areas and hexagons with classes, outlines, points in squares."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from gridsvc.errors import BadInput, FieldError
from gridsvc.spatial.heat import breaks, classify
from gridsvc.spatial.lattice import Hexagons, Squares, bin_points
from gridsvc.web.offline import plain

# Six filled classes, made in OKLCH with falling lightness; neighbours differ for every kind of colour blindness.
RAMP = ("#F9F1CB", "#F6D78C", "#F4B353", "#E98420", "#C74F1E", "#892A29")
# Fewer … more: blue and brown, never red and green.
DIFFERENCE = ("#1D4D87", "#3C7EBE", "#86B7E1", "#F0EEEB", "#E5AB66", "#C56C21", "#893A0E")
MAX_CELLS = 20_000
DECIMALS = 6  # 0.1 m, the same for every vertex, so that neighbours keep their common edge

Json = dict[str, Any]
Floats = NDArray[np.float64]
LineStyle = Literal["road", "district", "street", "grid"]


@dataclass(frozen=True, slots=True)
class AreaLayer:
    """Areas coloured by their load.

    ``frame``: EPSG:4326 with columns ``code``, ``name``, ``n`` (cases) and ``value`` (the rate, NaN where it is
    unknown). ``rate`` names the value's unit, by default cases per km². ``lower``: fixed class bounds of the value,
    ascending, the first 0, at most six; without them they are chosen from the values.
    """

    title: str
    frame: GeoDataFrame
    rate: str | None = None
    lower: Sequence[float] | None = None

    def __post_init__(self) -> None:
        _check_frame(self.title, self.frame, ("code", "name", "n", "value"))
        if self.lower is not None and not (
            0 < len(self.lower) <= len(RAMP) and self.lower[0] == 0 and bool(np.all(np.diff(self.lower) > 0))
        ):
            mend = ("从 0 开始递增，最多六级", "ascending from 0, at most six")
            raise BadInput(
                "分级下限不可用", "the class bounds cannot be used", [FieldError("lower", self.lower, *mend)]
            )


@dataclass(frozen=True, slots=True)
class Outline:
    """Lines for orientation.

    ``frame``: EPSG:4326; a column ``tier`` sets a road's width, ``name`` its label. The style ``road`` lies below the
    areas, the others above; ``district`` also lightens the ground inside.
    """

    title: str
    frame: GeoDataFrame
    style: LineStyle = "road"
    labels: bool = False
    show: bool = True

    def __post_init__(self) -> None:
        _check_frame(self.title, self.frame, ("name",) if self.labels else ())


def area_features(layer: AreaLayer) -> tuple[Json, Json]:
    """Give the areas as GeoJSON with short property names, and per measure the class bounds with their colours.

    Where the bounds of the rate are fixed, numbers of cases have no classes of their own: theirs would follow the data.
    """
    frame = layer.frame
    count, rate = frame["n"].to_numpy(np.float64), frame["value"].to_numpy(np.float64)
    lower = {
        "rate": breaks(rate) if layer.lower is None else np.asarray(layer.lower),
        "count": breaks(count if layer.lower is None else []),
    }
    colours = {measure: _colours(len(bounds)) for measure, bounds in lower.items()}
    of_rate = _with_colours(classify(rate, lower["rate"]), colours["rate"])
    of_count = _with_colours(classify(count, lower["count"]), colours["count"])
    rows = zip(frame["code"], frame["name"], count, rate, of_rate, of_count, strict=True)
    properties = [
        {
            "c": plain(str(c)),
            "n": _text(n),
            "k": int(k),
            "v": None if np.isnan(v) else float(f"{v:.4g}"),
            "a": int(a),
            "b": int(b),
        }
        for c, n, k, v, a, b in rows
    ]
    scheme = {"breaks": {measure: bounds.tolist() for measure, bounds in lower.items()}, "colours": colours}
    return _collection(frame, properties), scheme


def outline_features(outline: Outline) -> Json:
    """Give the lines as GeoJSON, and a point for each label, inside its area whatever its shape."""
    frame = outline.frame
    tier = frame["tier"] if "tier" in frame.columns else [None] * len(frame)
    collection = _collection(frame, [{"s": outline.style, "t": _text(t)} for t in tier])
    if outline.labels:
        spots = GeoDataFrame(geometry=shapely.point_on_surface(frame.geometry.to_numpy()), crs="EPSG:4326")
        collection["features"] += _collection(spots, [{"n": _text(name)} for name in frame["name"]])["features"]
    return collection


def cells(lon: Floats, lat: Floats, squares: Squares) -> tuple[list[list[float]], float]:
    """Sum usable points to ``[lat, lon, count]`` rows; cells grow until a page can hold them."""
    column, row, count = bin_points(squares, lon, lat)
    while len(count) > MAX_CELLS:
        squares = replace(squares, side_m=squares.side_m * 1.5)
        column, row, count = bin_points(squares, lon, lat)
    x, y = squares.centres(column, row)
    return np.column_stack([np.round(y, DECIMALS), np.round(x, DECIMALS), count]).tolist(), squares.side_m


def hexagon_layer(title: str, lon: Floats, lat: Floats, hexagons: Hexagons) -> AreaLayer:
    """Sum usable points to hexagons, equal areas that no administrative line has shaped; empty ones are left out."""
    column, row, count = bin_points(hexagons, lon, lat)
    x, y = hexagons.centres(column, row)
    values = {
        "code": [f"{c},{r}" for c, r in zip(column, row, strict=True)],
        "name": [f"{b:.4f}, {a:.4f}" for a, b in zip(x, y, strict=True)],
        "n": count,
        "value": count / (hexagons.area_m2 / 1e6),
    }
    shapes = shapely.polygons(hexagons.rings(column, row))
    return AreaLayer(title, GeoDataFrame(values, geometry=shapes, crs="EPSG:4326"))


def bounds_of(frames: Sequence[GeoDataFrame], lon: Floats, lat: Floats) -> list[list[float]] | None:
    """South-west and north-east corner of the areas and lines, or of the points where there are none."""
    boxes = np.array([frame.total_bounds for frame in frames if len(frame)]).reshape(-1, 4)
    if not len(boxes) and len(lon):
        boxes = np.array([[lon.min(), lat.min(), lon.max(), lat.max()]])
    if not len(boxes):
        return None
    west, south = boxes[:, :2].min(axis=0).tolist()
    east, north = boxes[:, 2:].max(axis=0).tolist()
    return [[south, west], [north, east]]


def _collection(frame: GeoDataFrame, properties: list[Json]) -> Json:
    rounded = shapely.transform(frame.geometry.to_numpy(), lambda p: np.round(p, DECIMALS))
    shapes = [json.loads(text) for text in shapely.to_geojson(rounded)]
    features = [{"type": "Feature", "properties": p, "geometry": g} for p, g in zip(properties, shapes, strict=True)]
    return {"type": "FeatureCollection", "features": features}


def _colours(n: int) -> list[int]:
    """Spread fewer classes than the ramp has over its length; a single class gets a middle colour."""
    return [3] if n == 1 else np.linspace(0, len(RAMP) - 1, n).round().astype(int).tolist()


def _with_colours(classes: NDArray[np.int8], colours: list[int]) -> NDArray[np.int64]:
    lookup = np.array([*colours, -2, -1], np.int64)  # classes -2 and -1 count from the end
    return lookup[classes]


def _text(value: object) -> str | None:
    return None if value is None or value != value else plain(str(value))


def _check_frame(title: str, frame: GeoDataFrame, columns: tuple[str, ...]) -> None:
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise BadInput(
            f"图层“{title}”缺少列",
            f"the layer {title!r} lacks columns",
            [FieldError(column, None, "补上这一列", "add the column") for column in missing],
        )
    if frame.crs is None or frame.crs.to_epsg() != 4326:
        mend = ("先转换：frame.to_crs(4326)", "convert it first: frame.to_crs(4326)")
        raise BadInput(
            f"图层“{title}”不是 WGS 84",
            f"the layer {title!r} is not in WGS 84",
            [FieldError("crs", str(frame.crs), *mend)],
        )
    if bool((frame.geometry.isna() | frame.geometry.is_empty).any()):
        mend = ("去掉这些行", "leave these rows out")
        raise BadInput(
            f"图层“{title}”有空几何", f"the layer {title!r} has empty shapes", [FieldError("geometry", None, *mend)]
        )
