"""Months as partitions and running numbers: made on demand, also at once, without gaps."""

import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID

import psycopg2
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from gridsvc.errors import GridsvcError
from gridsvc.store.answers import held, remember
from gridsvc.store.cases import take_numbers, write_cases
from gridsvc.store.engine import make_engine, transaction
from gridsvc.store.months import ensure_months, need_months

from .conftest import NOON, made

DAY = date(2024, 6, 12)
SHANGHAI = timezone(timedelta(hours=8))
NEW_YEAR = datetime(2024, 1, 1, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)


def months_of(engine: Engine) -> list[str]:
    query = "SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r' ORDER BY 1"
    with engine.connect() as connection:
        return list(connection.execute(text(query)).scalars())


def ensure(engine: Engine, *instants: datetime) -> None:
    with transaction(engine) as connection:
        ensure_months(connection, instants)


def take(engine: Engine, *days: date, district: str = "1") -> list[str]:
    with transaction(engine) as connection:
        return take_numbers(connection, district, days)


@pytest.mark.parametrize(
    ("instants", "months"),
    [
        ([], []),
        ([NOON], ["202406"]),
        ([NOON, NOON + timedelta(days=1)], ["202406"]),
        ([NEW_YEAR - INSTANT, NEW_YEAR], ["202312", "202401"]),
        ([datetime(2024, 1, 1, 0, 30, tzinfo=SHANGHAI)], ["202312"]),
        ([datetime(2024, 2, 29, 23, 59, tzinfo=UTC)], ["202402"]),
        ([datetime(1999, 12, 31, tzinfo=UTC), datetime(2101, 1, 1, tzinfo=UTC)], ["199912", "210101"]),
    ],
    ids=["none", "one", "twice", "year's end", "local new year is still December", "leap day", "far apart"],
)
def test_a_month_is_made_for_each_instant(engine: Engine, instants: list[datetime], months: list[str]):
    ensure(engine, *instants)
    assert months_of(engine) == sorted(f"{table}_{m}" for m in months for table in ("case_", "case_history"))


def test_the_last_instant_of_a_year_and_the_next_one_lie_in_two_months(engine: Engine, add_cases):
    add_cases(made(reported_at=NEW_YEAR - INSTANT), made(reported_at=NEW_YEAR))
    with engine.connect() as connection:
        found = connection.execute(text("SELECT tableoid::regclass::text FROM case_ ORDER BY reported_at")).scalars()
        assert list(found) == ["case__202312", "case__202401"]


def test_making_a_month_again_changes_nothing(engine: Engine):
    ensure(engine, NOON)
    ensure(engine, NOON)
    assert months_of(engine) == ["case__202406", "case_history_202406"]


def test_a_case_without_its_month_is_refused(engine: Engine):
    with (
        pytest.raises((GridsvcError, DBAPIError, psycopg2.Error), match="no partition"),
        transaction(engine) as connection,
    ):
        write_cases(connection, [made()])


def test_two_connections_may_make_the_same_months_at_once(engine: Engine):
    start = threading.Barrier(4)

    def run(_: int) -> None:
        start.wait()
        ensure(engine, NEW_YEAR - INSTANT, NEW_YEAR, NOON)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(run, range(4)))
    assert len(months_of(engine)) == 6


def test_a_new_month_does_not_lock_up_with_a_report_of_the_old_one(engine: Engine):
    """Both reports are of one local day, 1 July in Shanghai, but of two UTC months."""
    june, july = datetime(2024, 6, 30, 23, tzinfo=UTC), datetime(2024, 7, 1, 1, tzinfo=UTC)
    ensure(engine, june)
    numbered, month_made = threading.Event(), threading.Event()

    def report_in_june() -> None:
        with transaction(engine) as connection:
            take_numbers(connection, "1", [date(2024, 7, 1)])
            numbered.set()
            month_made.wait(2)
            write_cases(connection, [made(reported_at=june)])

    def report_in_july() -> None:
        numbered.wait(2)
        ensure(engine, july)
        month_made.set()
        with transaction(engine) as connection:
            take_numbers(connection, "1", [date(2024, 7, 1)])
            write_cases(connection, [made(reported_at=july)])

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(report_in_june), pool.submit(report_in_july)]:
            done.result(timeout=20)


def test_numbers_of_a_day_begin_at_one_and_follow_each_other(engine: Engine):
    assert take(engine, DAY) == ["240612-0001"]
    assert take(engine, DAY, DAY) == ["240612-0002", "240612-0003"]


def test_each_day_and_each_district_counts_for_itself(engine: Engine):
    assert take(engine, DAY, date(2024, 6, 13), DAY) == ["240612-0001", "240613-0001", "240612-0002"]
    assert take(engine, DAY, district="2") == ["240612-0001"]


def test_no_days_take_no_numbers(engine: Engine):
    assert take(engine) == []


def test_a_day_may_have_more_than_9999_numbers(engine: Engine):
    assert take(engine, *([DAY] * 10_001))[-2:] == ["240612-10000", "240612-10001"]


def test_a_transaction_that_fails_gives_its_number_back(engine: Engine):
    def fail() -> None:
        with transaction(engine) as connection:
            assert take_numbers(connection, "1", [DAY]) == ["240612-0001"]
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert take(engine, DAY) == ["240612-0001"]


def test_numbers_have_no_gaps_and_no_doubles_when_many_take_them(empty_url: str):
    engine = make_engine(empty_url, 8)
    days = [DAY, date(2024, 6, 13), date(2024, 6, 14)]

    def work(seed: int) -> list[str]:
        rng, got = random.Random(seed), []
        for _ in range(25):
            wanted = rng.choices(days, k=rng.randint(1, 3))
            with engine.connect() as connection:
                numbers = take_numbers(connection, "1", wanted)
                if rng.random() < 0.3:
                    connection.rollback()
                    continue
                connection.commit()
                got += numbers
        return got

    with ThreadPoolExecutor(8) as pool:
        numbers = [n for got in pool.map(work, range(8)) for n in got]
    engine.dispose()
    by_day = Counter(n[:6] for n in numbers)
    assert sorted(numbers) == sorted(f"{day}-{i:04d}" for day, n in by_day.items() for i in range(1, n + 1))
    assert len(numbers) > 100


def test_keys_are_held_until_the_transaction_ends(engine: Engine):
    with transaction(engine) as first:
        held(first, [("demo", "key"), ("demo", "key 2")])
        with transaction(engine) as second:
            held(second, [("demo", "another key"), ("somebody else", "key")])
        for key in ("key", "key 2"):
            with engine.connect() as third:
                third.execute(text("SET lock_timeout = '100ms'"))
                with pytest.raises(DBAPIError, match="lock timeout"):
                    held(third, [("demo", "another key"), ("demo", key)])
    with transaction(engine) as connection:
        held(connection, [("demo", "key")])


def test_who_held_a_key_second_sees_what_it_was_answered(engine: Engine):
    waits = threading.Event()

    def second() -> dict:
        waits.wait(2)
        with transaction(engine) as connection:
            return held(connection, [("demo", "new"), ("demo", "key"), ("demo", "key")])

    with ThreadPoolExecutor(1) as pool:
        with transaction(engine) as first:
            assert held(first, [("demo", "key")]) == {}
            given = pool.submit(second)
            waits.set()
            with pytest.raises(TimeoutError):
                given.result(0.2)
            remember(first, "demo", "key", b"hash", UUID(int=1), {"键": 1})
        assert given.result(20) == {("demo", "key"): (b"hash", {"键": 1})}


def test_many_who_hold_the_same_keys_in_any_order_never_lock_up(empty_url: str):
    engine = make_engine(empty_url, 8)
    names = [("demo", f"key {i}") for i in range(6)]

    def work(seed: int) -> None:
        for turn in range(20):
            with transaction(engine) as connection:
                held(connection, random.Random(100 * seed + turn).sample(names, 4))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    engine.dispose()


def test_a_process_makes_each_month_that_it_was_not_asked_for_before(engine: Engine):
    need_months(engine, [NOON, NOON])
    need_months(engine, [NEW_YEAR, NOON])
    assert months_of(engine) == ["case__202401", "case__202406", "case_history_202401", "case_history_202406"]


def test_a_month_that_could_not_be_made_is_asked_for_again(engine: Engine):
    impatient = make_engine(engine.url.render_as_string(hide_password=False), 1, statement_timeout_s=1)
    with engine.begin() as held:
        held.execute(text("LOCK TABLE case_ IN ACCESS EXCLUSIVE MODE"))
        with pytest.raises(GridsvcError):
            need_months(impatient, [NOON])
    need_months(impatient, [NOON])
    assert months_of(engine) == ["case__202406", "case_history_202406"]
    impatient.dispose()
