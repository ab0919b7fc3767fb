"""What the database itself refuses of the history, whoever asks, and what it tells whoever listens."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from small_city import BOW_TIE, GRIDS, area, load_city, write_city
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from gridsvc.services import editions
from gridsvc.services.publishing import finding_names
from gridsvc.store.engine import transaction

from .calendars import FIRST, Calendars

INSERT = (
    "INSERT INTO tenure (set_id, kind, district, valid, known, actor, reason) "
    "SELECT id, kind, {district}, '{valid}', tstzrange({known}), '', {reason} FROM dated_set "
    "WHERE district = '{ours}' AND code = '{code}'"
)


def insert(ours: Calendars, code: str, **changes: str) -> str:
    given = {"district": "district", "valid": "[2030-01-01,)", "known": "clock_timestamp(), NULL", "reason": "NULL"}
    return INSERT.format(**(given | {"ours": ours.district, "code": code} | changes))


def refuse(engine: Engine, statement: str) -> str:
    with pytest.raises(IntegrityError) as refused, engine.connect() as connection:
        connection.execute(text(statement))
    return str(refused.value.orig)


@pytest.mark.parametrize(
    "change",
    [
        "valid = tstzrange(lower(valid), '2024-02-01')", "set_id = set_id + 1", "actor = 'li'", "reason = 'other'",
        "kind = 'scheme'", "known = tstzrange(lower(known), now() - interval '1 us')",
        "known = tstzrange(lower(known) - interval '1 s', now())",
    ],
)  # fmt: skip
def test_what_is_known_cannot_be_changed(abc: Calendars, change: str):
    assert "cannot be changed" in refuse(
        abc.engine, f"UPDATE tenure SET {change} WHERE district = '{abc.district}' AND upper_inf(known)"
    )


def test_what_is_known_no_more_does_not_come_back(abc: Calendars):
    closed = f"district = '{abc.district}' AND NOT upper_inf(known)"
    for known in ("tstzrange(lower(known), NULL)", "tstzrange(lower(known), now())"):
        assert "cannot be changed" in refuse(abc.engine, f"UPDATE tenure SET known = {known} WHERE {closed}")


@pytest.mark.parametrize("statement", ["DELETE FROM tenure", "TRUNCATE tenure", "TRUNCATE dated_set CASCADE"])
def test_what_is_known_cannot_be_removed(abc: Calendars, statement: str):
    assert "cannot be" in refuse(abc.engine, statement)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"known": "now() - interval '1 s', NULL"}, "from now on"),
        ({"known": "now(), now() + interval '1 day'"}, "from now on"),
        ({"valid": "[2024-02-01,2024-02-02)"}, "ex_tenure_valid_known"),
        ({"valid": "[2024-01-01,)"}, "ex_tenure_valid_known"),
        ({"valid": "[2023-01-01,2023-01-02]"}, "valid_half_open"),
        ({"valid": "(2023-01-01,2023-01-02)"}, "valid_half_open"),
        ({"valid": "(,2023-01-02)"}, "valid_half_open"),
        ({"valid": "[2023-01-01,2023-01-01)"}, "valid_half_open"),
        ({"valid": "[2023-01-01,2023-01-02)", "known": "clock_timestamp(), NULL, '(]'"}, "known_half_open"),
        ({"valid": "[2023-01-01,2023-01-02)", "reason": "' '"}, "ck_tenure_reason"),
        ({"valid": "[2023-01-01,2023-01-02)", "district": "'elsewhere'"}, "fk_tenure_set_id_dated_set"),
    ],
)
def test_a_row_that_cannot_be_true_is_refused(abc: Calendars, changes: dict[str, str], words: str):
    assert words in refuse(abc.engine, insert(abc, "C", **changes))


def test_a_draft_with_errors_cannot_hold(abc: Calendars):
    with transaction(abc.engine) as connection:
        connection.execute(
            text(f"UPDATE dated_set SET checked = false WHERE code = 'C' AND district = '{abc.district}'")
        )
    assert "only a checked set" in refuse(abc.engine, insert(abc, "C", valid="[2023-01-01,2023-01-02)"))


def test_a_row_beside_the_others_is_taken(abc: Calendars):
    with transaction(abc.engine) as connection:
        connection.execute(text(insert(abc, "C", valid="[2024-01-01,2024-01-02)")))
    assert abc.line() == "CAABBBBBBBB"


Heard = Callable[[], list[dict[str, str]]]


@pytest.fixture
def heard(engine: Engine) -> Iterator[Heard]:
    """Listen as a service does; gives what was said since it was last asked."""
    connection = engine.raw_connection()
    driver = connection.driver_connection
    driver.autocommit = True
    cursor = driver.cursor()
    cursor.execute("LISTEN gridsvc_edition")

    def said() -> list[dict[str, str]]:
        cursor.execute("SELECT 1")
        told = [json.loads(n.payload) for n in driver.notifies]
        driver.notifies.clear()
        return sorted(told, key=lambda t: (t["code"], t["kind"]))

    yield said
    connection.invalidate()


def both(code: str) -> list[dict[str, str]]:
    return [{"kind": kind, "district": "990999", "code": code} for kind in ("edition", "ruleset")]


def test_a_draft_is_told_of_when_nothing_stands_against_it(engine: Engine, heard: Heard, tmp_path: Path):
    edition, ruleset = both("S1")
    load_city(engine, write_city(tmp_path / "1", grids=[area("A", BOW_TIE, parent="S", unit="U1"), GRIDS[1]]))
    assert heard() == [ruleset]
    with transaction(engine) as connection:
        names = finding_names(editions.dated_sets.report_of(connection, 1)["findings"])
    *others, last = names
    editions.waive(engine, "S1", others, "why", "zhang", FIRST)
    assert heard() == []
    editions.waive(engine, "S1", [last], "why", "zhang", FIRST)
    assert heard() == [edition]
    load_city(engine, write_city(tmp_path / "2"))
    assert heard() == [edition, ruleset]


def test_every_change_of_what_holds_is_told(engine: Engine, heard: Heard, tmp_path: Path):
    for code in ("S1", "S2"):
        load_city(engine, write_city(tmp_path / code, edition=code))
    heard()
    editions.publish(engine, "S1", FIRST)
    assert heard() == both("S1")
    editions.publish(engine, "S2", FIRST, correction="wrong one")
    assert heard() == [*both("S1"), *both("S2")]
    editions.publish(engine, "S2", FIRST)
    assert heard() == []
