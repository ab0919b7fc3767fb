"""Cases into files: who gets which, what is hidden of people, every format, and what a sheet cannot hold."""

import csv
import gzip
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import geopandas
import openpyxl
import pyogrio
import pytest
from small_city import IN_B
from sqlalchemy import Engine, text

from gridsvc.casework.reporter import Reporter
from gridsvc.errors import BadInput
from gridsvc.profile import CASE_FIELDS, read_profile
from gridsvc.rights import Reach, Term
from gridsvc.services import case_files
from gridsvc.services.case_files import export_cases
from gridsvc.spatial import bulk_write
from gridsvc.store.case_lists import CaseFilter
from gridsvc.values import Point

from .conftest import CITY, NOW, Answer

FORMATS = (".gpkg", ".fgb", ".parquet", ".geojson", ".geojsonl", ".csv.gz", ".xlsx", ".shp")
NONE, IN_GRID_A = Reach("990999", frozenset()), Reach("990999", frozenset({Term(("grid", "A"))}))


@pytest.fixture
def two(report: Callable[..., Answer]) -> list[Answer]:
    """A case in grid A, whose words begin a formula, and an hour later one in grid B."""
    who = Reporter("王大锤", "13800000001")
    first = report("a", reporter=who, description="=回电 13800000001")
    raw = {"x": IN_B[0], "y": IN_B[1], "crs": "wgs84"}
    return [first, report("b", NOW + timedelta(hours=1), point=Point(*IN_B), raw=raw, reporter=who)]


def rows(
    engine: Engine, path: Path, reads: Reach = CITY, sees: Reach | None = None, **how: Any
) -> list[dict[str, str]]:
    export_cases(
        engine, path, read_profile("plain", "cases"), CaseFilter(reads, **how), sees, ZoneInfo("Asia/Shanghai")
    )
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_file_has_the_cases_in_the_order_of_their_reports_with_local_time(engine: Engine, two, tmp_path: Path):
    told = rows(engine, tmp_path / "c.csv")
    assert [r["number"] for r in told] == [c["number"] for c in two]
    assert list(told[0]) == [*CASE_FIELDS, "lon", "lat"]
    assert (told[0]["reported_at"], told[0]["grid"]) == ("2024-06-12T12:00:00+08:00", "A")
    assert (float(told[1]["lon"]), float(told[1]["lat"])) == pytest.approx(IN_B, abs=1e-9)
    assert [r["number"] for r in rows(engine, tmp_path / "d.csv", start=NOW + timedelta(hours=1))] == [two[1]["number"]]


def test_cases_beyond_the_reach_are_not_in_the_file(engine: Engine, two, tmp_path: Path):
    assert [r["grid"] for r in rows(engine, tmp_path / "a.csv", IN_GRID_A)] == ["A"]
    assert rows(engine, tmp_path / "none.csv", NONE) == []


def test_people_are_told_masked_where_they_may_be_seen_and_nowhere_else(engine: Engine, two, tmp_path: Path):
    assert {r["reporter"] + r["reporter_phone"] for r in rows(engine, tmp_path / "n.csv")} == {""}
    told = rows(engine, tmp_path / "a.csv", sees=IN_GRID_A)
    assert [(r["reporter"], r["reporter_phone"]) for r in told] == [("王**", "138****0001"), ("", "")]
    # A spreadsheet would run what begins so.
    assert told[0]["description"] == "'=回电 138****0001"
    whole = "".join((tmp_path / n).read_text(encoding="utf-8") for n in ("n.csv", "a.csv"))
    assert "13800000001" not in whole
    assert "王大锤" not in whole


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_has_all_cases_and_their_places(engine: Engine, two, tmp_path: Path, suffix: str):
    path, chosen = tmp_path / f"cases{suffix}", read_profile("short", "cases")
    assert export_cases(engine, path, chosen, CaseFilter(CITY), CITY, ZoneInfo("UTC")) == 2
    if suffix == ".csv.gz":
        assert gzip.decompress(path.read_bytes()).decode().count("138****0001") == 3
    elif suffix == ".parquet":
        assert list(geopandas.read_parquet(path)["number"]) == [c["number"] for c in two]
    elif suffix == ".xlsx":
        sheet = openpyxl.load_workbook(path).worksheets[0]
        assert [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)] == [c["number"] for c in two]
    else:
        # Some formats keep an order of their own.
        frame = pyogrio.read_dataframe(path, encoding="UTF-8").sort_values("number")
        assert list(frame["number"]) == [c["number"] for c in two]
        assert frame.geometry.iloc[1].coords[0] == pytest.approx(IN_B, abs=1e-7)


def test_a_sheet_that_cannot_hold_all_is_refused_before_anything_is_read(
    engine: Engine, two, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bulk_write, "MOST_SHEET_ROWS", 1)
    told: list[int] = []
    with pytest.raises(BadInput, match="sheet"):
        export_cases(engine, tmp_path / "c.xlsx", read_profile("plain", "cases"), CaseFilter(CITY), None,
                     ZoneInfo("UTC"), total=told.append)  # fmt: skip
    assert (told, list(tmp_path.iterdir())) == ([], [])


def test_an_export_reads_piece_by_piece_and_says_how_far_it_is(
    engine: Engine, two, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(case_files, "AT_ONCE", 4)
    with engine.begin() as connection:
        known = text("SELECT column_name FROM information_schema.columns WHERE table_name = 'case_' AND "
                     "is_generated = 'NEVER' AND table_schema = 'public'")  # fmt: skip
        columns = connection.execute(known).scalars().all()
        own = {"id": "gen_random_uuid()", "number": "number || '-' || k"}
        listed, made = ", ".join(columns), ", ".join(own.get(c, c) for c in columns)
        connection.execute(text(f"INSERT INTO case_ ({listed}) SELECT {made} FROM case_, generate_series(1, 4) k"))
    total: list[int] = []
    steps: list[int] = []
    path, chosen = tmp_path / "c.parquet", read_profile("legacy", "cases")
    n = export_cases(engine, path, chosen, CaseFilter(CITY), None, ZoneInfo("UTC"), None, total.append, steps.append)
    assert (n, total, steps) == (10, [10], [4, 4, 2])
