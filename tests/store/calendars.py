"""Calendars of one district, as the least that can be published."""

from datetime import UTC, datetime, timedelta
from itertools import count

from sqlalchemy import Connection, Engine

from gridsvc.store import dated_sets, tenures
from gridsvc.store.engine import transaction

DAY = timedelta(days=1)
FIRST = datetime(2024, 1, 1, tzinfo=UTC)
DAYS = 10
TODAY = 5
_districts = count()


class Calendars:
    """Calendars of one district. Day n begins n days after the first of January 2024, and now is day 5."""

    def __init__(self, engine: Engine, codes: str, **starts: int) -> None:
        self.engine = engine
        self.district = f"D{next(_districts)}"
        for code in codes:
            with transaction(engine) as connection:
                dated_sets.add_draft(
                    connection, "calendar", code=code, district=self.district, time_zone="UTC", content_hash=code,
                    checked=True,
                )  # fmt: skip
        for code, start in starts.items():
            self.publish(code, start)

    def publish(self, code: str, start: int, end: int | None = None, reason: str | None = None) -> datetime:
        """Publish a calendar from a day on; gives the instant from which that is known."""
        with transaction(self.engine) as connection:
            return self.publish_within(connection, code, start, end, reason)

    def publish_within(
        self, connection: Connection, code: str, start: int, end: int | None = None, reason: str | None = None
    ) -> datetime:
        tenures.begin_change(connection)
        known = tenures.known_from(connection)
        tenures.enter(
            connection, dated_sets.need(connection, "calendar", code, self.district), FIRST + start * DAY,
            None if end is None else FIRST + end * DAY, known=known, now=FIRST + TODAY * DAY, actor="zhang",
            reason=reason,
        )  # fmt: skip
        return known

    def line(self, known: datetime | None = None, after: timedelta = timedelta()) -> str:
        """What holds on each day and ever after, so long after it begins: one letter a day, ``-`` for nothing."""
        with transaction(self.engine) as connection:
            found = [
                dated_sets.held_at(connection, "calendar", FIRST + day * DAY + after, self.district, known)
                for day in range(DAYS + 1)
            ]
        return "".join("-" if one is None else one.code for one in found)

    def get(self, code: str) -> dated_sets.DatedSet:
        with transaction(self.engine) as connection:
            return dated_sets.need(connection, "calendar", code, self.district)

    def history(self, **asked: datetime) -> list[tenures.Tenure]:
        with transaction(self.engine) as connection:
            return tenures.history(connection, "calendar", district=self.district, **asked)
