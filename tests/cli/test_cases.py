"""``gridsvc cases export``: a new file or none, with what the actor may see."""

from pathlib import Path

import pytest
from small_city import IN_A, ODOUR, write_city
from sqlalchemy import Engine

from gridsvc.bootstrap import Router
from gridsvc.casework.case import NewCase
from gridsvc.casework.reporter import Reporter
from gridsvc.services.intake import PastCase, import_cases
from gridsvc.values import Point

from .test_privacy import NOW


@pytest.fixture
def stocked(run, city: Path, database: str, engine: Engine, tmp_path: Path):
    """One case in grid A of a published city; ``li`` may read cases in grid A, ``wu`` in grid B, ``mo`` none."""
    assert run("boundaries", "load", city).code == 0
    assert run("boundaries", "publish", "S1").code == 0
    raw = {"x": IN_A[0], "y": IN_A[1], "crs": "wgs84"}
    new = NewCase(Point(*IN_A), raw, ODOUR, "app", description="x", reporter=Reporter("王大锤", "13800000001"))
    import_cases(engine, Router.from_folder(write_city(tmp_path / "S1")), [PastCase(new, NOW)], "n")
    for name, area in (("li", "grid:A"), ("wu", "grid:B")):
        done = run("actors", "add", name, "--program", "--role", "viewer", "--district", "990999", "--area", area)
        assert done.code == 0, done.err
    assert run("actors", "add", "mo", "--program").code == 0
    return run


def test_the_machines_own_operator_gets_all_and_an_actor_what_he_may_see(stocked, tmp_path: Path):
    done = stocked("cases", "export", "-o", tmp_path / "all.csv")
    assert (done.code, "1 cases" in done.out) == (0, True), done.err
    assert "王**,138****0001" in (tmp_path / "all.csv").read_text(encoding="utf-8").replace('"', "")
    for name, lines in (("li", 2), ("wu", 1)):
        done = stocked("cases", "export", "-o", tmp_path / f"{name}.csv", "--as", name)
        assert done.code == 0, done.err
        told = (tmp_path / f"{name}.csv").read_text(encoding="utf-8")
        assert (len(told.splitlines()), "138****" in told) == (lines, False)


def test_who_may_see_nothing_what_is_there_and_what_is_unknown_leave_no_file(stocked, tmp_path: Path):
    out = tmp_path / "out.csv"
    assert stocked("cases", "export", "-o", out, "--as", "mo").code != 0
    assert stocked("cases", "export", "-o", out, "--as", "nobody").code != 0
    assert stocked("cases", "export", "-o", out, "--status", "asleep").code == 2
    assert stocked("cases", "export", "-o", tmp_path / "out.shp").code == 2
    assert not [p for p in tmp_path.iterdir() if p.name.startswith("out") or ".out" in p.name]
    out.write_text("mine")
    assert stocked("cases", "export", "-o", out).code == 2
    assert out.read_text() == "mine"
