"""Answers of a service as frames: pages of GeoJSON, lists of cases, points decided by the hundred thousand."""

from collections.abc import Iterable, Mapping
from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import shapely

ARROW_STREAM = "application/vnd.apache.arrow.stream"
# As many as one batch may have.
BATCH = 100_000
WGS84 = "EPSG:4326"


def of_features(features: Iterable[Mapping[str, Any]]) -> gpd.GeoDataFrame:
    """Lay GeoJSON features out as a frame in WGS 84: their properties, and their id as ``code``."""
    rows, shapes = [], []
    for feature in features:
        rows.append({"code": feature.get("id")} | dict(feature.get("properties") or {}))
        shapes.append(None if feature.get("geometry") is None else shapely.geometry.shape(feature["geometry"]))
    return gpd.GeoDataFrame(pd.DataFrame(rows), geometry=gpd.GeoSeries(shapes, crs=WGS84, index=range(len(rows))))


def of_cases(cases: Iterable[Mapping[str, Any]]) -> gpd.GeoDataFrame:
    """Lay cases out as a frame in WGS 84; of the decision the unit and, by layer, the code of the area."""
    rows, lon, lat = [], [], []
    for case in cases:
        decision = case.get("decision") or {}
        own = {k: v for k, v in case.items() if k not in ("point", "decision", "clocks", "actions", "links")}
        unit = (decision.get("accountable") or {}).get("unit")
        areas = {layer: area["code"] for layer, area in (decision.get("areas") or {}).items()}
        rows.append(own | {"accountable": unit} | areas)
        lon.append(case["point"]["lon"])
        lat.append(case["point"]["lat"])
    frame = pd.DataFrame(rows)
    if "reported_at" in frame:
        frame["reported_at"] = pd.to_datetime(frame["reported_at"], format="ISO8601", utc=True)
    return gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(lon, lat, crs=WGS84))


def batches(frame: pd.DataFrame, x: str, y: str, category: str | None) -> Iterable[bytes]:
    """Spell the points of a frame as Arrow streams of at most 100 000 rows; what is no number is sent as NaN."""
    columns = {"x": pd.to_numeric(frame[x], errors="coerce"), "y": pd.to_numeric(frame[y], errors="coerce")}
    arrays = {name: pa.array(column.to_numpy("float64")) for name, column in columns.items()}
    if category is not None:
        arrays["category"] = pa.array(frame[category].astype("string"), pa.string(), from_pandas=True)
    table = pa.table(arrays)
    for start in range(0, len(frame), BATCH):
        part = table.slice(start, BATCH).combine_chunks()
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, part.schema) as stream:
            stream.write_table(part)
        yield sink.getvalue().to_pybytes()


def joined(frame: pd.DataFrame, answers: Iterable[bytes], prefix: str) -> pd.DataFrame:
    """Put the answers beside the rows they were given for; ``attrs`` tell which edition and ruleset they rest on.

    Raises ``ValueError`` where the frame has a column of the same name already.
    """
    parts = [pa.ipc.open_stream(body).read_all() for body in answers]
    if not parts:
        return frame.copy()
    answered = pa.concat_tables(_plain(part) for part in parts).to_pandas().add_prefix(prefix)
    taken = [name for name in answered.columns if name in frame.columns]
    if taken:
        raise ValueError(f"the frame has columns of these names already: {', '.join(taken)}; give a prefix")
    answered.index = frame.index
    whole = pd.concat([frame, answered], axis=1)
    whole.attrs |= {k.decode(): v.decode() for k, v in (parts[0].schema.metadata or {}).items() if k != b"pandas"}
    return whole


def _plain(table: pa.Table) -> pa.Table:
    """Texts as texts: each part has a dictionary of its own."""
    fields = [f.with_type(f.type.value_type) if pa.types.is_dictionary(f.type) else f for f in table.schema]
    return table.cast(pa.schema(fields, table.schema.metadata))
