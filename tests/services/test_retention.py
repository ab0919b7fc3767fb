"""Erasing what is private: exactly what is due, for good, and so that the histories still hold."""

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from gridsvc.bootstrap import Router
from gridsvc.casework.case import first_broken
from gridsvc.casework.private import PrivateRow, private_row_matches
from gridsvc.casework.reporter import Reporter
from gridsvc.errors import Conflict, NotFound
from gridsvc.services.intake import PastCase, import_cases
from gridsvc.services.retention import ANSWERS_KEPT, due, erase, only_case
from gridsvc.store import audit, private
from gridsvc.store.engine import transaction
from gridsvc.store.histories import read_history
from gridsvc.store.private import Erasable

from .conftest import NOW, Answer, new_case

Report = Callable[..., Answer]
HOUR = timedelta(hours=1)
LATER = NOW + 100 * HOUR
WANG = Reporter("王大锤", "13800000001")
ALL = Erasable(before=LATER, any_status=True)
WITH = {"description": "回电 13800000001", "address": "人民路 1 号", "reporter": WANG, "subject": "示例小吃店"}


def rows(engine: Engine, query: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(r) for r in connection.execute(text(query))]


def set_status(engine: Engine, number: str, status: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE case_ SET status = :s WHERE number = :n"), {"s": status, "n": number})


def kept(engine: Engine) -> dict[str, PrivateRow]:
    """What is left of each case, by number."""
    numbers = dict(rows(engine, "SELECT id, number FROM case_"))
    with transaction(engine) as connection:
        found = private.read_private(connection, list(numbers))
    return {numbers[id_]: row for id_, row in found.items()}


def holds(engine: Engine) -> bool:
    """Whether every history is intact and every private row is the one it sealed, or was erased."""
    with transaction(engine) as connection:
        found = private.read_private(connection, [r[0] for r in rows(engine, "SELECT id FROM case_")])
        histories = {id_: read_history(connection, id_) for id_ in found}
    return all(first_broken(h) is None and private_row_matches(h[0], found[id_]) for id_, h in histories.items())


def runs(engine: Engine) -> list[dict[str, Any]]:
    with transaction(engine) as connection:
        return [
            {"subject": e.subject, **e.payload} for e in audit.chain(connection) if e.action == "personal data erased"
        ]


@pytest.fixture
def five(engine: Engine, report: Report) -> Engine:
    """Five cases an hour apart, of which all but the third are over."""
    for i in range(5):
        number = report(f"k{i}", at=NOW + HOUR * i, **WITH)["number"]
        set_status(engine, number, ("closed", "void", "dispatched", "archived", "closed")[i])
    return engine


def test_what_was_reported_is_kept_as_its_history_seals_it(engine: Engine, report: Report):
    number = report("k", **WITH)["number"]
    row = kept(engine)[number]
    assert (row.reporter, row.description, row.address) == (
        {"name": "王大锤", "phone": "13800000001"}, "回电 13800000001", "人民路 1 号",
    )  # fmt: skip
    assert holds(engine)
    history = rows(engine, "SELECT payload::text FROM case_history")
    assert not any(word in said for (said,) in history for word in ("王大锤", "13800000001", "人民路"))


def test_every_case_has_a_salt_of_its_own(engine: Engine, router: Router, report: Report):
    import_cases(engine, router, [PastCase(new_case(description="x"), NOW)] * 20, "n")
    report("k", description="x")
    assert rows(engine, "SELECT count(DISTINCT salt), min(length(salt)) FROM case_private") == [(21, 16)]
    assert (
        len({payload for (payload,) in rows(engine, "SELECT payload->>'private' FROM case_history WHERE n = 1")}) == 21
    )
    assert holds(engine)


def test_of_a_case_with_nothing_private_nothing_is_kept(engine: Engine, router: Router, report: Report):
    import_cases(engine, router, [PastCase(new_case(), NOW)], "n")
    report("k")
    assert rows(engine, "SELECT count(*) FROM case_private") == [(0,)]
    assert rows(engine, "SELECT DISTINCT payload->'private' FROM case_history WHERE n = 1") == [(None,)]
    assert holds(engine)


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE case_private SET reporter = jsonb_set(reporter, '{phone}', '\"13900000001\"')",
        "UPDATE case_private SET salt = '\\x00'",
        "DELETE FROM case_private",
        "UPDATE case_ SET description = description || '。'",
        "UPDATE case_ SET address = NULL",
    ],
)
def test_an_edit_of_what_is_private_is_noticed(engine: Engine, report: Report, edit: str):
    report("k", **WITH)
    assert holds(engine)
    with engine.begin() as connection:
        connection.execute(text(edit))
    assert not holds(engine)


@pytest.mark.parametrize(
    ("wanted", "erased"),
    [
        (Erasable(before=LATER), {0, 1, 3, 4}),
        (Erasable(before=LATER, any_status=True), {0, 1, 2, 3, 4}),
        (Erasable(before=NOW), set()),
        (Erasable(before=NOW + HOUR), {0}),
        (Erasable(before=NOW + HOUR * 3 + timedelta(microseconds=1)), {0, 1, 3}),
        (Erasable(before=LATER, district="990999"), {0, 1, 3, 4}),
        (Erasable(before=LATER, district="1"), set()),
    ],
    ids=str,
)
@pytest.mark.parametrize("batch", [1, 2, 1000])
def test_exactly_what_is_due_is_erased(five: Engine, wanted: Erasable, erased: set[int], batch: int):
    steps: list[int] = []
    assert due(five, wanted, LATER).cases == len(erased)
    assert erase(five, wanted, "li", LATER, steps.append, batch).cases == len(erased)
    left = kept(five)
    gone = {i for i, number in enumerate(sorted(left)) if left[number] == PrivateRow(erased_at=LATER)}
    assert gone == erased
    assert all(left[number].reporter for i, number in enumerate(sorted(left)) if i not in erased)
    assert sum(steps) == len(erased)
    assert all(step <= batch for step in steps)
    assert holds(five)


def test_a_count_tells_what_the_cases_have_and_erases_nothing(engine: Engine, report: Report):
    for i, what in enumerate((WITH, {"description": "x"}, {"address": "y"}, {"reporter": WANG}, {})):
        report(str(i), **what)
    found = due(engine, ALL, LATER)
    assert found.districts == (
        {"district": "990999", "cases": 4, "reporters": 2, "subjects": 1, "descriptions": 2, "addresses": 2},
    )  # fmt: skip
    assert due(engine, ALL, LATER) == found
    assert runs(engine) == []


def test_a_run_is_audited_once_with_its_counts(five: Engine):
    erase(five, Erasable(before=LATER, district="990999"), "li", LATER, batch=1)
    said = {"subject": "cases", "cases": 4, "answers": 0, "any_status": False, "before": LATER.isoformat()}
    assert runs(five) == [said]


def test_a_second_run_has_nothing_to_do_and_says_nothing(five: Engine):
    erase(five, ALL, "li", LATER)
    before = kept(five)
    assert erase(five, ALL, "li", LATER + HOUR).cases == 0
    assert kept(five) == before
    assert len(runs(five)) == 1


def test_the_answers_to_keys_forget_it_too_and_a_key_stays_used(five: Engine, report: Report):
    erase(five, ALL, "li", LATER)
    answers = rows(
        five, "SELECT answer::text, answer->'description', answer->'reporter', answer->'number' FROM idempotency"
    )
    assert len(answers) == 5
    assert [(d, r) for _, d, r, _ in answers] == [(None, None)] * 5
    assert not any(word in said for said, *_ in answers for word in ("人民路", "王", "138", "示例"))
    with pytest.raises(Conflict):
        report("k0", at=LATER, **WITH)
    assert rows(five, "SELECT count(*) FROM case_") == [(5,)]


@pytest.mark.parametrize(
    ("district", "left"), [(None, ["k2", "n"]), ("990999", ["k2", "n"]), ("1", ["k0", "k1", "k2", "n"])]
)
def test_old_answers_are_forgotten_and_imports_are_not(
    engine: Engine, router: Router, report: Report, district: str | None, left: list[str]
):
    import_cases(engine, router, [PastCase(new_case(), NOW)], "n")
    for key in ("k0", "k1", "k2"):
        report(key)
    with engine.begin() as connection:
        old = {"old": NOW - ANSWERS_KEPT - HOUR, "young": NOW - ANSWERS_KEPT}
        connection.execute(text("UPDATE idempotency SET at = CASE key WHEN 'k2' THEN :young ELSE :old END"), old)
    wanted = Erasable(before=NOW - HOUR, district=district)
    assert due(engine, wanted, NOW).answers == erase(engine, wanted, "li", NOW).answers == 4 - len(left)
    assert [key for (key,) in rows(engine, "SELECT key FROM idempotency ORDER BY 1")] == left
    assert [r["answers"] for r in runs(engine)] == [4 - len(left)] * (len(left) < 4)


def test_one_persons_case_is_erased_and_no_other(five: Engine):
    wanted = only_case(five, "240612-0002", Erasable())
    assert erase(five, wanted, "li", LATER).cases == 1
    assert {number for number, row in kept(five).items() if row.erased_at} == {"240612-0002"}
    assert runs(five) == [{"subject": "240612-0002", "cases": 1, "answers": 0, "any_status": False}]


def test_an_open_case_is_erased_only_where_that_is_said(five: Engine):
    with pytest.raises(Conflict):
        only_case(five, "240612-0003", Erasable())
    wanted = only_case(five, "240612-0003", Erasable(any_status=True))
    assert erase(five, wanted, "li", LATER).cases == 1


@pytest.mark.parametrize(("name", "district"), [("240612-9999", None), ("240612-0001", "1"), (str(UUID(int=1)), None)])
def test_a_case_that_is_not_there_cannot_be_erased(five: Engine, name: str, district: str | None):
    with pytest.raises(NotFound):
        only_case(five, name, Erasable(district=district, any_status=True))


def test_a_number_of_two_districts_needs_one(five: Engine):
    with five.begin() as connection:
        connection.execute(text("UPDATE case_ SET district = '1', number = '240612-0001' WHERE number = '240612-0002'"))
    with pytest.raises(Conflict) as refused:
        only_case(five, "240612-0001", Erasable())
    assert [e.field for e in refused.value.errors] == ["--district"]
    assert only_case(five, "240612-0001", Erasable(district="1")).district == "1"


CHILD = """
import sys
from datetime import datetime
from gridsvc.services.retention import erase
from gridsvc.store.engine import make_engine
from gridsvc.store.private import Erasable
at = datetime.fromisoformat(sys.argv[2])
erase(make_engine(sys.argv[1], 3), Erasable(before=at, any_status=True), "child", at, batch=2)
"""


def waits(engine: Engine) -> bool:
    return bool(
        rows(engine, "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ~ '^UPDATE case_'")
    )


def test_a_run_that_is_killed_amid_a_batch_leaves_whole_cases_and_the_next_goes_on(five: Engine, empty_url: str):
    command = [sys.executable, "-c", CHILD, empty_url, LATER.isoformat()]
    with five.connect() as holder:
        # The child finishes its first two cases and then waits for the fourth.
        holder.execute(text("SELECT 1 FROM case_ WHERE number = '240612-0004' FOR UPDATE"))
        child = subprocess.Popen(command)
        deadline = time.monotonic() + 60
        while not waits(five):
            assert child.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        child.kill()
        child.wait()
        holder.rollback()
    left = kept(five)
    assert sorted(n for n, row in left.items() if row.erased_at) == ["240612-0001", "240612-0002"]
    assert all(row == PrivateRow(erased_at=LATER) for row in left.values() if row.erased_at)
    assert holds(five)
    assert erase(five, replace(ALL, before=LATER), "li", LATER + HOUR, batch=2).cases == 3
    assert {row.erased_at for row in kept(five).values()} == {LATER, LATER + HOUR}
    assert [r["cases"] for r in runs(five)] == [5, 3]
    assert holds(five)
