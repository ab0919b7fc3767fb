"""Which catalogued component a report means: by code, else the nearest of its class within reach."""

from dataclasses import replace

import pytest
from drawing import METRIC, at, beside

from gridsvc.errors import BadTable
from gridsvc.spatial.component_index import ComponentIndex
from gridsvc.values import Component, Point

HERE = at(1, 1)
WELL = "01001"


def component(code: str, east_m: float = 0.0, north_m: float = 0.0, class_code: str = WELL, accuracy: str = "B"):
    place = Point(*beside(HERE, east_m, north_m))
    return Component(code, "GB/T 47678.5-2026", class_code, code, place, accuracy_class=accuracy)


def nearest(components: list[Component], accuracy_m: float | None = 5.0, class_code: str = WELL) -> str | None:
    found = ComponentIndex(components, METRIC).nearest(Point(*HERE), class_code, accuracy_m)
    return None if found is None else found[0].code


def test_without_components_nothing_is_found():
    index = ComponentIndex([], METRIC)
    assert (len(index), index.get("W1"), index.nearest(Point(*HERE), WELL, 5.0)) == (0, None, None)


@pytest.mark.parametrize(
    ("components", "code"),
    [
        ([component("W1", 3), component("W2", -2)], "W2"),
        ([component("W1", 3), component("L1", 1, class_code="02005")], "W1"),
        ([component("L1", 1, class_code="02005")], None),
        ([component("W2", 3), component("W1", 3)], "W1"),
        ([component("W1", 4.0), component("W9", 3.0)], "W9"),
    ],
    ids=["nearer", "of its class", "no other class", "equally near: least code", "nearer before least code"],
)
def test_the_nearest_of_the_class_is_meant(components, code):
    assert nearest(components) == code


@pytest.mark.parametrize(
    ("accuracy", "accuracy_m", "reach_m"),
    [("A", 5.0, 5.5), ("B", 5.0, 6.0), ("C", 5.0, 15.0), ("B", 0.0, 1.0), ("B", None, 6.0), ("A", 30.0, 30.5)],
)
def test_a_component_is_meant_within_its_accuracy_class_and_the_error_of_the_report(accuracy, accuracy_m, reach_m):
    assert nearest([component("W1", reach_m - 0.01, accuracy=accuracy)], accuracy_m) == "W1"
    assert nearest([component("W1", reach_m + 0.01, accuracy=accuracy)], accuracy_m) is None


def test_a_nearer_component_out_of_its_own_reach_gives_way_to_a_farther_one_within_its_own():
    assert nearest([component("W1", 6.5, accuracy="A"), component("W2", 14.0, accuracy="C")]) == "W2"


def test_the_distance_is_in_metres():
    found = ComponentIndex([component("W1", 3.0, 4.0)], METRIC).nearest(Point(*HERE), WELL, 5.0)
    assert found is not None
    assert found[1] == pytest.approx(5.0, abs=1e-4)


def test_the_distance_of_a_known_component_has_no_limit():
    index = ComponentIndex([component("W1", 300.0, 400.0)], METRIC)
    assert index.distance_m(index.get("W1"), Point(*HERE)) == pytest.approx(500.0, abs=1e-2)


def test_two_components_of_one_code_are_refused_by_that_code():
    with pytest.raises(BadTable) as e:
        ComponentIndex([component("W1"), component("W1", 9)], METRIC)
    assert (e.value.errors[0].field, e.value.errors[0].value) == ("code", "W1")


def test_a_component_that_is_put_is_found():
    index = ComponentIndex([], METRIC)
    index.put(component("W1", 2))
    assert (len(index), index.nearest(Point(*HERE), WELL, 5.0)[0].code) == (1, "W1")


def test_a_component_that_moved_is_found_at_its_new_place_only():
    index = ComponentIndex([component("W1"), component("W2", 50)], METRIC)
    index.put(component("W1", 100))
    assert index.nearest(Point(*HERE), WELL, 5.0) is None
    assert index.nearest(Point(*beside(HERE, 100, 0)), WELL, 5.0)[0].code == "W1"
    assert len(index) == 2


def test_a_component_whose_record_changed_is_the_new_one():
    index = ComponentIndex([component("W1")], METRIC)
    index.put(replace(component("W1"), class_code="02005"))
    assert index.nearest(Point(*HERE), WELL, 5.0) is None
    assert index.get("W1").class_code == "02005"


def test_a_component_that_was_removed_is_gone_and_the_others_stay():
    index = ComponentIndex([component("W1"), component("W2", 2)], METRIC)
    index.remove("W1")
    assert (index.get("W1"), index.nearest(Point(*HERE), WELL, 5.0)[0].code, len(index)) == (None, "W2", 1)


def test_removing_what_is_not_there_changes_nothing():
    index = ComponentIndex([component("W1")], METRIC)
    index.remove("W9")
    assert len(index) == 1


def test_of_ten_thousand_the_one_meant_is_found():
    many = [component(f"W{k:05d}", (k % 100) * 7.0, (k // 100) * 7.0) for k in range(10_000)]
    index = ComponentIndex(many, METRIC)
    assert index.nearest(Point(*beside(HERE, 351.0, 140.5)), WELL, 2.0)[0].code == "W02050"
