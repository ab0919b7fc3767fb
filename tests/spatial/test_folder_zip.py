"""A zip that was sent: its files in the folder under their own names, and nothing anywhere else."""

import io
import stat
import zipfile
from pathlib import Path

import pytest

from gridsvc.errors import BadBoundaryFolder
from gridsvc.spatial import files
from gridsvc.spatial.folder_zip import MOST_FILES, home_of, put, unzip


def zipped(tmp_path: Path, members: dict[str | zipfile.ZipInfo, bytes]) -> Path:
    path = tmp_path / "sent.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def unpacked(tmp_path: Path, members: dict[str | zipfile.ZipInfo, bytes]) -> dict[str, bytes]:
    target = tmp_path / "in"
    target.mkdir()
    unzip(zipped(tmp_path, members), target)
    return {str(p.relative_to(target)): p.read_bytes() for p in target.rglob("*") if p.is_file()}


def link(name: str) -> zipfile.ZipInfo:
    found = zipfile.ZipInfo(name)
    found.external_attr = (stat.S_IFLNK | 0o777) << 16
    return found


def test_files_come_out_in_their_folders(tmp_path: Path):
    members = {"city/manifest.json": b"{}", "city/older/manifest.json": b"{}", "city/a.geojson": b"1"}
    assert unpacked(tmp_path, members) == members
    assert home_of(tmp_path / "in") == tmp_path / "in" / "city"


def test_what_computers_add_is_left_out(tmp_path: Path):
    litter = {"__MACOSX/._a": b"", ".DS_Store": b"", "Thumbs.db": b"", "a/.git/config": b"", "a/desktop.ini": b""}
    assert unpacked(tmp_path, {"a/b.csv": b"x"} | litter) == {"a/b.csv": b"x"}


def test_names_are_read_as_they_were_meant(tmp_path: Path):
    name = "街道.geojson"
    for written in (name.encode(), name.encode("gb18030")):
        # The same name of one byte a character, so that nothing marks it as UTF-8.
        with zipfile.ZipFile(held := io.BytesIO(), "w") as archive:
            archive.writestr("a" * len(written), b"1")
        folder = tmp_path / written.hex()
        folder.mkdir()
        path = folder / "sent.zip"
        path.write_bytes(held.getvalue().replace(b"a" * len(written), written))
        target = folder / "in"
        target.mkdir()
        unzip(path, target)
        assert [p.name for p in target.iterdir()] == [name]


@pytest.mark.parametrize(
    "members",
    [
        {"../out.txt": b""},
        {"a/../../out.txt": b""},
        {"/etc/out.txt": b""},
        {"..\\out.txt": b""},
        {"C:\\out.txt": b""},
        {link("a"): b"/etc/passwd"},
        {"a.csv": b"1", "A.CSV": b"2"},
        {"a": b"1", "a/b.csv": b"2"},
        {"n" * 300: b""},
        {f"{i}": b"" for i in range(MOST_FILES + 1)},
    ],
    ids=["above", "above later", "absolute", "backslash", "drive", "link", "twice", "file and folder", "long", "many"],
)
def test_what_leads_elsewhere_is_refused(tmp_path: Path, members: dict[str | zipfile.ZipInfo, bytes]):
    before = set(tmp_path.rglob("*"))
    with pytest.raises(BadBoundaryFolder) as refused:
        unpacked(tmp_path, members)
    left = {p.relative_to(tmp_path).parts[0] for p in set(tmp_path.rglob("*")) - before}
    assert left <= {"in", "sent.zip"}
    assert refused.value.errors[0].field == "file"
    assert str(tmp_path) not in str(refused.value.errors)


def test_a_bomb_is_refused_before_it_goes_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(files, "MOST_UNPACKED", 1000)
    with pytest.raises(BadBoundaryFolder, match="cannot be unpacked"):
        unpacked(tmp_path, {"a": b"0" * 600, "b": b"0" * 600})
    assert list((tmp_path / "in").iterdir()) == []


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b'{"type": "FeatureCollection"}'])
def test_what_is_no_zip_is_refused(tmp_path: Path, data: bytes):
    path = tmp_path / "sent.zip"
    path.write_bytes(data)
    with pytest.raises(BadBoundaryFolder, match="cannot be unpacked"):
        unzip(path, tmp_path)


@pytest.mark.parametrize("members", [{}, {"a.csv": b""}, {"a/manifest.json": b"", "b/manifest.json": b""}])
def test_one_manifest_stands_nearest_to_the_top(tmp_path: Path, members: dict[str | zipfile.ZipInfo, bytes]):
    unpacked(tmp_path, members)
    with pytest.raises(BadBoundaryFolder) as refused:
        home_of(tmp_path / "in")
    assert refused.value.errors[0].value == "manifest.json"


@pytest.mark.parametrize(("name", "lands"), [("m.json", "m.json"), ("city/a.csv", "city/a.csv"), (".DS_Store", None)])
def test_a_file_that_is_sent_alone_gets_its_name(tmp_path: Path, name: str, lands: str | None):
    source, target = tmp_path / "1", tmp_path / "in"
    source.write_bytes(b"x")
    target.mkdir()
    put(source, name, target)
    assert [str(p.relative_to(target)) for p in target.rglob("*") if p.is_file()] == ([lands] if lands else [])


@pytest.mark.parametrize("name", ["", "..", "../x", "/x", "a:b", "\x00"])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str):
    (tmp_path / "1").write_bytes(b"x")
    with pytest.raises(BadBoundaryFolder):
        put(tmp_path / "1", name, tmp_path / "in")
