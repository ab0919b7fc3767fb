"""``gridsvc boundaries``: check in text and JSON, load as a draft, publish, waive by name."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from small_city import BOW_TIE, COMPONENTS, GRIDS, SOUND, area, write_city
from sqlalchemy import Engine

from gridsvc.carried import carried
from gridsvc.services.catalogue import editions_of
from gridsvc.services.publishing import finding_names
from gridsvc.spatial.datum import convert

from .conftest import Done

Run = Callable[..., Done]
BROKEN = [area("A", BOW_TIE, parent="S", unit="U1"), GRIDS[1]]
KEYS = ["id", "severity", "layer", "codes", "measure", "unit", "lon", "lat", "zh", "en"]
IDS = {
    "invalid", "gap", "overlap", "sliver", "nesting", "exclave", "duplicate_code", "duplicate_name", "code_prefix",
    "numbering", "size", "unowned_street", "contested_street", "shifted_datum",
}  # fmt: skip


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    return write_city(tmp_path / "broken", grids=BROKEN, tables=SOUND)


def test_a_sound_folder_is_reported_as_such(run: Run, city: Path):
    done = run("boundaries", "check", city)
    assert (done.code, "no findings" in done.err) == (0, True)


def test_the_demo_city_has_no_error(run: Run):
    report = json.loads(run("boundaries", "check", carried("boundaries"), "--json").out)
    assert (report["ok"], report["counts"]["error"]) == (True, 0)


@pytest.mark.parametrize(("lang", "words"), [("zh", "图形无效"), ("en", "invalid shape")])
def test_findings_are_listed_in_words(run: Run, broken: Path, lang: str, words: str):
    done = run("boundaries", "check", broken, "--lang", lang)
    assert done.code == 1
    assert words in done.out
    assert "invalid" in done.out


@pytest.mark.parametrize(("crs", "really"), [("wgs84", "gcj02"), ("wgs84", "bd09"), ("gcj02", "wgs84")])
def test_a_layer_in_another_reference_than_declared_is_found(run: Run, tmp_path: Path, crs: str, really: str):
    def drawn(grid: dict) -> dict:
        rings = [[convert(*corner, "wgs84", really) for corner in r] for r in grid["geometry"]["coordinates"]]
        return grid | {"geometry": grid["geometry"] | {"coordinates": rings}}

    city = write_city(tmp_path / "city", grids=[drawn(g) for g in GRIDS], grid_layer={"crs": crs})
    report = json.loads(run("boundaries", "check", city, "--json").out)
    [found] = [f for f in report["findings"] if f["id"] == "shifted_datum" and f["layer"] == "grid"]
    assert (found["severity"], found["unit"], report["ok"]) == ("error", "m", False)
    assert f"look like {really}, not {crs} as declared" in found["en"]
    assert f"像是 {really}，而不是所声明的 {crs}" in found["zh"]


def test_findings_as_json_have_the_keys_of_the_contract(run: Run, broken: Path):
    done = run("boundaries", "check", broken, "--json")
    report = json.loads(done.out)
    assert done.code == 1
    assert list(report) == ["edition", "ok", "counts", "findings"]
    assert (report["edition"], report["ok"], list(report["counts"])) == ("S1", False, ["error", "warning"])
    assert report["counts"]["error"] == len([f for f in report["findings"] if f["severity"] == "error"]) >= 2
    for finding in report["findings"]:
        assert list(finding) == KEYS
        assert finding["id"] in IDS
        assert finding["zh"]
        assert finding["en"]
        assert isinstance(finding["codes"], list)


def findings(done: Done) -> list[tuple[str, str, str]]:
    return [(f["id"], f["severity"], f["layer"]) for f in json.loads(done.out)["findings"]]


@pytest.mark.parametrize(
    ("severity", "found"),
    [({}, [("gap", "error", "grid")]), ({"gap": "warning"}, [("gap", "warning", "grid")]), ({"gap": "off"}, [])],
    ids=["as it is", "lowered", "off"],
)
def test_the_folder_says_how_grave_a_finding_is(run: Run, tmp_path: Path, severity: dict, found: list):
    city = write_city(tmp_path, grids=GRIDS[:1], grid_layer={"checks": {"severity": severity}})
    done = run("boundaries", "check", city, "--json")
    assert (findings(done), done.code) == (found, 1 if found else 0)


def test_a_misspelt_check_is_refused_with_its_field(run: Run, tmp_path: Path):
    city = write_city(tmp_path, grid_layer={"checks": {"severity": {"gaps": "off"}}})
    done = run("boundaries", "check", city)
    assert (done.code, "layers[1].checks.severity" in done.err) == (2, True)


@pytest.mark.parametrize(
    "change",
    [lambda row: {"y": "31.5"}, lambda row: {"x": row["y"], "y": row["x"]}],
    ids=["elsewhere", "axes swapped"],
)
def test_components_that_lie_in_no_area_are_told(run: Run, tmp_path: Path, change: Callable[[dict], dict]):
    city = write_city(tmp_path, tables={"components": [row | change(row) for row in COMPONENTS]})
    assert findings(run("boundaries", "check", city, "--json")) == [("shifted_datum", "error", "components")]


def moved_city(folder: Path, crs: str = "gcj02", **manifest: str) -> Path:
    """The small city with all of its layers declared in a reference."""
    street, grid = ({"layer": name, "file": f"{name}.geojson", "crs": crs, "code": "code", "name": "name",
                     "coverage": "partition"} for name in ("street", "grid"))  # fmt: skip
    return write_city(
        folder, tables=SOUND, layers=[street, grid | {"parent": "street", "parent_code": "parent"}], **manifest
    )


def test_a_city_that_is_shifted_as_a_whole_shows_against_the_edition_before(run: Run, tmp_path: Path, city: Path):
    later = moved_city(tmp_path / "later")
    assert findings(run("boundaries", "check", later, "--json")) == []
    done = run("boundaries", "check", later, "--json", "--before", city)
    assert findings(done) == [("shifted_datum", "error", "grid"), ("shifted_datum", "error", "street")]


def test_findings_are_drawn_as_a_page_and_as_a_picture(run: Run, broken: Path, tmp_path: Path):
    page, picture = tmp_path / "check.html", tmp_path / "check.svg"
    plain = run("boundaries", "check", broken, "--json")
    drawn = run("boundaries", "check", broken, "--json", "--map", page, "--picture", picture)
    assert (drawn.code, drawn.out) == (plain.code, plain.out)
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert picture.read_text(encoding="utf-8").count("<circle") == len(json.loads(plain.out)["findings"])


@pytest.mark.parametrize(("option", "name"), [("--map", "a.png"), ("--picture", "a.png"), ("--map", "none/a.html")])
def test_a_drawing_that_cannot_be_written_is_refused(run: Run, city: Path, tmp_path: Path, option: str, name: str):
    done = run("boundaries", "check", city, option, tmp_path / name)
    assert done.code == 2
    assert not (tmp_path / name).exists()


def test_warnings_alone_are_findings_too(run: Run, tmp_path: Path):
    same = [GRIDS[0], {**GRIDS[1], "properties": {**GRIDS[1]["properties"], "name": "网格A"}}]
    done = run("boundaries", "check", write_city(tmp_path, grids=same), "--json")
    assert (done.code, json.loads(done.out)["ok"]) == (1, True)


@pytest.mark.filterwarnings("ignore:Non closed ring")
@pytest.mark.parametrize(
    ("grids", "finding", "codes"),
    [
        (BROKEN, "invalid", ["A"]),
        ([area("A", None, parent="S", unit="U1"), GRIDS[1]], "invalid", ["A"]),
        ([area("A", GRIDS[0]["geometry"]["coordinates"][0][:3], parent="S", unit="U1"), GRIDS[1]], "invalid", ["A"]),
        (GRIDS[:1], "gap", ["S"]),
        ([*GRIDS, area("C", GRIDS[1]["geometry"]["coordinates"][0], parent="S", unit="")], "overlap", ["B", "C"]),
        ([*GRIDS, GRIDS[1]], "duplicate_code", ["B"]),
        ([GRIDS[0], area("B", GRIDS[1]["geometry"]["coordinates"][0], parent="T", unit="")], "nesting", ["B"]),
    ],
    ids=["crossing ring", "no shape", "unclosed ring", "gap", "overlap", "duplicate code", "unknown parent"],
)
def test_a_fault_is_named_with_its_areas(run: Run, tmp_path: Path, grids: list, finding: str, codes: list[str]):
    done = run("boundaries", "check", write_city(tmp_path, grids=grids), "--json")
    found = [f["codes"] for f in json.loads(done.out)["findings"] if f["id"] == finding]
    assert codes in [sorted(c) for c in found]


def states(engine: Engine) -> dict[str, str]:
    return {e["code"]: e["state"] for e in editions_of(engine, "edition")}


def test_a_folder_is_loaded_and_published(run: Run, database: str, engine: Engine, city: Path):
    assert run("boundaries", "load", city).code == 0
    assert states(engine) == {"S1": "checked"}
    done = run("boundaries", "publish", "S1")
    assert done.code == 0
    assert "S1" in done.out
    assert states(engine) == {"S1": "published"}


def test_loading_again_says_that_nothing_changed(run: Run, database: str, city: Path):
    assert "loaded as a draft" in run("boundaries", "load", city).out
    assert "unchanged" in run("boundaries", "load", city).out


def test_a_draft_with_errors_is_loaded_and_shown(run: Run, database: str, engine: Engine, broken: Path):
    done = run("boundaries", "load", broken)
    assert done.code == 0
    assert "invalid" in done.out
    assert states(engine) == {"S1": "draft"}


@pytest.mark.parametrize("start", ["2024-06-01", "2023-06-01"], ids=["after the first", "before the first"])
@pytest.mark.parametrize(("crs", "state"), [("wgs84", "checked"), ("gcj02", "draft")])
def test_what_is_loaded_is_checked_against_the_edition_that_holds(
    run: Run, database: str, engine: Engine, city: Path, tmp_path: Path, crs: str, state: str, start: str
):
    later = moved_city(tmp_path / "later", crs, edition="S2", valid_from=start)
    run("boundaries", "load", city)
    assert run("boundaries", "load", later).code == 0
    assert states(engine) == {"S1": "checked", "S2": "checked"}
    run("boundaries", "publish", "S1")
    done = run("boundaries", "load", later)
    assert (done.code, "shifted_datum" in done.out) == (0, state == "draft")
    assert states(engine) == {"S1": "published", "S2": state}


@pytest.mark.parametrize("district", ["990998", ""])
def test_an_edition_of_another_district_is_no_edition_before(
    run: Run, database: str, engine: Engine, city: Path, tmp_path: Path, district: str
):
    run("boundaries", "load", city)
    run("boundaries", "publish", "S1")
    run("boundaries", "load", moved_city(tmp_path / "other", edition="S2", district=district))
    assert states(engine) == {"S1": "published", "S2": "checked"}


def test_a_draft_with_errors_is_not_published_until_each_is_waived(
    run: Run, database: str, engine: Engine, broken: Path
):
    run("boundaries", "load", broken)
    refused = run("boundaries", "publish", "S1")
    assert refused.code == 1
    assert "--waive invalid:grid:A --reason" in refused.err
    assert states(engine) == {"S1": "draft"}
    report = json.loads(run("boundaries", "check", broken, "--json").out)
    names = finding_names(report["findings"])
    options = [option for name in names for option in ("--waive", name)]
    without_reason = run("boundaries", "publish", "S1", *options)
    assert (without_reason.code, "--reason" in without_reason.err) == (2, True)
    assert states(engine) == {"S1": "draft"}
    assert run("boundaries", "publish", "S1", *options, "--reason", "not handed over yet").code == 0
    assert states(engine) == {"S1": "published"}


def test_errors_are_waived_one_by_one_until_none_is_left(
    run: Run, database: str, engine: Engine, broken: Path, monkeypatch: pytest.MonkeyPatch
):
    run("boundaries", "load", broken)
    first, *others = finding_names(json.loads(run("boundaries", "check", broken, "--json").out)["findings"])
    monkeypatch.setenv("LOGNAME", "zhang")
    done = run("boundaries", "waive", "S1", first, "--reason", "not handed over yet")
    assert (done.code, [n in done.out for n in others], first in done.out) == (0, [True] * len(others), False)
    assert "can be published" in run("boundaries", "waive", "S1", *others, "--reason", "nor this").out
    assert states(engine) == {"S1": "checked"}
    kept = [(w["finding"], w["reason"], w["by"]) for w in editions_of(engine, "edition")[0]["waivers"]]
    assert kept == [(first, "not handed over yet", "cli:zhang"), *((n, "nor this", "cli:zhang") for n in others)]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["S1", "gap:grid:Z", "--reason", "why"], "no such finding"),
        (["S9", "gap:grid:Z", "--reason", "why"], "S1"),
        (["S1", "invalid:grid:A"], "--reason"),
        (["S1", "invalid:grid:A", "--reason", " "], "reason"),
        (["S1", "--reason", "why"], "names"),
    ],
    ids=["unknown name", "unknown edition", "no reason", "blank reason", "no name"],
)
def test_a_waiver_that_cannot_be_meant_is_refused(
    run: Run, database: str, engine: Engine, broken: Path, arguments: list[str], words: str
):
    run("boundaries", "load", broken)
    done = run("boundaries", "waive", *arguments)
    assert (done.code, words in done.err) == (2, True), done.err
    assert editions_of(engine, "edition")[0]["waivers"] == []


def test_publishing_from_an_instant(run: Run, database: str, engine: Engine, city: Path):
    run("boundaries", "load", city)
    done = run("boundaries", "publish", "S1", "--from", "2024-03-01T00:00:00+08:00")
    assert done.code == 0
    assert editions_of(engine, "edition")[0]["holds_from"].isoformat() == "2024-02-29T16:00:00+00:00"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["S9"], "S1"),
        (["S1", "--from", "2024-03-01"], "offset"),
        (["S1", "--from", "2024-03-01T00:00:00"], "offset"),
        (["S1", "--from", "yesterday"], "ISO 8601"),
        (["S1", "--to", "2025-03-01"], "offset"),
        (["S1", "--from", "2024-03-01T00:00:00Z", "--to", "2024-03-01T08:00:00+08:00"], "later than"),
        (["S1", "--from", "2023-03-01T00:00:00Z", "--to", "2024-03-01T00:00:00Z"], "--correction"),
        (["S1", "--correction", " "], "say why"),
        (["S1", "--waive", "gap:grid:Z", "--reason", "why"], "no such finding"),
    ],
    ids=[
        "unknown edition",
        "date",
        "no offset",
        "nonsense",
        "end without offset",
        "end at the start",
        "only the past",
        "correction without reason",
        "unknown waiver",
    ],
)
def test_a_publication_that_cannot_be_meant_is_refused(
    run: Run, database: str, engine: Engine, city: Path, arguments: list[str], words: str
):
    run("boundaries", "load", city)
    done = run("boundaries", "publish", *arguments)
    assert (done.code, words in done.err) == (2, True), done.err
    assert states(engine) == {"S1": "checked"}


def test_other_contents_under_a_published_name_are_refused(
    run: Run, database: str, engine: Engine, city: Path, broken: Path
):
    run("boundaries", "load", city)
    run("boundaries", "publish", "S1")
    done = run("boundaries", "load", broken)
    assert done.code == 2
    assert "S1" in done.err


@pytest.fixture
def corrected(run: Run, database: str, city: Path, tmp_path: Path) -> None:
    """S1 holds from 2024 on, then S2 from March, which is corrected to April; S3 has errors."""
    run("boundaries", "load", city)
    run("boundaries", "load", write_city(tmp_path / "S2", edition="S2", tables=SOUND))
    run("boundaries", "load", write_city(tmp_path / "S3", edition="S3", grids=BROKEN, tables=SOUND))
    run("boundaries", "publish", "S1")
    run("boundaries", "publish", "S2", "--from", "2024-03-01T00:00:00+08:00")
    months = "--from", "2024-03-01T00:00:00+08:00", "--to", "2024-04-01T00:00:00+08:00"
    refused = run("boundaries", "publish", "S1", *months)
    assert (refused.code, "--correction" in refused.err) == (2, True)
    done = run("boundaries", "publish", "S1", *months, "--correction", "公报为四月")
    assert (done.code, "until 2024-03-31T16:00:00+00:00" in done.out) == (0, True)


def listed(run: Run, *arguments: str) -> list[tuple[str, str | None, bool]]:
    """What the history has: code, end, and whether that is known still."""
    found = json.loads(run("boundaries", "list", "--json", *arguments).out)["history"]
    return [(r["code"], r["holds_to"] and r["holds_to"][:10], r["known_to"] is None) for r in found]


def test_the_history_is_listed_as_it_came_to_be_known(run: Run, corrected: None):
    march, april = "2024-02-29", "2024-03-31"  # midnight in Shanghai
    assert listed(run) == [
        ("S1", None, False), ("S1", march, False), ("S2", None, False), ("S1", april, True), ("S2", None, True),
    ]  # fmt: skip
    assert listed(run, "--at", "2024-03-15T00:00:00Z") == [("S1", april, True)]
    assert listed(run, "--at", "2023-03-15T00:00:00Z") == []


def test_what_held_is_listed_as_was_known_before_a_correction(run: Run, corrected: None):
    history = json.loads(run("boundaries", "list", "--json").out)["history"]
    meanwhile = history[2]["known_from"]
    assert listed(run, "--at", "2024-03-15T00:00:00Z", "--known", meanwhile) == [("S2", None, False)]
    assert listed(run, "--known", meanwhile) == [("S1", "2024-02-29", False), ("S2", None, False)]
    assert listed(run, "--known", "2000-01-01T00:00:00Z") == []
    assert [r["reason"] for r in history] == [None, None, None, "公报为四月", "公报为四月"]


def test_editions_and_their_history_are_a_table_in_the_citys_own_time(run: Run, corrected: None):
    done = run("boundaries", "list")
    rows = [[c.strip() for c in line.split("│")[1:-1]] for line in done.out.splitlines() if "│" in line]
    assert [(r[1], r[2], r[3]) for r in rows if r[4] == ""] == [
        ("S1", "retired", "2024-01-01T00:00:00+08:00"),
        ("S2", "published", "2024-03-01T00:00:00+08:00"),
        ("S2", "published", "2024-04-01T00:00:00+08:00"),
        ("S3", "draft", ""),
    ]
    assert rows[3][7:] == rows[4][7:] != rows[2][7:]
    assert "S3" not in run("boundaries", "list", "--at", "2024-03-15T00:00:00Z").out
    assert "已停用" in run("boundaries", "list", "--lang", "zh").out


@pytest.mark.parametrize("option", ["--at", "--known"])
def test_a_list_for_an_instant_without_offset_is_refused(run: Run, database: str, option: str):
    done = run("boundaries", "list", option, "2024-03-15")
    assert (done.code, option in done.err) == (2, True)
