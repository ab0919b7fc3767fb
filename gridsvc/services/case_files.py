"""Cases into a file of any common format: those within a reach, masked as every door masks them."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
from sqlalchemy import Engine, Row

from gridsvc.masking import mask_name, mask_phone, mask_text
from gridsvc.profile import CASE_FIELDS, Profile
from gridsvc.rights import Reach
from gridsvc.services.component_files import Step
from gridsvc.spatial.bulk_read import AT_ONCE
from gridsvc.spatial.bulk_write import refuse_too_many, write_points
from gridsvc.store.case_lists import CaseFilter
from gridsvc.store.case_rows import count_cases, stream_cases
from gridsvc.store.engine import one_state

_MASKED: dict[str, Callable[[str | None], str | None]] = {
    "description": mask_text, "reporter": mask_name, "reporter_phone": mask_phone, "subject": mask_name,
}  # fmt: skip
_NUMBERS = {"accuracy_m"}


def export_cases(
    engine: Engine, path: Path, profile: Profile, wanted: CaseFilter, sees: Reach | None, zone: ZoneInfo,
    encoding: str | None = None, total: Step = lambda n: None, step: Step = lambda n: None,
) -> int:  # fmt: skip
    """Write the cases that meet a filter to a new file, oldest report first; gives how many.

    Reporters and subjects are told, masked, of the cases within ``sees``. ``total`` is told how many there are before
    the first is written. Raises ``BadInput`` at once where a sheet cannot hold them all.
    """
    fields = [f for f in CASE_FIELDS if f in profile.fields]
    types = [pa.float64() if f in _NUMBERS else pa.string() for f in fields]
    names = [profile.column(f) for f in fields]
    schema = pa.schema([*zip(names, types, strict=True), ("lon", pa.float64()), ("lat", pa.float64())])
    with one_state(engine) as connection:
        n = count_cases(connection, wanted)
        refuse_too_many(path, n)
        total(n)

        def batches() -> Iterator[pa.RecordBatch]:
            for rows in stream_cases(connection, wanted, sees, AT_ONCE):
                yield _batch(rows, fields, profile, schema, zone)
                step(len(rows))

        return write_points(path, schema, batches(), encoding)


def _batch(
    rows: Sequence[Row[Any]], fields: Sequence[str], profile: Profile, schema: pa.Schema, zone: ZoneInfo
) -> pa.RecordBatch:
    columns = [[_shown(name, getattr(r, name), zone) for r in rows] for name in fields]
    for name, values in zip(fields, columns, strict=True):
        if profile.values.get(name):
            words = {v: profile.word(name, v) for v in set(values)}
            values[:] = [words[v] for v in values]
    columns += [[getattr(r, axis) for r in rows] for axis in ("lon", "lat")]
    made = [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
    return pa.RecordBatch.from_arrays(made, schema=schema)


def _shown(name: str, value: Any, zone: ZoneInfo) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat()
    masked = _MASKED.get(name)
    return value if masked is None else masked(value)
