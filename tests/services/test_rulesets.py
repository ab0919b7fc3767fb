"""Rulesets as dated sets of their own: base, report, publication, amendment, correction; each whole or not at all."""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from small_city import GRIDS, IN_A, LIMITS, ODOUR, PEOPLE, POSTS, RULES, TABLES, UNITS, changed, load_city, write_city
from sqlalchemy import Engine, text

from gridsvc.errors import BadInput, BadTable, Conflict, NotFound, RefusedToPublish
from gridsvc.services import current as module
from gridsvc.services import drafts, editions, rulesets
from gridsvc.services.catalogue import editions_of, history_of
from gridsvc.services.current import CurrentRouter
from gridsvc.services.holding import pair_of
from gridsvc.store import dated_sets
from gridsvc.store.engine import transaction
from gridsvc.store.rules import read_texts
from gridsvc.tables import Row

NOW = datetime(2024, 6, 12, 4, tzinfo=UTC)
DAY = timedelta(days=1)
# Grid B of the small city has a chief here; a ruleset without one is refused.
CHIEF = POSTS[0] | {"code": "P3", "area": "B"}
SOUND = {**TABLES, "posts": [*POSTS, CHIEF]}
ELSEWHERE = changed(RULES, 0, places="grid:Z", test_lon="", test_lat="")
Load = Callable[..., Any]


def rows(*given: Mapping[str, str]) -> list[Row]:
    return [Row(row, line) for line, row in enumerate(given, start=2)]


def tables(**given: Sequence[Mapping[str, str]]) -> dict[str, list[Row]]:
    return {name: rows(*table) for name, table in given.items()}


BY_U1 = tables(rules=changed(RULES, 0, lead="unit:U1"))


@pytest.fixture
def city(engine: Engine, tmp_path: Path) -> Engine:
    """The small city: S1 holds from New Year on, edition and ruleset."""
    load_city(engine, write_city(tmp_path / "S1", tables=SOUND))
    editions.publish(engine, "S1", NOW)
    return engine


def load(engine: Engine, code: str = "R1", given: Mapping[str, Sequence[Row]] = BY_U1, **how: Any) -> Any:
    return rulesets.load_ruleset(engine, code, given, NOW, **how)


def listed(engine: Engine, kind: str = "ruleset") -> dict[str, dict[str, Any]]:
    return {e["code"]: e for e in editions_of(engine, kind)}


def texts(engine: Engine, code: str) -> dict[str, list[dict[str, str]]]:
    with transaction(engine) as connection:
        found = dated_sets.need(connection, "ruleset", code)
        return {name: [dict(r) for r in table] for name, table in read_texts(connection, found.id).items()}


def held(engine: Engine, at: datetime = NOW, known: datetime | None = None) -> list[str | None]:
    with transaction(engine) as connection:
        found = [dated_sets.held_at(connection, kind, at, known=known) for kind in ("edition", "ruleset")]
    return [None if one is None else one.code for one in found]


def pair(engine: Engine, edition: str) -> tuple[str, str | None]:
    with transaction(engine) as connection:
        found = pair_of(connection, dated_sets.need(connection, "edition", edition), None, NOW)
    return found.edition.code, found.ruleset.code if found.ruleset else None


def unit(current: CurrentRouter, at: datetime = NOW, **named: str) -> str:
    return current.get(at=at, **named).route(*IN_A, crs="wgs84", at=at, category=ODOUR).decision.unit.code


def test_a_table_that_is_not_given_is_the_base_s(city: Engine):
    assert load(city).outcome == "loaded"
    before, after = texts(city, "S1"), texts(city, "R1")
    assert after["rules"][0]["lead"] == "unit:U1"
    assert {name: after[name] for name in after if name != "rules"} == {n: before[n] for n in before if n != "rules"}
    assert listed(city)["R1"]["state"] == "checked"


def test_a_table_without_rows_has_none(city: Engine):
    load(city, given=BY_U1 | {"limits": []})
    assert set(texts(city, "R1")) == {"units", "people", "posts", "rules"}


def test_the_base_may_be_named(city: Engine):
    load(city)
    load(city, "R2", tables(limits=changed(LIMITS, 0, amount="9")), base="R1")
    assert texts(city, "R2")["rules"] == texts(city, "R1")["rules"]
    assert texts(city, "R2")["limits"][0]["amount"] == "9.0"
    with pytest.raises(NotFound) as refused:
        load(city, "R3", base="R9")
    assert "R1" in refused.value.errors[0].mend_en


def test_without_boundaries_there_is_nothing_to_check_against(engine: Engine):
    with pytest.raises(BadInput) as refused:
        load(engine)
    assert [e.field for e in refused.value.errors] == ["edition"]


@pytest.mark.parametrize(
    ("given", "place"),
    [
        (tables(rules=changed(RULES, 1, lead="unit:U9")), ("rules", 3, "lead")),
        (tables(units=UNITS[1:]), ("units", 2, "parent")),
        (tables(people=PEOPLE[:1]), ("posts", 3, "person")),
        (tables(limits=[*LIMITS, *LIMITS]), ("limits", 3, "category")),
    ],
    ids=["a unit that is not there", "a parent", "a person of a post of the base", "twice"],
)
def test_rows_that_cannot_be_used_are_named_and_nothing_is_stored(city: Engine, given: Any, place: tuple):
    with pytest.raises(BadTable) as refused:
        load(city, given=given)
    assert place in [(e.table, e.line, e.field) for e in refused.value.errors]
    assert set(listed(city)) == {"S1"}


def test_loading_what_is_there_changes_nothing(city: Engine):
    load(city)
    before = listed(city)
    assert load(city).outcome == "unchanged"
    assert listed(city) == before
    rulesets.publish_ruleset(city, "R1", NOW, NOW)
    assert load(city).outcome == "unchanged"
    with pytest.raises(Conflict) as refused:
        load(city, given=tables(rules=RULES[2:]))
    assert [(e.field, e.value) for e in refused.value.errors] == [("ruleset", "R1")]


def test_a_draft_is_replaced(city: Engine):
    load(city)
    load(city, given=tables(rules=RULES[2:]))
    assert len(texts(city, "R1")["rules"]) == 1


def test_a_row_that_names_what_is_not_there_refuses_publication_until_it_is_waived(city: Engine):
    report = load(city, given=tables(rules=ELSEWHERE)).report
    (finding,) = [f for f in report["findings"] if f["id"] == "reference"]
    assert (finding["table"], finding["line"], finding["column"]) == ("rules", 2, "places")
    assert listed(city)["R1"]["state"] == "draft"
    with pytest.raises(RefusedToPublish) as refused:
        rulesets.publish_ruleset(city, "R1", NOW, NOW)
    names = {e.field: (e.table, e.line) for e in refused.value.errors}
    assert names["reference:rules:RULE-06+grid:Z"] == ("rules", 2)
    assert held(city) == ["S1", "S1"]
    rulesets.publish_ruleset(city, "R1", NOW, NOW, waived=dict.fromkeys(names, "草案先行"), by="zhang")
    assert held(city) == ["S1", "R1"]
    assert {w["finding"] for w in listed(city)["R1"]["waivers"]} == set(names)


def test_a_ruleset_holds_from_its_start_beside_the_edition(city: Engine):
    load(city)
    done = rulesets.publish_ruleset(city, "R1", NOW, NOW + DAY)
    assert (done.start, done.end) == (NOW + DAY, None)
    assert [held(city, NOW + n * DAY) for n in (0, 1)] == [["S1", "S1"], ["S1", "R1"]]
    assert rulesets.publish_ruleset(city, "R1", NOW) == type(done)("R1", NOW + DAY, None, ())


def test_a_ruleset_before_the_one_that_holds_is_a_correction(city: Engine):
    load(city)
    with pytest.raises(Conflict):
        rulesets.publish_ruleset(city, "R1", NOW, datetime(2023, 12, 31, 16, tzinfo=UTC))
    before = max(row["known_from"] for row in history_of(city, "ruleset"))
    rulesets.publish_ruleset(city, "R1", NOW, NOW - 9 * DAY, NOW - DAY, correction="原稿有误")
    assert [held(city, NOW - n * DAY)[1] for n in (10, 9, 2, 1)] == ["S1", "R1", "R1", "S1"]
    assert held(city, NOW - 2 * DAY, before)[1] == "S1"
    with pytest.raises(BadInput) as refused:
        rulesets.publish_ruleset(city, "R1", NOW, correction="again")
    assert [e.field for e in refused.value.errors] == ["from"]


def test_it_is_checked_against_every_edition_over_which_it_will_hold(city: Engine, tmp_path: Path):
    renamed = [{**g, "properties": {**g["properties"], "code": g["properties"]["code"] + "9"}} for g in GRIDS]
    load_city(city, write_city(tmp_path / "S2", edition="S2", grids=renamed, tables={}))
    with pytest.raises(RefusedToPublish) as refused:
        editions.publish(city, "S2", NOW, NOW + 5 * DAY)
    names = [e.field for e in refused.value.errors]
    assert "reference:rules:RULE-06+grid:A" in names
    editions.publish(city, "S2", NOW, NOW + 5 * DAY, waived=dict.fromkeys(names, "规则随后修订"))
    assert held(city, NOW + 6 * DAY) == ["S2", "S1"]
    load(city)
    with pytest.raises(RefusedToPublish) as refused:
        rulesets.publish_ruleset(city, "R1", NOW, NOW + DAY)
    assert "reference:rules:RULE-06+grid:A" in {e.field for e in refused.value.errors}


def test_the_ruleset_goes_on_where_an_edition_came_without_rules(city: Engine, tmp_path: Path):
    load_city(city, write_city(tmp_path / "S2", edition="S2", tables={}))
    assert set(listed(city)) == {"S1"}
    editions.publish(city, "S2", NOW, NOW)
    assert held(city) == ["S2", "S1"]
    assert unit(CurrentRouter(city, lambda: NOW)) == "U2"


def test_a_draft_that_loses_its_rules_loses_its_draft_ruleset(city: Engine, tmp_path: Path):
    load_city(city, write_city(tmp_path, edition="S2"))
    assert set(listed(city)) == {"S1", "S2"}
    load_city(city, write_city(tmp_path, edition="S2", tables={}))
    assert set(listed(city)) == {"S1"}


def test_a_draft_ruleset_of_its_code_that_was_loaded_by_itself_stays_a_draft(city: Engine, tmp_path: Path):
    load_city(city, write_city(tmp_path, edition="S2", tables={}))
    load(city, "S2")
    before = listed(city)["S2"]
    assert pair(city, "S2") == ("S2", "S1")
    load_city(city, write_city(tmp_path, edition="S2", title="anew", tables={}))
    editions.publish(city, "S2", NOW, NOW)
    assert (held(city), listed(city)["S2"]) == (["S2", "S1"], before)
    editions.publish(city, "S2", NOW, NOW - DAY, correction="it began a day earlier")
    assert listed(city)["S2"]["state"] == "checked"
    rulesets.publish_ruleset(city, "S2", NOW, NOW)
    assert held(city) == ["S2", "S2"]


def test_the_rules_of_a_folder_do_not_replace_those_that_were_loaded_by_themselves(city: Engine, tmp_path: Path):
    load(city, "S2")
    before = texts(city, "S2")
    with pytest.raises(Conflict) as refused:
        load_city(city, write_city(tmp_path, edition="S2", tables=SOUND))
    assert [(e.field, e.value) for e in refused.value.errors] == [("edition", "S2")]
    assert (texts(city, "S2"), set(listed(city, "edition"))) == (before, {"S1"})


def test_rules_that_came_with_boundaries_are_not_replaced_by_themselves(city: Engine, tmp_path: Path):
    load_city(city, write_city(tmp_path, edition="S2", tables=SOUND))
    before = texts(city, "S2")
    with pytest.raises(Conflict) as refused:
        load(city, "S2")
    assert [(e.field, e.value) for e in refused.value.errors] == [("ruleset", "S2")]
    editions.publish(city, "S2", NOW, NOW)
    assert (held(city), texts(city, "S2")) == (["S2", "S2"], before)


def test_calling_off_an_edition_leaves_rules_of_its_code_that_were_planned_by_themselves(city: Engine, tmp_path: Path):
    now = datetime.now(UTC)
    load(city, "S2")
    rulesets.publish_ruleset(city, "S2", now, now + DAY)
    load_city(city, write_city(tmp_path, edition="S2", tables={}))
    editions.publish(city, "S2", now, now + 2 * DAY)
    drafts.call_off(city, "S2", "later than that", now, "planner", None)
    assert held(city, now + 3 * DAY) == ["S1", "S2"]


def test_an_edition_whose_rules_would_undo_an_amendment_is_refused_until_that_is_waived(city: Engine, tmp_path: Path):
    start = datetime.now(UTC) + DAY
    load_city(city, write_city(tmp_path / "S2", edition="S2", tables=SOUND))
    rulesets.amend(city, BY_U1, now=datetime.now(UTC), by="editor", reason="since then")
    with pytest.raises(RefusedToPublish) as refused:
        editions.publish(city, "S2", datetime.now(UTC), start)
    [error] = refused.value.errors
    assert (error.field, held(city, start)) == ("overtaken::S1+S1+1", ["S1", "S1+1"])
    editions.publish(city, "S2", datetime.now(UTC), start, waived={error.field: "it is in S2 as well"})
    assert held(city, start) == ["S2", "S2"]


def test_editions_that_were_loaded_together_follow_each_other(city: Engine, tmp_path: Path):
    start = datetime.now(UTC) + DAY
    for code in ("S2", "S3"):
        load_city(city, write_city(tmp_path / code, edition=code, tables=SOUND))
    editions.publish(city, "S2", datetime.now(UTC), start)
    editions.publish(city, "S3", datetime.now(UTC), start + DAY)
    assert held(city, start + DAY) == ["S3", "S3"]


def test_a_correction_of_an_edition_that_changes_nothing_leaves_later_rules_alone(city: Engine):
    load(city)
    rulesets.publish_ruleset(city, "R1", NOW, NOW)
    editions.publish(city, "S1", NOW, NOW - DAY, correction="no change")
    assert held(city) == ["S1", "R1"]


def test_a_draft_made_before_another_ruleset_took_over_is_refused(city: Engine):
    load(city)
    rulesets.amend(city, tables(limits=changed(LIMITS, 0, amount="9")), now=NOW, by="li", reason="更正时限")
    with pytest.raises(RefusedToPublish) as refused:
        rulesets.publish_ruleset(city, "R1", NOW)
    assert [e.field for e in refused.value.errors] == ["overtaken::S1+S1+1"]
    load(city)
    later = datetime.now(UTC)
    assert rulesets.load_ruleset(city, "R1", BY_U1, later).outcome == "loaded"
    rulesets.publish_ruleset(city, "R1", later)
    assert texts(city, "R1")["limits"][0]["amount"] == "9.0"


def test_an_amendment_replaces_and_adds_rows_by_their_keys(city: Engine):
    new = RULES[0] | {"rank": "15", "id": "J-1", "via": "precedent", "places": "grid:B", "test_lon": "", "test_lat": ""}
    done = rulesets.amend(
        city, tables(rules=[RULES[0] | {"lead": "unit:U1"}, new]), now=NOW, by="li", reason="案件 1", start=NOW
    )
    assert (done.code, done.holds_from, held(city)) == ("S1+1", NOW, ["S1", "S1+1"])
    assert [(r["id"], r["lead"]) for r in texts(city, "S1+1")["rules"]] == [
        ("RULE-06", "unit:U1"), ("DISPUTED-07", RULES[1]["lead"]), ("LOCAL", "area:grid"), ("J-1", "unit:U2"),
    ]  # fmt: skip
    assert texts(city, "S1+1")["posts"] == texts(city, "S1")["posts"]
    again = rulesets.amend(city, tables(limits=LIMITS), now=NOW, by="li", reason="案件 2", start=NOW + DAY)
    assert again.code == "S1+2"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        (tables(rules=[RULES[0] | {"lead": "unit:U9"}]), BadTable),
        (tables(rules=[RULES[0] | {"places": "grid:Z"}]), RefusedToPublish),
    ],
)
def test_an_amendment_is_refused_like_any_publication_and_leaves_nothing(city: Engine, changes: Any, error: type):
    before = listed(city), history_of(city, "ruleset")
    with pytest.raises(error):
        rulesets.amend(city, changes, now=NOW, by="li", reason="案件 1", start=NOW)
    assert (listed(city), history_of(city, "ruleset")) == before


def test_what_was_waived_stays_waived_in_amendments(city: Engine):
    load(city, given=tables(rules=ELSEWHERE))
    with pytest.raises(RefusedToPublish) as refused:
        rulesets.publish_ruleset(city, "R1", NOW, NOW)
    rulesets.publish_ruleset(
        city, "R1", NOW, NOW, waived=dict.fromkeys([e.field for e in refused.value.errors], "先行")
    )
    rulesets.amend(city, tables(limits=LIMITS), now=NOW, by="li", reason="案件", start=NOW + DAY)
    assert held(city, NOW + DAY)[1] == "R1+1"


def test_of_two_publications_at_once_both_hold_one_after_the_other(city: Engine):
    start = threading.Barrier(4)

    def amended(k: int) -> str:
        start.wait()
        row = LIMITS[0] | {"category": f"0{k}*"}
        return rulesets.amend(city, tables(limits=[row]), now=NOW, by="li", reason=f"案件 {k}").code

    with ThreadPoolExecutor(4) as pool:
        codes = set(pool.map(amended, range(1, 5)))
    assert codes == {f"S1+{k}" for k in range(1, 5)}
    assert {r["category"] for r in texts(city, "S1+4")["limits"]} == {"01*", "02*", "03*", "04*", "06*"}
    known = [t for t in history_of(city, "ruleset") if t["known_to"] is None]
    ends = sorted((t["holds_from"], t["holds_to"]) for t in known)
    assert [end for _, end in ends[:-1]] == [begin for begin, _ in ends[1:]]


def test_a_connection_that_is_lost_in_the_middle_leaves_nothing(city: Engine, monkeypatch: pytest.MonkeyPatch):
    before = listed(city), history_of(city, "ruleset")
    write = rulesets.audit.record

    def cut(connection: Any, *args: Any) -> None:
        write(connection, *args)
        with city.connect() as other:
            pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
            other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})

    monkeypatch.setattr(rulesets.audit, "record", cut)
    for work in (
        lambda: load(city),
        lambda: rulesets.amend(city, tables(limits=LIMITS), now=NOW, by="li", reason="案件"),
    ):
        with pytest.raises(Exception, match=r"lost|terminat"):
            work()
    assert (listed(city), history_of(city, "ruleset")) == before


def test_every_change_is_audited(city: Engine):
    load(city, by="zhang")
    rulesets.publish_ruleset(city, "R1", NOW, NOW, by="zhang")
    rulesets.amend(city, tables(limits=LIMITS), now=NOW, by="li", reason="案件 1", start=NOW + DAY)
    with city.connect() as connection:
        query = text("SELECT actor, action, subject FROM audit WHERE action LIKE 'ruleset%' ORDER BY n")
        assert [tuple(row) for row in connection.execute(query)] == [
            ("zhang", "ruleset loaded", "R1"), ("zhang", "ruleset published", "R1"), ("li", "ruleset amended", "R1+1"),
        ]  # fmt: skip


@pytest.fixture
def current(city: Engine, monkeypatch: pytest.MonkeyPatch) -> CurrentRouter:
    monkeypatch.setattr(module, "LOOK_AGAIN_S", 0.0)
    return CurrentRouter(city, lambda: NOW)


def test_a_published_ruleset_answers_at_once_on_the_same_ground(city: Engine, current: CurrentRouter):
    before = current.get()
    assert unit(current) == "U2"
    load(city)
    rulesets.publish_ruleset(city, "R1", NOW, NOW)
    assert unit(current) == "U1"
    after = current.get()
    assert (after.snapshot.edition.code, after.snapshot.ruleset.code) == ("S1", "R1")
    assert after.locator is before.locator
    assert after.components is before.components
    assert unit(current, NOW - DAY) == "U2"


def test_a_planned_ruleset_takes_over_without_a_look(city: Engine, current: CurrentRouter, monkeypatch):
    load(city)
    rulesets.publish_ruleset(city, "R1", NOW, NOW + DAY)
    current.look()
    current.prepare()
    monkeypatch.setattr(module, "LOOK_AGAIN_S", 3600.0)
    codes = [current.at_hand(NOW + n * DAY).snapshot.ruleset.code for n in (0, 1)]
    assert codes == ["S1", "R1"]


def test_a_draft_ruleset_is_built_beforehand_and_answers_by_its_name(city: Engine, current: CurrentRouter):
    load(city)
    current.look()
    current.prepare()
    drafted = current.get(ruleset="R1")
    assert (unit(current), unit(current, ruleset="R1")) == ("U2", "U1")
    rulesets.publish_ruleset(city, "R1", NOW, NOW)
    current.look()
    assert current.get() is drafted


def test_a_named_edition_goes_with_what_holds_else_with_what_came_with_it(
    city: Engine, current: CurrentRouter, tmp_path: Path
):
    load(city)
    rulesets.publish_ruleset(city, "R1", NOW, NOW)
    load_city(city, write_city(tmp_path / "S2", edition="S2"))
    load_city(city, write_city(tmp_path / "S3", edition="S3", tables={}))
    codes = {e: current.get(e).snapshot.ruleset.code for e in ("S1", "S2", "S3")}
    assert codes == {"S1": "R1", "S2": "S2", "S3": "R1"}
    assert current.get("S1", at=NOW - DAY).snapshot.ruleset.code == "S1"
    assert current.get("S2", ruleset="R1").snapshot.ruleset.code == "R1"
    with pytest.raises(NotFound) as refused:
        current.get(ruleset="R9")
    assert refused.value.errors[0].field == "ruleset"


def test_a_draft_named_like_an_old_edition_is_not_taken_for_its_rules(city: Engine, current: CurrentRouter, tmp_path):
    load_city(city, write_city(tmp_path / "S0", edition="S0", tables={}))
    editions.publish(city, "S0", NOW, NOW - DAY)
    load_city(city, write_city(tmp_path / "S2", edition="S2", tables={}))
    editions.publish(city, "S2", NOW, NOW)
    load(city, "S0")
    assert current.get("S0").snapshot.ruleset.code == "S1"
