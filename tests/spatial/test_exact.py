"""The side of a line against rational numbers, where nothing is rounded; as arrays and compiled."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridsvc.spatial.exact import fill_terms, product_terms, settle_terms, side, sum_terms

NAN, INF = float("nan"), float("inf")
Line = tuple[float, float, float, float, float, float]


def exactly(line: Line) -> int:
    ax, ay, bx, by, px, py = map(Fraction, line)
    turn = (ax - px) * (by - py) - (ay - py) * (bx - px)
    return (turn > 0) - (turn < 0)


@pytest.fixture(scope="session")
def sides(compiled):
    """The side of each line, told by one way."""
    if not compiled:
        return lambda lines: side(*np.array(lines, dtype=np.float64).reshape(-1, 6).T).tolist()
    from gridsvc.spatial import kernel_steps

    return lambda lines: [int(np.sign(kernel_steps.side(*line))) for line in lines]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ((0, 0, 0, 1, -1, 0.5), 1),
        ((0, 0, 0, 1, 1, 0.5), -1),
        ((0, 0, 0, 1, 0, 0.5), 0),
        ((0, 1, 0, 0, -1, 0.5), -1),
        ((0, 0, 0, 1, 0, 7), 0),
        ((0, 0, 0, 0, 3, 4), 0),
        ((1, 2, 3, 4, 1, 2), 0),
        ((0, 0, 0.1, 0.1, 0.3, 0.3), 0),
        ((-0.0, 0.0, 0.0, -0.0, 5, 5), 0),
        ((0.5, 0.5, 12, 12, 24, np.nextafter(24, 25)), 1),
        ((0.5, 0.5, 12, 12, 24, np.nextafter(24, 23)), -1),
        ((-180, -90, 180, 90, 1e-20, 0), -1),
        ((-180, -90, 180, 90, -1e-20, 0), 1),
        ((0, 0, 1e-120, 1e-120, 2e-120, 2e-120), 0),
        ((-1e100, 0, 1e100, 0, 5, 1e-100), 1),
    ],
)
def test_left_is_positive_and_on_the_line_is_zero(sides, line, expected):
    assert sides([tuple(map(float, line))]) == [expected]


@pytest.mark.parametrize("line", [(NAN, 0, 1, 1, 2, 2), (0, 0, 1, 1, 2, NAN), (NAN,) * 6])
def test_what_is_no_position_is_on_no_side(line):
    assert side(*np.array([line]).T).tolist() == [0]


def test_no_lines_have_no_sides(sides):
    assert sides([]) == []


degrees = st.one_of(
    st.floats(-180, 180).map(lambda v: 0.0 if abs(v) < 1e-130 else v),
    st.integers(-20, 20).map(lambda k: k / 10),
    st.integers(0, 40).map(lambda k: 120 + k * 2.0**-44),
)


@st.composite
def lines(draw) -> Line:
    """A line and a point anywhere, or as near to the line as doubles allow, or exactly on it."""
    ax, ay, bx, by = (draw(degrees) for _ in range(4))
    kind = draw(st.sampled_from(["anywhere", "beside", "end", "level", "upright"]))
    share, ulps = draw(st.sampled_from([0.0, 0.25, 0.5, 1.0, 3.0]) | st.floats(-1, 2)), draw(st.integers(-2, 2))
    px, py = ax + share * (bx - ax), ay + share * (by - ay)
    if kind == "anywhere":
        px, py = draw(degrees), draw(degrees)
    elif kind == "end":
        px, py = draw(st.sampled_from([(ax, ay), (bx, by)]))
    elif kind == "level":
        by = ay
    elif kind == "upright":
        bx = ax
    for _ in range(abs(ulps)):
        px = float(np.nextafter(px, INF if ulps > 0 else -INF))
    return ax, ay, bx, by, *(0.0 if abs(v) < 1e-130 else v for v in (px, py))


@settings(deadline=None)
@given(st.lists(lines(), min_size=1, max_size=100))
def test_every_side_is_that_of_rational_numbers(sides, some):
    assert sides(some) == [exactly(line) for line in some]


@settings(deadline=None)
@given(lines())
def test_turning_a_line_round_changes_the_side(sides, line):
    ax, ay, bx, by, px, py = line
    there, back = sides([line, (bx, by, ax, ay, px, py)])
    assert there == -back


@settings(deadline=None)
@given(st.integers(-40, 40), st.integers(-40, 40), st.integers(1, 9), st.integers(0, 9), st.integers(-52, 6))
def test_points_on_a_line_of_binary_fractions_are_on_it(sides, x, y, n, k, power):
    unit = 2.0**power
    line = (0.5 * unit, 0.25 * unit, (0.5 + n * x) * unit, (0.25 + n * y) * unit)
    assert sides([(*line, (0.5 + k * x) * unit, (0.25 + k * y) * unit)]) == [0]


@given(degrees, degrees)
def test_sums_and_products_are_split_without_loss(a, b):
    for value, (near, rest) in ((Fraction(a) + Fraction(b), sum_terms(a, b)),
                                (Fraction(a) * Fraction(b), product_terms(a, b))):  # fmt: skip
        assert Fraction(near) + Fraction(rest) == value
        assert near == float(value)


@given(lines())
def test_the_terms_add_up_to_the_determinant_and_the_last_has_its_sign(line):
    ax, ay, bx, by, px, py = line
    terms = np.zeros(12)
    fill_terms(terms, ax, ay, bx, by, px, py)
    settle_terms(terms)
    exact = sum(map(Fraction, terms.tolist()))
    assert exact == (Fraction(ax) - Fraction(px)) * (Fraction(by) - Fraction(py)) - (
        (Fraction(ay) - Fraction(py)) * (Fraction(bx) - Fraction(px))
    )
    assert np.sign([*terms[terms != 0.0], 0.0][-2 if exact else -1]) == (exact > 0) - (exact < 0)
