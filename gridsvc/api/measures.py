"""What one process counts of itself, and what ``/metrics`` tells Prometheus of it."""

import time
from bisect import bisect_left
from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, GCCollector, Histogram, PlatformCollector, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Upper bounds in seconds: a decision takes tens of microseconds, a request milliseconds, a report over a month longer.
DECIDED_S = (0.00001, 0.00002, 0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.1)
ANSWERED_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
# A stream lasts as long as somebody listens: that is no time to answer.
_STREAMS = frozenset({"/v1/events"})
# Addresses that nobody made up here; each of those that strangers try would be kept for good.
_UNKNOWN = "none"


class Measures:
    """The counters of one application. Safe to share between threads."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)
        labels = ("method", "route")
        self._requests = Counter(
            "gridsvc_requests", "Requests by their route and status", (*labels, "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "gridsvc_request_seconds", "From the head of a request to the end of its answer", labels,
            buckets=ANSWERED_S, registry=self.registry,
        )  # fmt: skip
        self._decided = [0] * (len(DECIDED_S) + 1)
        self._decided_s = 0.0
        self.registry.register(self)

    def decided(self, taken_s: float) -> None:
        """Note a decision that the listener gave at once. In one thread only; a plain list costs next to nothing."""
        self._decided[bisect_left(DECIDED_S, taken_s)] += 1
        self._decided_s += taken_s

    def answered(self, method: str, route: str, status: int, taken_s: float) -> None:
        """Note a request that went through the application."""
        self._requests.labels(method, route, str(status)).inc()
        if route not in _STREAMS:
            self._seconds.labels(method, route).observe(taken_s)

    def collect(self) -> Iterator[Metric]:
        """Give what is kept here rather than there, as the registry asks for it."""
        n, buckets = 0, []
        for bound, count in zip((*map(str, DECIDED_S), "+Inf"), self._decided, strict=True):
            n += count
            buckets.append((bound, n))
        told = "Answers to POST /v1/route that the listener gave itself, from the whole body to the whole answer"
        yield HistogramMetricFamily("gridsvc_decision_seconds", told, buckets=buckets, sum_value=self._decided_s)


class Measured:
    """An application whose requests are counted, refusals at the door among them."""

    def __init__(self, app: ASGIApp, measures: Measures, clock_s: Callable[[], float] = time.perf_counter) -> None:
        self.app = app
        self._measures = measures
        self._clock_s = clock_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and note how it went."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began_s, status = self._clock_s(), 499

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noted)
        except Exception:
            status = 500
            raise
        finally:
            route = getattr(scope.get("route"), "path", _UNKNOWN)
            method = scope["method"] if route != _UNKNOWN else _UNKNOWN
            self._measures.answered(method, route, status, self._clock_s() - began_s)


def gauge(name: str, told: str, *labels: str) -> GaugeMetricFamily:
    """Make an empty gauge of ours."""
    return GaugeMetricFamily(f"gridsvc_{name}", told, labels=labels)
