"""The stated probabilities are true where the stated error is, and the measure shows it where it is not."""

from typing import get_args

import numpy as np
import pandas as pd
import pytest
from drawing import at, edition, layer

from gridsvc.errors import BadInput
from gridsvc.planning import anywhere, asking, errors_m, read_city, reliability, scores, simulate
from gridsvc.planning.calibration import BIAS_M, Kind
from gridsvc.router import Router, Snapshot
from gridsvc.spatial.datum import metres_per_degree
from gridsvc.spatial.uncertainty import ASK_BELOW_LEAD, RECORD_HOLDS
from gridsvc.values import Point

# Cells about 35 m by 40 m with a hole, so that positions lie near lines, corners and the end of the map.
BLOCKS = """
    AAABBBCCCDDD
    AAABBBCCCDDD
    AAABBBCCCDDD
    EEEFFF...HHH
    EEEFFF...HHH
    EEEFFF...HHH
    IIIJJJKKKLLL
    IIIJJJKKKLLL
    IIIJJJKKKLLL
"""
DRAWN = Router(Snapshot(edition(layer("grid", BLOCKS))))


def drawn(kind: Kind = "as stated", accuracy_m: float = 10.0, n: int = 400) -> pd.DataFrame:
    return simulate(DRAWN, *anywhere(DRAWN, n), accuracy_m, kind)


def statements(*rows: tuple[int, float, bool, bool, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["report", "probability", "true", "named", "lead"])


@pytest.mark.parametrize("kind", ["as stated", "heavy tails"])
def test_the_stated_share_of_errors_lies_within_the_accuracy(kind):
    east_m, north_m = errors_m(kind, 8.0, 100_000, np.random.default_rng(1))
    assert (np.hypot(east_m, north_m) <= 8.0).mean() == pytest.approx(0.68, abs=0.006)
    assert [east_m.mean(), north_m.mean()] == pytest.approx([0.0, 0.0], abs=0.15)


def test_heavy_tails_reach_far_more_often():
    plain, heavy = (
        (np.hypot(*errors_m(kind, 8.0, 100_000, np.random.default_rng(2))) > 24.0).mean()
        for kind in ("as stated", "heavy tails")
    )
    assert plain < 0.0002
    assert heavy == pytest.approx((1.0 + 9.0 * (0.32 ** (-2 / 3) - 1.0)) ** -1.5, rel=0.05)


def test_a_bias_shifts_to_the_east_and_an_understated_error_is_twice_as_wide():
    plain, biased, wide = (
        errors_m(kind, 8.0, 1000, np.random.default_rng(3)) for kind in ("as stated", "3 m bias", "twice as large")
    )
    assert biased[0] == pytest.approx(plain[0] + BIAS_M)
    assert biased[1] == pytest.approx(plain[1])
    assert np.concatenate(wide) == pytest.approx(2.0 * np.concatenate(plain))


def test_a_kind_of_error_that_does_not_exist_is_refused_with_those_that_do():
    with pytest.raises(BadInput) as e:
        errors_m("none", 8.0, 1, np.random.default_rng(0))
    assert all(kind in e.value.errors[0].mend_en for kind in get_args(Kind))


def test_without_a_partition_there_is_nothing_to_be_sure_of():
    zones = Router(Snapshot(edition(layer("zone", "ZZ", coverage="cover"))))
    with pytest.raises(BadInput, match="no partition"):
        simulate(zones, *np.array([at(0.5, 0.5)]).T, 8.0)


def test_no_reports_have_no_candidates():
    assert len(simulate(DRAWN, np.zeros(0), np.zeros(0), 8.0)) == 0


def test_each_report_has_its_candidates_one_answer_and_the_truth():
    found = drawn(n=100)
    each = found.groupby("report")
    assert each["probability"].sum().to_numpy() == pytest.approx(1.0, abs=1e-3)
    assert (each["named"].sum() == 1).all()
    assert (each["true"].sum() == 1).all()
    assert sorted(each.groups) == list(range(100))


def test_the_same_seed_simulates_the_same_reports():
    pd.testing.assert_frame_equal(drawn(n=20), drawn(n=20))


def test_with_no_error_to_speak_of_every_answer_is_right_and_sure():
    found = scores(drawn(accuracy_m=1e-6, n=200))
    assert found == pytest.approx({"wrong": 0.0, "brier": 0.0, "calibration_error": 0.0}, abs=1e-3)


def test_reliability_counts_how_often_a_statement_is_true():
    found = statements(
        (0, 0.8, True, True, 0.6), (1, 0.8, True, True, 0.6), (2, 0.8, False, True, 0.6), (3, 1.0, True, True, 1.0)
    )
    table = reliability(found)
    assert table["stated"].tolist() == pytest.approx([0.8, 1.0])
    assert table["true"].tolist() == pytest.approx([2 / 3, 1.0])
    assert table["n"].tolist() == [3, 1]
    assert table["wide"].tolist() == pytest.approx([1.96 * (0.16 / 3) ** 0.5, 0.0])


def test_scores_are_of_the_answers_alone():
    found = scores(statements((0, 0.75, True, True, 0.5), (0, 0.25, False, False, 0.5), (1, 0.75, False, True, 0.5)))
    assert found == pytest.approx({"wrong": 0.5, "brier": (0.0625 + 0.5625) / 2, "calibration_error": 0.25})


def test_asking_mends_the_answers_asked_about():
    found = statements((0, 0.6, False, True, 0.2), (1, 0.6, True, True, 0.2), (2, 0.9, False, True, 0.8))
    table = asking(found, [0.0, 0.5, 1.0])
    assert table["asked"].tolist() == pytest.approx([0.0, 2 / 3, 1.0])
    assert table["wrong"].tolist() == pytest.approx([2 / 3, 1 / 3, 0.0])
    assert table["mended"].tolist() == pytest.approx([0.0, 0.5, 2 / 3])


def assert_calibrated(found: pd.DataFrame, within: float) -> None:
    assert scores(found)["calibration_error"] < within
    table = reliability(found)
    # 1.96 standard errors hold 95 %; twice that may not be missed by any of ten bins.
    assert ((table["stated"] - table["true"]).abs() <= 2 * table["wide"] + 0.002).all(), table


def test_on_a_drawn_city_the_probabilities_are_true():
    found = drawn()
    assert scores(found)["wrong"] > 0.08
    assert_calibrated(found, 0.05)


def test_an_error_stated_as_half_shows_as_overconfidence():
    found = drawn("twice as large")
    assert scores(found)["calibration_error"] > 0.08
    answers = found[found["named"]]
    assert answers["probability"].mean() > answers["true"].mean() + 0.05


@pytest.fixture(scope="module")
def demo() -> Router:
    return read_city()[0]


@pytest.mark.slow
@pytest.mark.parametrize("accuracy_m", [4.0, 8.0, 20.0])
def test_on_the_demo_city_the_probabilities_are_true(demo: Router, accuracy_m: float):
    assert_calibrated(simulate(demo, *anywhere(demo, 1200), accuracy_m), 0.03)


@pytest.mark.slow
def test_on_the_demo_city_a_question_in_three_mends_an_answer_and_two_wrong_answers_in_three_go(demo: Router):
    unasked, asked = asking(simulate(demo, *anywhere(demo, 1200), 8.0), [0.0, ASK_BELOW_LEAD]).itertuples()
    assert asked.asked < 0.2
    assert asked.mended > 1 / 3
    assert asked.wrong < unasked.wrong / 2


@pytest.mark.slow
@pytest.mark.parametrize("accuracy_m", [3.0, 8.0, 20.0])
def test_on_the_demo_city_the_record_of_a_matched_component_holds_as_often_as_it_is_trusted(demo, accuracy_m):
    rng = np.random.default_rng(4)
    meant = [demo.snapshot.components[i] for i in rng.integers(0, len(demo.snapshot.components), 2000)]
    scales = np.array([metres_per_degree(c.point.lat) for c in meant])
    moved = np.column_stack(errors_m("as stated", accuracy_m, len(meant), rng)) / scales
    places = [Point(c.point.lon + x, c.point.lat + y) for c, (x, y) in zip(meant, moved, strict=True)]
    found = [demo.components.nearest(p, c.class_code, accuracy_m) for p, c in zip(places, meant, strict=True)]
    holds = [f[0].unit_grid == c.unit_grid for f, c in zip(found, meant, strict=True) if f is not None]
    assert len(holds) > len(meant) / 2
    assert np.mean(holds) > RECORD_HOLDS
