"""Histories of cases as the service writes them, for tests of what is counted."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from gridsvc.casework.case import Entry, append, first_broken
from gridsvc.casework.facts import History, Step

START = datetime(2016, 12, 1, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def answer(unit: str = "U1", **areas: str) -> dict[str, Any]:
    """A decision as far as it is counted."""
    return {
        "areas": {layer: {"code": code, "name": code, "how": "inside"} for layer, code in areas.items()},
        "accountable": {"unit": unit, "name": unit, "via": "rule"} if unit else None,
    }


def clock(
    stage: str, started: datetime, due: datetime, stopped: datetime | None = None, **other: Any
) -> dict[str, Any]:
    """A clock as it stands on record."""
    state = "stopped" if stopped else "running"
    at = {"started_at": started.isoformat(), "due_at": due.isoformat(), "stopped_at": stopped and stopped.isoformat()}
    return {"stage": stage, "n": 1, "amount": 1.0, "unit": "working_day", "state": state, "request": None} | at | other


class Told:
    """One case that is told step by step; ``clocks`` given once stand until others are given."""

    def __init__(self, number: str = "161201-0001", unit: str = "U1", category: str = "06010", source: str = "patrol",
                 at: datetime = START, actor: str = "cai", **areas: str) -> None:  # fmt: skip
        self.number, self.at, self.entries, self.id = number, at, list[Entry](), uuid4()
        self.do("reported", actor=actor, category=category, source=source, lon=120.1, lat=30.2)
        self.do("decided", answer=answer(unit, **(areas or {"street": "S1"})))

    def at_place(self, lon: float, lat: float, **attributes: str) -> "Told":
        """The same report from elsewhere, in other circumstances."""
        first, *rest = self.entries
        self.entries = []
        self.do(
            "reported", first.at, first.actor, **{**first.payload, "lon": lon, "lat": lat, "attributes": attributes}
        )
        for entry in rest:
            self.do(entry.kind, entry.at, entry.actor, **entry.payload)
        return self

    def do(self, kind: str, at: datetime | None = None, actor: str = "wang", **said: Any) -> "Told":
        self.at = at or self.at
        self.entries.append(append(self.entries, self.id, self.at, actor, kind, said))
        return self

    @property
    def history(self) -> History:
        assert first_broken(self.entries) is None
        return History(self.number, [Step(e.n, e.at, e.actor, e.kind, e.payload) for e in self.entries])


def ordinary(number: str = "161201-0001", *, closed: datetime | None = None, due: datetime | None = None,
             at: datetime = START, **other: Any) -> Told:  # fmt: skip
    """A case from report to closing, or to dispatch where it was not closed; ``due``: the limit of the whole."""
    told = Told(number, at=at, **other).do("accept", at, "shou").do("register", at, "ban").do("dispatch", at, "pai")
    clocks = [clock("whole", at, due, closed)] if due else []
    if closed is None:
        return told.do("take", at, "chu", clocks=clocks)
    return told.do("take", at, "chu").do("finish", closed, "chu").do("close", closed, "ban", clocks=clocks)
