"""Replays as jobs: asked for, run one at a time beside everything else, and kept for whoever comes back to the page."""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine

from gridsvc.changes import KINDS, shifts
from gridsvc.errors import Conflict, FieldError, GridsvcError, NotFound
from gridsvc.services.affected import affected, count_open_cases
from gridsvc.services.current import CurrentRouter
from gridsvc.services.edition_check import checked_now
from gridsvc.services.replay import Replayed, count_cases, replay
from gridsvc.store import replay_jobs as store
from gridsvc.store.dated_sets import DatedSet
from gridsvc.store.engine import transaction
from gridsvc.store.replay_jobs import Job
from gridsvc.store.replays import PastFilter
from gridsvc.values import in_years

log = logging.getLogger("gridsvc")
# Of the cases that change so many are kept with the result, the gravest first, and of each sum as many.
MOST_CHANGES, MOST_SHIFTS = 2000, 300
# Connections that a replay needs: two that read, one that notes how far it is, one for the open cases.
CONNECTIONS = 4
_END_S = 5.0


class _Stopped(Exception):
    """The service ends, and its replay with it."""


class Replays:
    """Runs replays in a thread of their own, over an engine of their own, so that they keep no request waiting."""

    def __init__(self, engine: Engine, current: CurrentRouter, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._current = current
        self._now = now
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self, found: DatedSet, wanted: PastFilter, actor: str) -> Job:
        """Begin to decide all past cases under an edition; raises ``Conflict`` where another replay runs anywhere.

        A draft is checked first if it was drawn in; it is replayed as it is, whatever stands against it.
        """
        with transaction(self._engine) as connection:
            found = checked_now(connection, found, self._now())
        n = count_cases(self._engine, wanted) + count_open_cases(self._engine, wanted.district)
        connection = self._engine.connect()
        try:
            if not store.try_lock(connection):
                mend = ("等它结束后再开始", "begin when it has ended")
                error = FieldError("edition", found.code, *mend)
                raise Conflict("另一个回放正在进行", "another replay is running", [error])
            about = {"district": found.district, "edition": found.code, "content_hash": found.content_hash}
            id_ = store.add_job(connection, **about, actor=actor, of=n)
            connection.commit()
        except BaseException:
            connection.invalidate()
            connection.close()
            raise
        self._thread = threading.Thread(target=self._run, args=(connection, id_, found, wanted), daemon=True)
        self._thread.start()
        return self.job(found, id_)

    def job(self, found: DatedSet, id_: int) -> Job:
        """Give one replay of an edition; raises ``NotFound``."""
        for job in self.jobs(found):
            if job.id == id_:
                return job
        mend = ("用 GET …/replays 列出的回放", "one of those that GET …/replays lists")
        raise NotFound("没有这次回放", "there is no such replay", [FieldError("id", id_, *mend)])

    def jobs(self, found: DatedSet) -> list[Job]:
        """Give the replays of an edition that are kept, newest first."""
        with transaction(self._engine) as connection:
            return store.jobs_of(connection, found.district, found.code)

    def is_running(self, job: Job) -> bool:
        """Whether a replay that has no end yet goes on; the process that ran it may have died."""
        if job.ended_at is not None:
            return False
        with transaction(self._engine) as connection:
            return store.running(connection) == job.id

    @contextmanager
    def running(self) -> Iterator[None]:
        """Let replays run as long as the block lasts."""
        try:
            yield
        finally:
            self._over.set()
            if self._thread is not None:
                self._thread.join(_END_S)

    def _run(self, connection: Connection, id_: int, found: DatedSet, wanted: PastFilter) -> None:
        """Run one replay to its end, and let go of the lock by closing the session that has it."""
        done = 0

        def step(n: int) -> None:
            nonlocal done
            if self._over.is_set():
                raise _Stopped
            done += n
            store.write_job(connection, id_, done=done)
            connection.commit()

        try:
            replayed = replay(self._engine, wanted, found.code, None, step)
            open_cases = affected(self._engine, self._current.get(found.code), step)
            about = {"open": open_cases.open, "changed": len(open_cases.changes)}
            ended: dict[str, Any] = {"result": _result(replayed) | {"open": about}, "ruleset": replayed.ruleset}
        except _Stopped:
            ended = {"problem": {"zh": "服务停止，回放中断", "en": "the service ended, and the replay with it"}}
        except GridsvcError as e:
            ended = {"problem": {"zh": e.zh, "en": e.en}}
        except Exception:
            log.exception("the replay under %s failed", found.code)
            ended = {"problem": {"zh": "回放出错，已记录", "en": "the replay failed; it has been logged"}}
        try:
            store.write_job(connection, id_, done=done, ended_at=self._now(), **ended)
            connection.commit()
        finally:
            connection.invalidate()
            connection.close()


def whole_past(found: DatedSet, start: datetime | None, end: datetime | None) -> PastFilter:
    """Choose the cases of an edition's district that were reported in [start, end)."""
    return PastFilter(found.district, start and in_years(start, "from"), end and in_years(end, "to"))


def _result(found: Replayed) -> dict[str, Any]:
    """Sum a replay up, and keep the gravest of its changes."""
    gravest = sorted(found.changes, key=lambda c: KINDS.index(c.kind))
    kinds = Counter(c.kind for c in found.changes)
    sides = [side for c in found.changes for side in (c.before, c.after) if side]
    layers = dict.fromkeys(layer for side in sides for layer in side["areas"])
    sums = shifts(found.changes, list(layers))
    return {
        "same": found.same, "changed": found.changed, "failed": found.failed,
        "kinds": {kind: kinds[kind] for kind in KINDS if kinds[kind]},
        "shifts": [{"by": s.by, "code": s.code, "lost": s.lost, "gained": s.gained} for s in sums[:MOST_SHIFTS]],
        "changes": [
            {
                "number": c.number, "kind": c.kind, "category": c.category, "lon": c.lon, "lat": c.lat,
                "fields": {key: list(pair) for key, pair in c.differing().items()},
                "why": c.why and {"zh": c.why[0], "en": c.why[1]},
            }
            for c in gravest[:MOST_CHANGES]
        ],
    }  # fmt: skip
