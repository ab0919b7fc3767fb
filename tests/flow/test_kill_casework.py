"""A hundred people act on the same thousand cases while everything is killed: nothing acknowledged is lost.

Two receivers follow meanwhile, one by the event stream and one by webhooks, and miss nothing.
"""

import http.client
import http.server
import json
import random
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from small_city import LIMITS, SOUND, write_city
from sqlalchemy import Engine

from gridsvc.casework.case import Entry, fold
from gridsvc.casework.lifecycle import legal
from gridsvc.services.audit import verify
from gridsvc.store.engine import make_engine
from gridsvc.store.histories import walk_histories

from .installation import Installation, ask

pytestmark = [pytest.mark.slow, pytest.mark.alone]

SEED = 20240612
CASES, CLIENTS = 1_000, 100
KILLS = ["service", "postmaster", "service", "both", "service", "postmaster", "service", "postmaster"]
WHY = "现场核实，情况属实"
# What an action takes beside the version, where it takes anything; `{unit}` is the other unit of the city.
BODIES: Mapping[str, Mapping[str, Any]] = {
    "verify": {"result": "confirmed"}, "void": {"cause": "other", "reason": WHY}, "close": {"grade": "simple"},
    "return": {"reason": WHY, "basis": "职责清单第 3 条"},
    "hold": {"reason": WHY}, "finish": {"result": "已清理完毕"}, "check": {"result": "passed"},
    "rework": {"reason": WHY}, "reopen": {"reason": WHY}, "supervise": {"reason": WHY, "way": "phone"},
    "whistle": {"reason": WHY, "for": "emergency", "asked": ["U1", "U2"]},
}  # fmt: skip
# No answer to one request for so long, nothing new of what is delivered for so long: then it is not coming.
NO_ANSWER_S, NOTHING_NEW_S = 120.0, 60.0
# What needs to know more of a case is left to the other tests.
LEFT_OUT = {"archive", "correct", "link", "unlink", "transfer", "escalate", "decide", "extend"}


@dataclass
class Record:
    """What the clients saw: the answer to each key with its case and action, every status, and lost connections."""

    told: dict[str, tuple[str, str, int]] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    unexpected: list[Any] = field(default_factory=list)
    lost: int = 0


class Client:
    """One person at a screen: reads a case, does one of the things that it allows, and repeats until he is told."""

    def __init__(self, installation: Installation, number: int, record: Record) -> None:
        self.port = installation.port
        self.number = number
        self.record = record
        self.rng = random.Random(SEED + number)

    def until_told(self, method: str, path: str, body: Any = None, key: str | None = None) -> tuple[int, Any]:
        """Send the same request again and again until there is an answer that is not about being away."""
        until_s = time.monotonic() + NO_ANSWER_S
        while time.monotonic() < until_s:
            try:
                status, answer = ask(self.port, method, path, body, key, timeout_s=20.0)
            except (OSError, http.client.HTTPException):
                self.record.lost += 1
            else:
                self.record.statuses[status] += 1
                if status not in (429, 503):
                    return status, answer
            time.sleep(self.rng.uniform(0.1, 0.4))
        return 0, None

    def report(self, i: int) -> str | None:
        point = {"x": self.rng.uniform(120.0005, 120.0195), "y": self.rng.uniform(30.0005, 30.0095), "crs": "wgs84"}
        body = {"point": point, "category": "06010", "source": "app"}
        status, made = self.until_told("POST", "/v1/cases", body, f"report {self.number}-{i}")
        return made["id"] if status == 201 else None

    def act(self, i: int, case: str) -> None:
        status, read = self.until_told("GET", f"/v1/cases/{case}")
        if status != 200:
            return
        names = [a["action"] for a in read["actions"] if a["action"] not in LEFT_OUT]
        if not names:
            return
        name = self.rng.choice(names)
        said = {"version": read["version"], **self._said(name, read)}
        key = f"act {self.number}-{i}"
        for _ in range(1 + (self.rng.random() < 0.1)):
            status, answer = self.until_told("POST", f"/v1/cases/{case}/actions/{name}", said, key)
            if status == 200:
                told = case, name, answer["version"]
                if self.record.told.setdefault(key, told) != told:
                    self.record.changed.append(key)
            elif status not in (0, 409):
                self.record.unexpected.append((name, said, status, answer))

    def _said(self, name: str, read: Mapping[str, Any]) -> Mapping[str, Any]:
        if name == "settle":
            request = self.rng.choice(read["requests"])
            if request["kind"] == "whistle":
                return {"request": request["n"], "verdict": "answered", "reason": WHY, "scores": {"U1": 90, "U2": 60}}
            verdict = "answered" if request["kind"] == "supervision" else self.rng.choice(["granted", "refused"])
            return {"request": request["n"], "verdict": verdict, "reason": WHY}
        needs = {n for a in read["actions"] if a["action"] == name for n in a["requires"]}
        if name in ("verify", "check"):
            return BODIES[name] if needs else {}
        if name == "arrive":
            whistle = next((r["n"] for r in read["requests"] if r["kind"] == "whistle"), None)
            return {"request": whistle, "unit": "U1"} if "request" in needs else {"settled": True}
        return BODIES.get(name, {})


@dataclass
class Follower:
    """Who follows the event stream from the beginning, and comes back with the last number whenever it ends."""

    port: int
    events: list[tuple[int, str, int]] = field(default_factory=list)
    resyncs: int = 0
    last: str = "0"
    over: threading.Event = field(default_factory=threading.Event)

    def follow(self) -> None:
        while not self.over.is_set():
            with suppress(OSError, http.client.HTTPException, ValueError):
                self._listen()
            time.sleep(0.1)

    def _listen(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=3.0)
        try:
            connection.request("GET", "/v1/events", headers={"Last-Event-ID": self.last})
            answer = connection.getresponse()
            said: dict[str, str] = {}
            while answer.status == 200 and not self.over.is_set() and (line := answer.readline()):
                word, _, rest = line.decode().rstrip("\n").partition(": ")
                if word:
                    said[word] = rest
                    continue
                # A blank line ends an event; what was cut off before it was not told.
                self.last = said.get("id", self.last)
                self.resyncs += said.get("event") == "resync"
                if said.get("event") == "case":
                    data = json.loads(said["data"])
                    self.events.append((int(said["id"]), data["case"], data["n"]))
                said = {}
        finally:
            connection.close()


class Receiver:
    """A program of somebody else's that is sent messages: it keeps each in order, and refuses one in thirty.

    None a third time, after which it would be two minutes until it is sent again.
    """

    def __init__(self) -> None:
        self.events: list[tuple[int, str, int]] = []
        self.refused: Counter[int] = Counter()
        rng = random.Random(SEED)
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                seq = int(message["id"])
                refuses = rng.random() < 1 / 30 and receiver.refused[seq] < 2
                receiver.refused[seq] += refuses
                if not refuses:
                    receiver.events.append((seq, message["data"]["id"], message["data"]["entry"]["n"]))
                self.send_response(500 if refuses else 204)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@dataclass
class Survived:
    """What was left when it was over: the record of the clients, every history, and what two receivers were told."""

    record: Record
    histories: dict[str, list[Entry]]
    flaws: tuple[Any, ...]
    told: Mapping[str, Sequence[tuple[str, int]]]
    resyncs: int
    refused: int

    @property
    def written(self) -> set[tuple[str, int]]:
        return written_in(self.histories)


def in_threads(*works: Any) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def kill(installation: Installation, what: str) -> None:
    """Kill, and bring back what does not come back by itself."""
    if what in ("service", "both"):
        installation.kill_service()
    if what in ("postmaster", "both"):
        installation.kill_postmaster()
        installation.must("up")
    if what in ("service", "both"):
        installation.serve()
    installation.wait_until_ready(60.0)


def all_histories(engine: Engine) -> dict[str, list[Entry]]:
    histories: dict[str, list[Entry]] = defaultdict(list)
    with engine.connect() as connection:
        for entry in walk_histories(connection):
            histories[str(entry.case_id)].append(entry)
    return dict(histories)


def written_in(histories: Mapping[str, Sequence[Entry]]) -> set[tuple[str, int]]:
    return {(case, e.n) for case, history in histories.items() for e in history}


def at_rest(engine: Engine, follower: Follower, receiver: Receiver) -> tuple[dict[str, list[Entry]], dict[str, Any]]:
    """Wait until what is written and what both were told agree, as long as more comes; gives the two.

    A light that turns is noted whenever its instant comes, so the histories are read again each time.
    """
    most, since_s = -1, time.monotonic()
    while True:
        histories = all_histories(engine)
        told = {
            name: [(case, n) for _, case, n in list(one.events)]
            for name, one in (("follower", follower), ("receiver", receiver))
        }
        kinds = [set(events) for events in told.values()]
        if all(kind == written_in(histories) for kind in kinds):
            return histories, told
        if (now := sum(map(len, kinds))) > most:
            most, since_s = now, time.monotonic()
        if time.monotonic() - since_s > NOTHING_NEW_S:
            return histories, told
        time.sleep(0.5)


@pytest.fixture(scope="module")
def survived() -> Iterator[Survived]:
    """A small city whose cases a hundred people carry on, killed eight times, then left alone until all is told."""
    installation, record, receiver = Installation(), Record(), Receiver()
    installation.environment |= {"GRIDSVC_WEBHOOK_NETWORKS": "127.0.0.0/8", "GRIDSVC_RATE_PER_S": "100000"}
    follower, rng = Follower(installation.port), random.Random(SEED)
    stages = [LIMITS[0] | {"stage": stage} for stage in ("dispatch", "disposal", "check", "return")]
    folder = write_city(installation.home / "city", tables={**SOUND, "limits": stages})
    following = threading.Thread(target=follower.follow)
    try:
        installation.must("boundaries", "load", str(folder))
        installation.must("boundaries", "publish", "S1")
        installation.serve()
        installation.wait_until_ready()
        made = ask(installation.port, "POST", "/v1/subscriptions", {"name": "receiver", "url": receiver.url})
        assert made[0] == 201, made
        following.start()
        clients = [Client(installation, n, record) for n in range(CLIENTS)]
        cases: list[str] = []

        def report(client: Client) -> None:
            cases.extend(filter(None, (client.report(i) for i in range(CASES // CLIENTS))))

        in_threads(*(lambda c=client: report(c) for client in clients))
        assert len(cases) == CASES
        stop = threading.Event()

        def work(client: Client) -> None:
            for i in count():
                if stop.is_set():
                    return
                client.act(i, client.rng.choice(cases))

        threads = [threading.Thread(target=work, args=(client,)) for client in clients]
        for thread in threads:
            thread.start()
        try:
            for what in KILLS:
                time.sleep(rng.uniform(2.0, 5.0))
                kill(installation, what)
            time.sleep(3.0)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        engine = make_engine(installation.cluster.url(), 2)
        histories, told = at_rest(engine, follower, receiver)
        flaws = tuple(verify(engine).flaws)
        engine.dispose()
        yield Survived(record, histories, flaws, told, follower.resyncs, receiver.refused.total())
    finally:
        follower.over.set()
        if following.is_alive():
            following.join()
        receiver.close()
        installation.remove()


def test_the_clients_felt_it_and_went_on(survived: Survived):
    record = survived.record
    assert record.lost > 0
    assert len(record.told) > 500
    assert record.statuses[409] > 0
    assert record.unexpected == []
    assert set(record.statuses) <= {200, 201, 409, 429, 503}


def test_every_acknowledged_action_is_there_once_as_it_was_told(survived: Survived):
    assert survived.record.changed == []
    for case, action, version in survived.record.told.values():
        assert survived.histories[case][version - 1].kind == action
    written = Counter(e.kind for history in survived.histories.values() for e in history[2:])
    told = Counter(action for _, action, _ in survived.record.told.values())
    assert written - Counter(noted=written["noted"]) == told


def test_no_history_has_a_step_that_was_not_legal(survived: Survived):
    for case, history in survived.histories.items():
        for i, entry in enumerate(history[2:], start=2):
            if entry.kind != "noted":
                assert entry.kind in {row.name for row in legal(fold(history[:i]))}, (case, entry.n)


def test_every_chain_verifies_and_every_row_says_what_its_history_does(survived: Survived):
    assert len(survived.histories) == CASES
    assert survived.flaws == ()


@pytest.mark.parametrize("by", ["follower", "receiver"])
def test_every_event_is_delivered_and_in_order_for_each_case(survived: Survived, by: str):
    told, written = survived.told[by], survived.written
    # A few of them say enough.
    assert sorted(written - set(told))[:5] == []
    assert sorted(set(told) - written)[:5] == []
    first: dict[str, list[int]] = defaultdict(list)
    for case, n in told:
        if n not in first[case]:
            first[case].append(n)
    assert [case for case, numbers in first.items() if numbers != sorted(numbers)][:5] == []


def test_who_follows_by_his_last_number_was_never_sent_to_read_all_anew(survived: Survived):
    assert survived.resyncs == 0


def test_the_receiver_refused_some_and_was_sent_them_again(survived: Survived):
    assert survived.refused > 0
