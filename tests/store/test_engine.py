"""Driver errors in our words: a contradiction, or a database that does not answer."""

import socket
import time
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DataError, ProgrammingError

from gridsvc.errors import Conflict, Unavailable
from gridsvc.store.cluster import Cluster
from gridsvc.store.engine import make_engine, one_state, to_json, transaction

INSERT = text(
    "INSERT INTO dated_set (kind, district, code, time_zone, content_hash) VALUES ('edition', '1', 'a', 'UTC', '')"
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def number_of_sets(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(text("SELECT count(*) FROM dated_set")).scalar_one()


def test_a_database_that_is_not_there_is_unavailable():
    engine = make_engine(f"postgresql+psycopg2://nobody@127.0.0.1:{free_port()}/none")
    with pytest.raises(Unavailable), transaction(engine):
        pass


def test_a_contradiction_names_the_constraint(engine: Engine):
    with engine.begin() as connection:
        connection.execute(INSERT)
    with pytest.raises(Conflict, match="uq_dated_set_kind_district_code"), transaction(engine) as connection:
        connection.execute(INSERT)


def test_an_error_leaves_nothing_of_the_transaction(engine: Engine):
    def fail_after_writing() -> None:
        with transaction(engine) as connection:
            connection.execute(INSERT)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_writing()
    assert number_of_sets(engine) == 0


def test_a_mistake_in_the_house_keeps_its_own_error(engine: Engine):
    with pytest.raises(ProgrammingError), transaction(engine) as connection:
        connection.execute(text("SELECT nonsense"))


def test_a_statement_that_takes_too_long_is_broken_off(empty_url: str):
    engine = make_engine(empty_url, 1, statement_timeout_s=0.2)
    began = time.monotonic()
    with pytest.raises(Unavailable), transaction(engine) as connection:
        connection.execute(text("SELECT pg_sleep(20)"))
    assert time.monotonic() - began < 5
    engine.dispose()


def test_a_connection_that_broke_while_idle_is_replaced(engine: Engine):
    with transaction(engine) as connection:
        pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    other = make_engine(engine.url.render_as_string(hide_password=False), 1)
    with transaction(other) as connection:
        assert connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid}).scalar_one()
    with transaction(engine) as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1
    other.dispose()


def test_a_connection_that_breaks_in_use_is_unavailable(engine: Engine):
    with pytest.raises(Unavailable), transaction(engine) as connection:
        connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))


def test_a_pool_that_stays_full_is_unavailable(empty_url: str):
    engine = make_engine(empty_url, 1)
    engine.pool._timeout = 0.1  # ten seconds in earnest
    with transaction(engine), pytest.raises(Unavailable), transaction(engine):
        pass
    engine.dispose()


def test_behind_a_pooler_each_transaction_brings_its_own_settings_and_leaves_none(empty_url: str):
    engine = make_engine(empty_url, 1, statement_timeout_s=7.0, pooled=True)
    shown = text("SELECT current_setting('statement_timeout') || ' ' || current_setting('timezone')")
    with engine.connect() as connection:
        # Before the first transaction of ours, as another process finds the connection.
        connection.connection.cursor().execute("SET timezone = 'Asia/Shanghai'; SET statement_timeout = 99000")
        connection.connection.commit()
        for _ in range(2):
            assert connection.execute(shown).scalar_one() == "7s UTC"
            connection.rollback()
        assert connection.connection.get_transaction_status() == 0
        with connection.connection.cursor() as cursor:
            cursor.execute(str(shown))
            assert cursor.fetchone() == ("99s Asia/Shanghai",)
    with one_state(engine) as connection:
        assert connection.execute(text("SHOW transaction_isolation")).scalar_one() == "repeatable read"
    engine.dispose()


def test_instants_are_read_in_utc(engine: Engine):
    with engine.connect() as connection:
        found = connection.execute(text("SELECT '2024-06-12 12:00+08'::timestamptz")).scalar_one()
    assert found == datetime(2024, 6, 12, 4, tzinfo=UTC)
    assert found.utcoffset().total_seconds() == 0


def test_json_keeps_chinese_as_it_is_and_has_no_spaces():
    assert to_json({"a": ["井盖", None, 1.5]}) == '{"a":["井盖",null,1.5]}'


def test_json_refuses_what_json_cannot_hold():
    with pytest.raises(ValueError, match="JSON"):
        to_json({"a": float("nan")})


def test_what_is_said_of_a_mistake_repeats_nothing_that_was_stored(engine: Engine, cluster: Cluster):
    with pytest.raises(DataError) as met, transaction(engine) as connection:
        connection.execute(text("SELECT 1 / 0, :phone"), {"phone": "13800000001"})
    assert "13800000001" not in str(met.value)
    logged = cluster.log_file.read_text()
    assert "division by zero" in logged
    assert "13800000001" not in logged
