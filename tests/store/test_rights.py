"""The reach says the same in Python and as SQL, and no query of cases goes beyond it."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, select

from gridsvc.responsibility.people import Staff, Unit
from gridsvc.rights import Actor, Grant, Reach, Term, whole_district
from gridsvc.store.case_lists import CaseFilter, case_points, list_cases
from gridsvc.store.cases import StoredCase, read_case, write_cases
from gridsvc.store.rights import within_reach
from gridsvc.store.tables import case

from .conftest import NOON, made

# What a carelessly written statement, array or JSON would choke on or take for something else.
ODD = [
    "'",
    '"',
    "\\",
    "%",
    "%s",
    ":a",
    "{",
    "}",
    "{a,b}",
    ",",
    "NULL",
    "null",
    "",
    " ",
    "一",
    "🚮",
    "A",
    "a",
    "1",
    "\t",
    "->>",
]
CODES = st.sampled_from(ODD) | st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=3)
# Layers with an index of their own, and others.
LAYERS = st.sampled_from(["street", "grid", "unit_grid", "o'dd \"%s\\"])
AREAS = st.dictionaries(LAYERS, CODES, max_size=3)
PARTIES = st.lists(CODES, max_size=3, unique=True)
TERMS = st.builds(Term, st.none() | st.tuples(LAYERS, CODES), st.none() | st.frozensets(CODES, max_size=3))
REACHES = st.builds(Reach, st.sampled_from(["1", "2"]), st.frozensets(TERMS, max_size=4), st.none() | CODES)
ROWS = st.fixed_dictionaries(
    {"district": st.sampled_from(["1", "2"]), "areas": AREAS, "parties": PARTIES.map(tuple), "reported_by": CODES}
)


def covered(reach: Reach, one: StoredCase) -> bool:
    return one.district == reach.district and reach.covers(one.areas, frozenset(one.parties), one.reported_by)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(REACHES, st.lists(ROWS, min_size=1, max_size=6))
@example(Reach("1", frozenset()), [{"district": "1", "areas": {}, "parties": (), "reported_by": ""}])
@example(Reach("1", frozenset(), ""), [{"district": "1", "areas": {}, "parties": (), "reported_by": ""}])
@example(
    Reach("1", frozenset({Term(None, frozenset())})), [{"district": "1", "areas": {}, "parties": (), "reported_by": ""}]
)
@example(
    Reach("1", frozenset({Term(("grid", "A"), frozenset({"U"}))})),
    [
        {"district": d, "areas": {"grid": g}, "parties": (u,), "reported_by": ""}
        for d in "12" for g in "AB" for u in ("U", "V")
    ],
)  # fmt: skip
def test_python_and_postgis_agree_on_every_reach(case_store: Engine, reach: Reach, rows: list[dict[str, Any]]):
    cases = [made(**row) for row in rows]
    with case_store.connect() as connection:
        write_cases(connection, cases)
        found = set(connection.execute(select(case.c.id).where(within_reach(reach, case.c))).scalars())
        connection.rollback()
    assert found == {c.id for c in cases if covered(reach, c)}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.tuples(*(st.none() | st.integers(0, 5) for _ in range(6))), st.integers(0, 5), st.sampled_from([None, "S"]))
@example((None, 0, 1, 1, None, 4), 1, None)
@example((1, 0, 2, None, None, None), 0, "S")  # two units that are each other's superior, and one its own
def test_who_acts_for_a_unit_reaches_the_cases_of_all_units_under_it(
    case_store: Engine, above: tuple[int | None, ...], granted: int, street: str | None
):
    units = {f"U{i}": Unit(f"U{i}", "", parent=None if p is None else f"U{p}") for i, p in enumerate(above)}
    grant = Grant("unit_handler", "1", "street" if street else None, street, f"U{granted}")
    reach = Actor("a", (grant,)).reach("case:read", "1", NOON, Staff(units).below)
    cases = [made(parties=(f"U{i}", "X"), areas={"street": s}) for i in range(6) for s in "ST"]

    def is_under(i: int | None) -> bool:
        seen: set[int] = set()
        while i is not None and i not in seen:
            if i == granted:
                return True
            seen.add(i)
            i = above[i]
        return False

    with case_store.connect() as connection:
        write_cases(connection, cases)
        found = {c.id for c in list_cases(connection, CaseFilter(reach))}
        connection.rollback()
    assert found == {c.id for n, c in enumerate(cases) if is_under(n // 2) and (not street or n % 2 == 0)}


SEEN = [
    (whole_district("1"), "abcdef"),
    (whole_district("2"), "g"),
    (whole_district("3"), ""),
    (Reach("1", frozenset()), ""),
    (Reach("1", frozenset(), "me"), "bf"),
    (Reach("1", frozenset({Term(("street", "S1"))})), "abc"),
    (Reach("1", frozenset({Term(("street", "S1"))}), "me"), "abcf"),
    (Reach("1", frozenset({Term(("zone", "Z"))})), "ad"),
    (Reach("1", frozenset({Term(("street", "Z"))})), ""),
    (Reach("1", frozenset({Term(None, frozenset({"U1", "U2"}))})), "bcde"),
    (Reach("1", frozenset({Term(("street", "S1"), frozenset({"U1"}))})), "b"),
    (Reach("1", frozenset({Term(("grid", "G9")), Term(("street", "S2")), Term(None, frozenset({"U2"}))})), "cdef"),
    (Reach("2", frozenset({Term(("street", "S1"))})), "g"),
]


@pytest.fixture(scope="module")
def lettered(case_store: Engine) -> Iterator[dict[str, StoredCase]]:
    cases = {
        "a": made(areas={"street": "S1", "zone": "Z"}),
        "b": made(areas={"street": "S1"}, parties=("U1",), reported_by="me"),
        "c": made(areas={"street": "S1"}, parties=("U3", "U2")),
        "d": made(areas={"street": "S2", "zone": "Z"}, parties=("U1", "U2")),
        "e": made(areas={"street": "S2"}, parties=("U2",)),
        "f": made(areas={"street": "S2"}, reported_by="me"),
        "g": made(district="2", areas={"street": "S1"}, parties=("U1",), reported_by="me"),
    }
    with case_store.begin() as connection:
        write_cases(connection, list(cases.values()))
    yield cases
    with case_store.begin() as connection:
        connection.execute(delete(case))


@pytest.mark.parametrize(("reach", "seen"), SEEN, ids=lambda v: v if isinstance(v, str) else "")
def test_no_way_to_read_cases_goes_beyond_the_reach(
    case_store: Engine, lettered: dict[str, StoredCase], reach: Reach, seen: str
):
    with case_store.connect() as connection:
        listed = list_cases(connection, CaseFilter(reach))
        points = case_points(connection, CaseFilter(reach))
        by_id = {k for k, c in lettered.items() if read_case(connection, str(c.id), reach) == c}
        by_number = {k for k, c in lettered.items() if read_case(connection, c.number, reach) == c}
    assert {k for k, c in lettered.items() if c in listed} == by_id == by_number == set(seen)
    assert len(listed) == len(points.lon) == len(seen)


def test_a_filter_narrows_a_reach_and_never_widens_it(case_store: Engine, lettered: dict[str, StoredCase]):
    reach = Reach("1", frozenset({Term(("street", "S1"))}))
    with case_store.connect() as connection:
        assert list_cases(connection, CaseFilter(reach, areas=(("street", ("S2",)),))) == []
        assert list_cases(connection, CaseFilter(reach, areas=(("zone", ("Z",)),))) == [lettered["a"]]
