"""The connection pool, and the one translation of driver errors into ours."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
from psycopg2 import errors
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError, TimeoutError

from gridsvc.errors import Conflict, GridsvcError, Unavailable

_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def make_engine(
    url: str, pool_size: int = 20, statement_timeout_s: float = 60.0, *, pooled: bool = False
) -> Engine:  # fmt: skip
    """Make a pool for one ``postgresql+psycopg2://`` address. Nothing connects until it is used.

    ``pooled`` says that a pooler is there which lends a connection for one transaction at a time. It passes no options
    on, and what one transaction sets for the session the next one finds, or another process: so each sets its own.
    """
    timeout_ms = int(statement_timeout_s * 1000)
    options = {} if pooled else {"options": f"-c statement_timeout={timeout_ms} -c timezone=UTC"}
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        pool_pre_ping=True,
        json_serializer=to_json,
        # What is logged of a failure has no names, numbers and hashes in it.
        hide_parameters=True,
        connect_args={
            "application_name": "gridsvc",
            "connect_timeout": 10,
            # Whatever the environment says: what is packed for COPY is not translated on its way.
            "client_encoding": "utf8",
            **options,
        },
    )
    if pooled:
        own = f"SET LOCAL statement_timeout = {timeout_ms}; SET LOCAL timezone = 'UTC'"
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(own))
    return engine


def to_json(value: Any) -> str:
    """Write JSON as it is stored: compact, Chinese as it is, no NaN."""
    return _ENCODE(value)


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """One transaction: commits at the end, rolls back on any error, and speaks our errors."""
    try:
        with engine.begin() as connection:
            yield connection
    except TimeoutError as e:
        raise Unavailable("数据库连接都在使用中，请稍后重试", "all database connections are in use; try again") from e
    except DBAPIError as e:
        if e.connection_invalidated:
            raise Unavailable("数据库连接中断", "the connection to the database was lost") from e
        if isinstance(e.orig, psycopg2.Error) and (ours := _translated(e.orig)):
            raise ours from e
        raise
    except psycopg2.Error as e:  # COPY speaks to the driver itself
        if ours := _translated(e):
            raise ours from e
        raise


@contextmanager
def one_state(engine: Engine) -> Iterator[Connection]:
    """One transaction that only reads, and sees all of the database as it was at one moment.

    Otherwise each statement would see what was committed before it: the edition of before a publication, say, and the
    ruleset of after it.
    """
    with transaction(engine) as connection:
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
        yield connection


def _translated(error: psycopg2.Error) -> GridsvcError | None:
    """Our error for one of the driver's, or None where it is a mistake of ours."""
    diagnosis = error.diag
    why = str(diagnosis.constraint_name or diagnosis.message_primary or str(error).strip().partition("\n")[0])
    if isinstance(error, psycopg2.IntegrityError):
        return Conflict(f"与已有数据冲突：{why}", f"this contradicts what is stored: {why}")
    if isinstance(error, errors.QueryCanceled | errors.DeadlockDetected | errors.LockNotAvailable):
        return Unavailable(f"数据库操作未能完成：{why}", f"the database gave up: {why}")
    if isinstance(error, psycopg2.OperationalError | psycopg2.InterfaceError):
        return Unavailable(f"数据库不可用：{why}", f"the database is not available: {why}")
    return None
