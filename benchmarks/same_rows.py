"""The rows that cases are made of, taken out of a database and put into it again by nothing but the driver."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from typing import Any

from sqlalchemy import Engine, text

from gridsvc.store.engine import transaction

TABLES = ("case_", "case_history", "case_private", "case_number", "idempotency")
_BY_CASE = {"case_": "id", "case_history": "case_id", "case_private": "case_id", "idempotency": "case_id"}


@dataclass(frozen=True, slots=True)
class Rows:
    """What one table has: all columns but those that the database fills in, and the rows as COPY writes them."""

    table: str
    columns: str
    lines: str


def emptied(engine: Engine) -> None:
    """Take all cases out, also what may only be appended to, and let the server finish what it has put off."""
    with transaction(engine) as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text(f"TRUNCATE {', '.join(TABLES)}"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CHECKPOINT"))


def rows_of(engine: Engine) -> list[Rows]:
    """Read all tables in the order in which their rows were written."""
    found = []
    with _cursor(engine) as cursor:
        for table in TABLES:
            columns = ", ".join(_columns(cursor, table))
            lines = StringIO()
            cursor.copy_expert(f"COPY (SELECT {columns} FROM {table} ORDER BY tableoid, ctid) TO STDOUT", lines)
            found.append(Rows(table, columns, lines.getvalue()))
    return found


def copied(engine: Engine, rows: Sequence[Rows]) -> float:
    """Put them in by one COPY a table and one commit; gives the seconds."""
    with _cursor(engine) as cursor:
        began_s = time.perf_counter()
        for r in rows:
            cursor.copy_expert(f"COPY {r.table} ({r.columns}) FROM STDIN", StringIO(r.lines))
        cursor.connection.commit()
        return time.perf_counter() - began_s


def statements_by_case(engine: Engine, n: int) -> list[list[tuple[str, tuple[Any, ...]]]]:
    """For each of the first ``n`` cases the statements, with their values, that put in all rows that it is made of."""
    cases: dict[str, list[tuple[str, tuple[Any, ...]]]] = {}
    with _cursor(engine) as cursor:
        for table, case in _BY_CASE.items():
            columns = _columns(cursor, table)
            values = ", ".join(["%s"] * len(columns))
            insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values})"
            # As texts, which the server reads as it would read any literal.
            texts = ", ".join(f"{c}::text" for c in columns)
            cursor.execute(f"SELECT {case}::text, {texts} FROM {table} ORDER BY tableoid, ctid")
            for id_, *row in cursor.fetchall():
                if table == "case_" and len(cases) < n:
                    cases[id_] = [(_NUMBER, (row[columns.index("district")], row[columns.index("reported_at")]))]
                if id_ in cases:
                    cases[id_].append((insert, tuple(row)))
    return list(cases.values())


_NUMBER = (
    "INSERT INTO case_number (district, day, last) VALUES (%s, %s::timestamptz::date, 1) "
    "ON CONFLICT (district, day) DO UPDATE SET last = case_number.last + 1 RETURNING last"
)


def inserted(engine: Engine, cases: Sequence[Sequence[tuple[str, tuple[Any, ...]]]], most_s: float) -> float:
    """Put cases in one after the other, each with a commit of its own, for some seconds; gives the seconds a case."""
    with _cursor(engine) as cursor:
        n, began_s = 0, time.perf_counter()
        for statements in cases:
            for statement, values in statements:
                cursor.execute(statement, values)
            cursor.connection.commit()
            n += 1
            if time.perf_counter() - began_s > most_s:
                break
        return (time.perf_counter() - began_s) / n


def _columns(cursor: Any, table: str) -> list[str]:
    cursor.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s "
        "AND is_identity = 'NO' ORDER BY ordinal_position",
        (table,),
    )
    return [name for (name,) in cursor.fetchall()]


@contextmanager
def _cursor(engine: Engine) -> Iterator[Any]:
    with engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor:
            yield cursor
        driver.rollback()
