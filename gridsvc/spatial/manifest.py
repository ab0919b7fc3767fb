"""The manifest of a boundary folder: reads it, refuses what cannot be meant, names the mend."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, time
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gridsvc.errors import BadInput
from gridsvc.spatial.datum import Datum, parse_datum
from gridsvc.spatial.manifest_keys import bad, file_in, need_text, refuse_typos
from gridsvc.spatial.table_source import TableSource, table_source
from gridsvc.tables import COLUMNS
from gridsvc.values import LayerChecks, LayerSpec, in_years, parse_instant, storable

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
LAYER_REQUIRED = ("layer", "file", "crs", "code")
LAYER_TEXT = ("name", "parent", "parent_code", "unit", "sublayer", "encoding", "title_zh", "title_en",
              "chief_role", "settles")  # fmt: skip
CHECKS = tuple(f.name for f in fields(LayerChecks))
CHOICES = {"coverage": ("partition", "cover", "free"), "geometry": ("polygon", "line", "point")}
TOP = ("edition", "title", "district", "time_zone", "valid_from", "layers", "tables", "local_crs")


@dataclass(frozen=True, slots=True)
class LayerSource:
    """Where one layer's areas come from: file, declared reference and the columns that matter."""

    spec: LayerSpec
    path: Path
    datum: Datum
    code: str
    name: str | None
    parent_code: str | None
    unit: str | None
    sublayer: str | None
    encoding: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest that was understood in full."""

    edition: str
    title: str
    district: str
    time_zone: str
    valid_from: datetime | None
    layers: tuple[LayerSource, ...]
    tables: Mapping[str, TableSource]
    local_crs: Mapping[str, str]

    @property
    def declared(self) -> dict[str, str]:
        """The reference that each layer's file is declared to be in, and that of the tables of points which say so."""
        tables = {name: table.crs.strip().lower() for name, table in self.tables.items() if table.crs}
        return tables | {source.spec.code: source.datum.label for source in self.layers}


def read_manifest(folder: Path) -> Manifest:
    """Read ``manifest.json`` of a boundary folder; raises ``BadBoundaryFolder`` that names the field."""
    path = folder / "manifest.json"
    try:
        raw = json.loads(path.read_text(encoding="utf-8-sig"))
        _refuse_unstorable(raw)
    except (FileNotFoundError, NotADirectoryError):
        raise bad(str(path), None, "文件不存在", "there is no such file", "指定含 manifest.json 的文件夹",
                  "name a folder that has a manifest.json") from None  # fmt: skip
    except (ValueError, RecursionError, OSError) as e:
        raise bad(str(path), str(e), "不是可用的 UTF-8 JSON", "this is not usable JSON in UTF-8", "修正此处的语法",
                  "mend the syntax at this place") from None  # fmt: skip
    if not isinstance(raw, dict):
        raise bad(str(path), type(raw).__name__, "应为对象", "an object is expected", "写成 {…}", "write {…}")
    refuse_typos(raw, TOP, "")
    zone = _time_zone("Asia/Shanghai" if raw.get("time_zone") is None else raw["time_zone"])
    local = {str(k).lower(): str(v) for k, v in _object(raw, "local_crs").items()}
    refuse_typos(_object(raw, "tables"), tuple(COLUMNS), "tables.")
    entries = raw.get("layers")
    if not isinstance(entries, list) or not entries:
        raise bad(
            "layers", entries, "没有图层", "there are no layers", "至少声明一个图层", "declare at least one layer"
        )
    layers = tuple(_layer(folder, i, entry, local) for i, entry in enumerate(entries))
    codes = [x.spec.code for x in layers]
    if repeated := sorted({c for c in codes if codes.count(c) > 1}):
        raise bad("layers", repeated, "图层重名", "two layers have one name", "改名", "rename one")
    return Manifest(
        edition=need_text(raw, "edition", "edition"),
        title=_optional_text(raw, "title"),
        district=_optional_text(raw, "district"),
        time_zone=zone,
        valid_from=_start(raw.get("valid_from"), zone),
        layers=layers,
        tables=MappingProxyType({k: table_source(folder, k, v) for k, v in _object(raw, "tables").items()}),
        local_crs=MappingProxyType(local),
    )


def _layer(folder: Path, i: int, entry: Any, local: Mapping[str, str]) -> LayerSource:
    where = f"layers[{i}]"
    if not isinstance(entry, dict):
        raise bad(where, entry, "图层应为对象", "a layer is an object", "写成 {…}", "write {…}")
    refuse_typos(entry, (*LAYER_REQUIRED, *LAYER_TEXT, *CHOICES, "priority", "checks"), where + ".")
    for key in LAYER_TEXT:
        if entry.get(key) is not None and not isinstance(entry[key], str):
            raise bad(f"{where}.{key}", entry[key], "应为文字", "text is expected", "写成字符串", "write a string")
    for key, allowed in CHOICES.items():
        if entry.get(key, allowed[-1]) not in allowed:
            raise bad(f"{where}.{key}", entry[key], "取值无效", "the value is not one of those known",
                      "可用：" + "、".join(allowed), "one of " + ", ".join(allowed))  # fmt: skip
    code = need_text(entry, "layer", f"{where}.layer")
    if not NAME.fullmatch(code):
        raise bad(f"{where}.layer", code, "图层代号无效", "the layer's name is not usable",
                  "用英文字母、数字和下划线", "use letters, digits and underscores")  # fmt: skip
    spec = LayerSpec(
        code=code,
        title_zh=entry.get("title_zh") or code,
        title_en=entry.get("title_en") or code,
        geometry=entry.get("geometry", "polygon"),
        coverage=entry.get("coverage", "free"),
        parent=entry.get("parent"),
        priority=_priority(entry.get("priority", 100), where),
        chief_role=entry.get("chief_role"),
        settles=entry.get("settles"),
        checks=_checks(entry.get("checks"), f"{where}.checks"),
    )
    return LayerSource(
        spec=spec,
        path=file_in(folder, need_text(entry, "file", f"{where}.file"), f"{where}.file"),
        datum=parse_datum(entry.get("crs"), local, f"{where}.crs"),
        code=need_text(entry, "code", f"{where}.code"),
        name=entry.get("name") or None,
        parent_code=entry.get("parent_code") or None,
        unit=entry.get("unit") or None,
        sublayer=entry.get("sublayer") or None,
        encoding=entry.get("encoding") or "UTF-8",
    )


def _checks(entry: Any, where: str) -> LayerChecks:
    """What a layer asks of the checks; a key that is null takes its default."""
    given = {} if entry is None else entry
    if not isinstance(given, dict):
        raise bad(where, entry, "应为对象", "an object is expected", "写成 {…}", "write {…}")
    refuse_typos(given, CHECKS, where + ".")
    wanted: dict[str, Any] = {k: v for k, v in given.items() if k in CHECKS and v is not None}
    if isinstance(wanted.get("size_m2"), list):
        wanted["size_m2"] = tuple(wanted["size_m2"])
    try:
        return LayerChecks(**wanted)
    except BadInput as e:
        first = e.errors[0]
        raise bad(f"{where}.{first.field}", given[first.field], e.zh, e.en, first.mend_zh, first.mend_en) from None


def _refuse_unstorable(value: Any) -> None:
    """JSON can spell what no file name and no database text can hold."""
    if isinstance(value, str):
        if not storable(value):
            raise ValueError(f"{value!r} has a character that no text can hold")
    elif isinstance(value, dict):
        for key, inner in value.items():
            _refuse_unstorable(key)
            _refuse_unstorable(inner)
    elif isinstance(value, list):
        for inner in value:
            _refuse_unstorable(inner)


def _optional_text(record: Mapping[str, Any], key: str) -> str:
    value = record.get(key)
    if value is not None and not isinstance(value, str):
        raise bad(key, value, "应为文字", "text is expected", "写成字符串", "write a string")
    return value or ""


def _object(record: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = record.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise bad(key, value, "应为对象", "an object is expected", "写成 {…}", "write {…}")
    return value


def _priority(value: Any, where: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**31:
        return value
    raise bad(f"{where}.priority", value, "应为整数", "a whole number is expected", "写成整数", "write a whole number")


def _time_zone(name: Any) -> str:
    try:
        return ZoneInfo(str(name)).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise bad("time_zone", name, "时区不存在", "there is no such time zone", "如 Asia/Shanghai",
                  "as in Asia/Shanghai") from None  # fmt: skip


def _start(value: Any, zone: str) -> datetime | None:
    """A bare date means 00:00 in the folder's time zone."""
    if value is None:
        return None
    try:
        start = datetime.combine(date.fromisoformat(str(value)), time(), ZoneInfo(zone))
    except ValueError:
        return parse_instant(str(value), "valid_from")
    return in_years(start, "valid_from")
