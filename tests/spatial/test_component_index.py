"""Which catalogued component a report means: by code, else the nearest of its class within reach."""

import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from drawing import at, beside
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from pyproj import Geod

from gridsvc.errors import BadTable
from gridsvc.spatial.component_index import ACCURACY_M, UNSTATED_ACCURACY_M, ComponentIndex
from gridsvc.values import REMOVED, Component, Point

HERE = at(1, 1)
WELL = "01001"


def component(code: str, east_m: float = 0.0, north_m: float = 0.0, class_code: str = WELL, accuracy: str = "B"):
    place = Point(*beside(HERE, east_m, north_m))
    return Component(code, "GB/T 47678.5-2026", class_code, code, place, accuracy_class=accuracy)


# So many that taking them over lays all out anew.
CROWD = [component(f"X{k}", 500 + k % 40, 500 + k // 40, "09001") for k in range(1100)]


def nearest(components: list[Component], accuracy_m: float | None = 5.0, class_code: str = WELL) -> str | None:
    found = ComponentIndex(components).nearest(Point(*HERE), class_code, accuracy_m)
    return None if found is None else found[0].code


def test_without_components_nothing_is_found():
    index = ComponentIndex([])
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
    found = ComponentIndex([component("W1", 3.0, 4.0)]).nearest(Point(*HERE), WELL, 5.0)
    assert found is not None
    assert found[1] == pytest.approx(5.0, abs=1e-4)


def test_the_distance_of_a_known_component_has_no_limit():
    index = ComponentIndex([component("W1", 300.0, 400.0)])
    assert index.distance_m(index.get("W1"), Point(*HERE)) == pytest.approx(500.0, abs=1e-2)


def test_two_components_of_one_code_are_refused_by_that_code():
    with pytest.raises(BadTable) as e:
        ComponentIndex([component("W1"), component("W1", 9)])
    assert (e.value.errors[0].field, e.value.errors[0].value) == ("code", "W1")


def test_a_component_that_is_put_is_found():
    index = ComponentIndex([])
    index.put([component("W1", 2)])
    assert (len(index), index.nearest(Point(*HERE), WELL, 5.0)[0].code) == (1, "W1")


def test_a_component_that_moved_is_found_at_its_new_place_only():
    index = ComponentIndex([component("W1"), component("W2", 50)])
    index.put([component("W1", 100)])
    assert index.nearest(Point(*HERE), WELL, 5.0) is None
    assert index.nearest(Point(*beside(HERE, 100, 0)), WELL, 5.0)[0].code == "W1"
    assert len(index) == 2


def test_a_component_whose_record_changed_is_the_new_one():
    index = ComponentIndex([component("W1")])
    index.put([replace(component("W1"), class_code="02005")])
    assert index.nearest(Point(*HERE), WELL, 5.0) is None
    assert index.nearest(Point(*HERE), "02005", 5.0)[0].class_code == index.get("W1").class_code == "02005"


def test_a_removed_component_is_near_to_nothing_and_stays_on_record():
    index = ComponentIndex([component("W1"), component("W2", 2)])
    index.put([replace(component("W1"), state=REMOVED)])
    assert index.nearest(Point(*HERE), WELL, 5.0)[0].code == "W2"
    assert index.get("W1").state == REMOVED
    assert index.distance_m(index.get("W1"), Point(*HERE)) == pytest.approx(0.0, abs=1e-6)


def test_a_component_that_came_removed_is_near_to_nothing():
    gone = replace(component("W1"), state=REMOVED)
    assert nearest([gone, component("W2", 2)]) == "W2"
    assert nearest([gone]) is None


def test_a_removed_component_that_is_put_back_is_found():
    index = ComponentIndex([replace(component("W1"), state=REMOVED)])
    index.put([component("W1")])
    assert index.nearest(Point(*HERE), WELL, 5.0)[0].code == "W1"


def built(one: Component) -> ComponentIndex:
    return ComponentIndex([one, component("W9", 200)])


def put_later(one: Component) -> ComponentIndex:
    index = ComponentIndex([component("W9", 200)])
    index.put([one])
    return index


def put_in_a_crowd(one: Component) -> ComponentIndex:
    index = ComponentIndex([component("W9", 200)])
    index.put([one, *CROWD])
    return index


def moved_often(one: Component) -> ComponentIndex:
    index = ComponentIndex([component("W9", 200), one])
    for east_m in (30, 60, 0, 90):
        index.put([replace(one, point=Point(*beside(HERE, east_m, 0)))])
    index.put([one])
    return index


def removed_before(one: Component) -> ComponentIndex:
    index = ComponentIndex([component("W9", 200), replace(one, state=REMOVED)])
    index.put([one])
    return index


@pytest.mark.parametrize("there", [built, put_later, put_in_a_crowd, moved_often, removed_before])
@pytest.mark.parametrize("with_it", [[], CROWD], ids=["alone", "in a crowd"])
@pytest.mark.parametrize(
    ("change", "here", "east", "of_other_class"),
    [
        (component("W1"), "W1", None, None),
        (component("W1", 1), "W1", None, None),
        (component("W1", 100), None, "W1", None),
        (component("W1", class_code="02005"), None, None, "W1"),
        (component("W1", 100, class_code="02005"), None, None, None),
        (replace(component("W1"), state=REMOVED), None, None, None),
        (replace(component("W1"), state="damaged"), "W1", None, None),
        (component("W0"), "W0", None, None),
        (component("W2"), "W1", None, None),
        (component("W2", 0.1), "W1", None, None),
        (component("W9", 100), "W1", "W9", None),
        (replace(component("W9", 200), state=REMOVED), "W1", None, None),
        (replace(component("W1"), point=Point(-150.0, 0.0)), None, None, None),
    ],
    ids=["the same", "a step", "moved", "other class", "both", "removed", "damaged", "arrives with a lesser code",
         "arrives with a greater code", "arrives farther", "another moved", "another removed", "off the map"],
)  # fmt: skip
def test_what_changed_is_found_where_it_is_and_nowhere_else(there, with_it, change, here, east, of_other_class):
    index = there(component("W1"))
    index.put([change, *with_it])
    asked = [(Point(*HERE), WELL), (Point(*beside(HERE, 100, 0)), WELL), (Point(*HERE), "02005")]
    found = [index.nearest(point, class_code, 5.0) for point, class_code in asked]
    assert [pair and pair[0].code for pair in found] == [here, east, of_other_class]
    far = index.nearest(Point(-150.0, 0.0), WELL, 5.0)
    assert far == ((change, 0.0) if change.point.lon == -150.0 else None)
    assert index.get(change.code) is change


@pytest.mark.parametrize("lat", [-89.9, -60.0, 0.0, 31.0, 85.0])
@pytest.mark.parametrize(("east_deg", "north_deg"), [(0.0, 1e-5), (1e-5, 0.0), (-1e-5, 1e-5)])
def test_distances_are_those_on_the_ellipsoid(lat, east_deg, north_deg):
    index = ComponentIndex([replace(component("W1"), point=Point(120.0, lat))])
    there = Point(120.0 + east_deg, lat + north_deg)
    _, _, true_m = Geod(ellps="WGS84").inv(120.0, lat, there.lon, there.lat)
    assert index.distance_m(index.get("W1"), there) == pytest.approx(true_m, rel=1e-4, abs=1e-5)


def test_components_off_the_map_come_and_go_and_harm_nobody():
    off = [replace(component(f"N{k}"), point=Point(-150.0, 0.0)) for k in range(30)]
    those = [component(f"W{k:03d}", 20 * (k % 20), 20 * (k // 20)) for k in range(300)]
    index = ComponentIndex([component("W9")])
    index.put([c for pair in zip(off, those[::10], strict=True) for c in pair])
    index.put(those)
    index.put([replace(c, state=REMOVED) for c in (*off, *those[:100])])
    found = [index.nearest(c.point, WELL, 1.0) for c in those[100:]]
    assert [pair and pair[0] for pair in found] == those[100:]
    assert index.nearest(those[50].point, WELL, 1.0) is None


@pytest.mark.parametrize("sizes", [[1] * 40, [300, 1, 300, 7], [2000, 500], [500, 2000, 1, 600, 600]])
def test_after_many_changes_it_answers_like_one_made_of_what_is_there(sizes):
    rng = np.random.default_rng(len(sizes))

    def some(code: int) -> Component:
        east_m, north_m = rng.integers(-60, 60, 2)
        class_code, accuracy, state = WELL if rng.random() < 0.7 else "02005", rng.choice(["A", "B", "C"]), rng.random()
        made = component(f"W{code:04d}", east_m, north_m, class_code, str(accuracy))
        return made if state < 0.8 else replace(made, state=REMOVED)

    there = {f"W{code:04d}": some(code) for code in range(2500)}
    index = ComponentIndex(there.values())
    for size in sizes:
        changes = [some(int(code)) for code in rng.integers(0, 3000, size)]
        index.put(changes)
        there |= {c.code: c for c in changes}
    lon, lat = np.array([beside(HERE, *rng.integers(-70, 70, 2)) for _ in range(200)]).T
    afresh = ComponentIndex(there.values())
    assert len(index) == len(afresh)
    for class_code in (WELL, "02005"):
        for accuracy_m in (0.0, 3.0):
            found = index.nearest_many(lon, lat, class_code, accuracy_m)
            assert found == afresh.nearest_many(lon, lat, class_code, accuracy_m)
            assert any(found)


def test_of_several_changes_to_one_component_the_last_counts():
    index = ComponentIndex([component("W1")])
    index.put([component("W1", 50), component("W2", 1), component("W1", 2)])
    assert index.nearest(Point(*HERE), WELL, 5.0)[0].code == "W2"
    assert index.nearest(Point(*beside(HERE, 2, 0)), WELL, 0.0)[0].code == "W1"
    assert index.nearest(Point(*beside(HERE, 50, 0)), WELL, 5.0) is None


@pytest.mark.parametrize(("seq", "held"), [(4, "W1"), (5, "W1"), (6, "W2")], ids=["older", "the same", "newer"])
def test_old_news_changes_nothing(seq, held):
    index = ComponentIndex([component("W1")], 5)
    index.put([replace(component("W1"), state=REMOVED), component("W2")], seq)
    assert index.nearest(Point(*HERE), WELL, 5.0)[0].code == held
    assert index.seq == max(seq, 5)


def test_of_ten_thousand_the_one_meant_is_found():
    many = [component(f"W{k:05d}", (k % 100) * 7.0, (k // 100) * 7.0) for k in range(10_000)]
    index = ComponentIndex(many)
    assert index.nearest(Point(*beside(HERE, 351.0, 140.5)), WELL, 2.0)[0].code == "W02050"


@pytest.fixture
def hurried() -> Iterator[None]:
    """Let threads take turns as often as they can, so that whatever can come between does."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(("others", "times"), [(0, 400), (50, 40), (1100, 40)])
def test_readers_meet_a_moving_component_at_one_place_while_it_moves(others, times):
    middle, crowd = Point(*beside(HERE, 20, 0)), [component(f"X{k}", 500 + k) for k in range(200)]
    west, east = component("W1", 0), component("W1", 40)
    index, over = ComponentIndex([west, *crowd]), threading.Event()

    def move() -> None:
        for k in range(times):
            index.put([east if k % 2 == 0 else west, *CROWD[:others]])
        over.set()

    def read(_: int) -> int:
        seen = 0
        while not over.is_set() or seen == 0:
            found, distance_m = index.nearest(middle, WELL, 30.0)
            assert found in (west, east)
            assert distance_m == pytest.approx(index.distance_m(found, middle))
            seen += 1
        return seen

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read, k) for k in range(3)]
        pool.submit(move).result()
        assert all(reader.result() > 0 for reader in readers)
    assert index.nearest(middle, WELL, 30.0)[0] == west


@pytest.mark.usefixtures("hurried")
def test_changes_by_many_threads_are_all_kept():
    index = ComponentIndex([])

    def add(thread: int) -> None:
        for k in range(60):
            index.put([component(f"W{thread}-{k}", 20 * k, 20 * thread)])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(4)))
    assert len(index) == 240
    for thread in range(4):
        for k in range(60):
            assert index.nearest(Point(*beside(HERE, 20 * k, 20 * thread)), WELL, 1.0)[0].code == f"W{thread}-{k}"


@cache
def spot(east_m: int, north_m: int) -> Point:
    return Point(*beside(HERE, east_m, north_m))


spots = st.builds(spot, st.sampled_from([-11, -6, -1, 0, 1, 6]), st.sampled_from([0, 1]))
classes = st.sampled_from([WELL, "02005", "03001"])
records = st.builds(
    Component,
    code=st.sampled_from("ABCDEFGH"),
    code_scheme=st.just("s"),
    class_code=classes,
    name=st.just(""),
    point=spots,
    owner=st.sampled_from([None, "U1", "U2"]),
    state=st.sampled_from(["intact", "intact", "damaged", REMOVED]),
    accuracy_class=st.sampled_from("ABC"),
)


class Kept(RuleBasedStateMachine):
    """The index beside a plain list that is asked by looking at every component."""

    @initialize(at_first=st.lists(records, unique_by=lambda c: c.code))
    def make(self, at_first: list[Component]) -> None:
        self.index = ComponentIndex(at_first)
        self.at_first = at_first
        self.there = {c.code: c for c in at_first}

    @rule()
    def put_all_back(self) -> None:
        self.change(self.at_first)

    @rule()
    def lay_out_anew(self) -> None:
        self.change(CROWD)

    @rule(changes=st.lists(records, max_size=4))
    def change(self, changes: list[Component]) -> None:
        self.index.put(changes)
        self.there |= {c.code: c for c in changes}

    @rule(point=spots, class_code=classes, accuracy_m=st.sampled_from([None, 0, 3, 99]))
    def ask(self, point: Point, class_code: str, accuracy_m: float | None) -> None:
        assert self.index.nearest(point, class_code, accuracy_m) == self.by_looking(point, class_code, accuracy_m)

    def by_looking(self, point: Point, class_code: str, accuracy_m: float | None) -> tuple[Component, float] | None:
        found = []
        for code, one in self.there.items():
            if one.class_code != class_code or one.state == REMOVED:
                continue
            distance_m = self.index.distance_m(one, point)
            reach_m = (UNSTATED_ACCURACY_M if accuracy_m is None else accuracy_m) + ACCURACY_M[one.accuracy_class]
            if distance_m <= reach_m:
                found.append((distance_m, code, one))
        return (min(found)[2], min(found)[0]) if found else None

    @invariant()
    def every_code_is_on_record(self) -> None:
        assert {code: self.index.get(code) for code in "ABCDEFGH"} == {c: self.there.get(c) for c in "ABCDEFGH"}
        assert len(self.index) == len(self.there)


TestKept = Kept.TestCase
TestKept.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


@pytest.mark.parametrize("accuracy_m", [None, 0.0, 5.0, 40.0])
def test_many_points_find_what_each_finds_alone(accuracy_m: float | None):
    rng = np.random.default_rng(5)
    classes, accuracies = (WELL, "02005"), ("A", "B", "C")
    index = ComponentIndex(
        [component(f"W{i}", *rng.uniform(-30, 30, 2), classes[i % 2], accuracies[i % 3]) for i in range(40)]
    )
    places = [beside(HERE, *rng.uniform(-120, 120, 2)) for _ in range(60)]
    lon, lat = np.array(places).T
    alone = [index.nearest(Point(*place), WELL, accuracy_m) for place in places]
    many = index.nearest_many(lon, lat, WELL, accuracy_m)
    assert many == [found[0] if found else None for found in alone]
    assert None in many
    assert any(many)
    index.put([component("W0", 5, 5)])
    alone = [index.nearest(Point(*place), WELL, accuracy_m) for place in places]
    assert index.nearest_many(lon, lat, WELL, accuracy_m) == [found[0] if found else None for found in alone]


@pytest.mark.parametrize(("components", "n"), [([], 3), ([component("W1")], 0)], ids=["no components", "no points"])
def test_many_points_and_nothing_to_find(components: list[Component], n: int):
    index = ComponentIndex(components)
    assert index.nearest_many(np.full(n, HERE[0]), np.full(n, HERE[1]), WELL, 5.0) == [None] * n
