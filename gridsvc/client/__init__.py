"""Asks a running service from Python: scripts, notebooks and apps; retries what may be retried, and nothing twice."""

import json
import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import geopandas as gpd
import httpx2
import pandas as pd

from gridsvc.client import frames
from gridsvc.client.line import Line, asked
from gridsvc.client.refusals import Refused, Unreachable

__all__ = ["Client", "Event", "Refused", "Unreachable"]

PAGE = 1_000
Json = dict[str, Any]


class Event(NamedTuple):
    """One event: ``case``, ``edition`` or ``resync``, its number to go on from if it has one, and what it tells."""

    event: str
    id: int | None
    data: Json


class Client:
    """One service and the key that it is asked with; close it, or use it in a ``with``. One thread at a time.

    Every method raises :class:`Refused` where the service says no, with its sentence in Chinese and English and how to
    mend it, and :class:`Unreachable` where it does not answer.

    >>> with Client("https://grid.example", key) as city:
    ...     city.route(120.21, 30.32, "gcj02", category="06010")["accountable"]
    """

    def __init__(
        self, url: str, key: str | None = None, *, timeout_s: float = 10.0, attempts: int = 5,
        verify: Any = True, http: httpx2.Client | None = None,
    ) -> None:  # fmt: skip
        """``verify`` is an ``ssl.SSLContext`` where the service has a certificate of its own authority."""
        if http is None:
            http = httpx2.Client(base_url=url, timeout=timeout_s, verify=verify)
        if key is not None:
            http.headers["Authorization"] = f"Bearer {key}"
        self._line = Line(http, attempts)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._line.close()

    # ---- Who answers for a place. ----

    def route(self, x: float, y: float, crs: str, *, explain: str = "short", **more: Any) -> Json:
        """Ask who answers for one point: longitude first, ``crs`` as everywhere; ``more`` are fields of the request."""
        body = {"point": {"x": x, "y": y, "crs": crs}} | _told(more)
        answer: Json = self._line.post("/v1/route", body, query={"explain": explain})
        return answer

    def route_frame(
        self, frame: pd.DataFrame, *, x: str, y: str, crs: str, category: str | None = None,
        at: datetime | None = None, edition: str | None = None, ruleset: str | None = None, prefix: str = "",
    ) -> pd.DataFrame:  # fmt: skip
        """Decide every row of a frame; gives its rows in order with the columns of a batch beside their own.

        ``x``, ``y`` and ``category`` name columns. A row that cannot be decided says why in ``error``. More than
        100 000 rows go in several requests.
        """
        query = asked({"crs": crs, "at": at, "edition": edition, "ruleset": ruleset})
        headers = {"Content-Type": frames.ARROW_STREAM}
        answers = (
            self._line.ask("POST", "/v1/route/batch", params=query, headers=headers, content=body).content
            for body in frames.batches(frame, x, y, category)
        )
        return frames.joined(frame, answers, prefix)

    # ---- Cases. ----

    def report(
        self, x: float, y: float, crs: str, *, category: str, source: str, key: str | None = None, **more: Any
    ) -> Json:
        """Report a case; gives it with its number and decision.

        It is one case however often it is sent. Give a ``key`` of your own to be sure of that beyond this call, after
        a crash, say.
        """
        body = {"point": {"x": x, "y": y, "crs": crs}, "category": category, "source": source} | _told(more)
        answer: Json = self._line.post("/v1/cases", body, key or str(uuid.uuid4()))
        return answer

    def attach(self, file: Path | str | bytes) -> str:
        """Send a photo or document; gives the id to name in ``attachments`` of a report or an action."""
        content = file if isinstance(file, bytes) else Path(file).read_bytes()
        name = "file" if isinstance(file, bytes) else Path(file).name
        return str(self._line.ask("POST", "/v1/attachments", files={"file": (name, content)}).json()["id"])

    def case(self, case: str) -> Json:
        """Give a case by its id or number."""
        answer: Json = self._line.get(f"/v1/cases/{case}")
        return answer

    def history(self, case: str) -> list[Json]:
        """Give what happened to a case, in order."""
        return list(self._line.get(f"/v1/cases/{case}/history")["items"])

    def act(self, case: str, action: str, *, version: int | None = None, key: str | None = None, **more: Any) -> Json:
        """Do something to a case and give it as it is then; without a ``version`` the case is read first."""
        if version is None:
            version = int(self.case(case)["version"])
        body = {"version": version} | _told(more)
        answer: Json = self._line.post(f"/v1/cases/{case}/actions/{action}", body, key or str(uuid.uuid4()))
        return answer

    def cases(self, **filters: Any) -> Iterator[Json]:
        """Give the cases that meet the filters of ``GET /v1/cases``, page after page; ``from_`` stands for ``from``."""
        return self._paged("/v1/cases", "items", filters)

    def cases_frame(self, **filters: Any) -> gpd.GeoDataFrame:
        """Give the same as a frame of points."""
        return frames.of_cases(self.cases(**filters))

    # ---- The map. ----

    def areas(self, layer: str, **filters: Any) -> gpd.GeoDataFrame:
        """Give the areas of a layer as a frame; ``edition`` and ``bbox`` are filters."""
        return frames.of_features(self._paged("/v1/areas", "features", {"layer": layer} | filters))

    def lanes(self, **filters: Any) -> gpd.GeoDataFrame:
        """Give the lanes as a frame."""
        return frames.of_features(self._paged("/v1/lanes", "features", filters))

    def components(self, **filters: Any) -> gpd.GeoDataFrame:
        """Give the street objects as a frame."""
        return frames.of_features(self._paged("/v1/components", "features", filters))

    def listed(self, what: str, **filters: Any) -> list[Json]:
        """Give a list as it is: ``layers``, ``editions``, ``rulesets``, ``categories`` or ``units``."""
        return list(self._line.get(f"/v1/{what}", filters)["items"])

    def edition(self) -> str:
        """Give the code of the edition that holds now."""
        return str(self._line.get("/v1/layers")["edition"])

    def posts(self, **filters: Any) -> Iterator[Json]:
        """Give the posts that hold at ``at``, now if not given, page after page."""
        return self._paged("/v1/posts", "items", filters)

    # ---- What happens. ----

    def events(self, after: int | None = None, **filters: Any) -> Iterator[Event]:
        """Give events as they come, for ever; where the connection breaks it goes on after the last one it gave.

        ``resync`` says that something may have been missed: read what you keep anew.
        """
        failed = 0
        while True:
            try:
                headers = {"Accept": "text/event-stream"}
                with self._line.stream("/v1/events", filters | {"after": after}, headers) as lines:
                    for event in _events(lines):
                        failed = 0
                        after = after if event.id is None else event.id
                        # Signs of life carry numbers too.
                        if event.event:
                            yield event
            except httpx2.TransportError:
                pass
            self._line.rest(failed)
            failed += 1

    def _paged(self, path: str, items: str, filters: Mapping[str, Any]) -> Iterator[Json]:
        query = {"limit": PAGE} | dict(filters)
        while True:
            page = self._line.get(path, query)
            yield from page[items]
            if not page.get("next"):
                return
            query["cursor"] = page["next"]


def _told(more: Mapping[str, Any]) -> Json:
    """Fields of a request: what is None is left out, instants are spelled."""
    spelled = {k: v.isoformat() if isinstance(v, datetime) else v for k, v in more.items()}
    return {k: v for k, v in spelled.items() if v is not None}


def _events(lines: Iterator[str]) -> Iterator[Event]:
    told: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        if line == "":
            number = int(told["id"]) if told.get("id") else None
            yield Event(told.get("event", ""), number, json.loads(told.get("data", "{}")))
            told = {}
        elif name:
            told[name] = value.removeprefix(" ")
