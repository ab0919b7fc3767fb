"""The routers of editions, kept in memory: what holds now and what will, exchanged on time, and a few others."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, Engine, text

from gridsvc.errors import Conflict, FieldError, NotFound, NothingHolds, Unavailable
from gridsvc.router import Router, Snapshot
from gridsvc.services.components import catch_up
from gridsvc.services.editions import read_snapshot
from gridsvc.store import dated_sets
from gridsvc.store.dated_sets import DatedSet
from gridsvc.store.engine import transaction
from gridsvc.store.index_files import kept_index

log = logging.getLogger("gridsvc")
# How often to look for what is new where nobody says so; a few small questions each time.
LOOK_AGAIN_S = 1.0
# Whoever asks looks himself only where two such looks in a row have not come.
_LOOKS_MISSED = 2.0
# What holds, what will hold after it (so many), the newest draft, and beside these what was last asked for.
KEPT_EDITIONS = 6
PLANNED = 2
# A list of components to which more than so much was recorded since is read anew.
FEW_CHANGES = 1000


class _Held(NamedTuple):
    """An edition that holds over some time, and its router, ready to answer."""

    found: DatedSet
    router: Router


class CurrentRouter:
    """Gives the router for now, for an instant or for a named edition. Safe to share between threads.

    A new router is built, indexes and all, beside the old one, which goes on answering meanwhile; it also goes on
    answering while the database cannot be asked, but not where the database says that nothing holds. An edition that
    was published for later takes over at its instant without any look at the database.
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
        self._keeping = threading.Lock()
        self._looked_at_s = float("-inf")
        # Whether the last look found that nothing holds.
        self._nothing = False
        # What held at the last look and what comes after it, in order of time, as far as it is built.
        self._plan: tuple[_Held, ...] = ()
        self._ahead: tuple[DatedSet, ...] = ()
        self._hopeless: set[int] = set()
        # By use, the last one last. Never changed, but replaced.
        self._kept: dict[int, Router] = {}

    def get(self, edition: str | None = None, at: datetime | None = None, now: datetime | None = None) -> Router:
        """Give the router of the named edition (draft or published), of the one that held at ``at``, or of now's.

        ``now`` is the caller's, where the answer is dated by it; without it the clock is read. Raises ``NothingHolds``
        where no edition holds now, and ``NotFound`` where none held at another instant.
        """
        if edition is None:
            now = now or self._now()
            try:
                held = self._now_holding(now)
            except NothingHolds:
                # At another instant one may have held, or is going to.
                if at is None or at == now:
                    raise
            else:
                if at is None:
                    return held.router
            if (there := _holding(self._plan, at)) is not None:
                return there.router
        district = self.district()
        with transaction(self._engine) as connection:
            if edition is not None:
                found = dated_sets.need(connection, "edition", edition, district)
            else:
                found = _need_held(dated_sets.held_at(connection, "edition", at or self._now(), district), at, now)
        return self._router_of(found)

    def at_hand(self, at: datetime | None = None) -> Router | None:
        """Give the router of ``get(at=at)`` at once where that needs no look at the database, else None."""
        if not (self._is_fresh() or self._looking.locked()):
            return None
        held = _holding(self._plan, at or self._now())
        return None if held is None else held.router

    def set_of(self, edition: str | None = None) -> DatedSet:
        """Give the row of the named edition, or of the one that holds now."""
        if edition is None:
            return self._now_holding(self._now()).found
        district = self.district()
        with transaction(self._engine) as connection:
            return dated_sets.need(connection, "edition", edition, district)

    def district(self) -> str | None:
        """The district that is served: the one of the settings, else the one that was there first, and no other."""
        return self._district

    def look(self) -> None:
        """Look now for what is new. Raises ``NothingHolds``, or ``Unavailable`` where nobody can say what holds."""
        with self._looking:
            self._look(self._now())

    def prepare(self) -> None:
        """Build beforehand what will be asked for: what is published for later, and the newest draft.

        So a publication finds its router built, and all that is left to do is to exchange it.
        """
        missing = [found for found in self._ahead if found.id not in self._kept and found.id not in self._hopeless]
        for found in missing:
            try:
                self._built(found)
            except Unavailable:
                raise
            except Exception as e:
                # Whoever asks for it by name is told; here it would only be tried again and again.
                log.warning("edition %s cannot be built beforehand: %r", found.code, e)
                self._hopeless.add(found.id)
        if missing:
            self.look()

    def _now_holding(self, now: datetime) -> _Held:
        if (known := self._known(now)) is not None:
            return known
        plan = self._plan
        # What held last goes on while nobody knows better.
        held = _holding(plan, now) or next(
            (h for h in reversed(plan) if h.found.holds_from and h.found.holds_from <= now), None
        )
        # While one thread looks, the others go on with what they have.
        if not self._looking.acquire(blocking=held is None):
            assert held is not None
            return held
        try:
            # Whoever had to wait for another's look may know by now.
            return self._known(now) or self._look(now)
        except NothingHolds:
            raise
        except Unavailable as e:
            if held is None:
                raise
            log.warning("going on with edition %s: %s", held.found.code, e.en)
            return held
        finally:
            self._looking.release()

    def _known(self, now: datetime) -> _Held | None:
        """What holds by the last look, None where another is due. Raises ``NothingHolds``."""
        if not self._is_fresh():
            return None
        if self._nothing:
            raise _nothing_holds()
        return _holding(self._plan, now)

    def _is_fresh(self) -> bool:
        return time.monotonic() - self._looked_at_s < _LOOKS_MISSED * LOOK_AGAIN_S

    def _look(self, now: datetime) -> _Held:
        nothing = False
        try:
            return self._found(now)
        except NothingHolds:
            nothing, self._plan, self._ahead = True, (), ()
            raise
        finally:
            self._nothing, self._looked_at_s = nothing, time.monotonic()

    def _found(self, now: datetime) -> _Held:
        try:
            with transaction(self._engine) as connection:
                found, *later = self._holding_and_later(connection, now)
                drafts = dated_sets.newest_drafts(connection, "edition", found.district, 1)
                for one in (found, *later):
                    if (router := self._kept.get(one.id)) is not None:
                        catch_up(connection, router)
        except Conflict as e:
            raise Unavailable(f"{e.zh}：请设置 GRIDSVC_DISTRICT", f"{e.en}: set GRIDSVC_DISTRICT") from e
        self._district = found.district
        self._ahead = (*later, *drafts)
        # The one that holds is built here if need be; what can wait is left to whoever prepares.
        holding = _Held(found, self._kept.get(found.id) or self._built(found))
        kept = self._kept
        self._plan = (holding, *(_Held(one, kept[one.id]) for one in later if one.id in kept))
        return holding

    def _holding_and_later(self, connection: Connection, now: datetime) -> Sequence[DatedSet]:
        """What holds now, and what follows it without a gap."""
        district = self.district()
        found = dated_sets.held_at(connection, "edition", now, district)
        if found is None:
            raise _nothing_holds()
        row = [found]
        while len(row) <= PLANNED and row[-1].holds_to is not None:
            following = dated_sets.held_at(connection, "edition", row[-1].holds_to, found.district)
            if following is None:
                break
            row.append(following)
        return row

    def _router_of(self, found: DatedSet) -> Router:
        router = self._kept.get(found.id)
        if router is None:
            return self._built(found)
        with transaction(self._engine) as connection:
            catch_up(connection, router)
        self._keep(found.id, router)
        return router

    def _built(self, found: DatedSet) -> Router:
        """Build the router of a set, unless another thread does, and keep it."""
        with self._building:
            if (router := self._kept.get(found.id)) is not None:
                return router
            with transaction(self._engine) as connection:
                # All of it from one snapshot: a draft may be replaced meanwhile. And a city's components are one long
                # read, which no limit for small questions may cut.
                connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
                connection.execute(text("SET LOCAL statement_timeout = 0"))
                found = dated_sets.need(connection, "edition", found.code, found.district)
                snapshot = read_snapshot(connection, found, like=self._like())
            folder = self._index_dir
            router = Router(snapshot, None if folder is None else kept_index(folder, snapshot.edition))
            router.warm()
            with transaction(self._engine) as connection:
                catch_up(connection, router)
            self._keep(found.id, router)
            return router

    def _like(self) -> tuple[int, Snapshot] | None:
        """What holds now, whose components most other editions have too, unless much of it is past."""
        if not self._plan:
            return None
        found, router = self._plan[0]
        new = router.components.seq - router.snapshot.components_seq <= FEW_CHANGES
        return (found.id, router.snapshot) if new else None

    def _keep(self, set_id: int, router: Router) -> None:
        """Keep a router as the one used last, and let go of those that were not used for longest."""
        with self._keeping:
            kept = {i: r for i, r in self._kept.items() if i != set_id} | {set_id: router}
            needed = {held.found.id for held in self._plan} | {found.id for found in self._ahead} | {set_id}
            spare = [i for i in kept if i not in needed]
            for i in spare[: max(0, len(kept) - KEPT_EDITIONS)]:
                del kept[i]
            self._kept = kept


def _holding(plan: Sequence[_Held], at: datetime) -> _Held | None:
    """The one of a plan that holds at an instant."""
    for held in plan:
        if _holds(held.found, at):
            return held
    return None


def _holds(found: DatedSet, at: datetime) -> bool:
    return found.holds_from is not None and found.holds_from <= at and (found.holds_to is None or at < found.holds_to)


def _nothing_holds() -> NothingHolds:
    return NothingHolds(
        "目前没有生效的版次：请用 gridsvc boundaries publish 发布一个（尚未载入则先 load）",
        "no edition holds now: publish one by gridsvc boundaries publish (load it first if need be)",
    )


def _need_held(found: DatedSet | None, at: datetime | None, now: datetime | None) -> DatedSet:
    if found is None and at == now:
        raise _nothing_holds()
    if found is None:
        mend = ("问一个已有版次生效的时刻", "ask for an instant at which an edition holds")
        error = FieldError("at", None if at is None else at.isoformat(), *mend)
        raise NotFound("该时刻没有版次生效", "no edition holds at that instant", [error])
    return found
