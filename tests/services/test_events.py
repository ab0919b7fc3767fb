"""The last events of all cases, kept for whoever follows: in the order of commits, and none of them missed."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine

from gridsvc.bootstrap import Router
from gridsvc.errors import TooManyRequests, Unavailable
from gridsvc.services import events
from gridsvc.services.current import CurrentRouter
from gridsvc.services.events import Feed
from gridsvc.services.intake import report_case
from gridsvc.store.cluster import Cluster
from gridsvc.store.engine import make_engine

from .conftest import NOW, Answer, new_case

Report = Callable[..., Answer]


@pytest.fixture
def make_feed(engine: Engine) -> Callable[[int], Feed]:
    return lambda kept: Feed(engine, CurrentRouter(engine, lambda: NOW), kept)


@pytest.fixture
def feed(make_feed: Callable[[int], Feed]) -> Feed:
    return make_feed(10)


def walked(feed: Feed, seq: int = 0) -> list[tuple[str, int]]:
    """Number of the case and of its entry, page by page."""
    found = []
    while page := feed.after(seq):
        found += [(e.number, e.n) for e in page]
        seq = page[-1].seq
    return found


def test_where_nothing_happened_there_is_nothing(feed: Feed):
    assert feed.catch_up() == 0
    assert feed.after(0) == []
    assert feed.after(1) is None


def test_before_the_first_look_nothing_is_known(feed: Feed):
    assert feed.after(0) is None


def test_what_happened_before_the_first_look_is_kept_too(feed: Feed, report: Report):
    number = report("k")["number"]
    assert feed.catch_up() == 2
    assert walked(feed) == [(number, 1), (number, 2)]


def test_while_the_database_is_away_what_is_known_is_kept(cluster: Cluster, empty_url: str, report: Report):
    number = report("k")["number"]
    theirs, nowhere = make_engine(empty_url, 1), make_engine(cluster.url("nowhere"), 1)
    fed, hungry = (Feed(e, CurrentRouter(e, lambda: NOW)) for e in (theirs, nowhere))
    fed.look()
    fed._engine = nowhere
    assert fed.catch_up() == 2
    assert walked(fed) == [(number, 1), (number, 2)]
    with pytest.raises(Unavailable):
        hungry.catch_up()
    theirs.dispose()


def test_the_case_is_told_as_it_stands(feed: Feed, report: Report):
    answer = report("k", actor="somebody")
    feed.look()
    decided = feed.after(1)[0]
    assert (decided.kind, decided.version, decided.status, decided.unit) == ("decided", 2, "reported", "U2")
    assert (str(decided.id), decided.at, decided.lights) == (answer["id"], NOW, None)
    assert (decided.areas, decided.parties, decided.reported_by) == (
        {"street": "S", "grid": "A"}, frozenset({"U2", "U1"}), "somebody"
    )  # fmt: skip
    assert (decided.lon, decided.lat) == tuple(answer["point"].values())


@pytest.mark.parametrize("looks", [range(8), (7,)], ids=["after each", "once"])
def test_what_is_older_than_what_is_kept_is_not_known(feed: Feed, report: Report, looks: object):
    numbers = []
    for k in range(8):
        numbers.append(report(str(k))["number"])
        if k in looks:
            feed.look()
    assert walked(feed, 6) == [(number, n) for number in numbers[3:] for n in (1, 2)]
    assert feed.after(5) is None
    assert feed.after(16) == []
    assert feed.after(17) is None


def test_far_more_at_once_than_is_kept_is_not_read_at_all(feed: Feed, report: Report, monkeypatch: pytest.MonkeyPatch):
    for k in range(31):
        report(str(k))
        if k == 0:
            feed.look()
    read = []
    wanted = events.store.read_events
    monkeypatch.setattr(events.store, "read_events", lambda *a: read.append(wanted(*a)) or read[-1])
    feed.look()
    assert sum(map(len, read)) == 20
    assert feed.after(2) is None
    assert len(walked(feed, feed.last - 10)) == 10


def test_pages_give_everything(make_feed: Callable[[int], Feed], report: Report, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(events, "PAGE", 3)
    numbers = [report(str(k))["number"] for k in range(5)]
    feed = make_feed(10)
    feed.look()
    assert walked(feed) == [(number, n) for number in numbers for n in (1, 2)]


def test_who_follows_is_told_once_for_each_look_that_found_something(feed: Feed, report: Report):
    told = []
    with feed.followed("a", lambda: told.append("a")), feed.followed("b", lambda: told.append("b")):
        feed.look()
        report("1")
        report("2")
        feed.look()
        feed.look()
    report("3")
    feed.look()
    assert sorted(told) == ["a", "b"]


def test_at_the_end_everybody_is_told(feed: Feed):
    told = []
    with feed.followed("a", lambda: told.append("a")):
        feed.end()
    assert told == ["a"]
    assert feed.is_over


def test_one_name_does_not_take_every_place(feed: Feed, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(events, "MOST_FOLLOWERS", 2)
    with feed.followed("a", lambda: None), feed.followed("b", lambda: None):
        feed.refuse_crowd("a")
        with feed.followed("a", lambda: None):
            with pytest.raises(TooManyRequests):
                feed.refuse_crowd("a")
            feed.refuse_crowd("b")
        feed.refuse_crowd("a")


@pytest.fixture
def others(empty_url: str) -> Iterator[Engine]:
    made = make_engine(empty_url, 10)
    yield made
    made.dispose()


def test_numbers_follow_the_order_of_commits(feed: Feed, others: Engine, router: Router):
    """Whoever looks while many report misses none of them, though he never looks back."""
    total, per = 8, 25

    def reports(who: int) -> None:
        for k in range(per):
            report_case(others, router, new_case(), f"actor-{who}", str(k), b"", NOW)

    seen: list[int] = []
    over = threading.Event()

    def looks() -> None:
        seq = 0
        while True:
            last_time = over.is_set()
            with others.connect() as connection:
                found = events.store.read_events(connection, seq, 1000)
            seen.extend(e.seq for e in found)
            seq = seen[-1] if seen else 0
            if last_time:
                return

    with ThreadPoolExecutor(total + 1) as pool:
        watching = pool.submit(looks)
        try:
            for done in [pool.submit(reports, who) for who in range(total)]:
                done.result()
        finally:
            over.set()
        watching.result()
    assert len(seen) == 2 * total * per
    assert seen == sorted(seen)
