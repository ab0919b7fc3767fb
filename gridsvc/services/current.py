"""The routers in memory, each of an edition and a ruleset: what holds now and what will, and a few others."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, Engine, text

from gridsvc.errors import Conflict, NothingHolds, Unavailable
from gridsvc.router import Router, Snapshot
from gridsvc.services.components import catch_up
from gridsvc.services.editions import read_rules_of, read_snapshot
from gridsvc.services.holding import Key, Pair, need_pair_at, newest_drafts, nothing_holds, pair_of, pairs_from
from gridsvc.store import dated_sets
from gridsvc.store.dated_sets import DatedSet, Kind
from gridsvc.store.engine import one_state, transaction
from gridsvc.store.index_files import kept_index

log = logging.getLogger("gridsvc")
# How often to look for what is new where nobody says so; a few small questions each time.
LOOK_AGAIN_S = 1.0
# Whoever asks looks himself only where two such looks in a row have not come.
_LOOKS_MISSED = 2.0
# What holds, what will hold after it (so many), the newest drafts, and beside these what was last asked for.
KEPT_ROUTERS = 8
PLANNED = 2
# A list of components to which more than so much was recorded since is read anew.
FEW_CHANGES = 1000


class _Held(NamedTuple):
    """What holds over some time, and its router, ready to answer."""

    pair: Pair
    router: Router


class CurrentRouter:
    """Gives the router for now, for an instant, or for a named edition or ruleset. Safe to share between threads.

    A new router is built, indexes and all, beside the old one, which goes on answering meanwhile; it also goes on
    answering while the database cannot be asked, but not where the database says that nothing holds. What was
    published for later takes over at its instant without any look at the database. Routers of one edition under
    several rulesets share their indexes.
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
        self._ahead: tuple[Pair, ...] = ()
        self._hopeless: set[Key] = set()
        # By use, the last one last. Never changed, but replaced.
        self._kept: dict[Key, Router] = {}

    def get(
        self,
        edition: str | None = None,
        at: datetime | None = None,
        now: datetime | None = None,
        ruleset: str | None = None,
    ) -> Router:
        """Give the router of what held at ``at``, or of now's, or of a named edition or ruleset, drafts among them.

        Which ruleset goes with a named edition says :func:`gridsvc.services.holding.pair_of`. ``now`` is the caller's,
        where the answer is dated by it; without it the clock is read. Raises ``NothingHolds`` where no edition holds
        now, and ``NotFound`` where none held at another instant.
        """
        now = now or self._now()
        if edition is None and ruleset is None:
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
        with one_state(self._engine) as connection:
            if edition is not None:
                found = dated_sets.need(connection, "edition", edition, district)
                pair = pair_of(connection, found, ruleset, at or now)
            else:
                pair = need_pair_at(connection, at or now, district, now)
                if ruleset is not None:
                    pair = pair_of(connection, pair.edition, ruleset, at or now)
        return self._router_of(pair)

    def at_hand(self, at: datetime | None = None) -> Router | None:
        """Give the router of ``get(at=at)`` at once where that needs no look at the database, else None."""
        held = self._held_at_hand(at)
        return None if held is None else held.router

    def set_at_hand(self) -> DatedSet | None:
        """Give the row of the edition that holds now, at once as :meth:`at_hand` does."""
        held = self._held_at_hand(None)
        return None if held is None else held.pair.edition

    def _held_at_hand(self, at: datetime | None) -> _Held | None:
        if not (self.looked_s_ago() < _LOOKS_MISSED * LOOK_AGAIN_S or self._looking.locked()):
            return None
        return _holding(self._plan, at or self._now())

    def set_of(self, edition: str | None = None) -> DatedSet:
        """Give the row of the named edition, or of the one that holds now."""
        return self._now_holding(self._now()).pair.edition if edition is None else self.named("edition", edition)

    def named(self, kind: Kind, code: str) -> DatedSet:
        """Give the row of a named edition or ruleset."""
        district = self.district()
        with transaction(self._engine) as connection:
            return dated_sets.need(connection, kind, code, district)

    def district(self) -> str | None:
        """The district that is served: the one of the settings, else the one that was there first, and no other."""
        return self._district

    def looked_s_ago(self) -> float:
        """Seconds since the database was last asked what holds; infinite where nobody could ask yet."""
        return time.monotonic() - self._looked_at_s

    def look(self) -> None:
        """Look now for what is new. Raises ``NothingHolds``, or ``Unavailable`` where nobody can say what holds."""
        with self._looking:
            self._look(self._now())

    def prepare(self) -> None:
        """Build beforehand what will be asked for: what is published for later, and the newest drafts.

        So a publication finds its router built, and all that is left to do is to exchange it.
        """
        missing = [pair for pair in self._ahead if pair.key not in self._kept and pair.key not in self._hopeless]
        for pair in missing:
            try:
                self._built(pair)
            except Unavailable:
                raise
            except Exception as e:
                # Whoever asks for it by name is told; here it would only be tried again and again.
                log.warning("edition %s cannot be built beforehand: %r", pair.edition.code, e)
                self._hopeless.add(pair.key)
        if missing:
            self.look()

    def _now_holding(self, now: datetime) -> _Held:
        if (known := self._known(now)) is not None:
            return known
        plan = self._plan
        # What held last goes on while nobody knows better.
        held = _holding(plan, now) or next(
            (h for h in reversed(plan) if h.pair.holds_from and h.pair.holds_from <= now), None
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
            log.warning("going on with edition %s: %s", held.pair.edition.code, e.en)
            return held
        finally:
            self._looking.release()

    def _known(self, now: datetime) -> _Held | None:
        """What holds by the last look, None where another is due. Raises ``NothingHolds``."""
        if not self.looked_s_ago() < _LOOKS_MISSED * LOOK_AGAIN_S:
            return None
        if self._nothing:
            raise nothing_holds()
        return _holding(self._plan, now)

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
            with one_state(self._engine) as connection:
                found, *later = pairs_from(connection, now, self.district(), 1 + PLANNED)
                drafts = newest_drafts(connection, found, now)
                for one in (found, *later):
                    if (router := self._kept.get(one.key)) is not None:
                        catch_up(connection, router)
        except Conflict as e:
            raise Unavailable(f"{e.zh}：请设置 GRIDSVC_DISTRICT", f"{e.en}: set GRIDSVC_DISTRICT") from e
        self._district = found.edition.district
        self._ahead = (*later, *drafts)
        # What holds is built here if need be; what can wait is left to whoever prepares.
        holding = _Held(found, self._kept.get(found.key) or self._built(found))
        kept = self._kept
        self._plan = (holding, *(_Held(one, kept[one.key]) for one in later if one.key in kept))
        return holding

    def _router_of(self, pair: Pair) -> Router:
        router = self._kept.get(pair.key)
        if router is None:
            return self._built(pair)
        with transaction(self._engine) as connection:
            catch_up(connection, router)
        self._keep(pair.key, router)
        return router

    def _built(self, pair: Pair) -> Router:
        """Build the router of a pair, unless another thread does, and keep it."""
        with self._building:
            if (router := self._kept.get(pair.key)) is not None:
                return router
            with one_state(self._engine) as connection:
                # A draft may be replaced meanwhile. And a city's components are one long read, which no limit for small
                # questions may cut.
                connection.execute(text("SET LOCAL statement_timeout = 0"))
                edition, ruleset = (_again(connection, one) for one in (pair.edition, pair.ruleset))
                assert edition is not None
                pair = Pair(edition, ruleset)
                alike = next((room for (ground, _), room in self._kept.items() if ground == pair.ground), None)
                if alike is None:
                    snapshot = read_snapshot(connection, edition, ruleset, like=self._like())
                else:
                    rules, staff = read_rules_of(connection, ruleset)
            if alike is None:
                folder = self._index_dir
                router = Router(snapshot, None if folder is None else kept_index(folder, snapshot.edition))
            else:
                router = alike.under(rules, staff)
            router.warm()
            with transaction(self._engine) as connection:
                catch_up(connection, router)
            self._keep(pair.key, router)
            return router

    def _like(self) -> tuple[int, Snapshot] | None:
        """What holds now, whose components most other editions have too, unless much of it is past."""
        if not self._plan:
            return None
        pair, router = self._plan[0]
        new = router.components.seq - router.snapshot.components_seq <= FEW_CHANGES
        return (pair.edition.id, router.snapshot) if new else None

    def _keep(self, key: Key, router: Router) -> None:
        """Keep a router as the one used last, and let go of those that were not used for longest."""
        with self._keeping:
            kept = {k: r for k, r in self._kept.items() if k != key} | {key: router}
            needed = {held.pair.key for held in self._plan} | {pair.key for pair in self._ahead} | {key}
            spare = [k for k in kept if k not in needed]
            for k in spare[: max(0, len(kept) - KEPT_ROUTERS)]:
                del kept[k]
            self._kept = kept


def _again(connection: Connection, found: DatedSet | None) -> DatedSet | None:
    """The same set as it is now; a draft may have been replaced."""
    return None if found is None else dated_sets.need(connection, found.kind, found.code, found.district)


def _holding(plan: Sequence[_Held], at: datetime) -> _Held | None:
    """The one of a plan that holds at an instant."""
    for held in plan:
        if _holds(held.pair, at):
            return held
    return None


def _holds(found: Pair, at: datetime) -> bool:
    return found.holds_from is not None and found.holds_from <= at and (found.holds_to is None or at < found.holds_to)
