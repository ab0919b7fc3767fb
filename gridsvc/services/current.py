"""The routers of editions, kept in memory: the one that holds now, exchanged on publication, and a few others."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, text

from gridsvc.errors import Conflict, FieldError, NotFound, Unavailable
from gridsvc.router import Router
from gridsvc.services.components import catch_up
from gridsvc.services.editions import read_snapshot
from gridsvc.store import dated_sets
from gridsvc.store.dated_sets import DatedSet
from gridsvc.store.engine import transaction
from gridsvc.store.index_files import kept_index

log = logging.getLogger("gridsvc")
# How long an answer may rest on what was current before; one small query each time.
LOOK_AGAIN_S = 1.0
KEPT_EDITIONS = 4


class CurrentRouter:
    """Gives the router for now, for an instant or for a named edition. Safe to share between threads.

    A new router is built, indexes and all, beside the old one, which goes on answering meanwhile; it also goes on
    answering while the database cannot be asked.
    """

    def __init__(
        self,
        engine: Engine,
        now: Callable[[], datetime],
        district: str | None = None,
        index_dir: Path | None = None,
    ) -> None:
        """``index_dir`` is where the indexes of editions are kept as files, for all processes of a machine."""
        self._index_dir = index_dir
        self._engine = engine
        self._now = now
        self._district = district
        self._looking = threading.Lock()
        self._building = threading.Lock()
        self._looked_at_s = float("-inf")
        self._current: tuple[DatedSet, Router] | None = None
        self._kept: dict[int, Router] = {}

    def get(self, edition: str | None = None, at: datetime | None = None) -> Router:
        """Give the router of the named edition (draft or published), of the one that held at ``at``, or of now's."""
        if edition is None and at is None:
            return self._now_holding()[1]
        if edition is None and at is not None:
            held, router = self._now_holding()
            if _holds(held, at):
                return router
        district = self.district()
        with transaction(self._engine) as connection:
            if edition is not None:
                found = dated_sets.need(connection, "edition", edition, district)
            else:
                found = _held(dated_sets.held_at(connection, "edition", at or self._now(), district), at)
        return self._router_of(found)

    def at_hand(self, at: datetime | None = None) -> Router | None:
        """Give the router of ``get(at=at)`` at once where that needs no look at the database, else None."""
        held = self._current
        if held is None or not (self._is_fresh() or self._looking.locked()):
            return None
        return held[1] if at is None or _holds(held[0], at) else None

    def set_of(self, edition: str | None = None) -> DatedSet:
        """Give the row of the named edition, or of the one that holds now."""
        if edition is None:
            return self._now_holding()[0]
        district = self.district()
        with transaction(self._engine) as connection:
            return dated_sets.need(connection, "edition", edition, district)

    def district(self) -> str | None:
        """The district that is served: the one of the settings, else the one that was there first, and no other."""
        return self._district if self._current is None else self._current[0].district

    def _now_holding(self) -> tuple[DatedSet, Router]:
        held = self._current
        if held is not None and self._is_fresh():
            return held
        # While one thread looks, the others go on with what they have.
        if not self._looking.acquire(blocking=held is None):
            assert held is not None
            return held
        try:
            return self._look(held)
        except Unavailable as e:
            if held is None:
                raise
            log.warning("going on with edition %s: %s", held[0].code, e.en)
            return held
        finally:
            self._looked_at_s = time.monotonic()
            self._looking.release()

    def _is_fresh(self) -> bool:
        return time.monotonic() - self._looked_at_s < LOOK_AGAIN_S

    def _look(self, held: tuple[DatedSet, Router] | None) -> tuple[DatedSet, Router]:
        try:
            with transaction(self._engine) as connection:
                found = dated_sets.held_at(connection, "edition", self._now(), self.district())
                if found is not None and held is not None and held[0].id == found.id:
                    catch_up(connection, held[1])
        except Conflict as e:
            raise Unavailable(f"{e.zh}：请设置 GRIDSVC_DISTRICT", f"{e.en}: set GRIDSVC_DISTRICT") from e
        if found is None:
            raise Unavailable(
                "尚未发布任何版次：先 gridsvc boundaries load 再 publish",
                "no edition is published yet: gridsvc boundaries load, then publish",
            )
        router = held[1] if held is not None and held[0].id == found.id else self._router_of(found)
        self._current = (found, router)
        return self._current

    def _router_of(self, found: DatedSet) -> Router:
        with self._building:
            router = self._kept.get(found.id)
            with transaction(self._engine) as connection:
                if router is not None:
                    catch_up(connection, router)
                    return router
                # A city's components are one long read, which no limit for small questions may cut.
                connection.execute(text("SET LOCAL statement_timeout = 0"))
                snapshot = read_snapshot(connection, found)
            folder = self._index_dir
            router = Router(snapshot, None if folder is None else kept_index(folder, snapshot.edition))
            router.warm()
            self._kept = dict([*self._kept.items(), (found.id, router)][-KEPT_EDITIONS:])
            return router


def _holds(found: DatedSet, at: datetime) -> bool:
    return found.holds_from is not None and found.holds_from <= at and (found.holds_to is None or at < found.holds_to)


def _held(found: DatedSet | None, at: datetime | None) -> DatedSet:
    if found is None:
        mend = ("问一个已有版次生效的时刻", "ask for an instant at which an edition holds")
        error = FieldError("at", None if at is None else at.isoformat(), *mend)
        raise NotFound("该时刻没有版次生效", "no edition holds at that instant", [error])
    return found
