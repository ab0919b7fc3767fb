"""Where a precedent stands in the table, on which ground, and while it holds."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridsvc.errors import BadInput, Conflict
from gridsvc.responsibility.precedents import next_rank, places_for, precedents_of, state_of
from gridsvc.responsibility.resolve import Ruleset
from gridsvc.responsibility.table import Lead, Rule
from gridsvc.values import Point

NOON = datetime(2024, 6, 12, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
U = Lead("unit", "U1")


def ruleset(*rows: tuple[int, str]) -> Ruleset:
    return Ruleset("R", tuple(Rule(f"{via}{rank}", rank, via, U) for rank, via in rows))


RANKS: dict[str, tuple[Sequence[tuple[int, str]], int]] = {
    "no rows": ([], 1),
    "only a rule": ([(5, "rule")], 6),
    "only the locality": ([(900, "locality")], 1),
    "the first between rule and locality": ([(10, "rule"), (900, "locality")], 11),
    "after the others": ([(10, "rule"), (700, "precedent"), (703, "precedent"), (900, "locality")], 704),
    "after the others without locality": ([(10, "rule"), (700, "precedent")], 701),
    "a gap where there is no room after them": ([(10, "rule"), (11, "precedent"), (13, "precedent"), (14, "locality")],
                                                12),
    "a rule behind the locality counts for nothing": ([(10, "rule"), (20, "locality"), (30, "rule")], 11),
    "a precedent before the rules counts for nothing": ([(5, "precedent"), (10, "rule"), (20, "locality")], 11),
    "a component row is one of the others": ([(10, "rule"), (50, "component"), (60, "locality")], 51),
}  # fmt: skip


@pytest.mark.parametrize(("rows", "rank"), RANKS.values(), ids=RANKS)
def test_the_next_precedent_comes_after_the_last_before_the_locality(rows: Sequence[tuple[int, str]], rank: int):
    assert next_rank(ruleset(*rows)) == rank


@pytest.mark.parametrize("rows", [[(10, "rule"), (11, "locality")], [(10, "rule"), (11, "precedent"), (12, "locality")],
                                  [(1, "locality")]])  # fmt: skip
def test_where_no_rank_is_free_it_says_so_and_how_to_mend_it(rows: Sequence[tuple[int, str]]):
    with pytest.raises(Conflict) as e:
        next_rank(ruleset(*rows))
    assert e.value.errors[0].field == "precedent"
    assert str(rows[-1][0]) in e.value.errors[0].mend_en


VIAS = st.sampled_from(["zone", "component", "rule", "precedent", "locality"])


@given(st.lists(st.tuples(st.integers(1, 60), VIAS), max_size=12, unique_by=lambda row: row[0]))
def test_a_rank_is_free_and_between_the_other_rows_and_the_locality(rows: list[tuple[int, str]]):
    try:
        rank = next_rank(ruleset(*rows))
    except Conflict:
        return
    upper = min((r for r, via in rows if via == "locality"), default=1000)
    assert rank not in {r for r, _ in rows}
    assert max((r for r, via in rows if via != "precedent" and r < upper), default=0) < rank < upper


POINT = Point(120.005, 30.0051234)
AREAS = {"street": "S", "grid": "A", "unit_grid": "A01"}
GROUND = {
    "area": "unit_grid:A01", "unit_grid": "unit_grid:A01", "grid": "grid:A", "street": "street:S",
    "disc:50": "at:120.0050000,30.0051234/50", "disc:7.5": "at:120.0050000,30.0051234/7.5",
}  # fmt: skip


@pytest.mark.parametrize(("scope", "places"), GROUND.items())
def test_the_ground_is_an_area_of_the_point_or_a_disc_around_it(scope: str, places: str):
    assert places_for(scope, AREAS, "unit_grid", POINT) == places


@pytest.mark.parametrize(
    ("scope", "areas", "finest"),
    [
        ("", AREAS, "unit_grid"),
        ("community", AREAS, "unit_grid"),
        ("area", {"street": "S"}, "unit_grid"),
        ("area", AREAS, None),
        ("disc", AREAS, "unit_grid"),
        ("disc:", AREAS, "unit_grid"),
    ],
)
def test_ground_that_the_point_has_not_is_refused(scope: str, areas: dict[str, str], finest: str | None):
    with pytest.raises(BadInput) as e:
        places_for(scope, areas, finest, POINT)
    assert (e.value.errors[0].field, e.value.errors[0].value) == ("precedent.scope", scope)


@pytest.mark.parametrize(
    ("start", "end", "state"),
    [
        (None, None, "in_force"), (NOON, None, "in_force"), (NOON - HOUR, NOON + HOUR, "in_force"),
        (NOON + HOUR, None, "ahead"), (None, NOON, "expired"), (NOON - HOUR, NOON, "expired"),
        (NOON + HOUR, NOON + 2 * HOUR, "ahead"),
    ],
)  # fmt: skip
def test_it_is_in_force_from_its_start_to_before_its_end(start: datetime | None, end: datetime | None, state: str):
    assert state_of(Rule("J", 1, "precedent", U, valid_from=start, valid_to=end), NOON) == state


def test_precedents_are_told_from_the_other_rows_and_stand_by_rank():
    found = precedents_of(ruleset((30, "precedent"), (10, "rule"), (20, "precedent"), (90, "locality")))
    assert [rule.rank for rule in found] == [20, 30]
