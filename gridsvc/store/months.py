"""The months of cases and histories: a partition of each table, made before anything of that month is written."""

from collections.abc import Iterable
from datetime import UTC, date, datetime

from sqlalchemy import Connection, Engine, text

from gridsvc.store.engine import transaction

# Two processes must not make the same month at once; any fixed number.
_MONTH_LOCK = 7_305_843


def need_months(engine: Engine, instants: Iterable[datetime]) -> None:
    """Make the months of these instants, in a transaction of its own.

    Every report and action asks, so each connection looks only once: no month ever goes away, unless the database is
    another one, to which no connection leads that was there before.
    """
    months = set(_months(instants))
    with transaction(engine) as connection:
        known: set[tuple[int, int]] = connection.info.setdefault("months", set())
        if not months <= known:
            ensure_months(connection, [datetime(year, month, 1, tzinfo=UTC) for year, month in months])
    known |= months


def _months(instants: Iterable[datetime]) -> list[tuple[int, int]]:
    return sorted({(t.year, t.month) for t in (i.astimezone(UTC) for i in instants)})


def ensure_months(connection: Connection, instants: Iterable[datetime]) -> None:
    """Make the monthly partitions (UTC months) that these instants fall into.

    Making one locks both tables for everybody, so do it in a transaction of its own, never beside other writes.
    """
    months = _months(instants)
    names = [f"{table}_{y:04d}{m:02d}" for y, m in months for table in ("case_", "case_history")]
    known = connection.execute(text("SELECT relname FROM pg_class WHERE relname = ANY(:names)"), {"names": names})
    missing = set(names) - set(known.scalars())
    if not missing:
        return
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MONTH_LOCK})
    for year, month in months:
        start = date(year, month, 1)
        end = date(year + month // 12, month % 12 + 1, 1)
        for table in ("case_", "case_history"):
            # Only digits and our own names go into this text.
            connection.execute(
                text(
                    f"CREATE TABLE IF NOT EXISTS {table}_{year:04d}{month:02d} PARTITION OF {table} "
                    f"FOR VALUES FROM ('{start} 00:00+00') TO ('{end} 00:00+00')"
                )
            )
        connection.execute(
            text(
                f"CREATE OR REPLACE TRIGGER append_only_truncate BEFORE TRUNCATE ON case_history_{year:04d}{month:02d} "
                "FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
            )
        )
