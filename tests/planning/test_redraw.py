"""Redraws hang together, stay inside their street, are balanced, and hand over little; the same each time."""

from itertools import product

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridsvc.errors import BadInput
from gridsvc.planning.contiguity import in_pieces, pieces, stays_whole
from gridsvc.planning.plans import WAYS, Plan, compare, handed_over, next_code, redraw, today
from gridsvc.planning.redraw import bound_of, imbalance, numbers_of_grids
from gridsvc.planning.redraw_search import search
from gridsvc.planning.redraw_solve import MOVED_M, solve
from gridsvc.planning.redraw_start import Task, task_of

from .redrawn_city import drawn_ground, labels

GROUND = drawn_ground()
# Those that look at loads and at today's grids.
OURS = list(WAYS)[4:]


@pytest.mark.parametrize("way", WAYS)
def test_every_way_keeps_streets_apart_and_gives_the_numbers_asked_for(way: str):
    plan = redraw(GROUND, way)
    assert {c: len(set(plan.labels[r])) for c, r in GROUND.parts()} == {"1": 2, "2": 2}
    assert all(code.startswith(street) for code, street in zip(plan.labels, GROUND.inside, strict=True))
    assert np.array_equal(plan.labels, redraw(GROUND, way).labels)


@pytest.mark.parametrize("way", OURS)
def test_a_redraw_is_balanced_hangs_together_and_leaves_a_balanced_street_alone(way: str):
    plan = redraw(GROUND, way)
    table = compare(GROUND, [today(GROUND), plan])
    assert table.loc["today", "within"] == pytest.approx(1.5)
    assert table.loc[way, ["within", "pieces", "outside", "failed"]].tolist() == [1.0, 0, 0, 0]
    # Four of twelve must go over, and no more do.
    assert (table.loc[way, "changed"], table.loc[way, "chiefs"]) == (4, 1.0)
    assert set(handed_over(GROUND, plan)["before"]) == {"1G01"}
    assert set(handed_over(GROUND, plan)["after"]) == {"1G02"}


def cost(task: Task, label: np.ndarray) -> float:
    """What solver and search make small, within the tolerance."""
    cut = label[task.pairs[:, 0]] != label[task.pairs[:, 1]]
    return float(np.rint(task.shared_m[cut]).sum()) - MOVED_M * float((label == task.today).sum())


def allowed(task: Task, label: np.ndarray, tolerance: float) -> bool:
    if (label[task.centre] != np.arange(len(task.names))).any():
        return False
    if (abs(task.loads(label) / task.mean - 1.0) > tolerance).any():
        return False
    return max(in_pieces(task.graph, label.astype(str)).values()) == 1


@pytest.mark.parametrize("load", [{}, {"A": 3.0, "P": 2.0}, {"C": 4.0, "K": 4.0, "H": 0.0}])
def test_the_solver_finds_what_trying_all_divisions_finds(load: dict[str, float]):
    task = task_of(drawn_ground(load), "1", 2)
    ways = [np.array(w) for w in product((0, 1), repeat=len(task.rows))]
    best = min(cost(task, w) for w in ways if allowed(task, w, 0.15))
    found = solve(task, tolerance=0.15, effort=1.0)
    assert found is not None
    assert allowed(task, found, 0.15)
    assert cost(task, found) == pytest.approx(best)
    searched = search(task, tolerance=0.15, steps=20_000)
    assert allowed(task, searched, 0.15)
    # A search may miss the best, and cannot beat it.
    assert cost(task, searched) >= best - 1e-6


def test_where_nothing_is_within_the_tolerance_the_solver_says_so_and_the_street_stays():
    heavy = drawn_ground({"A": 1000.0})
    assert solve(task_of(heavy, "1", 2)) is None
    plan = redraw(heavy, "cp-sat")
    assert plan.failed == ("1",)
    assert np.array_equal(plan.labels[heavy.inside == "1"], heavy.today[heavy.inside == "1"])


@pytest.mark.parametrize("way", OURS)
def test_what_is_locked_stays(way: str):
    held = drawn_ground(locked=("F", "1G02"))
    plan = redraw(held, way)
    fixed = np.isin(held.codes, ["F", "G", "H", "O", "P"])
    assert np.array_equal(plan.labels[fixed], held.today[fixed])


def test_a_locked_code_that_does_not_exist_is_refused():
    with pytest.raises(BadInput, match="locked"):
        drawn_ground(locked=("9G99",))


def test_a_street_may_get_one_grid_fewer_and_its_code_ends():
    plan = redraw(GROUND, numbers={"1": 1})
    assert set(plan.labels[GROUND.inside == "1"]) == {"1G01"}
    assert compare(GROUND, [plan])["chiefs"].tolist() == [0.75]


def test_one_grid_more_gets_a_code_never_given():
    plan = redraw(GROUND, numbers={"1": 3}, used=["1G03"])
    street = plan.labels[GROUND.inside == "1"]
    assert set(street) == {"1G01", "1G02", "1G04"}
    assert sorted(np.unique(street.astype(str), return_counts=True)[1]) == [5, 5, 6]


def test_all_locked_grids_cannot_become_fewer():
    with pytest.raises(BadInput, match="locked"):
        redraw(drawn_ground(locked=("1G01", "1G02")), numbers={"1": 1})


@pytest.mark.parametrize("number", [0, 17])
def test_numbers_that_no_street_can_have_are_refused(number: int):
    with pytest.raises(BadInput, match="cannot be divided"):
        redraw(GROUND, numbers={"1": number})


def test_an_unknown_way_is_refused_by_name():
    with pytest.raises(BadInput, match="no such way"):
        redraw(GROUND, "by guess")


def test_the_table_tells_pieces_and_communities_that_are_cut():
    torn = Plan("torn", labels("abbbbbaa\nbbbbbbaa\nccccdddd"), {})
    row = compare(GROUND, [torn]).loc["torn"]
    assert (row["pieces"], row["outside"], row["cut"]) == (1, 0, 2)
    across = Plan("across", labels("aaaaaabb\naaaaaabb\naaaadddd"), {})
    assert compare(GROUND, [across]).loc["across", "outside"] == 1


def test_compactness_is_that_of_rectangles_by_hand():
    halves = Plan("halves", labels("aaaabbbb\naaaabbbb\nccccdddd"), {})
    row = compare(GROUND, [halves]).loc["halves"]
    # Two of 4 x 2 and two of 4 x 1 unit grids.
    wide_m, high_m = np.diff(GROUND.centre_m[[0, 1]].T)[0, 0], -np.diff(GROUND.centre_m[[0, 8]].T)[1, 0]
    sides = ((4 * wide_m, 2 * high_m), (4 * wide_m, high_m))
    by_hand = [4 * np.pi * a * b / (2 * (a + b)) ** 2 for a, b in sides]
    assert row["compact"] == pytest.approx(np.mean(by_hand), rel=1e-2)
    assert row["worst_compact"] == pytest.approx(by_hand[1], rel=1e-2)


def test_load_is_told_per_person_where_people_are_known():
    row = compare(GROUND, [today(GROUND)], staff={"1G01": 3, "1G02": 1, "2G01": 1, "2G02": 0}).loc["today"]
    assert row["per_person"] == pytest.approx(1.0)


@given(st.dictionaries(st.sampled_from("1234"), st.floats(0.01, 10.0), min_size=1))
def test_no_numbers_of_grids_promise_more_than_the_best(loads: dict[str, float]):
    best = min(bound_of(loads, dict(zip(loads, way, strict=True))) for way in product(range(4, 6), repeat=len(loads)))
    codes = sorted(loads)

    class Drawn:
        def parts(self):
            return [(c, np.array([i])) for i, c in enumerate(codes)]

        def grids_of(self, _: str) -> list[str]:
            return list("wxyz")

        load = np.array([loads[c] for c in codes])

    found = numbers_of_grids(Drawn(), slack=0.0)
    assert bound_of(loads, found) == pytest.approx(best)


@given(st.integers(0, 2**30), st.integers(2, 9))
def test_a_group_stays_whole_just_where_counting_its_pieces_says_so(seed: int, n: int):
    graph = nx.gnp_random_graph(n, 0.35, seed=seed)
    group = pieces(graph, range(n))[0]
    for node in group:
        rest = group - {node}
        assert stays_whole(graph, group, node) == (bool(rest) and len(pieces(graph, rest)) == 1)


def test_the_next_code_follows_the_last_one_ever_given():
    assert next_code("990101001", ["990101001G02", "990101001G11", "990101002G40"]) == "990101001G12"
    assert next_code("990101001", []) == "990101001G01"


def test_equal_loads_and_no_loads_are_balanced():
    assert imbalance({"a": 2.0, "b": 2.0}) == imbalance({}) == imbalance({"a": 0.0}) == 1.0
