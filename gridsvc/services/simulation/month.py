"""A month of a city's cases in accelerated time, every step through the services that the doors use."""

import heapq
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from itertools import count
from random import Random
from typing import Any

from sqlalchemy import Engine

from gridsvc.casework.case import NewCase
from gridsvc.casework.tracking import Rating
from gridsvc.errors import Conflict, RefusedToPublish
from gridsvc.rights import Reach, whole_district
from gridsvc.router import Router
from gridsvc.services.current import CurrentRouter
from gridsvc.services.intake import report_case
from gridsvc.services.modes import mode_at, switch
from gridsvc.services.once import hash_body
from gridsvc.services.precedents import Wanted
from gridsvc.services.progress import act
from gridsvc.services.simulation.flow import next_step
from gridsvc.services.simulation.lives import city_of
from gridsvc.services.simulation.people import City, Life, Step, View, one_of
from gridsvc.services.sweep import sweep
from gridsvc.services.tracking import rate, tracking_secret, with_code
from gridsvc.values import Point

# How often somebody reports what was reported already, and how often the centre sees it.
AGAIN, SEEN_AGAIN = 0.05, 0.75
# Longer than so many days, and there is a storm in the middle.
_CALM = 7
_SWEEP_EVERY = timedelta(hours=1)
_METRE_DEG = 1e-5
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Month:
    """What is to be lived: from which day, for how many days, about so many reports a day; the seed decides the rest.

    ``templates`` are reports that such a city gets: those of the month are like them, a few metres away. One day in the
    middle is an emergency, if it lasts that long.
    """

    first: date
    days: int
    per_day: int
    seed: int
    templates: Sequence[NewCase]


@dataclass(slots=True)
class _Case:
    """A case on its way, as it was shown last; ``of`` is the one that it repeats."""

    n: int
    life: Life
    shown: Mapping[str, Any]
    of: "_Case | None" = None


@dataclass(slots=True)
class _Run:
    engine: Engine
    month: Month
    district: str | None
    now: datetime
    current: CurrentRouter = field(init=False)
    counts: Counter[str] = field(default_factory=Counter)
    steps: list[tuple[datetime, int, Callable[[], None]]] = field(default_factory=list)
    order: Any = field(default_factory=count)
    cities: dict[str, City] = field(default_factory=dict)
    recent: list[_Case] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.current = CurrentRouter(self.engine, lambda: self.now, self.district)

    def plan(self, at: datetime, do: Callable[[], None]) -> None:
        heapq.heappush(self.steps, (at, next(self.order), do))

    def city(self, room: Router) -> City:
        key = f"{room.snapshot.edition.code} {room.snapshot.ruleset.code}"
        if key not in self.cities:
            self.cities[key] = city_of(room, self.month.seed)
        return self.cities[key]


def simulate(engine: Engine, month: Month, district: str | None, progress: Progress = lambda _: None) -> Counter[str]:
    """Live a month of reports and of what is done about them; gives how often each thing was done.

    The same month again adds nothing, since each thing that is done has a key of its own. ``progress`` is told of each
    report.
    """
    run = _Run(engine, month, district, datetime.combine(month.first, time(12), UTC))
    zone = run.current.get(at=run.now, now=run.now).zone
    start = datetime.combine(month.first, time(), zone)
    end = start + timedelta(days=month.days)
    for n, (at, new, emergency) in enumerate(_reports(month, start, run.current)):
        run.plan(at, _reporting(run, n, at, new, emergency, progress))
    if month.days > _CALM:
        storm = start + timedelta(days=month.days // 2)
        run.plan(storm, lambda: _storm(run, storm))
    for k in range(int((end - start) / _SWEEP_EVERY)):
        run.plan(start + (k + 1) * _SWEEP_EVERY, lambda: _sweep(run))
    while run.steps and run.steps[0][0] <= end:
        run.now, _, do = heapq.heappop(run.steps)
        do()
    return run.counts


def _reports(month: Month, start: datetime, current: CurrentRouter) -> list[tuple[datetime, NewCase, bool]]:
    """Invent the reports: at the hours of their kind, fewer when the city rests, twice as many in an emergency."""
    dice, found = Random(f"{month.seed}/reports"), []
    for k in range(month.days):
        day = start + timedelta(days=k)
        room = current.get(at=day, now=day)
        emergency = month.days > _CALM and k == month.days // 2
        rests = not room.snapshot.ruleset.calendar.is_working(day.date())
        weight = (0.6 if rests else 1.0) * (2.0 if emergency else 1.0)
        for _ in range(round(month.per_day * weight * dice.uniform(0.85, 1.15))):
            template = dice.choice(month.templates)
            hour = dice.choices(range(24), _HOURS)[0]
            at = day + timedelta(hours=hour, seconds=dice.randrange(3600))
            found.append((at, _like(template, dice), emergency))
    return sorted(found, key=lambda report: report[0])


# Of a day's reports so many in each hour: little at night, most in the morning and before the evening.
_HOURS = (1, 1, 1, 1, 1, 2, 4, 9, 14, 15, 14, 10, 7, 10, 13, 14, 12, 10, 8, 8, 7, 5, 3, 2)


def _like(template: NewCase, dice: Random, metres: float = 8.0) -> NewCase:
    """A report like another one, some metres away."""
    lon = template.point.lon + dice.gauss(0, metres) * _METRE_DEG
    lat = template.point.lat + dice.gauss(0, metres) * _METRE_DEG
    point = Point(round(lon, 7), round(lat, 7))
    return replace(template, point=point, raw={"x": point.lon, "y": point.lat, "crs": "wgs84"})


def _reporting(
    run: _Run, n: int, at: datetime, new: NewCase, emergency: bool, progress: Progress
) -> Callable[[], None]:
    def do() -> None:
        dice = Random(f"{run.month.seed}/{n}")
        again = dice.choice(run.recent[-40:]) if run.recent and dice.random() < AGAIN else None
        told = new if again is None else _again(again, dice)
        room = run.current.get(at=at, now=at)
        key = f"simulated {run.month.seed} {run.month.first} {n}"
        body_hash = hash_body({"key": key})
        shown = report_case(run.engine, room, told, _reporter(told, dice), key, body_hash, at)
        life = Life(dice, told.source, emergency, dice.random())
        case = _Case(n, life, shown, again)
        run.recent.append(case)
        run.counts["report"] += 1
        progress(1)
        _go_on(run, room, case)

    return do


def _again(case: _Case, dice: Random) -> NewCase:
    """Somebody else reports what was reported already."""
    point, shown = case.shown["point"], case.shown
    there = Point(point["lon"], point["lat"])
    told = NewCase(there, {}, shown["category"], "app", description=shown["description"])
    return _like(told, dice, 4.0)


def _reporter(new: NewCase, dice: Random) -> str:
    role = {"patrol": "collector", "sensor": "sensors", "supervision": "leader"}.get(new.source, "receptionist")
    return one_of(role, dice)


def _go_on(run: _Run, room: Router, case: _Case) -> None:
    """Plan what is done next with a case."""
    step = _special(run, case) or next_step(run.city(room), case.life, _view(case.shown), run.now)
    if step is not None:
        run.plan(step.at, lambda: _do(run, case, step))


def _special(run: _Run, case: _Case) -> Step | None:
    """What only happens among other cases and on a map: duplicates are joined, wrong places corrected."""
    dice, status = case.life.dice, case.shown["status"]
    soon = run.now + timedelta(seconds=dice.randrange(60, 900))
    first = case.of
    if first is not None and status == "reported" and case.life.once("link", SEEN_AGAIN) and not _is_void(first):
        said: dict[str, Any] = {"case": first.shown["number"], "as": "duplicate"}
        return Step(soon, "link", said, one_of("receptionist", dice))
    if status == "accepted" and case.life.once("correct", 0.02):
        there = _like(NewCase(Point(**case.shown["point"]), {}, case.shown["category"], "app"), dice, 20.0)
        said = {"point": there.raw, "lon": there.point.lon, "lat": there.point.lat, "reason": "与反映人核对后更正位置"}
        return Step(soon, "correct", said, one_of("receptionist", dice))
    return None


def _is_void(case: _Case) -> bool:
    return bool(case.shown["status"] == "void")


def _view(shown: Mapping[str, Any]) -> View:
    decision = shown["decision"]
    accountable, street = decision["accountable"], decision["areas"].get("street")
    return View(
        shown["status"], accountable and accountable["unit"], street["code"] if street else "",
        shown["requests"], shown["clocks"],
    )  # fmt: skip


def _do(run: _Run, case: _Case, step: Step) -> None:
    room = run.current.get(at=run.now, now=run.now)
    if step.action == "rate":
        _rate(run, room, case, Rating(**step.said))
    else:
        case.shown = _act(run, room, case, step)
    run.counts[step.action] += 1
    _go_on(run, room, case)


def _rate(run: _Run, room: Router, case: _Case, rating: Rating) -> None:
    code = with_code(case.shown, tracking_secret(run.engine))["tracking"]
    try:
        rate(run.engine, code, rating, None, run.now, room.zone)
    except Conflict:
        # The same month was lived before, and the case has gone on since: what was said then stands.
        run.counts["rated before"] += 1


def _act(run: _Run, room: Router, case: _Case, step: Step) -> Mapping[str, Any]:
    reach = whole_district(room.snapshot.edition.district)

    def anywhere(_: object) -> Reach:
        return reach

    said = {"version": case.shown["version"], **step.said}
    key = f"simulated {run.month.seed} {run.month.first} {case.n}/{case.shown['version']}"
    do = partial(act, run.engine, room, case.shown["id"], step.action)
    if said.pop("precedent", False) and case.shown["decision"]["areas"]:
        try:
            wanted = said | {"precedent": Wanted(scope="disc:100")}
            shown = do(wanted, anywhere, step.actor, key, said, run.now)
            run.counts["precedent"] += 1
            return shown
        except (Conflict, RefusedToPublish):
            # Another precedent for the same ground and matter holds already, or the rules would contradict it.
            run.counts["precedent refused"] += 1
    return do(said, anywhere, step.actor, key, said, run.now)


def _storm(run: _Run, at: datetime) -> None:
    district = run.current.get(at=at, now=at).snapshot.edition.district
    if mode_at(run.engine, district, at)["mode"] == "normal":
        switch(
            run.engine, district, "emergency", "暴雨红色预警，启动应急响应", "leader.1", at, end=at + timedelta(days=1)
        )


def _sweep(run: _Run) -> None:
    found = sweep(run.engine, run.now)
    run.counts["amber"] += found.amber
    run.counts["red"] += found.red
