"""An index kept as a file answers like the one in memory, and whatever a file holds, no wrong answer comes of it."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from drawing import at, edition, layer, line

from gridsvc.errors import BadInput
from gridsvc.spatial.locate import Locator, index_of
from gridsvc.store.index_files import KEPT, kept_index, read_index, write_index

CITY = edition(
    layer("grid", "AAB\nCCB"),
    layer("lane", {"L": line((0, 1), (3, 1))}, geometry="line", coverage="free", props={"L": {"width_m": 6}}),
)


def answers(locator: Locator) -> list[list[object]]:
    rng = np.random.default_rng(3)
    lon, lat = np.array([at(*place) for place in rng.uniform(-1, 4, (400, 2)).round(1)]).T
    found = locator.locate(lon, lat, "wgs84", 1.0)
    return [[*found.position[code], *found.how[code]] for code in ("grid", "lane")]


def test_a_mapped_index_answers_like_the_one_in_memory(tmp_path: Path):
    write_index(tmp_path / "city.index", index_of(CITY))
    mapped = Locator(CITY, index=read_index(tmp_path / "city.index"))
    assert answers(mapped) == answers(Locator(CITY))


def test_a_kept_index_is_written_once_and_read_from_then_on(tmp_path: Path):
    kept_index(tmp_path, CITY)
    (file,) = tmp_path.iterdir()
    written = file.stat().st_ino
    assert answers(Locator(CITY, index=kept_index(tmp_path, CITY))) == answers(Locator(CITY))
    assert [f.stat().st_ino for f in tmp_path.iterdir()] == [written]


@pytest.mark.parametrize(
    "spoilt",
    [b"", b"{}", b"\x00" * 9000, b'{"layout": "gridsvc-index-0"}', b'{"layout": "gridsvc-index-1", "arrays": {}}'],
    ids=["empty", "no layout", "zeros", "another layout", "no arrays"],
)
def test_what_is_no_index_is_refused_and_made_anew(tmp_path: Path, spoilt: bytes):
    kept_index(tmp_path, CITY)
    (file,) = tmp_path.iterdir()
    file.write_bytes(spoilt)
    with pytest.raises(BadInput, match="cannot be read"):
        read_index(file)
    assert answers(Locator(CITY, index=kept_index(tmp_path, CITY))) == answers(Locator(CITY))
    assert answers(Locator(CITY, index=read_index(file))) == answers(Locator(CITY))


def test_a_file_cut_short_is_refused(tmp_path: Path):
    write_index(tmp_path / "city.index", index_of(CITY))
    whole = (tmp_path / "city.index").read_bytes()
    (tmp_path / "city.index").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadInput):
        read_index(tmp_path / "city.index")


def test_where_nothing_can_be_written_the_index_stays_in_memory(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    found = kept_index(tmp_path / "not" / "there", CITY)
    assert answers(Locator(CITY, index=found)) == answers(Locator(CITY))
    assert "stays in memory" in caplog.text


PICTURES = ("AB", "BA", "ABC", "AAB", "ABB", "CAB", "BBA", "CCA")


def test_an_edition_with_other_ground_has_another_file_and_old_ones_go(tmp_path: Path):
    for n, picture in enumerate(PICTURES, start=1):
        kept_index(tmp_path, edition(layer("grid", picture)))
        assert len(list(tmp_path.iterdir())) == min(n, KEPT)


def test_the_file_that_is_used_stays(tmp_path: Path):
    kept_index(tmp_path, CITY)
    (used,) = tmp_path.iterdir()
    for age_s, picture in enumerate(PICTURES):
        kept_index(tmp_path, edition(layer("grid", picture)))
        for other in set(tmp_path.iterdir()) - {used}:
            os.utime(other, (1e9 + age_s, 1e9 + age_s))
        kept_index(tmp_path, CITY)
    assert used in tmp_path.iterdir()


def test_where_only_names_and_units_differ_the_file_is_the_same(tmp_path: Path):
    grid = layer("grid", "AAB\nCCB")
    for one in (grid, replace(grid, names=grid.names[::-1]), replace(grid, units=grid.codes)):
        kept_index(tmp_path, edition(one))
    assert len(list(tmp_path.iterdir())) == 1


def test_layers_in_another_order_and_lines_of_another_width_have_files_of_their_own(tmp_path: Path):
    grid = layer("grid", "AAB\nCCB")
    lanes = [
        layer("lane", {"L": line((0, 1), (3, 1))}, geometry="line", coverage="free", props={"L": {"width_m": width_m}})
        for width_m in (6, 8)
    ]
    for n, city in enumerate((edition(grid, lanes[0]), edition(lanes[0], grid), edition(grid, lanes[1])), start=1):
        assert answers(Locator(city, index=kept_index(tmp_path, city))) == answers(Locator(city))
        assert len(list(tmp_path.iterdir())) == n


def test_who_has_mapped_a_file_keeps_it_when_it_is_gone(tmp_path: Path):
    mapped = Locator(CITY, index=kept_index(tmp_path, CITY))
    shutil.rmtree(tmp_path)
    assert answers(mapped) == answers(Locator(CITY))


def test_a_writer_killed_in_the_middle_leaves_no_index(tmp_path: Path):
    script = (
        "import os, sys; from pathlib import Path; import gridsvc.store.index_files as f\n"
        "f.os.fsync = lambda _: os._exit(9)\n"
        "from gridsvc.spatial.coverage_index import CoverageIndex\n"
        "f.write_index(Path(sys.argv[1]) / 'city.index', CoverageIndex.over([]))\n"
    )
    assert subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False).returncode == 9
    assert list(tmp_path.glob("*.index")) == []
