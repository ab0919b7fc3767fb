"""Brings what happens to cases to those who subscribed to it: at least once, and in order for each case.

A subscription has a cursor over the entries of all histories. What fails stands in a table of its own, is tried again
on a schedule and given up at its end; meanwhile only later events of the same case wait for it.
"""

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine

from gridsvc.errors import GridsvcError
from gridsvc.rights import Actor, Reach
from gridsvc.router import Router
from gridsvc.services.cases import shown
from gridsvc.services.current import CurrentRouter
from gridsvc.services.outgoing import Outcome, Send, Sender
from gridsvc.store import subscriptions as store
from gridsvc.store.cases import StoredCase, read_case
from gridsvc.store.engine import to_json, transaction
from gridsvc.store.events import Event, last_seq, read_event, read_events
from gridsvc.store.subscriptions import Subscription, Undelivered

log = logging.getLogger("gridsvc")
# How long after each failure an event is tried again: eleven attempts over about a day.
AGAIN_S = (5.0, 30.0, 120.0, 600.0, 1_800.0, 3_600.0, 7_200.0, 14_400.0, 28_800.0, 28_800.0)
# So many different events that fail one after the other mean that the receiver is down: it is left alone for a while,
# so that its next events wait where they are, and are not given up in its absence.
DOWN_AFTER = 5
REST_S, LONGEST_REST_S = 5.0, 900.0
PAGE = 200
# After so long what was done is committed.
COMMIT_S = 1.0
LOOK_AGAIN_S = 1.0
# Subscriptions that are worked on at the same time; each needs a connection.
MOST_AT_ONCE = 8
_END_S = 2.0


@dataclass
class Done:
    """What one piece of work came to; ``goes_on`` where there is more to do at once."""

    delivered: int = 0
    failed: int = 0
    dead: int = 0
    goes_on: bool = False


class Relay:
    """Delivers what there is to deliver. Several of them, also in several processes, never work on the same."""

    def __init__(self, engine: Engine, current: CurrentRouter, sender: Sender, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._current = current
        self._sender = sender
        self._now = now

    def with_work(self) -> list[int]:
        """Give the numbers of the subscriptions that have something to do."""
        with transaction(self._engine) as connection:
            return store.with_work(connection, self._current.district() or "", last_seq(connection), self._now())

    def work_on(self, id_: int, is_over: Callable[[], bool] = lambda: False) -> Done:
        """Deliver what a subscription has, for a moment, and keep how far it came; nothing where others are at it."""
        room = self._current.get()
        with transaction(self._engine) as connection, self._sender.open() as send:
            claimed = store.claim(connection, id_, self._now())
            if claimed is None:
                return Done()
            work = _Work(self._engine, connection, claimed, room, send, self._now)
            until_s = time.monotonic() + COMMIT_S
            while not is_over() and (goes_on := work.step()) and time.monotonic() < until_s:
                pass
            work.keep()
            work.done.goes_on = goes_on and not is_over()
            return work.done


class _Work:
    """One subscription that nobody else works on, and the events after its cursor.

    The transaction of ``connection`` lasts as long as receivers take to answer, so it touches no table of cases: those
    are read in others, or nobody could make the partitions of a month meanwhile.
    """

    def __init__(
        self, engine: Engine, connection: Connection, claimed: Subscription, room: Router, send: Send,
        now: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._engine = engine
        self._connection = connection
        self._of = claimed
        self._room = room
        self._send = send
        self._now = now
        self._reach = reach_of(claimed, room, now())
        self._page: deque[Event] = deque()
        self.done = Done()

    def step(self) -> bool:
        """Try one event; tell whether to go on."""
        due = store.next_due(self._connection, self._of.id, self._now())
        if due is not None:
            with transaction(self._engine) as reading:
                event = read_event(reading, due.seq)
            self._try(event, due)
        elif (fresh := self._next()) is not None:
            self._try(fresh, None)
        else:
            return False
        return self._of.paused_at is None and self._of.rests_until is None

    def keep(self) -> None:
        """Store how far it came."""
        changed = {name: getattr(self._of, name) for name in ("seq", "failures", "rests_until", "error", "paused_at")}
        store.change_subscription(self._connection, self._of.id, **changed)

    def _next(self) -> Event | None:
        """The next event for this subscription that waits for no other of its case."""
        while True:
            if not self._page:
                with transaction(self._engine) as reading:
                    self._page.extend(read_events(reading, self._of.seq, PAGE))
            if not self._page:
                return None
            event = self._page.popleft()
            self._change(seq=event.seq)
            if not self._is_wanted(event):
                continue
            if not store.is_waiting(self._connection, self._of.id, event.id):
                return event
            now = self._now()
            behind = Undelivered(event.seq, event.id, 0, now, now, None, None)
            store.add_undelivered(self._connection, self._of.id, behind)

    def _is_wanted(self, event: Event) -> bool:
        kinds = self._of.kinds
        return (
            event.district == self._of.district
            and (kinds is None or event.kind in kinds or f"{event.kind}:{event.rung}" in kinds)
            and self._reach.covers(event.areas, event.parties, event.reported_by)
        )

    def _try(self, event: Event, before: Undelivered | None) -> None:
        with transaction(self._engine) as reading:
            case = read_case(reading, str(event.id), self._reach)
        if case is None:
            # It went where the receiver may not look while this waited.
            outcome = Outcome()
        else:
            body = to_json(message(event, case, self._room, self._now())).encode()
            outcome = self._send(self._of.url, self._of.secret, str(event.seq), body, self._now())
        if outcome.error is None:
            self.done.delivered += case is not None
            if before is not None:
                store.drop_undelivered(self._connection, self._of.id, event.seq)
            self._change(failures=0, rests_until=None, error=None)
        else:
            self._note_failure(event, before, outcome, self._now())

    def _note_failure(self, event: Event, before: Undelivered | None, outcome: Outcome, now: datetime) -> None:
        self.done.failed += 1
        fresh = Undelivered(event.seq, event.id, 0, now, now, None, None)
        failed = replace(before or fresh, tries=(before or fresh).tries + 1, error=outcome.error)
        if failed.tries > len(AGAIN_S):
            failed = replace(failed, dead_at=now)
            self.done.dead += 1
            log.warning("subscription %s: event %s is given up: %s", self._of.id, event.seq, outcome.error)
        else:
            failed = replace(failed, due_at=now + _about(AGAIN_S[failed.tries - 1]))
        (store.add_undelivered if before is None else store.change_undelivered)(
            self._connection, self._of.id, failed
        )  # fmt: skip
        # One event that always fails says nothing of the receiver, unless that is down anyway.
        failures = self._of.failures + (before is None or before.tries == 0 or self._of.failures >= DOWN_AFTER)
        rest_s = min(REST_S * 2.0 ** min(failures - DOWN_AFTER, 20), LONGEST_REST_S)
        rests_until = now + _about(rest_s) if failures >= DOWN_AFTER else None
        paused_at = now if outcome.is_gone else None
        self._change(failures=failures, rests_until=rests_until, error=outcome.error, paused_at=paused_at)

    def _change(self, **values: Any) -> None:
        self._of = replace(self._of, **values)


def reach_of(subscription: Subscription, room: Router, now: datetime) -> Reach:
    """Give whose cases a subscription tells of."""
    receiver = Actor(f"subscription {subscription.id}", (subscription.grant,))
    return receiver.reach("case:read", subscription.district, now, room.snapshot.staff.below)


def message(event: Event, case: StoredCase, room: Router, now: datetime) -> dict[str, Any]:
    """Give an event as CloudEvents 1.0 has it, with the case as who may read it sees it, and nobody who reported it."""
    about = {"lights": event.lights, "rung": event.rung}
    entry = {"n": event.n, "kind": event.kind} | {k: v for k, v in about.items() if v is not None}
    return {
        "specversion": "1.0",
        "id": str(event.seq),
        "source": f"/districts/{event.district}",
        "type": f"gridsvc.case.{event.kind}",
        "subject": event.number,
        "time": event.at.astimezone(room.zone).isoformat(),
        "datacontenttype": "application/json",
        "data": shown(case, room.zone, None, now) | {"entry": entry},
    }


def _about(seconds: float) -> timedelta:
    """So long, give or take a fifth: what failed together is not all tried again together."""
    return timedelta(seconds=seconds * random.uniform(0.8, 1.2))


@contextmanager
def relaying(relay: Relay) -> Iterator[Callable[[], None]]:
    """Deliver as long as the block lasts, in threads; gives what to call when there may be something new."""
    runner = _Runner(relay)
    thread = threading.Thread(target=runner.run, daemon=True)
    thread.start()
    try:
        yield runner.news.set
    finally:
        runner.over.set()
        runner.news.set()
        # What is on its way to a receiver that does not answer is sent again by whoever comes next.
        until_s = time.monotonic() + _END_S
        for one in (thread, *runner.threads.values()):
            one.join(max(until_s - time.monotonic(), 0.0))


class _Runner:
    """One thread sees who has something to do, and starts another for each of these."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self.news, self.over = threading.Event(), threading.Event()
        self.threads: dict[int, threading.Thread] = {}

    def run(self) -> None:
        while not self.over.is_set():
            self.threads = {id_: thread for id_, thread in self.threads.items() if thread.is_alive()}
            for id_ in self._with_work():
                if id_ not in self.threads and len(self.threads) < MOST_AT_ONCE:
                    self.threads[id_] = threading.Thread(target=self._work_on, args=(id_,), daemon=True)
                    self.threads[id_].start()
            self.news.wait(LOOK_AGAIN_S)
            self.news.clear()

    def _with_work(self) -> list[int]:
        try:
            return self._relay.with_work()
        except GridsvcError as e:
            log.debug("%s", e.en)
        except Exception:
            log.exception("cannot look for what is to be delivered")
        return []

    def _work_on(self, id_: int) -> None:
        try:
            while (done := self._relay.work_on(id_, self.over.is_set)).goes_on:
                pass
            if done.delivered:
                # What came meanwhile may have been asked about while this thread was still at it.
                self.news.set()
        except GridsvcError as e:
            log.debug("%s", e.en)
        except Exception:
            log.exception("cannot deliver to subscription %s", id_)
