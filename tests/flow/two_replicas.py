"""Two replicas of one database under load, while editions are published and everything is killed in turn.

What clients were told is written down, and compared with what is stored once it is over. Used by a test for half a
minute and by ``tools/replica_drill.py`` for as long as one likes.
"""

import http.client
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from small_city import IN_A, IN_B, ODOUR, write_city
from sqlalchemy import Engine, select

from benchmarks.replicas import Reply, Series, faults
from gridsvc.bootstrap import read_all
from gridsvc.services.audit import verify
from gridsvc.store import migrate
from gridsvc.store.engine import make_engine
from gridsvc.store.tables import case

from .installation import Installation, free_port

# From the commit of the next edition on, no answer by this one may come later.
LIMIT_S = 2.0
ASKING, REPORTING, PAUSE_S = 4, 4, 0.02
# On a machine where the kernel was never compiled, a first start takes a minute.
START_S, NO_ANSWER_S = 120.0, 60.0
KEY = "the key of every client of this drill"
PLACES = [IN_A, IN_B, (120.0, 30.0), (120.01, 30.005), (120.0100001, 30.002), (120.0125, 30.0099)]
POINTS = [{"point": {"x": x, "y": y, "crs": "wgs84"}, "category": c} for x, y in PLACES for c in (ODOUR, "01001", None)]
# What a proxy or a replica says that is away: the request is to be sent again.
AWAY = {429, 502, 503, 504}

# Given the ports of the replicas and a folder, the ports that clients dial as long as the block lasts.
Front = Callable[[Sequence[int], Path], AbstractContextManager[Sequence[int]]]
# Given the address of the database and a folder, what the replicas are told of it in their environment.
Pool = Callable[[str, Path], AbstractContextManager[Mapping[str, str]]]


def directly(ports: Sequence[int], _: Path) -> AbstractContextManager[Sequence[int]]:
    """No proxy: clients know both replicas and change over where one does not answer."""
    return nullcontext(ports)


def unpooled(url: str, _: Path) -> AbstractContextManager[Mapping[str, str]]:
    """No pool but the replicas' own."""
    return nullcontext({"GRIDSVC_DATABASE_URL": url})


class Replica(Installation):
    """One more service on the database of an installation, with a port and a log of its own."""

    def __init__(self, first: Installation, number: int) -> None:
        self.home, self.cluster, self.environment = first.home, first.cluster, first.environment
        self.port, self.log, self.service = free_port(), first.home / f"replica-{number}.log", None


@dataclass
class Seen:
    """What the clients saw: answers, which replica gave each, what was refused, and how long they had to wait."""

    replies: list[Reply] = field(default_factory=list)
    reports: dict[str, Any] = field(default_factory=dict)
    repeated: int = 0
    changed: list[str] = field(default_factory=list)
    lost: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    unexpected: list[str] = field(default_factory=list)
    waited_s: float = 0.0


class Client:
    """Sends one request after the other to the dialled ports in turn; to the next at once where one does not answer."""

    def __init__(self, ports: Sequence[int], number: int, seen: Seen) -> None:
        self.ports, self.number, self.seen, self.rng = ports, number, seen, random.Random(number)
        self._turn = number

    def until_told(self, path: str, body: Any, key: str | None = None) -> tuple[int, float, int, Any]:
        """Repeat until there is an answer: the replica, when it was sent the last time, status and answer."""
        first_s = time.monotonic()
        for tried in count(1):
            sent_s = time.monotonic()
            try:
                replica, status, answer = self._once(path, body, key)
            except (OSError, http.client.HTTPException) as e:
                self.seen.lost[type(e).__name__] += 1
            else:
                self.seen.statuses[status] += 1
                if status not in AWAY:
                    self.seen.waited_s = max(self.seen.waited_s, time.monotonic() - first_s)
                    return replica, sent_s, status, answer
            if time.monotonic() - first_s > NO_ANSWER_S:
                break
            if tried % len(self.ports) == 0:
                time.sleep(self.rng.uniform(0.02, 0.1))
        raise TimeoutError(f"{path} {key}: no answer for {NO_ANSWER_S:.0f} s")

    def _once(self, path: str, body: Any, key: str | None) -> tuple[int, int, Any]:
        self._turn += 1
        dialled = self._turn % len(self.ports)
        connection = http.client.HTTPConnection("127.0.0.1", self.ports[dialled], timeout=20)
        try:
            headers = {"Content-Type": "application/json", "Authorization": f"Bearer {KEY}"}
            connection.request("POST", path, json.dumps(body), headers | ({"Idempotency-Key": key} if key else {}))
            answer = connection.getresponse()
            # The proxy says who answered; without one it is who was dialled.
            replica = int(answer.getheader("X-Replica", f"replica-{dialled}").rpartition("-")[2])
            text = answer.read()
            return replica, answer.status, json.loads(text) if answer.status not in AWAY else None
        finally:
            connection.close()

    def ask(self, stop: threading.Event) -> None:
        """Ask whose points are, one after the other."""
        for i in count(self.number):
            if stop.wait(PAUSE_S):
                return
            row = i % len(POINTS)
            replica, sent_s, status, answer = self.until_told("/v1/route?explain=none", POINTS[row])
            got_s, got_at = time.monotonic(), time.time()
            sent_at = got_at - (got_s - sent_s)
            self.seen.replies.append(
                Reply(replica, [row], False, sent_s, got_s, sent_at, got_at, status, answer)
            )  # fmt: skip

    def report(self, stop: threading.Event) -> None:
        """Report cases, and now and then send one that was acknowledged already once more."""
        sent: list[tuple[str, Any]] = []
        for i in count():
            if stop.wait(PAUSE_S):
                return
            point = {"x": self.rng.uniform(120.0005, 120.0195), "y": self.rng.uniform(30.0005, 30.0095), "crs": "wgs84"}
            sent.append((f"{self.number}-{i}", {"point": point, "category": ODOUR, "source": "app"}))
            self._acknowledged(*sent[-1])
            if self.rng.random() < 0.1:
                self.seen.repeated += 1
                self._acknowledged(*self.rng.choice(sent))

    def _acknowledged(self, key: str, body: Any) -> None:
        _, _, status, answer = self.until_told("/v1/cases", body, key)
        if status != 201:
            self.seen.unexpected.append(f"{key}: {status} {str(answer)[:300]}")
        elif self.seen.reports.setdefault(key, answer) != answer:
            self.seen.changed.append(key)


class City:
    """A small city with two replicas; editions that every answer can be told apart by."""

    def __init__(self, installation: Installation, engine: Engine, series: Series, rng: random.Random) -> None:
        self.installation, self.engine, self.series, self.rng = installation, engine, series, rng
        self.replicas = [Replica(installation, n) for n in range(2)]
        # By number: when each edition was committed, by the monotonic clock and by the other.
        self.published: dict[int, float] = {}
        self.published_at: dict[int, float] = {}
        self.killed: Counter[str] = Counter()

    def publish(self) -> None:
        """Load and publish the next edition."""
        k = len(self.published)
        self.series.load(self.engine, k)
        self.published[k] = self.series.publish(self.engine, k)
        self.published_at[k] = time.time()

    def rest(self) -> None:
        time.sleep(self.rng.uniform(0.3, LIMIT_S))

    def kill_replica(self, replica: Replica) -> None:
        """Kill one while an edition is published; another is published without it, and one as it comes back."""
        killer = threading.Timer(self.rng.uniform(0.0, 0.1), replica.kill_service)
        killer.start()
        self.publish()
        killer.join()
        self.rest()
        self.publish()
        self.rest()
        replica.serve()
        self.publish()
        replica.wait_until_ready(START_S)
        self.killed["replica"] += 1

    def kill_database(self) -> None:
        """Kill the database server, and publish as soon as it is there again."""
        self.installation.kill_postmaster()
        self.installation.cluster.start()
        self.engine.dispose()
        self.publish()
        self.killed["database"] += 1

    def round(self, n: int) -> None:
        """One of them, in turn, and time to notice."""
        if n % 3 < 2:
            self.kill_replica(self.replicas[n % 3])
        else:
            self.kill_database()
        self.rest()


@dataclass
class Drilled:
    """What came of it."""

    seen: Seen
    published: int
    killed: Counter[str]
    seconds: float
    # By replica: how long after its end an edition was last answered by, and how many editions it answered by.
    latest_s: dict[int, float]
    editions: dict[int, int]
    faults: dict[str, list[str]]


@contextmanager
def _running(pool: Pool, seed: int) -> Iterator[City]:
    installation = Installation()
    engine = None
    try:
        url = installation.cluster.start()
        engine = make_engine(url, 2)
        migrate.upgrade(engine)
        series = Series(read_all(write_city(installation.home / "city")))
        with pool(url, installation.home) as told:
            # Whoever comes through a proxy is nobody without a key, open access or not.
            del installation.environment["GRIDSVC_OPEN"]
            installation.environment |= {"GRIDSVC_RATE_PER_S": "100000", "GRIDSVC_ADMIN_KEY": KEY, **told}
            city = City(installation, engine, series, random.Random(seed))
            city.publish()
            try:
                for replica in city.replicas:
                    replica.serve()
                for replica in city.replicas:
                    replica.wait_until_ready(START_S)
                yield city
            finally:
                for replica in city.replicas:
                    replica.kill_service()
    finally:
        if engine is not None:
            engine.dispose()
        installation.remove()


def drill(rounds: int, front: Front = directly, pool: Pool = unpooled, seed: int = 20240612) -> Drilled:
    """Run so many rounds under load and compare."""
    seen, stop = Seen(), threading.Event()
    with _running(pool, seed) as city, front([r.port for r in city.replicas], city.installation.home) as ports:
        clients = [Client(ports, n, seen) for n in range(ASKING + REPORTING)]
        works = [c.ask for c in clients[:ASKING]] + [c.report for c in clients[ASKING:]]
        threads = [threading.Thread(target=_kept, args=(work, stop, seen)) for work in works]
        began_s = time.monotonic()
        for thread in threads:
            thread.start()
        try:
            city.rest()
            for n in range(rounds):
                city.round(n)
            time.sleep(LIMIT_S)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        return _compared(city, seen, time.monotonic() - began_s)


def _kept(work: Callable[[threading.Event], None], stop: threading.Event, seen: Seen) -> None:
    try:
        work(stop)
    except Exception as e:  # A client that ends unnoticed would make everything look well.
        seen.unexpected.append(repr(e))


def _compared(city: City, seen: Seen, seconds: float) -> Drilled:
    late, latest_s = _late(city, seen.replies)
    given = {(r.replica, r.answer["edition"]) for r in seen.replies if r.status == 200}
    found = {
        "wrong answers, or older than one before": faults(city.series, POINTS, seen.replies),
        f"answers by an edition retired {LIMIT_S:.0f} s before": late,
        "answers to a repeated report that changed": seen.changed,
        "unexpected answers": seen.unexpected,
        **_stored(city, seen),
    }
    editions = Counter(replica for replica, _ in given)
    return Drilled(seen, len(city.published), city.killed, seconds, latest_s, dict(editions), found)


def _late(city: City, replies: Sequence[Reply]) -> tuple[list[str], dict[int, float]]:
    """Answers that came too late by their edition, and how late the latest of each replica was."""
    late, latest_s = [], {0: 0.0, 1: 0.0}
    for r in replies:
        retired_s = city.published.get(city.series.number(r.answer["edition"]) + 1) if r.status == 200 else None
        if retired_s is not None:
            latest_s[r.replica] = max(latest_s[r.replica], r.got_s - retired_s)
            if r.got_s - retired_s > LIMIT_S:
                late.append(
                    f"replica {r.replica}: {r.answer['edition']}, asked {r.sent_s - retired_s:.2f} and answered "
                    f"{r.got_s - retired_s:.2f} s after"
                )
    return late, latest_s


def _stored(city: City, seen: Seen) -> dict[str, list[str]]:
    with city.engine.connect() as connection:
        rows = connection.execute(select(case.c.id, case.c.number, case.c.edition, case.c.reported_at)).all()
    stored = {str(row.id): row for row in rows}
    told = Counter(answer["id"] for answer in seen.reports.values())
    by = {city.series.code(k - 1): at + LIMIT_S for k, at in city.published_at.items()}
    checked = verify(city.engine)
    return {
        "cases lost": [key for key, answer in seen.reports.items() if answer["id"] not in stored],
        "cases doubled": [*(set(stored) - set(told)), *(id_ for id_, n in told.items() if n > 1)],
        "cases decided by a retired edition": [
            row.number for row in rows if row.reported_at.timestamp() > by.get(row.edition, float("inf"))
        ],
        "numbers given twice": [number for number, n in Counter(row.number for row in rows).items() if n > 1],
        "histories broken": [str(flaw) for flaw in checked.flaws],
    }
