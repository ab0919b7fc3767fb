"""``GET /metrics``: what Prometheus asks every few seconds."""

from collections.abc import Iterator

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from gridsvc import __version__
from gridsvc.api.deps import Parts, PartsDep
from gridsvc.api.measures import gauge
from gridsvc.api.schemas.common import PROBLEMS
from gridsvc.errors import Unavailable
from gridsvc.services.health import load
from gridsvc.store.gauges import Load

router = APIRouter(tags=["health"], responses=PROBLEMS)


@router.get("/metrics", response_class=PlainTextResponse)
def metrics(parts: PartsDep) -> PlainTextResponse:
    """Tell of this process and of the installation, in Prometheus's text format; ``docs/operations.md`` lists it all.

    While the database cannot be asked, ``gridsvc_database_up`` is 0 and what only it knows is left out.
    """
    asked = CollectorRegistry()
    asked.register(_Now(parts))
    text = generate_latest(parts.measures.registry) + generate_latest(asked)
    return PlainTextResponse(text, media_type=CONTENT_TYPE_PLAIN_0_0_4)


class _Now:
    """What is true at the moment, looked up when asked."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def collect(self) -> Iterator[Metric]:
        """Give every gauge."""
        yield from _of_process(self._parts)
        up = gauge("database_up", "1 where the database answers")
        try:
            found = load(self._parts.engine, self._parts.now())
        except Unavailable:
            found = None
        up.add_metric([], 0 if found is None else 1)
        yield up
        if found is not None:
            yield from _of_installation(found, self._parts.feed.last)


def _of_process(parts: Parts) -> Iterator[Metric]:
    build = gauge("build_info", "The version that runs", "version")
    build.add_metric([__version__], 1)
    yield build
    holds = gauge("edition_info", "What this replica answers by", "edition", "ruleset")
    seen = gauge("edition_seen_seconds", "Since this replica last asked the database what holds")
    room = parts.current.at_hand()
    if room is not None:
        holds.add_metric([room.snapshot.edition.code, room.snapshot.ruleset.code], 1)
    seen.add_metric([], parts.current.looked_s_ago())
    yield holds
    yield seen
    pool = gauge("database_connections", "Connections to the database that are in use")
    pool.add_metric([], parts.engine.pool.checkedout())  # type: ignore[attr-defined]  # of the pool that we make
    yield pool


def _of_installation(found: Load, heard: int) -> Iterator[Metric]:
    cases = gauge("open_cases", "Cases that are not over", "district", "status")
    for (district, status), n in found.open.items():
        cases.add_metric([district, status], n)
    yield cases
    for name, told, counts in (
        ("overdue_cases", "Open cases with a clock that ran out", found.overdue),
        ("desk_cases", "Open cases that nobody answers for yet", found.undecided),
    ):
        one = gauge(name, told, "district")
        for district, n in counts.items():
            one.add_metric([district], n)
        yield one
    for name, told, value in (
        ("event_lag", "Events that are in the database and this replica has not heard of", found.last_event - heard),
        ("webhook_waiting", "Messages to subscribers that are to be sent again", found.waiting),
        ("webhook_dead", "Messages to subscribers that were given up", found.dead),
    ):
        one = gauge(name, told)
        one.add_metric([], max(value, 0))
        yield one
