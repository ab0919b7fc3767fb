"""The connection pool, and the one translation of driver errors into ours."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from gridsvc.errors import Conflict, Unavailable


def make_engine(url: str, pool_size: int = 20, statement_timeout_s: float = 60.0) -> Engine:
    """Make a pool for one ``postgresql+psycopg2://`` address. Nothing connects until it is used."""
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        pool_pre_ping=True,
        json_serializer=to_json,
        connect_args={
            "application_name": "gridsvc",
            "connect_timeout": 10,
            "options": f"-c statement_timeout={int(statement_timeout_s * 1000)} -c timezone=UTC",
        },
    )


def to_json(value: Any) -> str:
    """Write JSON as it is stored: compact, Chinese as it is, no NaN."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """One transaction: commits at the end, rolls back on any error, and speaks our errors."""
    try:
        with engine.begin() as connection:
            yield connection
    except IntegrityError as e:
        name = getattr(getattr(e.orig, "diag", None), "constraint_name", None)
        raise Conflict(f"与已有数据冲突({name})", f"this contradicts what is stored ({name})") from e
    except OperationalError as e:
        raise Unavailable("数据库不可用", "the database is not available") from e
    except DBAPIError as e:
        if e.connection_invalidated:
            raise Unavailable("数据库连接中断", "the connection to the database was lost") from e
        raise
