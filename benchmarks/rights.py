"""Claim: rights cost nothing: who may see part of a city's cases reads lists, heat and tiles as fast as without any."""

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pyogrio
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, event, true

from benchmarks.many_cases import fill, published_city
from benchmarks.race import Method, Table, race, timed
from benchmarks.record import Fact, Goal, Result
from benchmarks.sizes import Size
from gridsvc.rights import Reach, Term
from gridsvc.services.cases import page_of_cases
from gridsvc.spatial.mercator import Tile
from gridsvc.store import case_lists as store
from gridsvc.store.case_lists import CaseFilter
from gridsvc.store.case_tiles import case_tile
from gridsvc.store.cases import StoredCase
from gridsvc.store.engine import transaction

NONE, LARGE, WHOLE = "without rights", "large street", "whole district"
SECURED, AS_MANY = "row-level security, large street", "without rights, as many cases of a period as the large street's"
MUST, AIM = 1.2, 1.05
Cases = Sequence[StoredCase]
Told = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked within a reach, what its answer tells, and what it has to tell of the cases that may be seen.

    ``ask`` gets the reach and the cases within it; ``paged`` answers are of one length whoever asks.
    """

    title: str
    ask: Callable[[Engine, CaseFilter], Any]
    told: Callable[[Any], Told]
    truth: Callable[[Cases], Told]
    wanted: Mapping[str, Any]
    paged: bool
    calls: int = 9


def run(size: Size) -> Result:
    """Ask every question within every reach, without any, and with the database's own security in its place."""
    with published_city() as (engine, folder), tempfile.TemporaryDirectory() as scratch:
        cases = fill(engine, folder, 5_000 if size.quick else 100_000)
        reaches = _reaches(folder.snapshot.edition.district, cases)
        seen = {name: [c for c in cases if _covers(reach, c)] for name, reach in reaches.items()}
        _secure(engine, seen[LARGE][0].areas["street"])
        questions = [*_lists(cases), *_maps(cases, seen[LARGE], Path(scratch))]
        if size.quick:
            questions = [replace(question, calls=1) for question in questions]
        tables = [_race(engine, question, reaches, {NONE: cases, **seen}, size.rounds) for question in questions]
    goals, facts = [], [Fact("cases", len(cases), "")]
    for question, table in zip(questions, tables, strict=True):
        length = {name: len(question.truth(of)) for name, of in seen.items()}
        full = {n: 1 / table.ratio(n) for n in reaches if not question.paged or length[n] == length[WHOLE]}
        short = [1 / table.ratio(n) for n in reaches if n not in full]
        goals.append(Goal(f"{question.title}: slowest of {len(full)} reaches", max(full.values()), MUST, AIM, "less"))
        if short:
            facts.append(Fact(f"{question.title}: slowest where fewer come out", max(short), f"x {NONE}"))
        if not question.paged:
            facts.append(
                Fact(f"{question.title}: {LARGE}, over as many cases of a period", table.ratio(AS_MANY, LARGE), "x")
            )
        facts.append(
            Fact(f"{question.title}: row-level security, over the predicate", table.ratio(LARGE, SECURED), "x")
        )
    notes = (
        "A call is one transaction with all decoding; without rights is the same code with the predicate taken out. A "
        "goal is the time within a reach over the time without rights; of pages, for whom as many come out.",
        "cases within reach: " + ", ".join(f"{name} {len(of)}" for name, of in seen.items()),
    )
    wrong, compared = sum(t.wrong for t in tables), sum(len(t.rows) for t in tables)
    claim = (__doc__ or "").strip()
    return Result(claim, compared, wrong, tuple(tables), tuple(facts), tuple(goals), notes)


def _reaches(district: str, cases: Cases) -> dict[str, Reach]:
    street, grid = (Counter(c.areas[k] for c in cases if k in c.areas).most_common() for k in ("street", "grid"))
    unit = Counter(unit for c in cases for unit in c.parties).most_common(5)[-1][0]
    large, small = ("street", street[0][0]), ("street", street[-1][0])
    terms: Mapping[str, tuple[Term, ...]] = {
        WHOLE: (Term(),),
        LARGE: (Term(large),),
        "small street": (Term(small),),
        "one grid": (Term(("grid", grid[-1][0])),),
        "one unit": (Term(None, frozenset({unit})),),
        "street and unit": (Term(large, frozenset({unit})),),
        "three grants": (Term(small), Term(("grid", grid[3][0])), Term(None, frozenset({unit}))),
    }
    found = {name: Reach(district, frozenset(of)) for name, of in terms.items()}
    return found | {"own reports": Reach(district, frozenset(), "collector-3")}


def _covers(reach: Reach, c: StoredCase) -> bool:
    return reach.covers(c.areas, frozenset(c.parties), c.reported_by)


def _lists(cases: Cases) -> list[Question]:
    """Pages of a hundred, newest first, and a case by its number: of everybody the newest that he may see."""
    lon, lat = [c.lon for c in cases], [c.lat for c in cases]
    category = Counter(c.category for c in cases).most_common(1)[0][0]
    grid = Counter(c.areas["grid"] for c in cases if "grid" in c.areas).most_common(1)[0][0]
    start, end = (cases[0].reported_at - timedelta(days=n) for n in (60, 30))
    last = cases[min(49 * 100, len(cases) // 2)]
    asked: Mapping[str, tuple[dict[str, Any], Callable[[StoredCase], bool]]] = {
        "first page": ({}, lambda _: True),
        "page 50": ({"after": (last.reported_at, last.id)}, lambda c: c.reported_at < last.reported_at),
        "page by status": ({"status": ("dispatched",)}, lambda c: c.status == "dispatched"),
        "page by box": ({"bbox": (min(lon), min(lat), max(lon), max(lat))}, lambda _: True),
        "page by grid": ({"areas": (("grid", (grid,)),)}, lambda c: c.areas.get("grid") == grid),
        "page by category": ({"category": (category,)}, lambda c: c.category == category),
        "page of a month": ({"start": start, "end": end}, lambda c: start <= c.reported_at < end),
    }

    def numbers(made: Any) -> Told:
        return np.array([c.number for c in made[0]])

    def page(meets: Callable[[StoredCase], bool]) -> Callable[[Cases], Told]:
        return lambda of: np.array([c.number for c in of if meets(c)][:100])

    return [Question(t, page_of_cases, numbers, page(meets), w, True) for t, (w, meets) in asked.items()]


def _maps(cases: Cases, large: Cases, scratch: Path) -> list[Question]:
    """All points for a map of load; and tiles: of the whole city, of a part, and within the large street."""
    middle = Counter(_tile_of(c, 16) for c in large).most_common(1)[0][0]

    def tile(z: int) -> Question:
        at = Tile(z, middle.x >> (16 - z), middle.y >> (16 - z))

        def ask(engine: Engine, wanted: CaseFilter) -> bytes:
            with transaction(engine) as connection:
                return case_tile(connection, wanted, at, cases[0].reported_at)

        def total(made: bytes) -> Told:
            if not made:
                return np.array([0])
            file = scratch / "tile.pbf"
            file.write_bytes(made)
            found = pyogrio.read_dataframe(file, read_geometry=False)
            # Where there are many of them a point says for how many it stands.
            return np.array([found["n"].sum() if "n" in found else len(found)])

        def truth(of: Cases) -> Told:
            return np.array([sum(_tile_of(c, z) == at for c in of)])

        return Question(f"tile of zoom {z}", ask, total, truth, {}, False, 1 if z < 16 else 9)

    def points(engine: Engine, wanted: CaseFilter) -> Any:
        with transaction(engine) as connection:
            return store.case_points(connection, wanted)

    heat = Question(
        "heat", points, lambda made: np.sort(made.lon), lambda of: np.sort([c.lon for c in of]), {}, False, 1
    )
    return [heat, *map(tile, (8, 14, 16))]


def _tile_of(c: StoredCase, z: int) -> Tile:
    n = 2**z
    down = 0.5 - float(np.arcsinh(np.tan(np.radians(c.lat)))) / (2 * np.pi)
    return Tile(z, int((c.lon + 180) / 360 * n), int(down * n))


def _race(engine: Engine, q: Question, reaches: Mapping[str, Reach], seen: Mapping[str, Cases], rounds: int) -> Table:
    def method(name: str, reach: Reach, of: Cases, around: Callable[[], Any], **more: Any) -> Method:
        wanted, truth = CaseFilter(reach, **{**q.wanted, **more}), q.truth(of)

        def work() -> Any:
            with around():
                return q.ask(engine, wanted)

        return Method(name, timed(work, lambda made: np.array([np.array_equal(q.told(made), truth)])), 1)

    whole = reaches[WHOLE]
    methods = [method(NONE, whole, seen[NONE], _without_rights)]
    methods += [method(name, reach, seen[name], _as_it_is) for name, reach in reaches.items()]
    if not q.paged:
        newest = seen[NONE][: len(seen[LARGE])]
        methods.append(method(AS_MANY, whole, newest, _without_rights, start=newest[-1].reported_at))
    methods.append(method(SECURED, whole, seen[LARGE], lambda: _secured(engine)))
    # Other work on the machine comes and goes within a second, so one call follows another and not nine of a kind.
    turns = race(q.title, "answers/s", NONE, methods, rounds * q.calls, np.array([True]))
    rows = (replace(row, rates=tuple(_medians(row.rates, rounds))) for row in turns.rows)
    return replace(turns, rows=tuple(rows))


def _medians(rates: Sequence[float], rounds: int) -> Iterator[float]:
    return (float(np.median(part)) for part in np.array_split(rates, rounds))


@contextmanager
def _as_it_is() -> Iterator[None]:
    yield


@contextmanager
def _without_rights() -> Iterator[None]:
    with patch.object(store, "within_reach", lambda *_: true()):
        yield


def _secure(engine: Engine, street: str) -> None:
    """Let the database itself show a role nothing but one street; the owner of the table is not bound by it."""
    with engine.begin() as connection:
        for statement in (
            "CREATE ROLE limited",
            "GRANT SELECT ON case_, case_private TO limited",
            "ALTER TABLE case_ ENABLE ROW LEVEL SECURITY",
            "CREATE POLICY reach ON case_ TO limited USING (areas ->> 'street' = current_setting('bench.street'))",
        ):
            connection.exec_driver_sql(statement)
        database = connection.exec_driver_sql("SELECT current_database()").scalar_one()
        connection.exec_driver_sql(f"ALTER DATABASE {database} SET bench.street = '{street}'")
    engine.dispose()


@contextmanager
def _secured(engine: Engine) -> Iterator[None]:
    """Take the role up in every transaction, as a service would."""

    def become(connection: Connection) -> None:
        connection.exec_driver_sql("SET LOCAL ROLE limited")

    event.listen(engine, "begin", become)
    try:
        with _without_rights():
            yield
    finally:
        event.remove(engine, "begin", become)
