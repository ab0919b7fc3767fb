"""Normal and emergency mode: the last switch that covers an instant holds, and reports made in an emergency say so."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from small_city import LIMITS, TABLES, write_city
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from gridsvc.bootstrap import Router
from gridsvc.errors import BadInput
from gridsvc.services.intake import report_case
from gridsvc.services.modes import mode_at, switch, switches
from gridsvc.services.once import hash_body
from gridsvc.store.engine import transaction
from gridsvc.store.histories import read_history

from .conftest import NOW, new_case

HERE = "990999"
HOUR = timedelta(hours=1)
WHY = "台风红色预警"


def to(
    engine: Engine, mode: str, start: datetime | None = None, end: datetime | None = None, at: datetime = NOW
) -> None:
    switch(engine, HERE, mode, WHY, "li", at, start, end)


def modes(engine: Engine, *hours: float) -> list[str]:
    return [mode_at(engine, HERE, NOW + h * HOUR)["mode"] for h in hours]


def test_without_any_switch_it_is_normal(engine: Engine):
    assert mode_at(engine, HERE, NOW) == {"district": HERE, "mode": "normal", "valid_from": None, "valid_to": None}
    assert switches(engine, HERE) == []


def test_a_switch_holds_from_its_instant_on_until_the_next(engine: Engine):
    to(engine, "emergency")
    assert modes(engine, -0.001, 0, 1000) == ["normal", "emergency", "emergency"]
    to(engine, "normal", NOW + 5 * HOUR)
    assert modes(engine, 4.999, 5, 1000) == ["emergency", "normal", "normal"]
    # Nothing that was said is gone.
    assert [(row["mode"], row["actor"], row["reason"]) for row in switches(engine, HERE)] == [
        ("normal", "li", WHY), ("emergency", "li", WHY),
    ]  # fmt: skip


def test_at_the_end_of_a_switch_what_was_there_before_comes_back(engine: Engine):
    to(engine, "emergency", NOW, NOW + 10 * HOUR)
    to(engine, "normal", NOW + 2 * HOUR, NOW + 3 * HOUR)
    assert modes(engine, 0, 2, 3, 9.999, 10) == ["emergency", "normal", "emergency", "emergency", "normal"]


def test_districts_are_apart(engine: Engine):
    switch(engine, "990998", "emergency", WHY, "li", NOW)
    assert modes(engine, 0) == ["normal"]


@pytest.mark.parametrize(
    ("mode", "start", "end", "reason", "field"),
    [
        ("war", None, None, WHY, "mode"),
        ("", None, None, WHY, "mode"),
        ("emergency", None, NOW, WHY, "to"),
        ("emergency", NOW + HOUR, NOW, WHY, "to"),
        ("emergency", None, None, "", "reason"),
        ("emergency", None, None, "雨", "reason"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(engine: Engine, mode, start, end, reason, field):
    with pytest.raises(BadInput) as e:
        switch(engine, HERE, mode, reason, "li", NOW, start, end)
    assert e.value.errors[0].field == field
    assert switches(engine, HERE) == []


@pytest.mark.parametrize("change", ["UPDATE mode_ SET mode = 'normal'", "DELETE FROM mode_", "TRUNCATE mode_"])
def test_what_was_said_stays(engine: Engine, change: str):
    to(engine, "emergency")
    with pytest.raises(DBAPIError), engine.begin() as connection:
        connection.execute(text(change))


HASTE = [LIMITS[0], LIMITS[0] | {"condition": "mode=emergency", "amount": "4", "unit": "urgent_hour"}]
WORDS = [{"key": "vehicle", "value": "car"}]


def reported(
    engine: Engine, router: Router, at: datetime, attributes: Mapping[str, str] | None = None
) -> tuple[Mapping[str, str], float]:
    """What the history has of the circumstances of a report, and the limit of its disposal."""
    key = f"{at} {attributes}"
    case = report_case(engine, router, new_case(attributes=attributes), "li", key, hash_body({}), at)
    with transaction(engine) as connection:
        entry = read_history(connection, case["id"])[0]
    return entry.payload["attributes"], case["decision"]["limits"][0]["amount"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        # A ruleset that declares no words takes any.
        ([], {"mode": "emergency"}),
        ([*WORDS, {"key": "mode", "value": "emergency"}], {"mode": "emergency"}),
        ([*WORDS, {"key": "mode", "value": "normal"}], {}),
        (WORDS, {}),
    ],
)
def test_reports_made_in_an_emergency_say_so_where_the_rules_have_a_word_for_it(engine: Engine, tmp_path, words, told):
    limits = HASTE if told else LIMITS
    rules = [row | {"attributes": ""} for row in TABLES["rules"]]
    tables = {**TABLES, "rules": rules, "limits": limits, "attributes": words}
    router = Router.from_folder(write_city(tmp_path / "city", tables={k: v for k, v in tables.items() if v}))
    to(engine, "emergency", NOW, NOW + HOUR)
    assert reported(engine, router, NOW - HOUR) == ({}, 1.5)
    assert reported(engine, router, NOW) == (told, 4.0 if told else 1.5)
    assert reported(engine, router, NOW + HOUR) == ({}, 1.5)


def test_a_report_that_states_the_mode_keeps_what_it_states(engine: Engine, tmp_path):
    router = Router.from_folder(write_city(tmp_path / "city", tables={**TABLES, "limits": HASTE}))
    to(engine, "emergency")
    assert reported(engine, router, NOW, {"mode": "drill"}) == ({"mode": "drill"}, 1.5)
    assert reported(engine, router, NOW, {"vehicle": "car"}) == ({"vehicle": "car", "mode": "emergency"}, 4.0)
