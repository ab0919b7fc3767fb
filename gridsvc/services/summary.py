"""The numbers of the open cases as every screen shows them, counted no more often than there is something new."""

import threading
import time
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from gridsvc.store.case_lists import OPEN, CaseFilter
from gridsvc.store.case_summary import FACETS, Counts, count_open, first_dispatches
from gridsvc.store.engine import transaction
from gridsvc.store.events import last_seq

# Lights turn without anything that happens.
TURN_S = 10.0
# Counting takes at most this share of the time: where very much is open and happening, numbers lag by a moment.
SHARE = 0.1
FIRST_DISPATCHES = timedelta(days=7)
FIRST_S = 60.0
_MOST_KEPT = 500


@dataclass(slots=True)
class _Kept:
    """What was counted for one filter: up to which entry, when, and how long that took."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    counts: Counts | None = None
    seq: int = 0
    now: datetime | None = None
    counted_s: float = 0.0
    took_s: float = 0.0
    first: tuple[int, int] = (0, 0)
    first_s: float = float("-inf")


class Summaries:
    """Counts for everybody who asks the same at about the same time once. Safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._kept: dict[CaseFilter, _Kept] = {}

    def of(self, wanted: CaseFilter, zone: ZoneInfo, now: datetime) -> dict[str, Any]:
        """Give the five numbers and the facets of the open cases that meet a filter, as of an instant.

        ``first_dispatch`` counts cases reported within the last week: those sent to a unit, and of these the ones that
        went to the right one at once. To ask for every status of an open case is to ask for none.
        """
        if set(wanted.status) >= set(OPEN):
            wanted = replace(wanted, status=())
        if len(self._kept) > _MOST_KEPT:
            self._kept = {}
        kept = self._kept.setdefault(replace(wanted, now=None), _Kept())
        with kept.lock:
            self._look(kept, replace(wanted, now=now), now)
            counts, as_of, (good, of) = kept.counts or {}, kept.now or now, kept.first
        lights = {light: n for light, n in counts["light"].items() if light in wanted.light or not wanted.light}
        return {
            "open": sum(lights.values()), "due_soon": lights.get("amber", 0), "overdue": lights.get("red", 0),
            "undecided": counts["undecided"].get("True", 0), "first_dispatch": {"good": good, "of": of},
            "as_of": as_of.astimezone(zone).isoformat(), "facets": {name: counts[name] for name in FACETS},
        }  # fmt: skip

    def _look(self, kept: _Kept, wanted: CaseFilter, now: datetime) -> None:
        """Count anew what may be otherwise by now."""
        start_s = time.monotonic()
        age_s = start_s - kept.counted_s
        if kept.counts is not None and age_s * SHARE < kept.took_s:
            return
        with transaction(self._engine) as connection:
            seq = last_seq(connection)
            if kept.counts is None or seq != kept.seq or age_s >= TURN_S:
                kept.counts, kept.seq, kept.now = count_open(connection, wanted), seq, now
                kept.counted_s = time.monotonic()
                kept.took_s = kept.counted_s - start_s
            if start_s - kept.first_s >= FIRST_S:
                kept.first = first_dispatches(connection, wanted, now - FIRST_DISPATCHES)
                kept.first_s = start_s
