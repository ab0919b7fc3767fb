"""Hundreds of good and malformed GeoJSON files of two suites: read, checked and routed, or refused in our words."""

import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gridsvc.errors import GridsvcError
from gridsvc.spatial.boundary_folder import read_folder
from gridsvc.spatial.locate import Locator
from gridsvc.spatial.topology import check_edition

LAYER = {"layer": "area", "file": "area.geojson", "crs": "wgs84", "code": "code", "coverage": "partition"}

# GDAL warns of what it meets in such files; the checks name it.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def members(archive: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(archive) as tar:
        for member in tar.getmembers():
            if member.isfile() and member.name.endswith(".geojson"):
                yield member.name, tar.extractfile(member).read()


def with_codes(raw: bytes) -> bytes:
    """Give each feature a code, so that the reader comes to its geometry; what is no GeoJSON stays as it is."""
    try:
        content = json.loads(raw)
        if "coordinates" in content and "geometry" not in content:
            content = {"type": "Feature", "geometry": content}
        for k, feature in enumerate(content.get("features", [content])):
            feature["properties"] = dict(feature.get("properties") or {}) | {"code": f"c{k}"}
    except (ValueError, TypeError, AttributeError):
        return raw
    return json.dumps(content).encode()


def outcome(folder: Path, raw: bytes) -> str:
    (folder / "area.geojson").write_bytes(raw)
    try:
        edition, _ = read_folder(folder)
        report = check_edition(edition)
        Locator(edition).locate([0.0, 1.0], [0.0, 1.0], "wgs84", 5.0)
    except GridsvcError as e:
        return "refused" if e.errors else "refused without a mend"
    except Exception as e:
        return f"crashed: {type(e).__name__}"
    return "sound" if report.ok else "findings"


@pytest.mark.parametrize(("archive", "n"), [("turf-fixtures.tar.gz", 332), ("geojsonhint-good-bad.tar.gz", 62)])
def test_every_file_is_answered_or_refused_with_a_mend(shared, tmp_path, archive, n):
    (tmp_path / "manifest.json").write_text(json.dumps({"edition": "e", "layers": [LAYER]}))
    outcomes = {
        name: outcome(tmp_path, with_codes(raw)) for name, raw in members(shared / "geojson-fixtures" / archive)
    }
    assert len(outcomes) == n
    assert {k: v for k, v in outcomes.items() if v not in ("refused", "sound", "findings")} == {}
    assert {"refused", "findings"} <= set(outcomes.values())


# Bare geometries are wrapped in a feature. What is missing here cannot be read at all, or is sound: the order of a
# ring's corners and surplus precision are no fault of an area.
BROKEN = {
    "turf-fixtures.tar.gz": (
        "/boolean-valid/false/", "/kinks/in/hourglass", "/kinks/in/multi-polygon", "/kinks/in/switzerland",
        "/kinks/in/triple", "/unkink-polygon/in/complex", "/unkink-polygon/in/hourglass",
        "/unkink-polygon/in/polygon-with-holes",
    ),
    "geojsonhint-good-bad.tar.gz": (
        "/bad/bad-polygonloop", "/bad/bad-properties-as-array", "/bad/badcoord", "/bad/badfeatureid",
        "/bad/different-first-last", "/bad/multiple_problems", "/bad/multipoint-", "/bad/point-", "/bad/short-",
        "/bad/stringcoord",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("archive", "n"), [("turf-fixtures.tar.gz", 25), ("geojsonhint-good-bad.tar.gz", 17)])
def test_every_broken_shape_is_an_error_that_names_its_area(shared, tmp_path, archive, n):
    (tmp_path / "manifest.json").write_text(json.dumps({"edition": "e", "layers": [LAYER]}))
    named = {}
    for name, raw in members(shared / "geojson-fixtures" / archive):
        if any(part in name for part in BROKEN[archive]):
            (tmp_path / "area.geojson").write_bytes(with_codes(raw))
            edition, _ = read_folder(tmp_path)
            findings = check_edition(edition).findings
            named[name] = {(f.severity, f.codes[0][0]) for f in findings if f.id == "invalid"}
    assert len(named) == n
    assert {name: found for name, found in named.items() if found != {("error", "c")}} == {}
