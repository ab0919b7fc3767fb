"""The rights predicate as SQL finds the same rows as the reach itself, for every kind of grant."""

from collections.abc import Callable
from datetime import timedelta
from itertools import combinations, product

from sqlalchemy import Engine, select

from gridsvc.rights import Actor, Grant
from gridsvc.store.cases import StoredCase
from gridsvc.store.engine import transaction
from gridsvc.store.rights import within_reach
from gridsvc.store.tables import case

from .conftest import NOON, made

D, OTHER = "990999", "110101"
BELOW = {"U1": frozenset({"U1", "U11"}), "none": frozenset()}
GRANTS = [
    Grant("viewer", D), Grant("viewer", OTHER), Grant("viewer", D, "grid", "A"), Grant("viewer", D, "street", "S"),
    Grant("viewer", D, "grid", "';--"), Grant("viewer", D, unit="U1"), Grant("viewer", D, unit="U9"),
    Grant("viewer", D, unit="none"), Grant("viewer", D, "grid", "A", "U1"),
    Grant("viewer", D, valid_to=NOON), Grant("viewer", D, valid_from=NOON + timedelta(hours=1)),
]  # fmt: skip
ROWS = product(
    (D, OTHER),
    ({}, {"grid": "A", "street": "S"}, {"grid": "B", "street": "S"}, {"lane": "A"}, {"grid": "';--"}),
    ((), ("U1",), ("U11", "U9"), ("U2",)),
    ("li", "wang", ""),
)


def test_the_predicate_finds_what_the_reach_covers(engine: Engine, add_cases: Callable[..., None]):
    rows = [made(district=d, areas=a, parties=p, reported_by=r) for d, a, p, r in ROWS]
    add_cases(*rows)
    # Alone and in pairs; beside one of another role, so that no actor is without any right.
    for held in (*combinations(GRANTS, 1), *combinations(GRANTS, 2)):
        actor = Actor("li", (*held, Grant("viewer", D, "lane", "nowhere")))
        reach = actor.reach("case:read", D, NOON, BELOW)

        def covered(row: StoredCase, reach=reach) -> bool:
            return row.district == D and reach.covers(row.areas, frozenset(row.parties), row.reported_by)

        with transaction(engine) as connection:
            found = set(connection.execute(select(case.c.id).where(within_reach(reach, case.c))).scalars())
        assert found == {row.id for row in rows if covered(row)}, held
