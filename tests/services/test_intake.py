"""A report taken in once: decided, numbered, stored with its history, and answered the same when repeated."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from small_city import IN_A, IN_B
from sqlalchemy import Engine, text

from gridsvc.bootstrap import Router
from gridsvc.errors import BadCoordinate, BadInput, Conflict, GridsvcError, UnknownCategory
from gridsvc.services.cases import get_case, get_history
from gridsvc.services.intake import prepare_months, report_case
from gridsvc.services.once import hash_body
from gridsvc.store.engine import make_engine
from gridsvc.values import Point

from .conftest import CITY, NOW, Answer, new_case

Report = Callable[..., Answer]
MIDNIGHT = datetime(2024, 6, 12, 16, tzinfo=UTC)  # 00:00 of the 13th in Shanghai
AS_IN = "制表\t换行\n引号\"' <b>\\N</b> 🚮"


def count(engine: Engine, table: str) -> int:
    with engine.connect() as connection:
        return connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()


def test_a_report_is_decided_and_answered_as_a_case(report: Report):
    answer = report("k")
    assert answer["decision"]["accountable"] == {"unit": "U2", "name": "乙处", "via": "rule"}
    assert answer["number"] == "240612-0001"
    assert (answer["status"], answer["version"]) == ("reported", 2)
    assert answer["reported_at"] == "2024-06-12T12:00:00+08:00"


def test_what_was_reported_is_stored_as_it_came(engine: Engine, report: Report):
    raw = {"x": 120.0097, "y": 30.0027, "crs": "gcj02"}
    answer = report("k", description=AS_IN, address=AS_IN, accuracy_m=12.5, raw=raw)
    found = get_case(engine, answer["id"], CITY)
    assert (found.description, found.address, found.accuracy_m, found.raw) == (AS_IN, AS_IN, 12.5, raw)


def test_the_stored_case_repeats_the_answer(engine: Engine, report: Report):
    answer = report("k")
    found = get_case(engine, answer["number"], CITY)
    assert found.id == UUID(answer["id"])
    assert found.decision == answer["decision"]
    assert found.areas == {"street": "S", "grid": "A"}
    assert found.unit == "U2"


def test_the_history_tells_the_report_and_the_decision(engine: Engine, report: Report, router: Router):
    answer = report("k", actor="somebody", description=AS_IN)
    history = get_history(engine, answer["id"], router.zone, CITY)
    assert [(e["n"], e["kind"], e["actor"]) for e in history["items"]] == [
        (1, "reported", "somebody"),
        (2, "decided", "somebody"),
    ]
    assert "description" not in history["items"][0]["payload"]
    assert history["items"][1]["payload"]["answer"] == answer["decision"]
    assert history["intact"]


def test_a_changed_entry_shows(engine: Engine, report: Report, router: Router):
    answer = report("k")
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE case_history DISABLE TRIGGER USER"))
        connection.execute(text("UPDATE case_history SET actor = 'forger' WHERE n = 1"))
    assert not get_history(engine, answer["id"], router.zone, CITY)["intact"]


def test_the_same_key_and_body_give_the_first_answer_and_store_nothing(engine: Engine, report: Report):
    first = report("k")
    assert report("k", at=NOW + timedelta(hours=5)) == first
    assert (count(engine, "case_"), count(engine, "case_history")) == (1, 2)


def test_the_same_key_with_another_body_is_refused_and_stores_nothing(engine: Engine, report: Report):
    first = report("k", description="one")
    with pytest.raises(Conflict) as refused:
        report("k", description="two")
    assert [(e.field, e.value) for e in refused.value.errors] == [("Idempotency-Key", "k")]
    assert count(engine, "case_") == 1
    assert report("k", description="one") == first


def test_a_key_belongs_to_its_actor(engine: Engine, report: Report):
    assert report("k", actor="a")["id"] != report("k", actor="b")["id"]
    assert count(engine, "case_") == 2


def test_a_repeated_report_is_answered_though_its_category_is_refused_by_now(
    engine: Engine, report: Report, router: Router
):
    """A retry must not depend on what the router of today would say."""
    first = report("k")
    other = Point(0.0, 0.0)
    assert report_case(engine, router, new_case(point=other), "demo", "k", hash_body({}), NOW) == first


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"category": "99999"}, UnknownCategory),
        ({"category": ""}, UnknownCategory),
        ({"component": "nothing"}, BadInput),
        ({"point": Point(30.005, 120.005 - 90)}, BadCoordinate),
        ({"accuracy_m": -1.0}, BadInput),
        ({"accuracy_m": float("nan")}, BadInput),
    ],
    ids=["unknown category", "no category", "unknown component", "far away", "negative accuracy", "NaN accuracy"],
)
def test_a_report_that_cannot_be_used_stores_nothing(
    engine: Engine, report: Report, changes: dict, error: type[GridsvcError]
):
    with pytest.raises(error) as refused:
        report("k", **changes)
    assert refused.value.errors
    assert [count(engine, t) for t in ("case_", "case_history", "idempotency", "case_number")] == [0, 0, 0, 0]


def test_a_refused_report_does_not_use_up_its_key(report: Report):
    with pytest.raises(UnknownCategory):
        report("k", category="99999")
    assert report("k")["number"] == "240612-0001"


@pytest.mark.parametrize(
    ("at", "number"),
    [
        (MIDNIGHT - timedelta(microseconds=1), "240612-0001"),
        (MIDNIGHT, "240613-0001"),
        (datetime(2024, 12, 31, 15, 59, 59, tzinfo=UTC), "241231-0001"),
        (datetime(2024, 12, 31, 16, tzinfo=UTC), "250101-0001"),
    ],
)
def test_a_day_begins_at_midnight_of_the_district(report: Report, at: datetime, number: str):
    assert report("k", at=at)["number"] == number


def test_numbers_of_a_day_begin_anew_after_midnight(report: Report):
    at = [MIDNIGHT - timedelta(seconds=1), MIDNIGHT, MIDNIGHT + timedelta(hours=23), MIDNIGHT - timedelta(hours=1)]
    numbers = [report(str(i), at=t)["number"] for i, t in enumerate(at)]
    assert numbers == ["240612-0001", "240613-0001", "240613-0002", "240612-0002"]


def in_threads(n: int, work: Callable[[int], Answer]) -> list[Answer]:
    start = threading.Barrier(n)

    def run(i: int) -> Answer:
        start.wait()
        return work(i)

    with ThreadPoolExecutor(n) as pool:
        return list(pool.map(run, range(n)))


@pytest.fixture
def wide_engine(empty_url: str):
    made = make_engine(empty_url, 16)
    yield made
    made.dispose()


def test_one_key_from_sixteen_threads_makes_one_case(wide_engine: Engine, router: Router):
    def work(_: int) -> Answer:
        return report_case(wide_engine, router, new_case(), "demo", "k", b"hash", NOW)

    answers = in_threads(16, work)
    assert all(a == answers[0] for a in answers)
    assert (count(wide_engine, "case_"), count(wide_engine, "case_history")) == (1, 2)


def test_sixteen_keys_from_sixteen_threads_make_sixteen_cases(wide_engine: Engine, router: Router):
    def work(i: int) -> Answer:
        return report_case(wide_engine, router, new_case(), "demo", f"k{i}", b"hash", NOW)

    answers = in_threads(16, work)
    assert len({a["id"] for a in answers}) == 16
    assert sorted(a["number"] for a in answers) == [f"240612-{i:04d}" for i in range(1, 17)]


def test_one_key_with_two_bodies_at_once_makes_one_case_and_refuses_the_other_body(wide_engine: Engine, router: Router):
    def work(i: int) -> Answer | None:
        try:
            return report_case(wide_engine, router, new_case(), "demo", "k", b"ab"[i % 2 : i % 2 + 1], NOW)
        except Conflict:
            return None

    answers = in_threads(16, work)
    taken = [a for a in answers if a is not None]
    assert len(taken) == 8
    assert all(a == taken[0] for a in taken)
    assert (count(wide_engine, "case_"), count(wide_engine, "case_history")) == (1, 2)


def test_who_cannot_be_served_among_many_is_refused_alone(wide_engine: Engine, router: Router):
    """What is wrong shows only in the database, in the transaction that others share."""

    def work(i: int) -> Answer | list[str]:
        new = new_case(attachments=("0" * 64,)) if i % 4 == 0 else new_case()
        try:
            return report_case(wide_engine, router, new, "demo", f"k{i}", b"hash", NOW)
        except BadInput as refused:
            return [e.field for e in refused.errors]

    answers = in_threads(16, work)
    assert [i for i, a in enumerate(answers) if a == ["attachments.0"]] == [0, 4, 8, 12]
    numbers = sorted(a["number"] for i, a in enumerate(answers) if i % 4)
    assert numbers == [f"240612-{i:04d}" for i in range(1, 13)]
    assert [count(wide_engine, t) for t in ("case_", "case_history", "idempotency")] == [12, 24, 12]


def test_histories_of_many_at_once_stand_whole_and_in_the_order_of_their_numbers(wide_engine: Engine, router: Router):
    def work(i: int) -> Answer:
        return report_case(wide_engine, router, new_case(), "demo", f"k{i}", b"hash", NOW)

    in_threads(16, work)
    query = "SELECT c.number, h.n FROM case_history h JOIN case_ c ON c.id = h.case_id ORDER BY h.seq"
    with wide_engine.connect() as connection:
        rows = [tuple(r) for r in connection.execute(text(query))]
    assert rows == [(f"240612-{i:04d}", n) for i in range(1, 17) for n in (1, 2)]


def test_threads_that_report_over_a_month_and_a_midnight_all_get_through(wide_engine: Engine, router: Router):
    end = datetime(2024, 6, 30, 16, tzinfo=UTC)

    def work(i: int) -> Answer:
        point = Point(*(IN_A, IN_B)[i % 2])
        at = end + timedelta(hours=i - 8)
        return report_case(wide_engine, router, new_case(point=point), "demo", f"k{i}", b"hash", at)

    answers = in_threads(16, work)
    days = [f"240630-{i:04d}" for i in range(1, 9)] + [f"240701-{i:04d}" for i in range(1, 9)]
    assert sorted(a["number"] for a in answers) == days


@pytest.mark.parametrize(
    ("now", "months"),
    [
        (NOW, ["202406", "202407"]),
        (datetime(2023, 12, 31, 15, 59, tzinfo=UTC), ["202312"]),
        (datetime(2023, 12, 31, 16, 0, tzinfo=UTC), ["202312", "202401"]),
        (datetime(2024, 1, 31, 4, tzinfo=UTC), ["202401"]),
    ],
    ids=["mid-month", "last local minute of the year", "first local minute of the year", "a long month"],
)
def test_this_month_and_the_next_are_made_ready(engine: Engine, router: Router, now: datetime, months: list[str]):
    prepare_months(engine, now)
    with engine.connect() as connection:
        query = text("SELECT right(relname, 6) FROM pg_class WHERE relispartition AND relname ~ '^case__[0-9]{6}$'")
        assert set(months) <= set(connection.execute(query).scalars())


def test_cases_against_the_same_party_have_the_same_key(engine: Engine, report):
    for n, subject in enumerate(("示例小吃店（北门）", "示例小吃店 (北门)", "另一家", "…", None)):
        report(str(n), subject=subject)
    query = "SELECT p.subject_key FROM case_ c LEFT JOIN case_private p ON p.case_id = c.id ORDER BY number"
    with engine.connect() as connection:
        one, same, other, *none = connection.execute(text(query)).scalars()
    assert one is not None
    assert one == same != other
    assert none == [None, None]
