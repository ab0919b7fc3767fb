"""Components from files onto the record and back: every format, every profile, and what is refused."""

import csv
import json
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from small_city import load_city, write_city
from sqlalchemy import Engine

from gridsvc.errors import BadInput
from gridsvc.profile import read_profile
from gridsvc.services import editions
from gridsvc.services.component_files import export_components, import_components
from gridsvc.store import dated_sets
from gridsvc.store.components import read_components
from gridsvc.store.engine import transaction
from gridsvc.values import Component
from tests.conftest import count_rows

CITY, NOW = "990999", datetime(2026, 6, 12, 4, tzinfo=UTC)
FORMATS = (".gpkg", ".fgb", ".parquet", ".geojson", ".geojsonl", ".csv", ".csv.gz", ".xlsx", ".shp")
ROWS = [
    {"code": "99099901001000007", "name": "=井盖", "owner": "U1", "state": "damaged", "x": "120.0012345678", "y": "30"},
    {"code": "9909990101000008", "class": "0101", "name": "'-旧", "unit_grid": "99099900100101", "x": "120", "y": "30"},
    {"code": "L1", "class": "02005", "state": "removed", "accuracy_class": "A", "since": "20240501", "x": "120",
     "y": "30"},
]  # fmt: skip


@pytest.fixture
def city(engine: Engine, tmp_path: Path) -> Engine:
    """The small city, published, without components of its own."""
    folder = tmp_path / "city"
    folder.mkdir()
    load_city(engine, write_city(folder))
    editions.publish(engine, "S1", datetime(2024, 6, 1, tzinfo=UTC))
    return engine


def written(path: Path, rows: list[dict[str, str]], encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, dict.fromkeys(k for r in rows for k in r), restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def put(engine: Engine, path: Path, profile: str = "plain", crs: str | None = "wgs84", **how):
    return import_components(engine, path, read_profile(profile), CITY, ZoneInfo("Asia/Shanghai"), "t", NOW, crs, **how)


def known(engine: Engine) -> list[Component]:
    with transaction(engine) as connection:
        edition = dated_sets.held_at(connection, "edition", NOW, CITY)
        return read_components(connection, edition)[0]


def counts(told: dict) -> tuple[int, int, int, int]:
    return told["added"], told["changed"], told["same"], told["refused"]


def refused(told: dict) -> list[tuple[int, str]]:
    return [(r["row"], r["column"]) for r in told["refusals"]]


def test_rows_are_added_then_the_same_then_changed(city: Engine, tmp_path: Path):
    path = written(tmp_path / "c.csv", ROWS)
    assert counts(put(city, path)) == (3, 0, 0, 0)
    assert counts(put(city, path)) == (0, 0, 3, 0)
    assert counts(put(city, written(path, [ROWS[0] | {"name": "新"}, *ROWS[1:]]))) == (0, 1, 2, 0)
    made = {c.code: c for c in known(city)}
    assert made["99099901001000007"].name == "新"
    assert (made["9909990101000008"].code_scheme, made["9909990101000008"].class_code) == ("GB/T 30428.2-2013", "0101")
    assert made["L1"].since == datetime(2024, 4, 30, 16, tzinfo=UTC)


@pytest.mark.parametrize("suffix", FORMATS)
def test_an_export_read_back_changes_nothing(city: Engine, tmp_path: Path, suffix: str):
    put(city, written(tmp_path / "c.csv", ROWS))
    path, profile = tmp_path / f"out{suffix}", "short" if suffix == ".shp" else "plain"
    before = known(city)
    assert export_components(city, path, read_profile(profile), CITY, NOW) == len(before)
    assert counts(put(city, path, profile)) == (0, 0, len(before), 0)


def test_a_legacy_file_goes_in_and_out_by_its_own_names(city: Engine, tmp_path: Path):
    at = {"X": "120.001", "Y": "30.001"}
    one = {"OBJCODE": "9909990101000008", "OBJNAME": "井盖", "DEPTCODE2": "U1", "BGCODE": "99099900100101"}
    one |= {"OBJSTATE": "破损", "OBJUPTODAT": "在用", "CHDATE": "", "ORDATE": "20200102"}
    other = {"OBJCODE": "9909990101000009", "OBJSTATE": "完好", "OBJUPTODAT": "作废"}
    rows = [one | at, other | at]
    assert counts(put(city, written(tmp_path / "c.csv", rows, "gb18030"), "legacy", encoding="GB18030")) == (2, 0, 0, 0)
    made = {c.code: c for c in known(city)}
    assert [made[r["OBJCODE"]].state for r in rows] == ["damaged", "removed"]
    path = tmp_path / "old.shp"
    export_components(city, path, read_profile("legacy"), CITY, NOW, "GB18030")
    assert path.with_suffix(".cpg").read_text().strip().upper().replace("-", "") in ("GB18030", "CP936", "GBK")
    # What the edition came with has codes of 17 digits.
    assert counts(put(city, path, "legacy")) == (0, 0, 2, 2)
    path.with_suffix(".cpg").unlink()
    with pytest.raises(BadInput, match="encoding"):
        put(city, path, "legacy")
    assert counts(put(city, path, "legacy", encoding="GB18030")) == (0, 0, 2, 2)


def test_bad_rows_are_named_and_nothing_is_recorded(city: Engine, tmp_path: Path):
    bad = [{}, {"code": ""}, {"code": "1.10101E+16"}, {"class": "99999"}, {"state": "kaputt"}, {"accuracy_class": "D"},
           {"since": "20991231"}, {"since": "gestern"}, {"x": ""}, {"x": "30", "y": "120"}, {}]  # fmt: skip
    good = {"class": "02005", "x": "120.0", "y": "30.0"}
    rows = [{"code": f"L{i}"} | good | change for i, change in enumerate(bad[:-1])] + [{"code": "L0"} | good]
    path = written(tmp_path / "c.csv", rows)
    columns = ["code", "code", "class", "state", "accuracy_class", "since", "since", "x", "x", "code"]
    told = put(city, path)
    assert (refused(told), told["recorded"]) == (list(zip(range(2, 12), columns, strict=True)), False)
    assert count_rows(city, "component_change") == 0
    assert counts(put(city, path, accept_rest=True)) == (1, 0, 0, 10)
    assert count_rows(city, "component_change") == 1


@pytest.mark.parametrize(("profile", "code", "grid", "told"), [
    ("gb47678", "99099901001000007", "990999001001001", []),
    ("gb47678", "9909990101000008", "990999001001001", [(1, "GLBJBSM")]),
    ("gb47678", "99099901001000007", "99099900100101", [(1, "SZDYWGBSM")]),
    ("legacy", "9909990101000008", "990999001001001", []),
    ("legacy", "9909990101000008", "9909990010010", [(1, "BGCODE")]),
    ("legacy", "99099901001000007", "99099900100101", [(1, "OBJCODE")]),
])  # fmt: skip
def test_codes_have_the_digits_of_the_profile(city: Engine, tmp_path: Path, profile, code, grid, told):
    names = read_profile(profile)
    row = {names.column("code"): code, names.column("unit_grid"): grid, "X": "120.0", "Y": "30.0"}
    assert refused(put(city, written(tmp_path / "c.csv", [row]), profile)) == told


def test_columns_that_do_not_fit_are_named_with_their_mend(city: Engine, tmp_path: Path):
    path = written(tmp_path / "c.csv", [{"code": "L1", "onwer": "U1", "x": "120"}])
    with pytest.raises(BadInput) as told:
        put(city, path)
    assert [(e.field, "OWNER" in e.mend_en) for e in told.value.errors] == [("onwer", True), ("y / lat", False)]


@pytest.mark.parametrize(("crs", "encoding", "field"), [
    (None, None, "--crs"), ("EPSG:999999", None, "--crs"), ("wgs84", "ascii", "FILE"), ("wgs84", "no-such", "FILE"),
])  # fmt: skip
def test_no_reference_or_another_encoding_is_refused(city: Engine, tmp_path: Path, crs, encoding, field):
    path = written(tmp_path / "c.csv", ROWS)
    with pytest.raises(BadInput) as told:
        put(city, path, crs=crs, encoding=encoding)
    assert [e.field for e in told.value.errors] == [field]


def test_a_profile_of_ones_own_is_a_file(city: Engine, tmp_path: Path):
    profile = tmp_path / "ours.json"
    fields = {"code": "BM", "class": "LB", "state": "ZT", "x": "JD", "y": "WD"}
    profile.write_text(
        json.dumps({"profile": "ours", "components": {"fields": fields, "values": {"state": {"0": "intact"}}}})
    )
    row = {"BM": "L9", "LB": "02005", "ZT": "0", "JD": "120", "WD": "30"}
    assert counts(put(city, written(tmp_path / "c.csv", [row]), str(profile))) == (1, 0, 0, 0)
    profile.write_text('{"profile": "ours", "components": {"fields": {"kode": "BM"}}}')
    with pytest.raises(BadInput, match="profile"):
        read_profile(str(profile))


@pytest.mark.slow
def test_more_rows_need_no_more_memory(city: Engine, tmp_path: Path):
    def peak(n: int) -> int:
        rows = ({"code": f"99099901001{i:06d}", "class": "01001", "x": "120.001", "y": "30.001"} for i in range(n))
        path = written(tmp_path / f"{n}.csv", list(rows))
        tracemalloc.start()
        assert put(city, path)["read"] == n
        export_components(city, tmp_path / f"{n}.fgb", read_profile("plain"), CITY, NOW)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    small = peak(50_000)
    assert peak(150_000) < 1.6 * small
