"""The stated order that chooses one area of each layer, on bare lists of areas and relations; no geometry is drawn."""

import pytest
from drawing import edition, layer
from hypothesis import given
from hypothesis import strategies as st

from gridsvc.spatial.chains import NOWHERE
from gridsvc.spatial.edge_policy import EdgePolicy, Place
from gridsvc.spatial.layer import Edition, Layer
from gridsvc.spatial.overlay import FIRST, INSIDE, NEAR, ON

NEAREST, DEEPEST = NEAR + FIRST, INSIDE + FIRST
A, B, C, D = range(4)


def bare(code: str, parents: dict[str, str | None], **spec) -> Layer:
    """A layer of areas without ground and their parents."""
    made = layer(code, dict.fromkeys(parents), **spec)
    return Layer.build(made.spec, list(parents), made.geometries, parents=list(parents.values()))


def lanes(owners: dict[str, str | None]) -> Layer:
    """Boundary streets with the grid that owns the ground of each."""
    props = {code: {"owner": owner} for code, owner in owners.items()}
    return layer("lane", dict.fromkeys(owners), geometry="line", coverage="free", settles="grid", props=props)


def nobody(_layer: str, _finest: int) -> int:
    raise AssertionError("no other partition is to be asked")


def settle(drawn: Edition, recorded: int = NOWHERE, home=nobody, **at: list[tuple[int, int]]) -> Place:
    """Settle a point that has these areas, by layer."""
    return EdgePolicy(drawn, home).settle([at.get(code, []) for code in drawn.layers], recorded)


GRID = edition(bare("grid", dict.fromkeys("ABCD")))


@pytest.mark.parametrize(
    ("at", "recorded", "position", "how", "covering", "candidates"),
    [
        ([], NOWHERE, NOWHERE, "outside", (), ()),
        ([], A, NOWHERE, "outside", (), ()),
        ([(B, INSIDE)], NOWHERE, B, "inside", (B,), (B,)),
        ([(B, INSIDE)], A, B, "inside", (B,), (B,)),
        ([(B, ON)], NOWHERE, B, "inside", (B,), (B,)),
        ([(A, NEAR), (B, INSIDE), (C, NEAR)], NOWHERE, B, "inside", (B,), (A, B, C)),
        ([(A, NEAR), (B, INSIDE)], A, B, "inside", (B,), (A, B)),
        ([(B, ON), (D, ON)], NOWHERE, B, "edge", (B, D), (B, D)),
        ([(B, ON), (D, ON)], D, D, "edge", (B, D), (B, D)),
        ([(B, ON), (D, ON)], B, B, "edge", (B, D), (B, D)),
        ([(B, ON), (D, ON)], A, B, "edge", (B, D), (B, D)),
        ([(B, ON), (D, ON)], 99, B, "edge", (B, D), (B, D)),
        ([(A, NEAR), (B, ON), (D, ON)], NOWHERE, B, "edge", (B, D), (A, B, D)),
        ([(A, NEAR), (B, ON), (D, ON)], A, B, "edge", (B, D), (A, B, D)),
        ([(A, ON), (B, ON), (C, ON), (D, ON)], C, C, "edge", (A, B, C, D), (A, B, C, D)),
        ([(B, INSIDE), (D, INSIDE)], NOWHERE, B, "overlap", (B, D), (B, D)),
        ([(B, INSIDE), (D, INSIDE)], D, B, "overlap", (B, D), (B, D)),
        ([(B, ON), (D, INSIDE)], NOWHERE, B, "overlap", (B, D), (B, D)),
        ([(B, NEAREST)], NOWHERE, B, "near", (), (B,)),
        ([(A, NEAR), (C, NEAREST)], NOWHERE, C, "near", (), (A, C)),
        ([(A, NEAR), (C, NEAREST)], A, C, "near", (), (A, C)),
    ],
)
def test_one_partition(at, recorded, position, how, covering, candidates):
    found = settle(GRID, recorded, grid=at)
    assert (found.position, found.how, found.covering, found.candidates) == (
        (position,), (how,), (covering,), (candidates,)
    )  # fmt: skip


def test_an_edition_without_layers_has_an_empty_answer():
    found = settle(edition())
    assert (found.position, found.how, found.covering, found.candidates) == ((), (), (), ())


@pytest.mark.parametrize(
    ("at", "position", "how", "covering"),
    [
        ([], NOWHERE, "outside", ()),
        ([(B, DEEPEST)], B, "inside", (B,)),
        ([(A, INSIDE), (B, DEEPEST)], B, "inside", (A, B)),
        ([(A, NEAR), (B, DEEPEST)], B, "inside", (B,)),
        ([(A, NEAR), (B, NEAREST)], B, "near", ()),
    ],
)
def test_of_lines_the_deepest_then_the_nearest(at, position, how, covering):
    found = settle(edition(layer("road", dict.fromkeys("AB"), geometry="line", coverage="free")), road=at)
    assert (found.position, found.how, found.covering) == ((position,), (how,), (covering,))


X, Y = range(2)
# A and B lie in X, C in Y, D in nobody.
NESTED = edition(bare("street", dict.fromkeys("XY")), bare("grid", {"A": "X", "B": "X", "C": "Y", "D": None},
                                                            parent="street"))  # fmt: skip


@pytest.mark.parametrize(
    ("grid", "street", "recorded", "settled"),
    [
        ([(A, INSIDE)], [(X, INSIDE)], NOWHERE, (A, "inside", X, "inside")),
        ([(A, INSIDE)], [(Y, INSIDE)], NOWHERE, (A, "inside", X, "inside")),
        ([(A, INSIDE)], [], NOWHERE, (A, "inside", X, "inside")),
        ([], [(X, INSIDE)], NOWHERE, (NOWHERE, "outside", X, "inside")),
        ([(D, INSIDE)], [(Y, INSIDE)], NOWHERE, (D, "inside", Y, "inside")),
        ([(A, ON), (B, ON)], [(X, INSIDE)], NOWHERE, (A, "edge", X, "inside")),
        ([(A, ON), (B, ON), (C, NEAR)], [(X, INSIDE), (Y, NEAR)], NOWHERE, (A, "edge", X, "inside")),
        ([(A, ON), (B, ON), (C, NEAR)], [(X, INSIDE), (Y, NEAR)], C, (A, "edge", X, "inside")),
        ([(B, ON), (C, ON)], [(X, ON), (Y, ON)], NOWHERE, (B, "edge", X, "edge")),
        ([(B, ON), (C, ON)], [(X, ON), (Y, ON)], C, (C, "edge", Y, "edge")),
        ([(B, INSIDE), (C, INSIDE)], [(Y, INSIDE)], NOWHERE, (B, "overlap", X, "overlap")),
        ([(A, INSIDE), (B, INSIDE)], [(X, INSIDE)], NOWHERE, (A, "overlap", X, "inside")),
        ([(A, NEAREST)], [(X, NEAREST)], NOWHERE, (A, "near", X, "near")),
        ([(A, NEAREST)], [(X, INSIDE)], NOWHERE, (A, "near", X, "inside")),
        ([(A, NEAREST)], [(X, ON), (Y, ON)], NOWHERE, (A, "near", X, "edge")),
        ([(C, NEAREST)], [(X, INSIDE)], NOWHERE, (NOWHERE, "outside", X, "inside")),
        ([(C, NEAREST)], [(X, NEAREST)], NOWHERE, (C, "near", Y, "near")),
        ([(C, NEAREST)], [], NOWHERE, (C, "near", Y, "near")),
    ],
    ids=["agreed", "contradicted", "parent has a gap", "finest has a gap", "orphan", "edge of siblings",
         "edge of siblings near a third", "recorded only near", "edge of parents", "recorded takes its parent along",
         "overlap of parents", "overlap of siblings", "near both", "near, but inside its parent",
         "near, on the parents' edge", "near contradicts another parent", "near contradicts no nearness",
         "near beyond all"],
)  # fmt: skip
def test_the_finest_partition_decides_and_its_parents_follow(grid, street, recorded, settled):
    found = settle(NESTED, recorded, grid=grid, street=street)
    assert (found.position[1], found.how[1], found.position[0], found.how[0]) == settled


@pytest.mark.parametrize(
    ("unit_grid", "net", "home", "settled"),
    [
        ([(A, ON), (B, ON)], [(A, ON), (B, ON)], B, B),
        ([(A, ON), (B, ON)], [(A, ON), (B, ON)], NOWHERE, A),
        ([(A, ON), (B, ON)], [(A, ON), (B, ON)], C, A),
        ([(A, INSIDE), (B, INSIDE)], [(A, ON), (B, ON)], B, B),
        ([(A, ON), (B, ON)], [(A, INSIDE)], B, A),
        ([(A, ON), (B, ON)], [(A, ON), (B, NEAR), (C, ON)], B, A),
        ([(A, ON), (B, ON)], [(A, INSIDE), (B, INSIDE)], B, A),
        ([(A, INSIDE)], [(A, ON), (B, ON)], B, A),
        ([], [(A, ON), (B, ON)], B, A),
    ],
    ids=[
        "holder",
        "no holder",
        "holder elsewhere",
        "overlap below",
        "no tie",
        "holder only near",
        "overlap",
        "finest is sure",
        "no finest",
    ],
)
def test_another_partition_ties_towards_the_holder_of_the_settled_finest_area(unit_grid, net, home, settled):
    two = edition(bare("net", dict.fromkeys("ABC")), bare("unit_grid", dict.fromkeys("ABCD")))
    found = settle(two, home=lambda code, finest: home if (code, finest) == ("net", A) else D, unit_grid=unit_grid,
                   net=net)  # fmt: skip
    assert found.position == (settled, unit_grid[0][0] if unit_grid else NOWHERE)


def test_what_the_finest_chain_settled_another_chain_does_not_move():
    drawn = edition(*NESTED, bare("net", {"P": "Y"}, parent="street"))
    assert settle(drawn, grid=[(A, INSIDE)], street=[(X, INSIDE)], net=[(0, INSIDE)]).position == (X, A, 0)
    # Where the finest chain is silent the other one fills the parent.
    assert settle(drawn, grid=[], street=[(X, INSIDE)], net=[(0, INSIDE)]).position == (Y, NOWHERE, 0)


@pytest.mark.parametrize(
    ("lane", "owners", "position", "how"),
    [
        ([], {"a": "C"}, A, "inside"),
        ([(0, DEEPEST)], {"a": None}, A, "inside"),
        ([(0, DEEPEST)], {"a": ""}, A, "inside"),
        ([(0, DEEPEST)], {"a": "nobody"}, A, "inside"),
        ([(0, DEEPEST)], {"a": "C"}, C, "street"),
        ([(0, DEEPEST)], {"a": "A"}, A, "street"),
        ([(0, NEAREST)], {"a": "C"}, A, "inside"),
        ([(0, INSIDE), (1, DEEPEST)], {"a": None, "b": "C"}, C, "street"),
        ([(0, INSIDE), (1, DEEPEST)], {"a": "D", "b": "C"}, C, "street"),
        ([(0, INSIDE), (1, INSIDE), (2, DEEPEST)], {"a": "D", "b": "C", "c": "D"}, D, "street"),
        ([(0, INSIDE), (1, INSIDE), (2, INSIDE), (3, DEEPEST)], {"a": "D", "b": "C", "c": "D", "d": "C"}, C, "street"),
    ],
    ids=["no lane", "unclaimed", "empty", "unknown", "one", "the same", "only near", "one claimed", "tie: least",
         "most named", "even: least"],
)  # fmt: skip
def test_a_corridor_goes_to_the_owner_most_named_then_to_the_least(lane, owners, position, how):
    drawn = edition(*GRID, lanes(owners))
    found = settle(drawn, grid=[(A, INSIDE)], lane=lane)
    assert (found.position[0], found.how[0]) == (position, how)
    assert found.covering[0] == (A,)


@pytest.mark.parametrize(
    ("owner", "street"),
    [("B", (X, "inside")), ("C", (Y, "street")), ("D", (X, "inside"))],
    ids=["of the same parent", "of another parent", "of no parent"],
)
def test_the_parents_of_a_corridors_owner_follow(owner, street):
    found = settle(edition(*NESTED, lanes({"a": owner})), grid=[(A, INSIDE)], street=[(X, INSIDE)], lane=[(0, DEEPEST)])
    assert (found.how[1], found.position[0], found.how[0]) == ("street", *street)


def test_a_corridor_gives_ground_to_its_owner_where_no_area_holds_the_point():
    found = settle(edition(*NESTED, lanes({"a": "C"})), lane=[(0, DEEPEST)])
    assert (found.position[:2], found.how[:2]) == ((Y, C), ("street", "street"))


def test_a_corridor_rules_over_a_recorded_area():
    found = settle(edition(*GRID, lanes({"a": "C"})), B, grid=[(A, ON), (B, ON)], lane=[(0, DEEPEST)])
    assert (found.position[0], found.how[0]) == (C, "street")


entries = st.dictionaries(st.integers(0, 3), st.sampled_from([INSIDE, ON, NEAR]), max_size=4)


@given(entries, entries, st.integers(-1, 5))
def test_the_settled_area_is_one_of_the_points_own_and_its_parent_never_contradicts_it(grid, street, recorded):
    street = {area: relation for area, relation in street.items() if area < 2}

    def listed(found: dict[int, int]) -> list[tuple[int, int]]:
        only_near = found and set(found.values()) == {NEAR}
        first = min(found, default=NOWHERE) if only_near else NOWHERE
        return [(area, found[area] + FIRST * (area == first)) for area in sorted(found)]

    found = settle(NESTED, recorded, grid=listed(grid), street=listed(street))
    position, above = found.position[1], found.position[0]
    assert found.covering[1] == tuple(a for a in sorted(grid) if grid[a] != NEAR)
    assert found.candidates[1] == tuple(sorted(grid))
    assert position in (*grid, NOWHERE)
    assert (position == NOWHERE) == (found.how[1] == "outside")
    if found.covering[1]:
        assert position >= 0
    if position in (A, B, C):
        assert above == (X, X, Y)[position]
