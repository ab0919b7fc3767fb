"""The router of what holds now, kept in memory and exchanged when another edition or ruleset is published."""

import threading
import time
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine

from gridsvc.errors import FieldError, NotFound, Unavailable
from gridsvc.router import Router
from gridsvc.services.editions import read_snapshot
from gridsvc.store import dated_sets
from gridsvc.store.dated_sets import DatedSet
from gridsvc.store.engine import transaction

# How long an answer may rest on what was current before; one small query each time.
LOOK_AGAIN_S = 1.0
KEPT_EDITIONS = 4


class CurrentRouter:
    """Gives the router for now or for a named edition. Safe to share between threads.

    A new router is built beside the old one, which goes on answering until the new one is complete.
    """

    def __init__(self, engine: Engine, now: Callable[[], datetime], district: str | None = None) -> None:
        self._engine = engine
        self._now = now
        self._district = district
        self._lock = threading.Lock()
        self._looked_at_s = float("-inf")
        self._current: tuple[DatedSet, Router] | None = None
        self._others: dict[int, Router] = {}

    def now(self) -> datetime:
        """The instant by the door's clock."""
        return self._now()

    def get(self, edition: str | None = None) -> Router:
        """Give the router of the edition that holds now, or of the named one, draft or published."""
        return self.get_with_set(edition)[1]

    def get_with_set(self, edition: str | None = None) -> tuple[DatedSet, Router]:
        """The same with the row of the edition."""
        if edition is not None and (self._current is None or edition != self._current[0].code):
            return self._named(edition)
        held = self._current
        if held is not None and time.monotonic() - self._looked_at_s < LOOK_AGAIN_S:
            return held
        # While one thread looks, the others go on with what they have.
        if not self._lock.acquire(blocking=held is None):
            return held  # type: ignore[return-value]  # held is not None here
        try:
            return self._refresh()
        finally:
            self._lock.release()

    def _refresh(self) -> tuple[DatedSet, Router]:
        with transaction(self._engine) as connection:
            found = dated_sets.held_at(connection, "edition", self._now(), self._district)
            if found is None:
                raise Unavailable(
                    "尚未发布任何版次:先 gridsvc boundaries load 再 publish",
                    "no edition is published yet: gridsvc boundaries load, then publish",
                )
            if self._current is None or self._current[0].id != found.id:
                self._current = (found, Router(read_snapshot(connection, found)))
        self._looked_at_s = time.monotonic()
        return self._current

    def _named(self, edition: str) -> tuple[DatedSet, Router]:
        with transaction(self._engine) as connection:
            found = dated_sets.find(connection, "edition", edition, self._district)
            if found is None:
                known = ", ".join(s.code for s in dated_sets.listing(connection, "edition"))
                error = FieldError("edition", edition, f"已有:{known}", f"there are: {known}")
                raise NotFound(f"没有版次 {edition}", f"there is no edition {edition}", [error])
            router = self._others.get(found.id) or Router(read_snapshot(connection, found))
        with self._lock:
            self._others = dict(list((self._others | {found.id: router}).items())[-KEPT_EDITIONS:])
        return found, router
