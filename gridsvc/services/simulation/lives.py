"""Whole lives of past cases, made in memory by the same pure actions as those that pass through the services."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from random import Random
from typing import Any
from uuid import UUID

from gridsvc.answer import Routing
from gridsvc.casework.case import Entry, Folding, State
from gridsvc.casework.deed import first_clocks
from gridsvc.casework.deeds import deed
from gridsvc.casework.desk import Party
from gridsvc.errors import GridsvcError
from gridsvc.router import Router
from gridsvc.services.intake import PastCase, routed
from gridsvc.services.simulation.flow import next_step
from gridsvc.services.simulation.people import City, Life, View

_NOBODY = UUID(int=0)
_ELSEWHERE = timedelta(days=9)
_RECENT = timedelta(days=9)
Happened = tuple[str, Mapping[str, Any], str, datetime]


def with_lives(
    router: Callable[[datetime], Router], past: Sequence[PastCase], until: datetime, seed: int,
    progress: Callable[[int], None] = lambda _: None,
) -> list[PastCase]:  # fmt: skip
    """Give past cases what happened to each of them until an instant; the same seed gives the same lives.

    ``router`` gives the room of the edition that held when a case was reported.
    """
    cities: dict[Router, City] = {}
    made = []
    for n, (case, room, routing) in enumerate(_routed(router, past)):
        city = cities.setdefault(room, city_of(room, seed))
        dice = Random(f"{seed}/{n}")
        life = Life(dice, case.new.source, share=dice.random())
        made.append(replace(case, life=tuple(_life(city, room, life, case, routing, until))))
        progress(1)
    return made


def over(past: Sequence[PastCase]) -> list[PastCase]:
    """Give past cases as another system hands them over that had closed them: of the way there it tells nothing."""
    payload = {"to": "archived", "reason": "由原系统结案后导入"}
    return [replace(p, life=(("archive", payload, "import", p.reported_at + _ELSEWHERE),)) for p in past]


def city_of(room: Router, seed: int) -> City:
    """Gather who works in a city: every unit that its rules let answer for something, and its working time."""
    staff = room.snapshot.staff
    kinds = ("department", "street", "company", "contractor")
    units = sorted(code for code, unit in staff.units.items() if unit.kind in kinds)
    return City(seed, tuple(units), room.worktime())


def party_of(room: Router, code: str, field: str) -> Party:
    """Give a unit of this city by its code."""
    unit = room.snapshot.staff.units[code]
    return Party(unit.code, unit.name, unit.name_en)


def _routed(
    router: Callable[[datetime], Router], past: Sequence[PastCase]
) -> Iterator[tuple[PastCase, Router, Routing]]:
    for room, run in groupby(past, lambda case: router(case.reported_at)):
        own = list(run)
        for case, one in zip(own, routed(room, own), strict=True):
            if isinstance(one, GridsvcError):
                raise one
            yield case, room, one


def _life(
    city: City, room: Router, life: Life, case: PastCase, routing: Routing, until: datetime
) -> Iterator[Happened]:
    """Let people act, one after the other, on a case that was only reported and decided so far."""
    answer, now = routing.as_dict("short"), case.reported_at
    decided = {"answer": answer, "trail": routing.decision.told, "clocks": first_clocks(answer, now, city.worktime)}
    entries = [_entry(1, now, "import", "reported", {}), _entry(2, now, "import", "decided", decided)]
    history = Folding()
    for entry in entries:
        history.add(entry)
    area = routing.areas.get("street")
    street = "" if area is None else area.code
    party = partial(party_of, room)
    while (step := next_step(city, life, _seen(state := history.state, street), now)) is not None and step.at <= until:
        now = step.at
        if step.action == "rate":
            kind, payload = "rated", dict(step.said)
        else:
            said = {k: v for k, v in step.said.items() if k != "precedent"}
            kind, payload = deed(step.action, said, entries, party, city.worktime, step.actor, now, state)
        yield kind, payload, step.actor, now
        entries.append(_entry(len(entries) + 1, now, step.actor, kind, payload))
        history.add(entries[-1])


def _seen(state: State, street: str) -> View:
    return View(state.status, state.unit, street, state.requests, state.clocks)


def _entry(n: int, at: datetime, actor: str, kind: str, payload: Mapping[str, Any]) -> Entry:
    """An entry that nobody seals: the import makes the real ones."""
    return Entry(_NOBODY, n, at, actor, kind, payload, None, b"")


def recent(past: Sequence[PastCase], now: datetime, n: int, seed: int) -> list[PastCase]:
    """Invent ``n`` reports of the last days, like those of the past: the nearer to ``now``, the more of them."""
    dice = Random(f"{seed}/recent")
    ages_s = sorted((dice.random() ** 3 * _RECENT.total_seconds() for _ in range(n)), reverse=True)
    return [PastCase(dice.choice(past).new, now - timedelta(seconds=round(age))) for age in ages_s]
