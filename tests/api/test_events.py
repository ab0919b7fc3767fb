"""The event stream over a real listener: who is told what, where a follower goes on, and when a stream ends."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx2
import pytest
from small_city import IN_B, load_city, write_city
from sqlalchemy import text

from gridsvc.rights import Grant
from gridsvc.services import editions
from gridsvc.store.cluster import Cluster
from gridsvc.store.engine import make_engine
from tests.conftest import NOON
from tests.served import served

from .conftest import BODY, _serial
from .house import ADMIN, DISTRICT, House

REPORTER = {"name": "王举报", "phone": "13800001234"}
Event = tuple[str, str | None, Any]  # name, id, data


class City:
    """A small city that is served on a port; whoever follows it reads from a socket."""

    def __init__(self, url: str, stack: ExitStack) -> None:
        self.url = url
        self.house = House(url)
        self.stack = stack
        self.ports = [self.another()]

    def another(self) -> int:
        """The port of one more process, as good as."""
        changes = {"open_access": False, "admin_key": ADMIN["Authorization"].removeprefix("Bearer ")}
        return self.stack.enter_context(served(self.url, **changes))

    def viewer(self, name: str, *granted: Any) -> dict[str, str]:
        return self.house.key(self.house.add(name, *granted))

    def report(self, key: str, port: int | None = None, **changes: Any) -> Any:
        headers = ADMIN | {"Idempotency-Key": key}
        address = f"http://127.0.0.1:{port or self.ports[0]}/v1/cases"
        answer = httpx2.post(address, json=BODY | changes, headers=headers, timeout=60.0)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def once(self, query: str = "", headers: dict[str, str] = ADMIN, port: int | None = None) -> list[Event]:
        """What a stream tells that ends as soon as there is nothing more."""
        address = f"http://127.0.0.1:{port or self.ports[0]}/v1/events?once=true{query}"
        answer = httpx2.get(address, headers=headers, timeout=60.0)
        assert answer.status_code == 200, answer.text
        return list(parsed(answer.text.splitlines()))

    @contextmanager
    def followed(self, query: str = "", headers: dict[str, str] = ADMIN) -> Iterator[Iterator[Event]]:
        """The events of an open stream as they come."""
        address = f"http://127.0.0.1:{self.ports[0]}/v1/events?{query}"
        with httpx2.stream("GET", address, headers=headers, timeout=60.0) as answer:
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("text/event-stream")
            yield parsed(answer.iter_lines())


def parsed(lines: Any) -> Iterator[Event]:
    """Read events as a browser does; pings are none."""
    fields: dict[str, str] = {}
    for line in lines:
        if not line:
            if "data" in fields:
                yield fields["event"], fields.get("id"), json.loads(fields["data"])
            fields = {}
        elif not line.startswith(":"):
            name, _, value = line.partition(": ")
            fields[name] = value


def cases(events: Any) -> list[tuple[str, str]]:
    """Number and kind of what is told of cases."""
    return [(data["number"], data["kind"]) for name, _, data in events if name == "case"]


@pytest.fixture
def city(cluster: Cluster, small_template: str) -> Iterator[City]:
    with ExitStack() as stack:
        yield City(cluster.make_database(f"events_{next(_serial)}", small_template), stack)


def test_the_first_word_is_what_holds_and_where_to_go_on(city: City):
    assert city.once() == [("edition", "0", {"edition": "S2", "ruleset": "S2"})]


def test_a_report_is_told_while_one_listens(city: City):
    with city.followed() as events:
        assert next(events)[0] == "edition"
        case = city.report("k", description="电话 13800001234", reporter=REPORTER)
        name, id_, reported = next(events)
        _, second, decided = next(events)
    assert (name, reported["kind"], decided["kind"], int(second) - int(id_)) == ("case", "reported", "decided", 1)
    assert decided == {
        "case": case["id"], "number": case["number"], "n": 2, "kind": "decided", "at": case["reported_at"],
        "version": case["version"], "status": case["status"], "unit": case["decision"]["accountable"]["unit"],
        "category": case["category"], "point": case["point"],
    }  # fmt: skip


def test_nothing_of_people_is_told(city: City):
    city.report("k", description="联系 13800001234", address="某路 1 号 302", reporter=REPORTER)
    told = json.dumps(city.once("&after=0"), ensure_ascii=False)
    assert "reported" in told
    assert not [secret for secret in ("王举报", "1380000", "302", "张三", "0571") if secret in told]


def test_who_comes_back_is_told_what_he_missed_and_only_that(city: City):
    first, second = city.report("1"), city.report("2")
    everything = city.once("&after=0")
    assert cases(everything) == [(c["number"], kind) for c in (first, second) for kind in ("reported", "decided")]
    ids = [id_ for name, id_, _ in everything if name == "case"]
    assert city.once(f"&after={ids[1]}")[1:] == everything[3:]
    # The header is newer than the address: browsers come back by the address that they were given first.
    assert city.once("&after=0", ADMIN | {"Last-Event-ID": ids[2]})[1:] == everything[4:]
    assert city.once("", ADMIN | {"Last-Event-ID": ids[3]})[1:] == []


@pytest.mark.parametrize("unknown", ["", "x", "-1", "1.5", "99999999", "9" * 30, "٣"])
def test_who_comes_back_with_an_unknown_id_is_told_to_read_anew(city: City, unknown: str):
    city.report("k")
    last = city.once("&after=0")[-1][1]
    events = city.once("", ADMIN | {"Last-Event-ID": unknown.encode()})
    assert [name for name, _, _ in events] == ["edition", "resync"]
    assert events[-1][1] == last


def test_an_id_in_the_address_is_a_number(city: City):
    for wrong in ("x", "-1", str(2**70)):
        answer = httpx2.get(f"http://127.0.0.1:{city.ports[0]}/v1/events?once=true&after={wrong}", headers=ADMIN)
        assert answer.status_code == 422


def test_an_id_of_another_replica_is_known_at_once(city: City):
    other = city.another()
    for k in range(20):
        city.report(str(k))
        last = city.once(f"&after={2 * k}")[-1][1]
        assert [name for name, _, _ in city.once(f"&after={last}", port=other)] == ["edition"]


def test_filters_choose_by_unit_street_and_kind(city: City):
    in_a, in_b = city.report("a"), city.report("b", point={"x": IN_B[0], "y": IN_B[1], "crs": "wgs84"})
    units = [case["decision"]["accountable"]["unit"] for case in (in_a, in_b)]
    everything = {n for n, _ in cases(city.once("&after=0"))}
    assert everything == {in_a["number"], in_b["number"]}
    for unit in {*units, "nobody"}:
        wanted = {c["number"] for c, u in zip((in_a, in_b), units, strict=True) if u == unit}
        assert {n for n, _ in cases(city.once(f"&after=0&unit={unit}"))} == wanted
    assert {n for n, _ in cases(city.once("&after=0&street=S"))} == everything
    assert cases(city.once("&after=0&street=T")) == []
    assert {kind for _, kind in cases(city.once("&after=0&kind=decided,closed"))} == {"decided"}


def test_only_what_lies_within_reach_is_told(city: City):
    keys = {
        "A": city.viewer("of-a", Grant("viewer", DISTRICT, "grid", "A")),
        "B": city.viewer("of-b", Grant("viewer", DISTRICT, "grid", "B")),
        "both": city.viewer("of-both", "viewer"),
    }
    in_a, in_b = city.report("a"), city.report("b", point={"x": IN_B[0], "y": IN_B[1], "crs": "wgs84"})
    told = {name: {n for n, _ in cases(city.once("&after=0", key))} for name, key in keys.items()}
    assert told == {"A": {in_a["number"]}, "B": {in_b["number"]}, "both": {in_a["number"], in_b["number"]}}


def test_who_may_see_no_case_has_no_stream(city: City):
    key = city.house.key(city.house.add("router", "viewer"), permissions=["route"])
    answer = httpx2.get(f"http://127.0.0.1:{city.ports[0]}/v1/events", headers=key)
    assert answer.status_code == 403


def test_a_stream_ends_with_the_rights_to_it(city: City):
    key = city.viewer("passing", "viewer")
    with city.followed(headers=key) as events:
        assert next(events)[0] == "edition"
        city.report("before")
        assert cases([next(events), next(events)]) != []
        city.house.end("passing")
        city.report("after")
        assert list(events) == []


def test_a_reach_that_shrinks_counts_from_then_on(city: City):
    name = city.house.add("moved", Grant("viewer", DISTRICT, "grid", "A"))
    granted = city.house.grant(name, "viewer")
    with city.followed(headers=city.house.key(name)) as events:
        assert next(events)[0] == "edition"
        answer = httpx2.delete(
            f"http://127.0.0.1:{city.ports[0]}/v1/actors/{name}/grants/{granted}", headers=ADMIN
        )  # fmt: skip
        assert answer.status_code == 204
        city.report("b", point={"x": IN_B[0], "y": IN_B[1], "crs": "wgs84"})
        in_a = city.report("a")
        assert next(events)[2]["number"] == in_a["number"]


def test_another_edition_is_told(city: City, tmp_path: Any):
    with city.followed() as events:
        assert next(events)[2]["edition"] == "S2"
        engine = make_engine(city.url, 1)
        load_city(engine, write_city(tmp_path / "S3", edition="S3"))
        editions.publish(engine, "S3", NOON, NOON)
        engine.dispose()
        assert next(events) == ("edition", "0", {"edition": "S3", "ruleset": "S3"})


def test_nothing_is_lost_where_the_database_cuts_everybody_off(city: City):
    engine = make_engine(city.url, 1)
    numbers, told = [], []
    with city.followed() as events:
        assert next(events)[0] == "edition"
        for k in range(5):
            with engine.connect() as connection:
                connection.execute(
                    text("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                         "WHERE datname = current_database() AND pid <> pg_backend_pid()")
                )  # fmt: skip
            numbers.append(city.report(str(k))["number"])
            told.append(next(events)[2]["number"])
            assert next(events)[2]["kind"] == "decided"
    engine.dispose()
    assert told == numbers


def test_open_streams_end_in_good_order_when_the_service_stops(city: City):
    with ExitStack() as stack, ExitStack() as service:
        port = service.enter_context(served(city.url))
        answers = [
            stack.enter_context(httpx2.stream("GET", f"http://127.0.0.1:{port}/v1/events", timeout=60.0))
            for _ in range(20)
        ]
        lines = [answer.iter_lines() for answer in answers]
        assert {next(one) for one in lines} == {"event: edition"}
        service.close()
        # Cut off in the middle they would raise.
        assert all("" in list(one) for one in lines)


def test_who_reads_nothing_keeps_nobody_waiting(city: City, make_many: Callable[[int], None]):
    address = f"http://127.0.0.1:{city.ports[0]}/v1/events?after=0"
    with httpx2.stream("GET", address, headers=ADMIN), city.followed("kind=reported") as events:
        assert next(events)[0] == "edition"
        make_many(30)
        assert len({next(events)[2]["number"] for _ in range(30)}) == 30


@pytest.fixture
def make_many(city: City) -> Callable[[int], None]:
    def made(n: int) -> None:
        for k in range(n):
            city.report(f"many {k}")

    return made
