"""What happens to cases is brought to a real receiver that fails, hangs and comes back: never lost, and in order."""

import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from small_city import IN_B, load_city, write_city
from sqlalchemy import Engine, text
from standardwebhooks import Webhook

from gridsvc.casework.reporter import Reporter
from gridsvc.errors import Unavailable
from gridsvc.rights import Grant
from gridsvc.services import editions, subscriptions
from gridsvc.services.appending import append_to
from gridsvc.services.current import CurrentRouter
from gridsvc.services.intake import report_case
from gridsvc.services.outgoing import Sender
from gridsvc.services.relay import AGAIN_S, DOWN_AFTER, LONGEST_REST_S, Done, Relay, relaying
from gridsvc.store import cases
from gridsvc.store.engine import make_engine, transaction
from gridsvc.store.histories import read_history
from gridsvc.store.months import ensure_months
from gridsvc.values import Point
from tests.receiver import Receiver, receiver

from .conftest import CITY, new_case

DISTRICT = "990999"
LOOPBACK = ["127.0.0.0/8", "::1/128"]
REPORTED, DECIDED = "reported", "decided"


class City:
    """A small city in which things happen, by a clock that can be put forward."""

    def __init__(self, engine: Engine, url: str) -> None:
        self.engine = engine
        self.url = url
        self.ahead = timedelta()
        self.current = CurrentRouter(engine, self.now)
        self.n = 0

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def go_on(self, seconds: float) -> None:
        self.ahead += timedelta(seconds=seconds)

    def report(self, **changes: Any) -> Mapping[str, Any]:
        self.n += 1
        return report_case(
            self.engine, self.current.get(), new_case(**changes), "demo", f"key {self.n}", b"", self.now()
        )  # fmt: skip

    def happen(self, number: str, kind: str, **payload: Any) -> None:
        """Let one more thing happen to a case."""
        with transaction(self.engine) as connection:
            case = cases.read_case(connection, number, CITY, alone=True)
            assert case is not None
            append_to(connection, case, read_history(connection, case.id), kind, payload, "demo", self.now())

    def subscribe(self, url: str, kinds: list[str] | None = None, **place: str) -> tuple[int, str]:
        over = Grant("viewer", DISTRICT, place.get("layer"), place.get("area"), place.get("unit"))
        wanted = subscriptions.Wanted("for a test", url, kinds, over)
        made, secret = subscriptions.add_subscription(self.engine, Sender(LOOPBACK), wanted, "admin", self.now())
        return made["id"], secret

    def relay(self, answer_s: float = 10.0) -> Relay:
        return Relay(self.engine, self.current, Sender(LOOPBACK, answer_s), self.now)

    def deliver(self, relay: Relay | None = None) -> Done:
        """Deliver until there is nothing to do at once."""
        relay, total = relay or self.relay(), Done()
        for id_ in relay.with_work():
            goes_on = True
            while goes_on:
                done = relay.work_on(id_)
                total.delivered += done.delivered
                total.failed += done.failed
                total.dead += done.dead
                goes_on = done.goes_on
        return total

    def seen(self, id_: int) -> dict[str, Any]:
        return next(shown for one, shown in subscriptions.list_subscriptions(self.engine, DISTRICT) if one.id == id_)


@pytest.fixture
def city(engine: Engine, empty_url: str, tmp_path: Path) -> City:
    load_city(engine, write_city(tmp_path / "S1", edition="S1"))
    editions.publish(engine, "S1", datetime.now(UTC), datetime(2024, 6, 1, tzinfo=UTC))
    return City(engine, empty_url)


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as opened:
        yield opened


def test_an_event_arrives_as_the_standards_have_it(city: City, there: Receiver):
    _, secret = city.subscribe(there.url)
    case = city.report(reporter=Reporter("王举报", "13800001234"), description="电话 13800001234")
    assert city.deliver() == Done(delivered=2)
    reported, decided = there.messages
    for message in there.messages:
        assert message.headers["content-type"] == "application/cloudevents+json"
        assert Webhook(secret).verify(message.body, message.headers) == message.event
        assert message.headers["webhook-id"] == message.event["id"]
        for private in ("王举报", "13800001234", "of-the-address"):
            assert private not in message.body.decode()
    envelope = {k: v for k, v in decided.event.items() if k not in ("id", "data")}
    assert envelope == {
        "specversion": "1.0", "source": "/districts/990999", "type": "gridsvc.case.decided",
        "subject": case["number"], "time": case["reported_at"], "datacontenttype": "application/json",
    }  # fmt: skip
    assert int(decided.event["id"]) == int(reported.event["id"]) + 1
    data = decided.event["data"]
    assert data["entry"] == {"n": 2, "kind": "decided"}
    assert (data["number"], data["status"], data["reporter"]) == (case["number"], case["status"], None)


def test_what_happened_before_is_not_sent(city: City, there: Receiver):
    before = city.report()
    city.subscribe(there.url)
    after = city.report()
    city.deliver()
    city.deliver()
    assert there.told() == [(after["number"], REPORTED), (after["number"], DECIDED)]
    city.happen(before["number"], "noted", lights=[{"stage": "accept", "n": 1, "light": "amber"}])
    city.deliver()
    assert there.told()[2:] == [(before["number"], "noted")]
    assert there.messages[-1].event["data"]["entry"]["lights"][0]["light"] == "amber"


def test_each_receives_its_own_kinds_and_places(city: City, there: Receiver):
    with receiver() as second, receiver() as third:
        city.subscribe(there.url, [DECIDED, "escalate:district"])
        city.subscribe(second.url, layer="grid", area="B")
        city.subscribe(third.url, unit="U1")
        in_a, in_b = city.report(), city.report(point=Point(*IN_B))
        for rung in ("negotiate", "district"):
            city.happen(in_a["number"], "escalate", request={"kind": "escalation", "rung": rung, "asked": []})
        city.deliver()
        numbers = in_a["number"], in_b["number"]
        assert there.told() == [*((n, DECIDED) for n in numbers), (in_a["number"], "escalate")]
        assert there.messages[-1].event["data"]["entry"]["rung"] == "district"
        assert {n for n, _ in second.told()} == {in_b["number"]}
        # U1 evaluates the one and stands above the unit of the other.
        assert {n for n, _ in third.told()} == set(numbers)


def test_only_the_case_of_what_fails_waits(city: City, there: Receiver):
    id_, _ = city.subscribe(there.url)
    bad, good = city.report()["number"], city.report()["number"]
    there.answer = lambda event: 500 if event["subject"] == bad else 200
    assert city.deliver() == Done(delivered=2, failed=1)
    city.happen(bad, "noted")
    city.happen(good, "noted")
    city.deliver()
    assert there.told() == [(bad, REPORTED), (good, REPORTED), (good, DECIDED), (good, "noted")]
    assert (city.seen(id_)["waiting"], city.seen(id_)["error"]) == (3, None)
    there.answer = lambda event: 200
    there.forget()
    city.go_on(1.2 * AGAIN_S[0])
    assert city.deliver() == Done(delivered=3)
    assert there.told() == [(bad, REPORTED), (bad, DECIDED), (bad, "noted")]
    assert (city.seen(id_)["waiting"], city.seen(id_)["behind"]) == (0, 0)


def test_what_fails_for_a_day_is_given_up_and_may_be_sent_again(city: City, there: Receiver):
    id_, _ = city.subscribe(there.url)
    bad = city.report()["number"]
    there.answer = lambda event: 500 if event["type"].endswith(REPORTED) else 200
    city.deliver()
    for pause_s in AGAIN_S:
        assert city.deliver() == Done()
        city.go_on(1.2 * pause_s)
        city.deliver()
    assert [kind for _, kind in there.told()] == [REPORTED] * (len(AGAIN_S) + 1) + [DECIDED]
    assert city.seen(id_)["dead"] == 1
    count, (letter,) = subscriptions.dead_letters(city.engine, id_, DISTRICT, 0, 10)
    assert (count, letter.number, letter.kind, letter.tries) == (1, bad, REPORTED, len(AGAIN_S) + 1)
    assert letter.error.startswith("HTTP 500")
    city.go_on(1e6)
    assert city.deliver() == Done()
    there.answer = lambda event: 200
    there.forget()
    assert subscriptions.send_again(city.engine, id_, DISTRICT, [letter.seq + 1], "admin", city.now()) == 0
    assert subscriptions.send_again(city.engine, id_, DISTRICT, [letter.seq], "admin", city.now()) == 1
    city.deliver()
    assert there.told() == [(bad, REPORTED)]
    assert city.seen(id_)["dead"] == 0


@pytest.mark.parametrize("status", [500, 404, 302, None], ids=["fails", "knows nothing", "leads elsewhere", "hangs"])
def test_a_receiver_that_is_down_is_left_alone_and_nothing_is_given_up(city: City, there: Receiver, status: int | None):
    id_, _ = city.subscribe(there.url, [REPORTED])
    numbers = [city.report()["number"] for _ in range(DOWN_AFTER + 5)]
    there.answer = lambda event: status
    relay = city.relay(answer_s=0.2)
    city.deliver(relay)
    assert there.told() == [(number, REPORTED) for number in numbers[:DOWN_AFTER]]
    assert city.seen(id_)["rests_until"] is not None
    assert city.deliver(relay) == Done()
    there.forget()
    for _ in range(40):
        city.go_on(1.2 * LONGEST_REST_S)
        city.deliver(relay)
    assert len(there.told()) <= 40
    assert city.seen(id_)["dead"] == 0
    there.over.set()
    there.answer = lambda event: 200
    there.forget()
    city.go_on(3 * 28_800.0)
    city.deliver(relay)
    assert sorted(there.told()) == [(number, REPORTED) for number in numbers]
    seen = city.seen(id_)
    assert (seen["waiting"], seen["behind"], seen["rests_until"], seen["error"]) == (0, 0, None, None)


def test_one_receiver_that_hangs_keeps_no_other_waiting(city: City, there: Receiver):
    with receiver() as second:
        there.answer = lambda event: None
        city.subscribe(there.url)
        city.subscribe(second.url)
        relay = Relay(city.engine, city.current, Sender(LOOPBACK, 20.0), city.now)
        with relaying(relay) as soon:
            number = city.report()["number"]
            soon()
            assert wait(lambda: second.told() == [(number, REPORTED), (number, DECIDED)])
            there.over.set()


def test_who_is_gone_is_paused_and_nothing_is_lost(city: City, there: Receiver):
    id_, _ = city.subscribe(there.url)
    there.answer = lambda event: 410
    number = city.report()["number"]
    city.deliver()
    assert there.told() == [(number, REPORTED)]
    assert city.seen(id_)["paused_at"] is not None
    city.go_on(1e6)
    assert city.deliver() == Done()
    there.answer = lambda event: 200
    subscriptions.resume(city.engine, id_, DISTRICT, "admin", city.now())
    assert city.deliver() == Done(delivered=2)
    assert there.told()[1:] == [(number, REPORTED), (number, DECIDED)]


def test_what_happens_during_a_pause_is_sent_after_it(city: City, there: Receiver):
    id_, _ = city.subscribe(there.url)
    subscriptions.pause(city.engine, id_, DISTRICT, "admin", city.now())
    number = city.report()["number"]
    assert city.deliver() == Done()
    subscriptions.resume(city.engine, id_, DISTRICT, "admin", city.now())
    assert city.deliver() == Done(delivered=2)
    assert there.told() == [(number, REPORTED), (number, DECIDED)]


def test_who_waits_for_an_answer_lets_the_partitions_of_a_month_be_made(city: City, there: Receiver):
    city.subscribe(there.url, [REPORTED])
    number = city.report()["number"]
    made = []

    def make(_: Any) -> int:
        with transaction(city.engine) as connection:
            connection.execute(text("SET LOCAL lock_timeout = 5000"))
            ensure_months(connection, [datetime(2031, 5, 1, tzinfo=UTC)])
        made.append(number)
        return 200

    there.answer = make
    assert city.deliver() == Done(delivered=1)
    assert made == [number]


def test_what_arrived_but_could_not_be_noted_is_sent_again(city: City, there: Receiver):
    city.subscribe(there.url)
    number = city.report()["number"]
    killer = make_engine(city.url, 1)

    def cut(_: Any) -> int:
        """The database is gone after the message has come, and before that is noted."""
        with killer.connect() as connection:
            connection.execute(
                text("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                     "WHERE datname = current_database() AND pid <> pg_backend_pid()")
            )  # fmt: skip
        return 200

    there.answer = cut
    with pytest.raises(Unavailable):
        city.deliver()
    killer.dispose()
    there.answer = lambda event: 200
    assert city.deliver() == Done(delivered=2)
    assert there.told() == [(number, REPORTED), (number, REPORTED), (number, DECIDED)]
    assert there.messages[0].headers["webhook-id"] == there.messages[1].headers["webhook-id"]


def test_several_replicas_send_everything_once_and_in_order(city: City, there: Receiver):
    city.subscribe(there.url)
    replicas = [make_engine(city.url, 3) for _ in range(3)]
    relays = [Relay(engine, CurrentRouter(engine, city.now), Sender(LOOPBACK), city.now) for engine in replicas]
    over = threading.Event()

    def works(relay: Relay) -> None:
        relay._current.look()
        while not over.is_set():
            for id_ in relay.with_work():
                relay.work_on(id_)

    with ThreadPoolExecutor(len(relays)) as pool:
        working = [pool.submit(works, relay) for relay in relays]
        numbers = [city.report()["number"] for _ in range(40)]
        assert wait(lambda: len(there.told()) >= 80)
        over.set()
        for one in working:
            one.result()
    for engine in replicas:
        engine.dispose()
    assert there.told() == [(number, kind) for number in numbers for kind in (REPORTED, DECIDED)]


def test_a_case_that_went_out_of_reach_is_told_no_more(city: City, there: Receiver):
    id_, _ = city.subscribe(there.url, unit="U2")
    there.answer = lambda event: 500
    number = city.report()["number"]
    city.deliver()
    elsewhere = {"accountable": {"unit": "U9", "name": "别处", "via": "rule"}, "assisting": [], "evaluator": None}
    city.happen(number, DECIDED, answer=elsewhere)
    there.answer = lambda event: 200
    there.forget()
    city.go_on(1.2 * AGAIN_S[0])
    assert city.deliver() == Done()
    assert there.told() == []
    assert city.seen(id_)["waiting"] == 0


def wait(holds: Callable[[], bool], most_s: float = 30.0) -> bool:
    event = threading.Event()
    until = datetime.now(UTC) + timedelta(seconds=most_s)
    while not (held := holds()) and datetime.now(UTC) < until:
        event.wait(0.01)
    return held
