"""One reader for every source: a folder, a database, a running service or Parquet give the same tables of a city."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from gridsvc.bootstrap import Router
from gridsvc.carried import carried
from gridsvc.client import Client
from gridsvc.errors import BadInput, FieldError
from gridsvc.on_duty import posts_in_force
from gridsvc.planning.frames import areas, past_cases, read_city
from gridsvc.rights import whole_district
from gridsvc.services.cases import page_of_cases
from gridsvc.spatial.datum import Metric
from gridsvc.store.case_lists import CaseFilter
from gridsvc.store.cases import StoredCase
from gridsvc.store.database_url import normalise_url
from gridsvc.store.engine import make_engine

WGS84 = "EPSG:4326"
CASES = ["number", "reported_at", "category", "source", "status", "accuracy_m", "lon", "lat"]
COMPONENTS = ["code", "class", "name", "state", "competent", "owner", "maintainer", "unit_grid", "accuracy_class"]
POSTS = [
    "post",
    "role",
    "person",
    "name",
    "layer",
    "area",
    "unit",
    "deputy_of",
    "acting",
    "duty",
    "valid_from",
    "valid_to",
]
AREAS = ["code", "name", "parent", "unit"]
PAGE = 5_000


@dataclass(frozen=True, eq=False)
class City:
    """A city as tables, all in EPSG:4326, with the same columns whatever they were read from.

    ``layers``: areas by layer, as :func:`gridsvc.planning.areas` gives them. ``cases``: ``reported_at`` by the city's
    own clock, ``status`` missing where only reports are known. ``components``: points. ``posts``: those that hold, with
    the shape of their area, none for posts in a unit; no telephone numbers.
    """

    time_zone: str
    layers: Mapping[str, gpd.GeoDataFrame]
    cases: gpd.GeoDataFrame
    components: gpd.GeoDataFrame
    posts: gpd.GeoDataFrame

    @cached_property
    def router(self) -> Router:
        """Locates points in the layers of polygons; it knows no rules."""
        polygons = {code: frame for code, frame in self.layers.items() if "area_m2" in frame}
        return Router.from_frames(polygons)

    def write(self, folder: Path | str) -> None:
        """Keep the tables as Parquet files, which :func:`read` gives back."""
        room = Path(folder)
        room.mkdir(parents=True, exist_ok=True)
        kinds = {code: frame.attrs for code, frame in self.layers.items()}
        told = {"time_zone": self.time_zone, "layers": kinds}
        (room / "city.json").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
        tables = {"cases": self.cases, "components": self.components, "posts": self.posts}
        for name, frame in (tables | {f"layer-{code}": frame for code, frame in self.layers.items()}).items():
            frame.to_parquet(room / f"{name}.parquet")


def read(source: Path | str | Client | None = None, at: datetime | None = None) -> City:
    """Read a city.

    Parameters
    ----------
    source : Path, str or Client, optional
        The demo city if not given. A boundary folder, a folder that ``City.write`` made, ``postgresql://…``, or a
        client of a running service (which sees what its key may see).
    at : datetime, optional
        The instant whose posts, and of a database whose areas, are wanted; now if not given. A service gives the areas
        that hold now.
    """
    if isinstance(source, Client):
        return _of_service(source, at)
    if str(source).startswith(("postgresql:", "postgresql+", "postgres:")):
        return _of_database(str(source), at or datetime.now(UTC))
    room = carried("boundaries") if source is None else Path(source)
    if (room / "city.json").is_file():
        return _of_parquet(room)
    if not (room / "manifest.json").is_file():
        mend = ("边界文件夹、City.write 写出的文件夹、postgresql:// 地址或 Client",
                "a boundary folder, one that City.write made, postgresql://… or a Client")  # fmt: skip
        raise BadInput("不认识的来源", "there is no city in this", [FieldError("source", str(source), *mend)])
    router, contents = read_city(room)
    cases = past_cases(contents)
    cases.insert(0, "number", [str(n) for n in range(1, len(cases) + 1)])
    cases["status"] = None
    return _of_router(router, cases, at or datetime.now(UTC))


def _of_router(router: Router, cases: gpd.GeoDataFrame, at: datetime) -> City:
    edition = router.snapshot.edition
    layers = {code: _kept(areas(router, code), layer.spec.parent, layer.spec.coverage)
              for code, layer in edition.layers.items()}  # fmt: skip
    rows = [
        (c.code, c.class_code, c.name, c.state, c.competent, c.owner, c.maintainer, c.unit_grid, c.accuracy_class)
        for c in sorted(router.snapshot.components, key=lambda c: c.code)
    ]
    place = {c.code: (c.point.lon, c.point.lat) for c in router.snapshot.components}
    components = _points(pd.DataFrame(rows, columns=COMPONENTS), [place[row[0]] for row in rows])
    posts = pd.DataFrame(posts_in_force(router, at))
    return City(edition.time_zone, layers, cases[[*CASES, "geometry"]], components, _posted(posts, layers))


def _of_database(url: str, at: datetime) -> City:
    router = Router.from_database(url, at=at)
    engine = make_engine(normalise_url(url), pool_size=1)
    wanted = CaseFilter(whole_district(router.snapshot.edition.district), order="oldest", limit=PAGE)
    found: list[StoredCase] = []
    try:
        while True:
            page, last = page_of_cases(engine, wanted)
            found += page
            if last is None:
                break
            wanted = replace(wanted, after=(last.reported_at, last.id))
    finally:
        engine.dispose()
    rows = [(c.number, c.reported_at, c.category, c.source, c.status, c.accuracy_m, c.lon, c.lat) for c in found]
    places = [(c.lon, c.lat) for c in found]
    cases = _timed(_points(pd.DataFrame(rows, columns=CASES), places), router.snapshot.edition.time_zone)
    return _of_router(router, cases, at)


def _of_service(client: Client, at: datetime | None) -> City:
    held = client.edition()
    zone = next(e["time_zone"] for e in client.listed("editions") if e["code"] == held)
    told = {one["layer"]: one for one in client.listed("layers")}
    frames = {code: client.areas(code, edition=held) for code in told}
    metric = _metric(frames.values())
    layers = {
        code: _kept(_measured(frame, told[code]["geometry"], metric), told[code]["parent"], told[code]["coverage"])
        for code, frame in frames.items()
    }
    found = client.components()
    components = found.reindex(columns=[*COMPONENTS, "geometry"]).sort_values("code", ignore_index=True)
    cases = client.cases_frame(order="oldest")
    cases = cases.assign(lon=cases.geometry.x, lat=cases.geometry.y).reindex(columns=[*CASES, "geometry"])
    posts = pd.DataFrame(client.posts(at=at))
    return City(zone, layers, _timed(gpd.GeoDataFrame(cases, crs=WGS84), zone),
                gpd.GeoDataFrame(components, geometry="geometry", crs=WGS84), _posted(posts, layers))  # fmt: skip


def _of_parquet(room: Path) -> City:
    told = json.loads((room / "city.json").read_text(encoding="utf-8"))
    layers = {
        code: _kept(gpd.read_parquet(room / f"layer-{code}.parquet"), kind.get("parent"), kind.get("coverage", "free"))
        for code, kind in told["layers"].items()
    }
    tables = (gpd.read_parquet(room / f"{name}.parquet") for name in ("cases", "components", "posts"))
    return City(told["time_zone"], layers, *tables)


def _kept(frame: gpd.GeoDataFrame, parent: str | None, coverage: str) -> gpd.GeoDataFrame:
    """What kind of layer it is, where ``Router.from_frames`` looks for it."""
    frame.attrs = {"parent": parent, "coverage": coverage}
    return frame


def _metric(frames: Iterable[gpd.GeoDataFrame]) -> Metric:
    """The projected reference for the middle of all layers, as an edition has it."""
    boxes = np.array([frame.total_bounds for frame in frames if len(frame)])
    west, south = (float(least) for least in np.nanmin(boxes[:, :2], axis=0))
    east, north = (float(most) for most in np.nanmax(boxes[:, 2:], axis=0))
    return Metric.at((west + east) / 2, (south + north) / 2)


def _measured(frame: gpd.GeoDataFrame, geometry: str, metric: Metric) -> gpd.GeoDataFrame:
    """Columns in the usual order, and the size of each area."""
    own = [c for c in frame.columns if c not in (*AREAS, "layer", "geometry")]
    frame = gpd.GeoDataFrame(frame.reindex(columns=[*AREAS, *own, "geometry"]), geometry="geometry", crs=WGS84)
    if geometry == "point":
        return frame
    metres = frame.geometry.to_crs(metric.epsg)
    return frame.assign(**({"area_m2": metres.area} if geometry == "polygon" else {"length_m": metres.length}))


def _points(frame: pd.DataFrame, places: list[tuple[float, float]]) -> gpd.GeoDataFrame:
    lon, lat = zip(*places, strict=True) if places else ((), ())
    return gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(lon, lat), crs=WGS84)


def _timed(cases: gpd.GeoDataFrame, zone: str) -> gpd.GeoDataFrame:
    cases["reported_at"] = pd.to_datetime(cases["reported_at"], utc=True).dt.tz_convert(zone)
    return cases


def _posted(posts: pd.DataFrame, layers: Mapping[str, gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """Posts with the shape of their area."""
    shapes: dict[Any, Any] = {
        (layer, code): shape
        for layer, frame in layers.items()
        for code, shape in zip(frame["code"], frame.geometry, strict=True)
    }
    posts = posts.reindex(columns=POSTS)
    places = [shapes.get(place) for place in zip(posts["layer"], posts["area"], strict=True)]
    return gpd.GeoDataFrame(posts, geometry=gpd.GeoSeries(places, index=posts.index, crs=WGS84))
