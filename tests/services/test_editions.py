"""Loading and publishing as one transaction each: draft, conflict, waiver, succession, all or nothing."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from small_city import BOW_TIE, GRIDS, TABLES, UNITS, area, box, changed, load_city, write_city
from sqlalchemy import Engine, text

from gridsvc.bootstrap import read_all
from gridsvc.errors import BadInput, Conflict, FieldError, GridsvcError, NotFound, RefusedToPublish
from gridsvc.services import editions
from gridsvc.services.catalogue import editions_of
from gridsvc.services.publishing import finding_names
from gridsvc.spatial.topology import check_edition

NOW = datetime(2024, 6, 12, 4, tzinfo=UTC)
NEW_YEAR = datetime(2024, 1, 1, tzinfo=ZoneInfo("Asia/Shanghai"))
WHY = "二期用地未交付"
BROKEN = [area("A", BOW_TIE, parent="S", unit="U1"), GRIDS[1]]
Load = Callable[..., str]


@pytest.fixture
def load(engine: Engine, tmp_path: Path) -> Load:
    """Load a variant of the small city; gives the outcome."""

    def loaded(**how: object) -> str:
        contents = read_all(write_city(tmp_path / "city", **how))
        return editions.load(engine, contents.snapshot, contents.tables, check_edition(contents.snapshot.edition))

    return loaded


def count(engine: Engine, table: str) -> int:
    with engine.connect() as connection:
        return connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()


def listed(engine: Engine, kind: str = "edition") -> dict[str, dict]:
    return {e["code"]: e for e in editions_of(engine, kind)}


def test_a_folder_becomes_a_draft_edition_and_a_draft_ruleset(engine: Engine, load: Load):
    assert load() == "loaded"
    assert [listed(engine, kind)["S1"]["state"] for kind in ("edition", "ruleset")] == ["checked", "checked"]


def test_a_folder_with_errors_stays_a_draft(engine: Engine, load: Load):
    load(grids=BROKEN)
    assert listed(engine)["S1"]["state"] == "draft"
    load()
    assert listed(engine)["S1"]["state"] == "checked"


def test_the_report_of_the_checks_is_stored_with_the_draft(engine: Engine, load: Load):
    load(grids=BROKEN)
    assert listed(engine)["S1"]["counts"]["error"] >= 1


def test_loading_the_same_again_changes_nothing(engine: Engine, load: Load):
    load()
    before = listed(engine)["S1"]
    assert load() == "unchanged"
    assert listed(engine)["S1"] == before


@pytest.mark.parametrize(
    "change",
    [
        {"grids": [area("A", None, parent="S", unit="U1"), GRIDS[1]]},
        {"tables": {**TABLES, "units": changed(UNITS, 0, name="别处")}},
        {"tables": {**TABLES, "components": TABLES["components"][:1]}},
    ],
    ids=["a shape", "a unit's name", "a component"],
)
def test_a_draft_is_replaced_by_other_contents(engine: Engine, load: Load, change: dict):
    load()
    assert load(**change) == "loaded"
    assert count(engine, "dated_set") == 2
    assert count(engine, "layer") == 2


@pytest.mark.parametrize(
    "change",
    [
        {"grids": [area("A", None, parent="S", unit="U1"), GRIDS[1]]},
        {"tables": {**TABLES, "units": changed(UNITS, 0, name="别处")}},
    ],
    ids=["a shape", "a unit's name"],
)
def test_a_published_edition_is_not_replaced(engine: Engine, load: Load, change: dict):
    load()
    editions.publish(engine, "S1", NOW)
    before = listed(engine)["S1"]
    with pytest.raises(Conflict) as refused:
        load(**change)
    assert [e.value for e in refused.value.errors] == ["S1"]
    assert listed(engine)["S1"] == before


def test_loading_what_is_published_already_changes_nothing(engine: Engine, load: Load):
    load()
    editions.publish(engine, "S1", NOW)
    assert load() == "unchanged"


def test_a_row_that_fails_in_the_middle_leaves_nothing_behind(engine: Engine, load: Load):
    twice = [TABLES["components"][0], TABLES["components"][0]]
    with pytest.raises(GridsvcError):
        load(tables={**TABLES, "components": twice})
    assert {t: count(engine, t) for t in ("dated_set", "layer", "area", "component", "unit", "rule")} == dict.fromkeys(
        ("dated_set", "layer", "area", "component", "unit", "rule"), 0
    )


def test_a_row_that_fails_leaves_the_draft_of_before(engine: Engine, load: Load):
    load()
    before = listed(engine)["S1"]
    twice = [TABLES["limits"][0], TABLES["limits"][0]]
    with pytest.raises(GridsvcError):
        load(tables={**TABLES, "limits": twice})
    assert listed(engine)["S1"] == before
    assert count(engine, "area") == 3


def test_publishing_starts_at_the_editions_own_valid_from(engine: Engine, load: Load):
    load()
    assert editions.publish(engine, "S1", NOW).start == NEW_YEAR
    for kind in ("edition", "ruleset"):
        assert (listed(engine, kind)["S1"]["state"], listed(engine, kind)["S1"]["holds_from"]) == (
            "published",
            NEW_YEAR,
        )


def test_publishing_starts_where_it_is_told_to(engine: Engine, load: Load):
    load()
    start = NOW + timedelta(days=3)
    assert editions.publish(engine, "S1", NOW, start).start == start
    assert listed(engine)["S1"]["holds_from"] == start


def test_publishing_starts_now_where_nothing_says_when(engine: Engine, load: Load):
    load(valid_from=None)
    later = datetime(2100, 1, 1, tzinfo=UTC)
    assert editions.publish(engine, "S1", later).start == later


def test_publishing_starts_when_it_is_known_where_now_has_passed_by_then(engine: Engine, load: Load):
    load(valid_from=None)
    start = editions.publish(engine, "S1", NOW).start
    assert start == listed(engine)["S1"]["published_at"] > NOW


def test_publishing_again_changes_nothing(engine: Engine, load: Load):
    load()
    editions.publish(engine, "S1", NOW)
    before = listed(engine)
    assert editions.publish(engine, "S1", NOW + timedelta(days=1)).start == NEW_YEAR
    assert listed(engine) == before


def test_the_start_of_a_published_edition_cannot_be_changed(engine: Engine, load: Load):
    load()
    editions.publish(engine, "S1", NOW)
    with pytest.raises(Conflict) as refused:
        editions.publish(engine, "S1", NOW, NOW)
    assert refused.value.errors[0].field == "from"


def test_the_edition_before_ends_where_the_new_one_begins(engine: Engine, load: Load):
    load()
    editions.publish(engine, "S1", NOW)
    load(edition="S2", valid_from="2024-07-01T00:00:00+08:00")
    start = editions.publish(engine, "S2", NOW).start
    for kind in ("edition", "ruleset"):
        before = listed(engine, kind)["S1"]
        assert (before["state"], before["holds_from"], before["holds_to"]) == ("retired", NEW_YEAR, start)
        assert (listed(engine, kind)["S2"]["state"], listed(engine, kind)["S2"]["holds_to"]) == ("published", None)


@pytest.mark.parametrize("later", [timedelta(0), timedelta(microseconds=-1)], ids=["at once", "before"])
def test_an_edition_that_does_not_start_later_is_refused(engine: Engine, load: Load, later: timedelta):
    load()
    editions.publish(engine, "S1", NOW)
    load(edition="S2")
    with pytest.raises(Conflict) as refused:
        editions.publish(engine, "S2", NOW, NEW_YEAR + later)
    assert refused.value.errors[0].field == "from"
    assert (listed(engine)["S1"]["state"], listed(engine)["S2"]["state"]) == ("published", "checked")


def test_editions_of_two_districts_hold_side_by_side(engine: Engine, load: Load):
    load()
    editions.publish(engine, "S1", NOW)
    load(edition="T1", district="990998")
    editions.publish(engine, "T1", NOW)
    assert {e["state"] for e in listed(engine).values()} == {"published"}


def test_an_unknown_edition_cannot_be_published(engine: Engine, load: Load):
    load()
    with pytest.raises(NotFound) as refused:
        editions.publish(engine, "S9", NOW)
    assert "S1" in refused.value.errors[0].mend_en


def refusal(engine: Engine, error: type[GridsvcError], *waived: str) -> list[FieldError]:
    """Try to publish in vain, with waivers; gives what was said against it. Nothing of the attempt stays."""
    before = listed(engine)["S1"]
    with pytest.raises(error) as refused:
        editions.publish(engine, "S1", NOW, waived=dict.fromkeys(waived, WHY))
    assert listed(engine)["S1"] == before
    return list(refused.value.errors)


def test_an_edition_with_errors_is_not_published_and_each_is_named(engine: Engine, load: Load):
    load(grids=BROKEN)
    errors = refusal(engine, RefusedToPublish)
    assert "invalid:grid:A" in {e.field for e in errors}
    assert all(e.mend_zh and e.field in e.mend_en for e in errors)


def test_an_edition_is_published_when_every_error_is_waived_by_name(engine: Engine, load: Load):
    load(grids=BROKEN)
    names = {e.field for e in refusal(engine, RefusedToPublish)}
    done = editions.publish(engine, "S1", NOW, waived=dict.fromkeys(names, WHY))
    assert set(done.waived) == names
    assert listed(engine)["S1"]["state"] == "published"


def test_a_waiver_is_kept_with_who_and_when_and_why(engine: Engine, load: Load):
    load(grids=BROKEN)
    name, *others = sorted({e.field for e in refusal(engine, RefusedToPublish)})
    assert editions.waive(engine, "S1", [name], WHY, "zhang", NOW) == others
    given = {"finding": name, "reason": WHY, "by": "zhang", "at": NOW.isoformat()}
    assert listed(engine)["S1"]["waivers"] == [given]
    # Whoever waives it again does not take it over.
    editions.publish(engine, "S1", NOW, waived=dict.fromkeys([name, *others], "other"), by="li")
    kept = listed(engine)["S1"]["waivers"]
    assert kept[0] == given
    assert {(w["finding"], w["reason"], w["by"]) for w in kept[1:]} == {(n, "other", "li") for n in others}


def test_a_draft_is_checked_when_nothing_stands_against_it(engine: Engine, load: Load):
    load(grids=BROKEN)
    *first, last = sorted({e.field for e in refusal(engine, RefusedToPublish)})
    editions.waive(engine, "S1", first, WHY, "zhang", NOW)
    assert listed(engine)["S1"]["state"] == "draft"
    assert editions.waive(engine, "S1", [last], WHY, "zhang", NOW) == []
    assert listed(engine)["S1"]["state"] == "checked"
    editions.publish(engine, "S1", NOW)


def test_waivers_go_with_the_draft_they_were_given_for(engine: Engine, load: Load):
    load(grids=BROKEN)
    editions.waive(engine, "S1", [e.field for e in refusal(engine, RefusedToPublish)], WHY, "zhang", NOW)
    assert load(grids=BROKEN) == "unchanged"
    assert listed(engine)["S1"]["state"] == "checked"
    load(grids=[*BROKEN, area("C", box(3), parent="S", unit="U1")])
    assert (listed(engine)["S1"]["state"], listed(engine)["S1"]["waivers"]) == ("draft", [])


@pytest.mark.parametrize("reason", ["", " \t"])
def test_a_waiver_without_a_reason_is_refused(engine: Engine, load: Load, reason: str):
    load(grids=BROKEN)
    names = [e.field for e in refusal(engine, RefusedToPublish)]
    with pytest.raises(BadInput) as refused:
        editions.waive(engine, "S1", names, reason, "zhang", NOW)
    assert [e.field for e in refused.value.errors] == ["reason"]
    assert listed(engine)["S1"]["waivers"] == []


def test_nothing_is_waived_of_a_published_edition(engine: Engine, load: Load):
    load(grids=BROKEN)
    names = [e.field for e in refusal(engine, RefusedToPublish)]
    editions.publish(engine, "S1", NOW, waived=dict.fromkeys(names, WHY))
    with pytest.raises(Conflict, match="published"):
        editions.waive(engine, "S1", names, "other", "li", NOW)


def finding(codes: list[str], lon: float | None = None) -> dict[str, object]:
    return {"id": "gap", "layer": "grid", "codes": codes, "lon": lon, "lat": lon and 30.0}


@pytest.mark.parametrize(
    ("findings", "names"),
    [
        ([], []),
        ([finding([])], ["gap:grid:@None,None"]),
        ([finding(["A", "B"], 120.0), finding(["C"])], ["gap:grid:A+B", "gap:grid:C"]),
        ([finding(["A"], 120.0), finding(["A"], 121.0)], ["gap:grid:A@120.0,30.0", "gap:grid:A@121.0,30.0"]),
        ([finding(["A"])] * 3, ["gap:grid:A@None,None", "gap:grid:A@None,None#2", "gap:grid:A@None,None#3"]),
        (
            [finding(["A@None,None#2"]), *[finding(["A"])] * 2],
            ["gap:grid:A@None,None#2", "gap:grid:A@None,None", "gap:grid:A@None,None#3"],
        ),
    ],
    ids=["none", "no code", "by codes", "by place", "by number", "a code like a name"],
)
def test_no_two_findings_have_one_name(findings: list[dict], names: list[str]):
    assert finding_names(findings) == names


def test_as_many_names_as_findings():
    findings = [finding([]), *(finding([f"{k % 7}"], k % 3 or None) for k in range(20_000))]
    assert len(set(finding_names(findings))) == len(findings)


def test_waiving_one_error_leaves_the_others_standing(engine: Engine, load: Load):
    load(grids=BROKEN)
    names = {e.field for e in refusal(engine, RefusedToPublish)}
    assert {e.field for e in refusal(engine, RefusedToPublish, "invalid:grid:A")} == names - {"invalid:grid:A"}


@pytest.mark.parametrize("grids", [BROKEN, GRIDS], ids=["with errors", "without errors"])
def test_a_waiver_that_names_no_error_is_refused(engine: Engine, load: Load, grids: list):
    load(grids=grids)
    (error,) = refusal(engine, NotFound, "invalid:grid:Z")
    assert (error.field, error.value) == ("waive", "invalid:grid:Z")
    assert error.mend_zh
    assert error.mend_en


def test_warnings_do_not_stand_against_publishing(engine: Engine, load: Load):
    same_name = [GRIDS[0], {**GRIDS[1], "properties": {**GRIDS[1]["properties"], "name": "网格A"}}]
    load(grids=same_name)
    assert listed(engine)["S1"]["counts"] == {"error": 0, "warning": 1}
    editions.publish(engine, "S1", NOW)


def test_a_draft_can_be_read_as_a_snapshot_before_it_is_published(engine: Engine, tmp_path: Path):
    contents = load_city(engine, write_city(tmp_path, grids=BROKEN))
    with engine.connect() as connection:
        draft = editions.dated_sets.need(connection, "edition", "S1")
        ruleset = editions.dated_sets.need(connection, "ruleset", "S1")
        found = editions.read_snapshot(connection, draft, ruleset)
    assert found.edition.content_hash == contents.snapshot.edition.content_hash
    assert found.ruleset.code == "S1"
