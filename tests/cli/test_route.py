"""``gridsvc route``: the same rows, order and texts out, with the area of every layer beside them."""

import csv
import gzip
import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gridsvc.cli.points import open_points

from .conftest import HEADER, ROWS, TEXT, Done

Route = Callable[..., Done]
NEW = ["street", "street_how", "street_candidates", "grid", "grid_how", "grid_candidates"]


def read(path: Path | io.StringIO) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def check(table: pd.DataFrame) -> None:
    """Rows, order, columns and texts are those of the input, and each row has its areas."""
    given = read(io.StringIO(TEXT))
    assert list(table.columns) == [*given.columns, *NEW]
    pd.testing.assert_frame_equal(table[list(given.columns)], given)
    assert table[NEW].to_numpy().tolist() == [areas for _, areas in ROWS]


def test_a_csv_gives_a_csv(route: Route, tmp_path: Path):
    assert route().code == 0
    check(read(tmp_path / "out.csv"))


def test_a_compressed_csv_gives_a_compressed_csv(route: Route, tmp_path: Path):
    (tmp_path / "p.csv.gz").write_bytes(gzip.compress(TEXT.encode()))
    assert route(points="p.csv.gz", out="o.csv.gz").code == 0
    assert (tmp_path / "o.csv.gz").read_bytes()[:2] == b"\x1f\x8b"
    check(read(tmp_path / "o.csv.gz"))


def test_a_parquet_keeps_its_types_and_its_missing_values(route: Route, tmp_path: Path):
    columns = {"id": [1, None], "lon": [120.005, None], "lat": [30.005, 30.0], "ok": [True, False], "名": ["井", None]}
    given = pa.table(columns | {"at": [datetime(2024, 6, 12, tzinfo=UTC), None], "big": [2**53 + 1, None]})
    pq.write_table(given, tmp_path / "p.parquet")
    assert route(points="p.parquet", out="o.parquet").code == 0
    found = pq.read_table(tmp_path / "o.parquet")
    assert found.column_names == [*given.column_names, *NEW]
    for name in given.column_names:
        assert found[name].to_pylist() == given[name].to_pylist(), name
        assert str(found.schema.field(name).type).removeprefix("large_") == str(given.schema.field(name).type), name
    assert found.select(NEW).to_pylist() == [
        dict(zip(NEW, ["S", "inside", "", "A", "inside", ""], strict=True)),
        dict(zip(NEW, ["", "none", "", "", "none", ""], strict=True)),
    ]


def test_a_dash_writes_csv_and_nothing_else_on_stdout(route: Route, tmp_path: Path):
    done = route(out="-")
    assert done.code == 0
    check(read(io.StringIO(done.out)))


def test_kinds_of_files_may_be_mixed_and_written_in_capitals(route: Route, tmp_path: Path):
    (tmp_path / "P.CSV").write_text(TEXT, encoding="utf-8")
    assert route(points="P.CSV", out="o.parquet").code == 0
    check(pd.read_parquet(tmp_path / "o.parquet").astype(str))


def test_what_was_found_is_counted_on_stderr(route: Route):
    done = route()
    assert "none 4" in done.err
    assert done.out == ""


def test_only_the_layers_asked_for(route: Route, tmp_path: Path):
    assert route("--layers", "grid").code == 0
    assert list(read(tmp_path / "out.csv").columns) == [*HEADER.split(","), *NEW[3:]]


def test_layers_stand_in_the_order_asked_for(route: Route, tmp_path: Path):
    assert route("--layers", " grid, street ").code == 0
    assert list(read(tmp_path / "out.csv").columns) == [*HEADER.split(","), *NEW[3:], *NEW[:3]]


def test_a_prefix_renames_the_new_columns(route: Route, tmp_path: Path):
    assert route("--prefix", "g_").code == 0
    assert list(read(tmp_path / "out.csv").columns)[4:] == [f"g_{c}" for c in NEW]


@pytest.mark.parametrize(("near_m", "how"), [("0", "outside"), ("0.005", "outside"), ("0.05", "near"), ("1", "near")])
def test_near_is_as_near_as_said(route: Route, tmp_path: Path, near_m: str, how: str):
    assert route("--near-m", near_m).code == 0
    assert read(tmp_path / "out.csv")["grid_how"][2] == how


def test_a_wide_reach_names_every_candidate(route: Route, tmp_path: Path):
    assert route("--near-m", "5000").code == 0
    assert read(tmp_path / "out.csv")["grid_candidates"][0] == "A;B"


def test_a_file_in_gb18030_is_read_with_its_encoding(route: Route, tmp_path: Path):
    (tmp_path / "p.csv").write_text(TEXT, encoding="gb18030")
    assert route("--encoding", "GB18030", points="p.csv").code == 0
    check(read(tmp_path / "out.csv"))


def test_a_mark_of_byte_order_is_no_part_of_the_first_column(route: Route, tmp_path: Path):
    (tmp_path / "p.csv").write_text(TEXT, encoding="utf-8-sig")
    assert route(points="p.csv").code == 0
    check(read(tmp_path / "out.csv"))


def test_a_table_without_rows_gets_the_new_columns(route: Route, tmp_path: Path):
    (tmp_path / "p.csv").write_text(HEADER + "\n", encoding="utf-8")
    assert route(points="p.csv").code == 0
    assert (tmp_path / "out.csv").read_text().strip() == ",".join([HEADER, *NEW])


def test_points_in_a_phone_maps_reference_land_where_they_are(route: Route, tmp_path: Path):
    from gridsvc import convert

    x, y = convert(120.005, 30.005, "wgs84", "gcj02")
    (tmp_path / "p.csv").write_text(f"lon,lat\n{x!r},{y!r}\n")
    assert route(points="p.csv", **{"--crs": "GCJ02"}).code == 0
    assert read(tmp_path / "out.csv")["grid"][0] == "A"


@pytest.fixture
def pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables are read two rows at a time."""
    monkeypatch.setattr("gridsvc.cli.points.PIECE", 2)


@pytest.mark.usefixtures("pieces")
@pytest.mark.parametrize("out", ["o.csv", "o.csv.gz", "o.parquet"])
def test_a_table_of_many_pieces_is_one_table(route: Route, tmp_path: Path, out: str):
    done = route(out=out)
    assert done.code == 0
    check(pd.read_parquet(tmp_path / out).astype(str) if out.endswith("parquet") else read(tmp_path / out))
    assert "grid: none 4, near 2, inside 1, edge 1, outside 1" in done.err
    assert "9 points" in done.err


@pytest.mark.usefixtures("pieces")
@pytest.mark.parametrize("groups", [1, 3, 100])
def test_a_parquet_of_many_groups_keeps_its_rows_and_types(route: Route, tmp_path: Path, groups: int):
    n = 11
    given = pa.table({
        "lon": [120.005] * n, "lat": pa.array(["30.005"] * n), "i": pa.array(range(n), pa.int8()),
        "kind": pa.array(["a", None] * 5 + ["b"]).dictionary_encode(), "list": [[i] for i in range(n)],
        "at": pa.array(range(n), pa.timestamp("ns", "Asia/Shanghai")), "wkb": [b"\x01"] * n,
    })  # fmt: skip
    pq.write_table(given, tmp_path / "p.parquet", row_group_size=groups)
    assert route(points="p.parquet", out="o.parquet").code == 0
    found = pq.read_table(tmp_path / "o.parquet")
    assert found.select(given.column_names).equals(given)
    assert found["grid"].to_pylist() == ["A"] * n


@pytest.mark.parametrize("groups", [125_000, 1_000_000], ids=["eight groups", "one group"])
def test_a_parquet_is_never_held_whole(tmp_path: Path, groups: int):
    """Arrow holds a piece and its windows: about 12 of 42 MB, and no more of a larger table."""
    n = 1_000_000
    given = pa.table({"lon": np.random.default_rng(1).random(n), "text": [f"{i:030}" for i in range(n)]})
    pq.write_table(given, tmp_path / "p.parquet", row_group_size=groups)
    size, before = given.nbytes, pa.total_allocated_bytes()
    with open_points(tmp_path / "p.parquet") as table:
        held = [pa.total_allocated_bytes() - before for _ in table.pieces]
    assert len(held) == 10
    assert max(held) < 0.4 * size


def test_a_parquet_becomes_a_csv_of_plain_texts(route: Route, tmp_path: Path):
    columns = {"lon": [120.005, None, float("nan")], "lat": [30.005, 1.5, 2.0], "ok": [True, None, False]}
    given = pa.table(columns | {"big": [2**53 + 1, None, 0], "wkb": [b"\x01\xff", None, b""]})
    pq.write_table(given, tmp_path / "p.parquet")
    assert route(points="p.parquet").code == 0
    assert read(tmp_path / "out.csv")[given.column_names].to_numpy().tolist() == [
        ["120.005", "30.005", "True", "9007199254740993", "01ff"],
        ["", "1.5", "", "", ""],
        ["", "2.0", "False", "0", ""],
    ]


@pytest.mark.parametrize("cell", ["a\rb", "a\nb", "a\r\nb", ' "a', "", "#", "'=1"])
def test_any_text_comes_back_as_it_was(route: Route, tmp_path: Path, cell: str):
    with (tmp_path / "p.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([["lon", "lat", "note"], ["120.005", "30.005", cell]])
    assert route(points="p.csv").code == 0
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
        assert [row[2] for row in csv.reader(file)] == ["note", cell]


def test_a_dictionary_of_texts_becomes_its_texts(route: Route, tmp_path: Path):
    notes = pa.array(["a\rb", None, "c"]).dictionary_encode()
    pq.write_table(pa.table({"lon": [120.005] * 3, "lat": [30.005] * 3, "note": notes}), tmp_path / "p.parquet")
    assert route(points="p.parquet").code == 0
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
        assert [row[2] for row in csv.reader(file)] == ["note", "a\rb", "", "c"]


def test_a_table_may_be_replaced_by_itself_with_areas(route: Route, tmp_path: Path):
    assert route(out="points.csv").code == 0
    check(read(tmp_path / "points.csv"))


def test_the_same_table_gives_the_same_bytes(route: Route, tmp_path: Path):
    assert route(out="a.csv.gz").code == route(out="b.csv.gz").code == 0
    assert (tmp_path / "a.csv.gz").read_bytes() == (tmp_path / "b.csv.gz").read_bytes()
