"""Where to add the next few: beside trying all choices, and beside spopt's maximal covering model."""

from itertools import combinations

import geopandas as gpd
import numpy as np
import pytest
from drawing import METRIC
from hypothesis import given, settings
from hypothesis import strategies as st

from gridsvc.errors import BadInput
from gridsvc.planning.siting import GREEDY_SHARE, exact, greedy, reaches


def drawn(seed: int, sites: int = 8, demand: int = 20) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.random((sites, demand)) < 0.2, np.round(rng.uniform(0, 50, demand), 1)


def best_of_all(covers: np.ndarray, people: np.ndarray, k: int) -> float:
    return max(people[covers[list(c)].any(axis=0)].sum() for c in combinations(range(len(covers)), k))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 4))
def test_the_exact_choice_is_the_best_of_all_and_greed_is_within_its_bound(seed: int, k: int):
    covers, people = drawn(seed)
    best = best_of_all(covers, people, k)
    solved, quick = exact(covers, people, k), greedy(covers, people, k)
    assert solved.exact
    assert solved.covered == pytest.approx(best)
    assert len(solved.chosen) <= k
    assert people[covers[list(solved.chosen)].any(axis=0)].sum() == pytest.approx(solved.covered)
    assert GREEDY_SHARE * best - 1e-9 <= quick.covered <= best + 1e-9
    assert quick.most >= best - 1e-9
    assert solved.most >= best - 1e-9
    assert list(quick.gains) == sorted(quick.gains, reverse=True)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # spopt builds its model as an older PuLP wants it
def test_spopt_finds_no_better():
    from pulp import PULP_CBC_CMD
    from spopt.locate import MCLP

    covers, people = drawn(7, 10, 40)
    model = MCLP.from_cost_matrix((~covers).T.astype(float), people, 0.5, 3)
    found = model.solve(PULP_CBC_CMD(msg=False))
    assert exact(covers, people, 3).covered == pytest.approx(found.problem.objective.value())


def test_greed_may_be_worse_and_says_how_much_at_most():
    # One site covers the middle of both halves; then the halves are worth little.
    covers = np.array([[0, 1, 1, 0], [1, 1, 0, 0], [0, 0, 1, 1]], dtype=bool)
    people = np.array([5.0, 6.0, 6.0, 5.0])
    quick = greedy(covers, people, 2)
    assert (quick.chosen[0], quick.covered, quick.exact) == (0, 17.0, False)
    solved = exact(covers, people, 2)
    assert (set(solved.chosen), solved.covered, solved.exact) == ({1, 2}, 22.0, True)
    assert quick.most >= 22.0


def test_no_site_is_added_that_covers_nobody_new():
    covers = np.array([[True, True], [True, False]])
    assert greedy(covers, np.array([1.0, 1.0]), 2).chosen == (0,)
    assert exact(covers, np.array([1.0, 1.0]), 2).chosen == (0,)
    assert greedy(np.zeros((2, 2), bool), np.ones(2), 1).covered == 0.0


@pytest.mark.parametrize(("k", "people"), [(0, [1.0, 1.0]), (1, [1.0]), (1, [1.0, -1.0])])
def test_nonsense_is_refused(k: int, people: list[float]):
    with pytest.raises(BadInput, match="sited"):
        greedy(np.ones((2, 2), bool), np.array(people), k)


def test_a_site_reaches_what_is_as_far_as_said_and_no_farther():
    west, south = (float(v[0]) for v in METRIC.xy(np.array([120.0]), np.array([30.0])))
    sites = gpd.GeoDataFrame(geometry=gpd.points_from_xy([west], [south]), crs=METRIC.epsg)
    demand = gpd.GeoDataFrame(
        geometry=gpd.points_from_xy(west + np.array([0, 499.9, 500.1]), [south] * 3), crs=METRIC.epsg
    )
    assert reaches(sites, demand, 500.0).tolist() == [[True, True, False]]
