"""Which reference a coordinate is in, and how it becomes WGS 84 longitude and latitude.

GCJ-02 and BD-09, the shifted references of Chinese phone maps, are unknown to PROJ and are computed here;
everything else goes through PROJ. No function has a default reference: the caller must say what it holds.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS, Transformer
from pyproj.enums import TransformDirection
from pyproj.exceptions import CRSError, ProjError

from gridsvc.errors import BadCoordinate, BadDatum, FieldError

# Handed on: whoever converts coordinates finds the measure of degrees here too.
from gridsvc.values import metres_per_degree as metres_per_degree
from gridsvc.waves import PI, cosine, sine

Floats = NDArray[np.float64]
Shift = Callable[[Floats, Floats], tuple[Floats, Floats]]

NO_LOCAL: Mapping[str, str] = MappingProxyType({})
_EPSG = re.compile(r"epsg:(\d{4,6})")
_LOCAL = re.compile(r"local:([a-z0-9_.-]+)")

# The Krasovsky 1940 ellipsoid, which the published GCJ-02 formula uses.
_SEMI_MAJOR_M = 6378245.0
_ECCENTRICITY_SQ = 0.00669342162296594323
# Outside this box nobody shifts, so the formula is the identity there; `convert` says what that means inside.
_SHIFTED_LON_DEG = (72.004, 137.8347)
_SHIFTED_LAT_DEG = (0.8293, 55.8271)
# Each step of the inverse shrinks the error about 150 times; six reach the last bits of a double.
_INVERSE_STEPS = 6


@dataclass(frozen=True, slots=True)
class Datum:
    """A declared coordinate reference. ``label`` is its canonical name; ``proj`` what PROJ calls it, if it can."""

    label: str
    proj: str | None


def parse_datum(text: object, local: Mapping[str, str] = NO_LOCAL, field: str = "crs") -> Datum:
    """Read ``wgs84 | cgcs2000 | gcj02 | bd09 | EPSG:n | local:<id>`` in any letter case.

    ``local`` gives the PROJ or WKT text of each local system by its id. CGCS2000 keeps its coordinates: it
    differs from WGS 84 by less than any position gridsvc handles. Anything else raises ``BadDatum``, also a code
    of PROJ's for which it knows no true way to WGS 84 (Xian 1980, say, whose parameters are not public).
    """
    name = text.strip().lower() if isinstance(text, str) else ""
    if name in ("wgs84", "epsg:4326"):
        return Datum("wgs84", None)
    if name in ("cgcs2000", "epsg:4490"):
        return Datum("cgcs2000", None)
    if name in ("gcj02", "bd09"):
        return Datum(name, None)
    if (found := _EPSG.fullmatch(name)) and _known_to_proj(name):
        return Datum(f"EPSG:{found[1]}", f"EPSG:{found[1]}")
    if (found := _LOCAL.fullmatch(name)) and found[1] in local and _known_to_proj(local[found[1]]):
        return Datum(name, local[found[1]])
    raise BadDatum(
        "坐标系缺失或无法识别" if text else "没有声明坐标系",
        "the coordinate reference is missing or unknown" if text else "no coordinate reference is declared",
        [
            FieldError(
                field,
                text,
                "请写 wgs84、cgcs2000、gcj02、bd09、EPSG:n（须有到 WGS 84 的已知转换）或已登记参数的 local:<id>",
                "give wgs84, cgcs2000, gcj02, bd09, an EPSG:n with a known way to WGS 84, "
                "or a local:<id> whose parameters are declared",
            )
        ],
    )


@lru_cache(maxsize=256)
def _known_to_proj(definition: str) -> bool:
    """Whether PROJ knows the reference, it has two axes on the ground, and a true way leads from it to WGS 84."""
    try:
        crs = CRS.from_user_input(definition)
        if len(crs.axis_info) != 2 or not (crs.is_projected or crs.is_geographic):
            return False
        _transformer(definition)
    except (CRSError, ProjError):
        return False
    return True


@lru_cache(maxsize=64)
def _transformer(definition: str) -> Transformer:
    """The way from a reference to WGS 84; a guessed one, which PROJ calls ballpark, is refused.

    References on CGCS2000 or WGS 84 need no change of datum: CGCS2000 keeps its coordinates.
    """
    crs = CRS.from_user_input(definition)
    geodetic = crs.geodetic_crs
    same = geodetic is not None and geodetic.to_epsg() in (4326, 4490)
    return Transformer.from_crs(crs, geodetic if same else "EPSG:4326", always_xy=True, allow_ballpark=False)


def _project(x: Floats, y: Floats, definition: str, inverse: bool = False) -> tuple[Floats, Floats]:
    direction = TransformDirection.INVERSE if inverse else TransformDirection.FORWARD
    px, py = _transformer(definition).transform(x, y, direction=direction)
    px, py = np.asarray(px, dtype=np.float64), np.asarray(py, dtype=np.float64)
    bad = ~(np.isfinite(px) & np.isfinite(py))
    return np.where(bad, np.nan, px), np.where(bad, np.nan, py)


def convert(
    x: ArrayLike,
    y: ArrayLike,
    source: str | Datum,
    target: str | Datum,
    local: Mapping[str, str] = NO_LOCAL,
) -> tuple[Any, Any]:
    """Convert coordinates from one declared reference to another.

    Parameters
    ----------
    x, y : scalar or array, any equal shape
        Longitude and latitude in degrees, or easting and northing in metres where the reference is projected.
        NaN stays NaN; so does what PROJ cannot convert.
    source, target : str or Datum
        See :func:`parse_datum`.
    local : mapping
        PROJ or WKT text of local systems by id.

    Returns
    -------
    tuple of scalars or arrays of float64, the shape of the input
        Longitude (easting) first.

    Notes
    -----
    GCJ-02 and BD-09 follow the published formula (four independent implementations agree with it to 0.011 m
    in mainland China); the inverse iterates it, so that a round trip returns to within a micrometre.

    Where: both shift inside the box 72.004-137.8347 E, 0.8293-55.8271 N, as those implementations do, and are the
    identity outside. Hong Kong, Macau and Taiwan lie in it and have no rule of their own: who declares ``gcj02`` or
    ``bd09`` there says that the coordinates carry the offset, as Baidu's do in all three and Amap's in the first
    two. What comes from GPS or the local survey there is ``wgs84``; so is what phone maps give of foreign places
    that the box holds too, Seoul or Singapore, since they shift nothing abroad.
    """
    given = source if isinstance(source, Datum) else parse_datum(source, local)
    wanted = target if isinstance(target, Datum) else parse_datum(target, local)
    ax, ay = np.broadcast_arrays(np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64))
    if given != wanted:
        lon, lat = _to_wgs84(ax, ay, given)
        ax, ay = _from_wgs84(lon, lat, wanted)
    if np.ndim(x) == 0 and np.ndim(y) == 0:
        return float(ax), float(ay)
    return np.array(ax), np.array(ay)


def columns(x: ArrayLike, y: ArrayLike) -> tuple[Floats, Floats]:
    """Two columns of one length from scalars or one-dimensional arrays; masked entries become NaN."""
    try:
        ax, ay = (np.atleast_1d(np.ma.filled(np.ma.asarray(v, dtype=np.float64), np.nan)) for v in (x, y))
    except (TypeError, ValueError):
        ax = ay = np.zeros((0, 0))
    if ax.ndim != 1 or ax.shape != ay.shape:
        mend = ("x 与 y 为等长的一维数值", "give x and y as numbers of one length, one-dimensional")
        shapes = [np.shape(x), np.shape(y)]
        raise BadCoordinate("坐标数组不可用", "the coordinates are not usable", [FieldError("x, y", shapes, *mend)])
    return ax, ay


def _to_wgs84(x: Floats, y: Floats, datum: Datum) -> tuple[Floats, Floats]:
    if datum.proj is not None:
        return _project(x, y, datum.proj)
    if datum.label not in ("bd09", "gcj02"):
        return x, y
    x, y = _places_alone(x, y)
    if datum.label == "bd09":
        x, y = _inverse(_gcj_to_bd, x, y)
    return _inverse(_wgs_to_gcj, x, y)


def _from_wgs84(lon: Floats, lat: Floats, datum: Datum) -> tuple[Floats, Floats]:
    if datum.proj is not None:
        return _project(lon, lat, datum.proj, inverse=True)
    if datum.label not in ("bd09", "gcj02"):
        return lon, lat
    lon, lat = _wgs_to_gcj(*_places_alone(lon, lat))
    return _gcj_to_bd(lon, lat) if datum.label == "bd09" else (lon, lat)


def _places_alone(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Leave NaN of what is no place: an infinite coordinate, and the one beside it."""
    good = np.isfinite(x) & np.isfinite(y)
    return (x, y) if good.all() else (np.where(good, x, np.nan), np.where(good, y, np.nan))


def _is_shifted(lon: Floats, lat: Floats) -> NDArray[np.bool_]:
    (west, east), (south, north) = _SHIFTED_LON_DEG, _SHIFTED_LAT_DEG
    return (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)


def _inverse(forward: Shift, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Undo a shift by fixed-point iteration; where the forward shift is the identity so is this."""
    guess_x, guess_y = x, y
    for _ in range(_INVERSE_STEPS):
        there_x, there_y = forward(guess_x, guess_y)
        guess_x, guess_y = guess_x - (there_x - x), guess_y - (there_y - y)
    return guess_x, guess_y


def _wave(half_turns: Floats) -> Floats:
    """Sine of so many half turns; whole turns are taken off first, which rounds nothing."""
    rest = half_turns - 2.0 * np.floor(half_turns / 2.0 + 0.5)
    # Of the angles with one sine the one within a quarter turn of 0.
    near = np.where(rest > 0.5, 1.0 - rest, np.where(rest < -0.5, -1.0 - rest, rest))
    return np.asarray(sine(PI * near), np.float64)


def _wgs_to_gcj(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Add the GCJ-02 offset: two polynomials with sine terms about 105 E, 35 N, in metres, turned to degrees."""
    inside = _is_shifted(lon, lat)
    # Elsewhere nothing comes of it, and far away its terms would outgrow what a number can hold.
    x, y = np.where(inside, lon, 105.0), np.where(inside, lat, 35.0)
    u, v = x - 105.0, y - 35.0
    root = np.sqrt(np.abs(u))
    common = (20.0 * _wave(6.0 * u) + 20.0 * _wave(2.0 * u)) * 2.0 / 3.0
    north_m = -100.0 + 2.0 * u + 3.0 * v + 0.2 * v * v + 0.1 * u * v + 0.2 * root + common
    north_m += (20.0 * _wave(v) + 40.0 * _wave(v / 3.0)) * 2.0 / 3.0
    north_m += (160.0 * _wave(v / 12.0) + 320.0 * _wave(v / 30.0)) * 2.0 / 3.0
    east_m = 300.0 + u + 2.0 * v + 0.1 * u * u + 0.1 * u * v + 0.1 * root + common
    east_m += (20.0 * _wave(u) + 40.0 * _wave(u / 3.0)) * 2.0 / 3.0
    east_m += (150.0 * _wave(u / 12.0) + 300.0 * _wave(u / 30.0)) * 2.0 / 3.0
    phi = PI * y / 180.0
    sine_of_lat = _wave(y / 180.0)
    w = 1.0 - _ECCENTRICITY_SQ * sine_of_lat * sine_of_lat
    meridian_m = _SEMI_MAJOR_M * (1.0 - _ECCENTRICITY_SQ) / (w * np.sqrt(w))
    parallel_m = _SEMI_MAJOR_M / np.sqrt(w) * cosine(phi)
    shifted_lon = np.where(inside, lon + east_m / parallel_m * 180.0 / PI, lon)
    return shifted_lon, np.where(inside, lat + north_m / meridian_m * 180.0 / PI, lat)


def _gcj_to_bd(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Add the BD-09 offset to GCJ-02: a small twist and stretch of the polar form, then a constant."""
    inside = _is_shifted(lon, lat)
    # Elsewhere nothing comes of it, and the middle of the earth's map has no direction.
    x, y = np.where(inside, lon, 105.0), np.where(inside, lat, 35.0)
    radius = np.sqrt(x * x + y * y)
    stretch = (radius + 2e-5 * _wave(y * 50.0 / 3.0)) / radius
    twist = 3e-6 * _wave(x * 50.0 / 3.0 + 0.5)
    along, across = cosine(twist), sine(twist)
    shifted_lon = np.where(inside, stretch * (x * along - y * across) + 0.0065, lon)
    return shifted_lon, np.where(inside, stretch * (y * along + x * across) + 0.006, lat)


@dataclass(frozen=True, slots=True)
class Metric:
    """One projected reference in which a city's metres are measured."""

    epsg: int

    @classmethod
    def at(cls, lon_deg: float, lat_deg: float) -> "Metric":
        """Choose by longitude: CGCS2000 3-degree Gauss-Kruger in China's range, else the UTM zone."""
        if bool(_is_shifted(np.float64(lon_deg), np.float64(lat_deg))):  # type: ignore[arg-type]
            meridian = min(max(round(lon_deg / 3.0) * 3, 75), 135)
            return cls(4534 + (meridian - 75) // 3)
        zone = min(int((lon_deg + 180.0) // 6.0) + 1, 60)
        return cls((32600 if lat_deg >= 0 else 32700) + zone)

    def xy(self, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
        """Project degrees (WGS 84) to metres; NaN stays NaN."""
        return _project(np.asarray(lon, np.float64), np.asarray(lat, np.float64), f"EPSG:{self.epsg}", inverse=True)

    def lonlat(self, x_m: Floats, y_m: Floats) -> tuple[Floats, Floats]:
        """Return metres to degrees (WGS 84)."""
        return _project(np.asarray(x_m, np.float64), np.asarray(y_m, np.float64), f"EPSG:{self.epsg}")

    def geometries(self, geometries: NDArray[np.object_]) -> NDArray[np.object_]:
        """Project an array of geometries vertex by vertex; missing ones stay missing."""
        moved = shapely.transform(geometries, lambda p: np.column_stack(self.xy(p[:, 0], p[:, 1])))
        return np.asarray(moved, dtype=object)

    def reaches(self, geometries: NDArray[np.object_]) -> NDArray[np.bool_]:
        """Tell which geometries it has metres for: none beyond a pole or half a world away, and no missing ones."""
        west, south, east, north = shapely.bounds(geometries).T
        x_m, y_m = self.xy(np.concatenate([west, east]), np.concatenate([south, north]))
        return np.asarray(np.isfinite(x_m + y_m).reshape(2, -1).all(axis=0))

    def straight(self, geometries: NDArray[np.object_]) -> NDArray[np.object_]:
        """Project geometries whose sides are straight in degrees, with a vertex at least every 0.001 degree.

        The projection bends a side of 10 km by a metre: slivers along it would seem to have ground.
        """
        return self.geometries(shapely.segmentize(geometries, 1e-3))
