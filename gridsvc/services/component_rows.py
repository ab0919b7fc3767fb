"""Makes components of a file's batches by a profile, and says of each row that cannot be one why."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gridsvc.codes import CURRENT_SCHEME, LEGACY_COMPONENT_SCHEME, load_categories
from gridsvc.errors import BadCoordinate
from gridsvc.far import Box, refuse_far
from gridsvc.profile import Profile
from gridsvc.spatial.bulk_read import Source, numbers, positions, text_column
from gridsvc.spatial.bulk_write import unguarded
from gridsvc.spatial.datum import Datum, convert
from gridsvc.store.component_bulk import STAGED
from gridsvc.values import YEARS, Point

STATES = ("intact", "damaged", "lost", "abandoned", "removed")
MOST_LISTED = 10_000
_TEXTS = ("code", "class", "code_scheme", "name", "competent", "owner", "maintainer", "unit_grid", "state",
          "accuracy_class", "void", "since")  # fmt: skip
_GRID = {14: "[1-9][0-9]{13}", 15: "[1-9][0-9]{11}[0-9A-Z]{3}"}


@dataclass
class Refusals:
    """Rows that were refused: how many, and of the first ones the row, counted from 1, the column, value and reason."""

    n: int = 0
    listed: list[dict[str, Any]] = field(default_factory=list)

    def add(self, row: int, column: str, value: Any, zh: str, en: str, code: str | None = None) -> None:
        """Keep one."""
        self.n += 1
        if len(self.listed) < MOST_LISTED:
            self.listed.append({"row": row, "code": code, "column": column, "value": value, "zh": zh, "en": en})


@dataclass(frozen=True)
class Reading:
    """How a file is read: its profile and columns, its reference, where the city is, the door's clock and zone."""

    profile: Profile
    columns: Mapping[str, list[str]]
    datum: Datum
    local: Mapping[str, str]
    box: Box | None
    now: datetime
    zone: ZoneInfo
    is_csv: bool


class _Rows:
    """One batch: its columns by field, and which of its rows are good so far."""

    def __init__(self, how: Reading, source: Source, batch: pa.RecordBatch, first: int, refusals: Refusals) -> None:
        self.how, self.first, self.refusals, self.n = how, first, refusals, batch.num_rows
        self.good = np.ones(self.n, bool)
        self.text = {f: self._column(source, batch, f) for f in _TEXTS}

    def _column(self, source: Source, batch: pa.RecordBatch, name: str) -> Any:
        columns = [text_column(batch.column(source.header.index(c))) if not source.has_geometry
                   else text_column(batch.column(c)) for c in self.how.columns.get(name, ())]  # fmt: skip
        if not columns:
            return pa.nulls(self.n, pa.string())
        found = pc.coalesce(*columns)
        return unguarded(found) if self.how.is_csv else found

    def refuse(self, bad: Any, field_name: str, zh: str, en: str) -> None:
        """Refuse the good rows of a mask."""
        values, codes = self.text.get(field_name), self.text["code"]
        for i in np.flatnonzero(np.asarray(bad, bool) & self.good):
            value = None if values is None else values[int(i)].as_py()
            self.refusals.add(self.first + int(i), self.how.profile.column(field_name), value, zh, en,
                              codes[int(i)].as_py())  # fmt: skip
            self.good[i] = False

    def matches(self, field_name: str, pattern: str) -> Any:
        """Which texts are as a pattern says; missing ones are not."""
        found = pc.match_substring_regex(self.text[field_name], f"^(?:{pattern})$")
        return pc.fill_null(found, False).to_numpy(zero_copy_only=False)

    def missing(self, field_name: str) -> Any:
        """Which rows say nothing in a field."""
        return pc.is_null(self.text[field_name]).to_numpy(zero_copy_only=False)


def components_of(
    how: Reading, source: Source, batch: pa.RecordBatch, first: int, refusals: Refusals
) -> pa.RecordBatch:
    """The good rows of a batch as they are staged; ``first`` is the number of its first row."""
    rows = _Rows(how, source, batch, first, refusals)
    _check_codes(rows)
    _fill_classes(rows)
    _fill_states(rows)
    since = _instants(rows)
    lon, lat = _places(rows, source, batch)
    keep = pa.array(rows.good)
    t = rows.text
    row = pa.array(np.arange(first, first + rows.n))
    t["class_code"], t["name"] = t["class"], pc.fill_null(t["name"], "")
    columns = [row, *(t[name] for name in STAGED), since, pa.array(lon), pa.array(lat)]
    names = [str(i) for i in range(len(columns))]
    return pa.RecordBatch.from_arrays([c.filter(keep) for c in columns], names)


def _check_codes(rows: _Rows) -> None:
    profile = rows.how.profile
    rows.refuse(rows.missing("code"), "code", "没有编码", "it has no code")
    shortened = rows.matches("code", r"[0-9](\.[0-9]+)?[Ee]\+[0-9]+")
    rows.refuse(shortened, "code", "编码被电子表格缩写，位数已丢失", "a spreadsheet cut the code short")
    rows.refuse(~rows.matches("code", r"[^\s/\\]{1,64}"), "code", "编码至多 64 字符，不含空白和斜线",
                "a code has at most 64 characters without blanks and slashes")  # fmt: skip
    if profile.code_digits:
        digits = "|".join(f"[1-9][0-9]{{{n - 1}}}" for n in profile.code_digits)
        told = " / ".join(map(str, profile.code_digits))
        rows.refuse(~rows.matches("code", digits), "code", f"编码应为 {told} 位数字", f"a code has {told} digits")
    if profile.grid_digits:
        good = rows.missing("unit_grid") | rows.matches("unit_grid", "|".join(_GRID[n] for n in profile.grid_digits))
        told = " / ".join(map(str, profile.grid_digits))
        rows.refuse(~good, "unit_grid", f"单元网格代码应为 {told} 位", f"a unit-grid code has {told} digits")


def _fill_classes(rows: _Rows) -> None:
    """Class and scheme, where the file does not say them, are in the digits of the code."""
    t = rows.text
    new, old = rows.matches("code", "[1-9][0-9]{16}"), rows.matches("code", "[1-9][0-9]{15}")
    by_length = pc.if_else(pa.array(old), LEGACY_COMPONENT_SCHEME, CURRENT_SCHEME)
    t["code_scheme"] = pc.coalesce(t["code_scheme"], by_length)
    in_code = pc.if_else(pa.array(new), pc.utf8_slice_codeunits(t["code"], 6, 11),
                         pc.if_else(pa.array(old), pc.utf8_slice_codeunits(t["code"], 6, 10),
                                    pa.scalar(None, pa.string())))  # fmt: skip
    t["class"] = pc.coalesce(t["class"], in_code)
    rows.refuse(rows.missing("class"), "class", "没有部件类别", "it has no component class")
    known = pa.array([f"{c.code_scheme}|{c.code}" for c in load_categories() if c.kind == "component"])
    key = pc.binary_join_element_wise(t["code_scheme"], t["class"], "|")
    # Classes of older schemes are not known here; theirs have four digits.
    is_new = pc.equal(t["code_scheme"], CURRENT_SCHEME).to_numpy(zero_copy_only=False)
    good = np.where(is_new, pc.is_in(key, value_set=known).to_numpy(zero_copy_only=False),
                    rows.matches("class", "[0-9]{4,6}"))  # fmt: skip
    rows.refuse(~good, "class", "该编码体系中没有这个部件类别", "the code scheme has no such component class")


def _fill_states(rows: _Rows) -> None:
    t, values = rows.text, rows.how.profile.values
    for name in ("state", "void"):
        if words := values.get(name):
            place = pc.index_in(t[name], value_set=pa.array(list(words)))
            ours = pc.take(pa.array(list(words.values())), place)
            t[name] = pc.coalesce(pc.if_else(pc.is_null(place), t[name], ours), t[name])
    unknown = ~rows.missing("void") & ~rows.matches("void", "|" + "|".join(STATES))
    rows.refuse(
        unknown,
        "void",
        "不认识这种使用状态：在方案的 values 中写明",
        "put the word into the profile's values",
    )
    gone = pc.and_(pc.is_valid(t["void"]), pc.not_equal(t["void"], ""))
    t["state"] = pc.fill_null(pc.if_else(pc.fill_null(gone, False), t["void"], t["state"]), "intact")
    listed = ", ".join([*values.get("state", {}), *STATES])
    rows.refuse(
        ~rows.matches("state", "|".join(STATES)), "state", f"状态为其中之一：{listed}", f"a state is one of {listed}"
    )
    t["accuracy_class"] = pc.fill_null(t["accuracy_class"], "B")
    rows.refuse(~rows.matches("accuracy_class", "[ABC]"), "accuracy_class", "精度等级为 A、B 或 C", "A, B or C")


def _instants(rows: _Rows) -> Any:
    """Since when, as UTC text; a date means the beginning of that day in the district."""
    known: dict[str, str | None] = {}
    for value in pc.unique(rows.text["since"]).to_pylist():
        if value is not None:
            known[value] = _instant(value, rows.how.zone, rows.how.now)
    made = [None if v is None else known[v] for v in rows.text["since"].to_pylist()]
    bad = [v is not None and known[v] is None for v in rows.text["since"].to_pylist()]
    rows.refuse(np.array(bad, bool), "since", "写作 YYYYMMDD 或带时区的时刻，不晚于现在",
                "YYYYMMDD or an instant with its offset, not after now")  # fmt: skip
    return pa.array(made, pa.string())


def _instant(value: str, zone: ZoneInfo, now: datetime) -> str | None:
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        return None
    if instant.tzinfo is None:
        if instant.time() != datetime.min.time():
            return None
        instant = instant.replace(tzinfo=zone)
    if not YEARS[0] <= instant.year < YEARS[1] or instant > now:
        return None
    return instant.astimezone(UTC).isoformat()


def _places(rows: _Rows, source: Source, batch: pa.RecordBatch) -> tuple[Any, Any]:
    how = rows.how
    if source.geometry is not None:
        x, y = positions(batch, source.geometry)
    else:
        x, y = (numbers(batch.column(source.header.index(how.columns[axis][0]))) for axis in ("x", "y"))
    lon, lat = x.copy(), y.copy()
    finite = np.isfinite(x) & np.isfinite(y)
    rows.refuse(~finite, "x", "没有坐标，或不是点", "it has no coordinates, or is no point")
    if how.datum.proj is not None or how.datum.label not in ("wgs84", "cgcs2000"):
        lon, lat = convert(np.where(finite, x, np.nan), np.where(finite, y, np.nan), how.datum, "wgs84", how.local)
    inside = np.isfinite(lon) & np.isfinite(lat) & (abs(lon) <= 180) & (abs(lat) <= 90)
    rows.refuse(~inside, "x", "坐标超出范围：核对坐标系", "coordinates beyond the earth: check the crs")
    if how.box is not None:
        west, south, east, north = how.box
        off = rows.good & ~((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))
        for i in np.flatnonzero(off):
            try:
                refuse_far(Point(float(lon[i]), float(lat[i])), how.box)
            except BadCoordinate as e:
                only = np.zeros(rows.n, bool)
                only[i] = True
                rows.refuse(only, "x", e.zh, e.en)
    return lon, lat
