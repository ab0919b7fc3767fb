"""Files that mean no good: of far too much, of other files, of no end; each is refused by its name."""

import gzip
import json
import os
import socket
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import openpyxl
import pyogrio
import pytest
from shapely.geometry import box
from small_city import write_city

from gridsvc.cli.points import open_points
from gridsvc.errors import BadInput, BadTable
from gridsvc.spatial import files
from gridsvc.spatial.boundary_folder import read_folder
from gridsvc.spatial.manifest_keys import file_in
from gridsvc.spatial.table_source import TableSource
from gridsvc.spatial.tables import read_rows
from gridsvc.tables import Faults

MEGABYTE = 1024**2
VRT = """<OGRVRTDataSource><OGRVRTLayer name="grid"><SrcDataSource>/etc/passwd</SrcDataSource>
<LayerSRS>EPSG:4326</LayerSRS></OGRVRTLayer></OGRVRTDataSource>"""
LAUGHS = '<!DOCTYPE a [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True)
)


@pytest.fixture(autouse=True)
def little(monkeypatch: pytest.MonkeyPatch) -> None:
    """A megabyte is too much here, so that no test unpacks a thousand."""
    monkeypatch.setattr(files, "MOST_UNPACKED", MEGABYTE)


def packed(path: Path, size: int = MEGABYTE + 1) -> Path:
    path.write_bytes(gzip.compress(b"[" + b" " * (size - 1)))
    return path


def zipped(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return path


def layer_of(folder: Path, name: str) -> object:
    """Read a folder whose only layer is in this file."""
    layer = {"layer": "grid", "file": name, "crs": "EPSG:4326", "code": "code"}
    (folder / "manifest.json").write_text(json.dumps({"edition": "E1", "layers": [layer]}))
    return read_folder(folder)


def rewritten(path: Path, name: str, content: str) -> Path:
    """A workbook in which one part is another."""
    with zipfile.ZipFile(path) as archive:
        parts = {n: archive.read(n) for n in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for part, old in parts.items():
            archive.writestr(part, content if part == name else old)
    return path


def book(path: Path, corner: str = "A1") -> Path:
    made = openpyxl.Workbook()
    made.active["A1"], made.active[corner] = "code", "x"
    made.save(path)
    return path


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(BadInput) as told:
        act()
    return told.value.text("en")


@pytest.mark.parametrize("name", ["grid.geojson.gz", "grid.csv.gz", "grid.gpkg.gz", "grid.fgb.gz"])
def test_a_packed_layer_of_too_much_is_refused(tmp_path: Path, name: str):
    packed(tmp_path / name)
    told = refused(lambda: layer_of(tmp_path, name))
    assert name in told
    assert "unpacks into more than 1 MB" in told


def test_a_zipped_layer_of_too_much_is_refused(tmp_path: Path):
    zipped(tmp_path / "grid.zip", a_shp=b"\0" * MEGABYTE, a_shx=b"\0", a_dbf=b"\0")
    assert "unpacks into more than 1 MB" in refused(lambda: layer_of(tmp_path, "grid.zip"))


def test_a_packed_layer_of_just_enough_is_read(tmp_path: Path):
    frame = gpd.GeoDataFrame({"code": ["A"]}, geometry=[box(120, 30, 120.01, 30.01)], crs=4326)
    content = frame.to_json().encode()
    (tmp_path / "grid.geojson.gz").write_bytes(gzip.compress(content.ljust(MEGABYTE)))
    assert layer_of(tmp_path, "grid.geojson.gz")
    frame.to_file(tmp_path / "grid.gpkg")
    (tmp_path / "grid.gpkg.gz").write_bytes(gzip.compress((tmp_path / "grid.gpkg").read_bytes()))
    assert layer_of(tmp_path, "grid.gpkg.gz")


@pytest.mark.parametrize("name", ["grid.gpkg", "grid.vrt", "grid.shp", "grid.gpkg.gz"])
def test_a_layer_that_names_other_files_is_refused(tmp_path: Path, name: str):
    content = VRT.encode()
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    told = refused(lambda: layer_of(tmp_path, name))
    assert "names other files" in told
    assert "root" not in told


# What GDAL would follow by its contents alone, each ending in the place that it names.
FOLLOWED = {
    "another file": (
        '<OGRVRTDataSource><OGRVRTLayer name="grid"><SrcDataSource>CSV:{}</SrcDataSource><SrcSQL dialect="SQLITE">'
        "SELECT *, ST_GeomFromText('POLYGON((120 30,120.1 30,120.1 30.1,120 30))') g FROM secret"
        "</SrcSQL></OGRVRTLayer></OGRVRTDataSource>"
    ),
    "a service": "<OGRWFSDataSource><URL>http://{}/wfs</URL></OGRWFSDataSource>",
    "a command": '{{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline ! read /vsicurl/http://{}/a"}}',
}


@pytest.mark.parametrize("name", ["grid.geojson", "grid.json.gz", "grid.csv", "grid.gpkg", "grid.gdalg.json"])
@pytest.mark.parametrize("kind", FOLLOWED)
def test_whatever_it_is_called_a_layer_leads_nowhere_else(tmp_path: Path, kind: str, name: str):
    secret = tmp_path / "secret.csv"
    secret.write_text("code,word\nA,beware\n")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        where = secret if kind == "another file" else "{}:{}".format(*server.getsockname())
        content = FOLLOWED[kind].format(where).encode()
        folder = tmp_path / "sent"
        folder.mkdir()
        (folder / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        assert "beware" not in refused(lambda: layer_of(folder, name))
        with pytest.raises(BlockingIOError):
            server.accept()


def test_gdal_reads_boundaries_and_nothing_else():
    # Vector tiles hold shapes and name no other file; whoever gets ours may read them so.
    known = "CSV DXF ESRIJSON FlatGeobuf GML GPKG GPX GeoJSON GeoJSONSeq JSONFG KML LIBKML MEM MVT OpenFileGDB SQLite"
    assert set(pyogrio.list_drivers()) <= {*known.split(), "TopoJSON", "ESRI Shapefile", "MapInfo File"}


TABLES: dict[str, tuple[Callable[[Path], Path], str]] = {
    "a packed table": (lambda f: packed(f / "t.csv.gz"), "unpacks into more than 1 MB"),
    "a packed workbook": (lambda f: packed(f / "t.xlsx.gz"), "unpacks into more than 1 MB"),
    "a workbook that is a bomb": (
        lambda f: zipped(f / "t.xlsx", a=b"\0" * (MEGABYTE + 1)),
        "unpacks into more than 1 MB",
    ),
    "a workbook of many parts": (
        lambda f: zipped(f / "t.xlsx", a=b"\0" * MEGABYTE, b=b"\0"),
        "unpacks into more than 1 MB",
    ),
    "a cell in the last corner": (lambda f: book(f / "t.xlsx", "XFD1048576"), "17,179,869,184 cells"),
    "a workbook of laughs": (
        lambda f: rewritten(book(f / "t.xlsx"), "xl/workbook.xml", f"{LAUGHS}]><a>&j;</a>"),
        "no readable workbook",
    ),
    "a zip cut off": (lambda f: _cut(zipped(f / "t.xlsx", a=b"a" * 100)), "no readable workbook"),
}


def _cut(path: Path) -> Path:
    path.write_bytes(path.read_bytes()[20:])
    return path


@pytest.mark.parametrize(("make", "told"), TABLES.values(), ids=TABLES)
def test_a_table_of_too_much_is_refused(tmp_path: Path, make: Callable[[Path], Path], told: str):
    source = TableSource("units", make(tmp_path))
    with pytest.raises(BadTable):
        read_rows(source, Faults())
    assert told in refused(lambda: read_rows(source, Faults()))


def test_points_in_a_line_without_end_are_refused_piece_by_piece(tmp_path: Path):
    """Two hundred megabytes of one cell, packed into less than one."""
    path = tmp_path / "points.csv.gz"
    with gzip.open(path, "wb", 1) as file:
        file.write(b"lon,lat\n1,")
        for _ in range(200):
            file.write(b"2" * MEGABYTE)

    def read() -> None:
        with open_points(path) as points:
            list(points.pieces)

    assert path.stat().st_size < MEGABYTE
    tracemalloc.start()
    try:
        assert "points.csv.gz" in refused(read)
        assert tracemalloc.get_traced_memory()[1] < 180 * MEGABYTE
    finally:
        tracemalloc.stop()


PLACES: dict[str, tuple[Callable[[Path], str], bool]] = {
    "in it": (lambda f: "own.csv", True),
    "below it": (lambda f: "below/own.csv", True),
    "round about": (lambda f: "below/../own.csv", True),
    "by a link that stays": (lambda f: link(f / "link.csv", f / "own.csv"), True),
    "in the boundary folder above": (lambda f: "../shared.csv", True),
    "a folder in it": (lambda f: "below", True),
    "two above": (lambda f: "../../secret.csv", False),
    "by its whole name": (lambda f: str(f.parent.parent / "secret.csv"), False),
    "of the system": (lambda f: "/etc/passwd", False),
    "by a link": (lambda f: link(f / "link.csv", f.parent.parent / "secret.csv"), False),
    "by a link of a folder": (lambda f: link(f / "link", f.parent.parent) + "/secret.csv", False),
    "a pipe": (lambda f: os.mkfifo(f / "pipe") or "pipe", False),
    "a device": (lambda f: link(f / "zero", Path("/dev/zero")), False),
}


def link(at: Path, to: Path) -> str:
    at.symlink_to(to)
    return at.name


@pytest.mark.parametrize(("name", "taken"), PLACES.values(), ids=PLACES)
def test_a_folder_reads_only_what_is_in_it(tmp_path: Path, name: Callable[[Path], str], taken: bool):
    folder = tmp_path / "city" / "later"
    (folder / "below").mkdir(parents=True)
    for file in ("own.csv", "below/own.csv", "../manifest.json", "../shared.csv", "../../secret.csv"):
        (folder / file).write_text("code\n1\n")
    named = name(folder)
    if taken:
        assert file_in(folder, named, "tables.units").resolve() == (folder / named).resolve()
    else:
        assert "tables.units" in refused(lambda: file_in(folder, named, "tables.units"))


def test_the_folder_above_is_no_boundary_folder(tmp_path: Path):
    (tmp_path / "other.csv").write_text("code\n1\n")
    city = write_city(tmp_path / "city")
    assert "is not in the folder" in refused(lambda: file_in(city, "../other.csv", "tables.units"))
