"""Components from a file onto the record and from the record into a file: all rows or none, with one report."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
from sqlalchemy import Engine

from gridsvc.errors import BadInput, FieldError
from gridsvc.profile import Profile
from gridsvc.services.component_rows import MOST_LISTED, Reading, Refusals, components_of
from gridsvc.spatial.bulk_read import AT_ONCE, Source, opened, suffix_of
from gridsvc.spatial.bulk_write import write_points
from gridsvc.spatial.datum import NO_LOCAL, Datum, parse_datum
from gridsvc.spatial.files import contradicts
from gridsvc.store import component_bulk as store
from gridsvc.store import dated_sets
from gridsvc.store.components import hold_changes
from gridsvc.store.engine import one_state, transaction

Step = Callable[[int], None]
_OUT = ("code", "class", "code_scheme", "name", "competent", "owner", "maintainer", "unit_grid", "state",
        "accuracy_class", "since")  # fmt: skip


def import_components(
    engine: Engine, path: Path, profile: Profile, district: str, zone: ZoneInfo, actor: str, now: datetime,
    crs: str | None = None, encoding: str | None = None, accept_rest: bool = False, step: Step = lambda n: None,
) -> dict[str, Any]:  # fmt: skip
    """Record what a file says of components; gives the report.

    Where a row is refused nothing is recorded, unless ``accept_rest``. The same file again changes nothing.
    """
    refusals, read = Refusals(), 0
    with transaction(engine) as connection, opened(path, encoding) as source:
        edition = dated_sets.held_at(connection, "edition", now, district)
        needed = ["code"] if source.geometry is not None else ["code", "x", "y"]
        columns = profile.match(source.header, needed)
        box = None if edition is None else store.bounds_of(connection, edition)
        is_csv = ".csv" in suffix_of(path)
        how = Reading(profile, columns, _datum(path, source, crs), NO_LOCAL, box, now, zone, is_csv)
        store.stage(connection)
        for batch in source.batches:
            store.put_staged(connection, components_of(how, source, batch, read + 1, refusals))
            read += batch.num_rows
            step(batch.num_rows)
        n, listed = store.repeated(connection, max(0, MOST_LISTED - len(refusals.listed)))
        for row, code, first in listed:
            refusals.add(
                row, profile.column("code"), code, f"编码与第 {first} 行相同", f"row {first} has the code too", code
            )
        refusals.n += n - len(listed)
        hold_changes(connection)
        compared = store.compare(connection, district, edition)
        recorded = accept_rest or not refusals.n
        if recorded and compared.added + compared.changed:
            store.record_staged(connection, district, actor, now)
    return {"file": path.name, "profile": profile.name, "recorded": recorded, "read": read, **compared._asdict(),
            "refused": refusals.n, "refusals": sorted(refusals.listed, key=lambda r: r["row"])}  # fmt: skip


def _datum(path: Path, source: Source, crs: str | None) -> Datum:
    """The reference that was declared, else the file's own; it must be one of them, and not two."""
    if crs is None:
        if source.crs is None:
            mend = ("用 --crs 指明，如 cgcs2000 或 EPSG:4549", "say it with --crs, as in cgcs2000 or EPSG:4549")
            raise BadInput("文件没有坐标系", "the file states no crs", [FieldError("--crs", None, *mend)])
        stated = source.crs if source.crs.upper().startswith("EPSG:") else "wgs84"
        datum = parse_datum(stated, NO_LOCAL, "--crs")
        if contradicts(path, datum, source.crs) is not None:
            mend = ("用 --crs 指明 EPSG 代码", "say its EPSG code with --crs")
            raise BadInput("不认识文件的坐标系", "the crs of the file is not known", [FieldError("--crs", None, *mend)])
        return datum
    datum = parse_datum(crs, NO_LOCAL, "--crs")
    if (own := contradicts(path, datum, source.crs)) is not None:
        mend = (f"文件写明 {own}", f"the file says {own}")
        raise BadInput("坐标系与文件所写不符", "the crs is not what the file says", [FieldError("--crs", crs, *mend)])
    return datum


def export_components(
    engine: Engine, path: Path, profile: Profile, district: str, now: datetime, encoding: str | None = None,
    step: Step = lambda n: None,
) -> int:  # fmt: skip
    """Write all components on record to a new file, by code; gives how many. Removed ones are among them."""
    fields = [f for f in _OUT if f in profile.fields]
    names = [profile.column(f) for f in fields]
    axes = ("lon", "lat") if "x" not in profile.fields else (profile.column("x"), profile.column("y"))
    schema = pa.schema([(n, pa.string()) for n in names] + [(a, pa.float64()) for a in axes])
    with one_state(engine) as connection:
        edition = dated_sets.held_at(connection, "edition", now, district)

        def batches() -> Iterator[pa.RecordBatch]:
            for rows in store.stream(connection, district, edition, AT_ONCE):
                yield _batch(rows, fields, profile, schema)
                step(len(rows))

        return write_points(path, schema, batches(), encoding)


def _batch(rows: list[Any], fields: list[str], profile: Profile, schema: pa.Schema) -> pa.RecordBatch:
    columns: list[Any] = []
    for name in fields:
        key = "class_code" if name == "class" else name
        values = [getattr(r, key) for r in rows]
        if name == "since":
            values = [v and v.isoformat() for v in values]
        elif profile.values.get(name):
            words = {v: profile.word(name, v) for v in set(values)}
            values = [words[v] for v in values]
        columns.append(pa.array(values, pa.string()))
    columns += [pa.array([getattr(r, a) for r in rows], pa.float64()) for a in ("lon", "lat")]
    return pa.RecordBatch.from_arrays(columns, schema=schema)
