"""``gridsvc precedents``: the register as a table and as JSON, and the end of one of them."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from small_city import RULES, TABLES, load_city, write_city

from gridsvc.services import editions
from gridsvc.services.audit import page_of_audit
from gridsvc.services.rulesets import amend
from gridsvc.store.audit import AuditFilter
from gridsvc.store.engine import make_engine
from gridsvc.tables import Row

from .conftest import Done

Run = Callable[..., Done]
START = datetime(2024, 6, 12, 4, tzinfo=UTC)
ROW = dict.fromkeys(RULES[0], "") | {"via": "precedent", "disputed": "false", "lead": "unit:U2", "source": "判例登记簿"}
PRECEDENTS = [
    ROW | {"rank": "700", "id": "J-1", "categories": "09001", "places": "grid:A", "valid_to": "2024-03-01"},
    ROW | {"rank": "701", "id": "J-2", "categories": "09*", "places": "at:120.005,30.005/50&!grid:B"},
    ROW | {"rank": "702", "id": "J-3", "lead": "area:grid", "valid_from": "2199-01-01"},
]


@pytest.fixture
def city(database: str, tmp_path: Path) -> str:
    """The small city with precedents: one that expired, one in force and one to come."""
    engine = make_engine(database, 1)
    load_city(engine, write_city(tmp_path / "city", tables={**TABLES, "rules": [*RULES[:1], *PRECEDENTS, *RULES[2:]]}))
    editions.publish(engine, "S1", START)
    engine.dispose()
    return database


def listed(run: Run, *more: str) -> list[dict[str, Any]]:
    done = run("precedents", "list", "--json", *more)
    assert done.code == 0
    return json.loads(done.out)


def test_all_are_listed_by_rank_the_expired_ones_too(run: Run, city: str):
    found = listed(run)
    assert [(one["id"], one["state"]) for one in found] == [("J-1", "expired"), ("J-2", "in_force"), ("J-3", "ahead")]
    assert [one["unit"] for one in found] == [{"unit": "U2", "name": "乙处"}] * 2 + [None]
    assert [(one["case"], one["by"]) for one in found] == [(None, None)] * 3
    assert found[0]["place"]["en"].endswith("网格A (A)")
    assert found[0]["to"] == "2024-03-01T00:00:00+08:00"


def test_what_held_at_an_instant_is_listed_as_it_was_then(run: Run, city: str):
    states = [one["state"] for one in listed(run, "--at", "2024-02-01T00:00:00+08:00")]
    assert states == ["in_force", "in_force", "ahead"]


@pytest.mark.parametrize(
    ("lang", "words"), [("zh", ["有效", "已失效", "50 米以内"]), ("en", ["in force", "expired", "within 50 m"])]
)
def test_a_person_reads_a_table(run: Run, city: str, lang: str, words: list[str]):
    said = run("precedents", "list", GRIDSVC_LANG=lang).out
    assert all(word in said for word in ["J-1", "J-2", "乙处", "判例登记簿", *words])


def test_one_is_ended_with_a_reason_that_is_kept(run: Run, city: str):
    done = run("precedents", "end", "J-2", "--reason", "规定已改，判例不再适用")
    assert (done.code, done.err) == (0, "")
    assert {one["id"]: one["state"] for one in listed(run)} == {"J-1": "expired", "J-2": "expired", "J-3": "ahead"}
    engine = make_engine(city, 1)
    [amended] = page_of_audit(engine, AuditFilter(action="ruleset amended"))
    engine.dispose()
    assert amended.payload["reason"] == "规定已改，判例不再适用"
    assert amended.actor.startswith("cli:")


def test_one_that_a_planned_ruleset_would_bring_back_is_not_ended(run: Run, city: str):
    engine, now = make_engine(city, 1), datetime.now(UTC)
    holiday = {"calendar": [Row({"date": "2030-10-01", "day": "off"}, 2)]}
    amend(engine, holiday, now=now, by="editor", reason="next year", start=now + timedelta(days=2))
    engine.dispose()
    done = run("precedents", "end", "J-2", "--reason", "规定已改，判例不再适用")
    assert (done.code, "S1+1" in done.err) == (2, True)
    assert [one["state"] for one in listed(run)] == ["expired", "in_force", "ahead"]


@pytest.mark.parametrize("id_", ["J-1", "J-3", "J-9", "RULE-06", ""])
def test_what_is_not_in_force_cannot_be_ended_and_what_is_is_named(run: Run, city: str, id_: str):
    before = listed(run)
    done = run("precedents", "end", id_, "--reason", "规定已改，判例不再适用")
    assert done.code == 2
    assert "J-2" in done.err
    assert listed(run) == before


def test_a_reason_that_says_nothing_ends_nothing(run: Run, city: str):
    before = listed(run)
    done = run("precedents", "end", "J-2", "--reason", "同意")
    assert (done.code, listed(run)) == (2, before)
    assert "reason" in done.err


def test_without_an_edition_there_is_no_register(run: Run, database: str):
    done = run("precedents", "list")
    assert done.code == 3
    assert "publish" in done.err
