"""Batches told from tables are those of the plain way, to the byte: first met, met again, and after a change."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest
from drawing import beside
from hypothesis import given
from hypothesis import strategies as st

from gridsvc import keepers, known
from gridsvc.api import batches
from gridsvc.api.batches import Asked, as_json
from gridsvc.bootstrap import Folder
from gridsvc.codes import category_of
from gridsvc.known import CODES, NO_MATTER, UNKNOWN, Known, at_hand, known_of
from gridsvc.router import Router
from gridsvc.spatial.compiler import compiled_columns
from gridsvc.spelled import Column, Spelled
from gridsvc.values import Point
from tests.conftest import NOON

pytestmark = pytest.mark.skipif(compiled_columns() is None, reason="needs the compiler")
MATTERS = [CODES.index(c) for c in ("01001", "02005", "06010", "06013", "09005", "09009", "08001")]


@pytest.fixture
def room(demo: Folder) -> Router:
    """A router of its own, of which nothing is known."""
    return Router(demo.snapshot)


def points(room: Router, n: int, seed: int = 5) -> Asked:
    """All kinds of rows: beside components, on edges, outside, far away, nowhere, of unknown and of no matter."""
    rng = np.random.default_rng(seed)
    west, south, east, north = room.snapshot.edition.bounds_deg
    x, y = rng.uniform(west - 0.002, east + 0.002, n), rng.uniform(south - 0.002, north + 0.002, n)
    some = rng.choice(np.array(room.snapshot.components, object), len(x[::4]))
    x[::4], y[::4] = [c.point.lon for c in some], [c.point.lat for c in some]
    about = {category_of(c).component_class: i for i, c in enumerate(CODES) if c}
    ring = np.concatenate([a.exterior.coords for a in room.snapshot.edition.layers["unit_grid"].geometries[:40]])
    x[1::9], y[1::9] = ring[: len(x[1::9])].T
    whose = rng.choice([*MATTERS, NO_MATTER], n).astype(np.int32)
    whose[::8] = [about[c.class_code] for c in some[::2]]
    x[3], y[4], x[5], x[6], whose[7] = np.nan, np.inf, -73.9, 200.0, UNKNOWN
    return Asked(x, y, "wgs84", whose, None, None, None)


def plainly(room: Router, asked: Asked, at: datetime) -> bytes:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "known_of", lambda _: None)
        return as_json(room, asked, at)


def test_a_batch_is_that_of_the_plain_way_at_first_and_again(room: Router):
    asked = points(room, 600)
    for at in (NOON, NOON, NOON + timedelta(hours=11), NOON + timedelta(seconds=1)):
        expected = plainly(room, asked, at)
        assert as_json(room, asked, at) == expected
        assert as_json(room, asked, at) == expected


@pytest.mark.parametrize("crs", ["gcj02", "EPSG:4549"])
def test_points_of_another_reference_are_those_of_the_plain_way(room: Router, crs: str):
    asked = points(room, 100)
    asked = replace(asked, crs=crs, y=np.where(np.isinf(asked.y), np.nan, asked.y))
    assert as_json(room, asked, NOON) == plainly(room, asked, NOON) == as_json(room, asked, NOON)


def test_no_rows_are_columns_all_the_same(room: Router):
    nothing = Asked(np.zeros(0), np.zeros(0), "wgs84", np.zeros(0, np.int32), None, None, None)
    assert as_json(room, nothing, NOON) == plainly(room, nothing, NOON)


def ask_at_once(room: Router, asked: Asked):
    return Known.rows(known_of(room), room, asked.x, asked.y, asked.whose, NOON, at_once=True)


def test_at_once_only_what_is_known_is_told(room: Router):
    asked = points(room, 200)
    good = replace(asked, x=asked.x[8:], y=asked.y[8:], whose=asked.whose[8:])
    assert at_hand(room) is None
    assert ask_at_once(room, good) is None
    as_json(room, good, NOON)
    assert ask_at_once(room, good) is not None
    assert ask_at_once(room, asked) is None


def test_while_another_thread_looks_nobody_waits(room: Router):
    nobody = np.full(100, NO_MATTER, np.int32)
    asked = replace(points(room, 100), x=np.full(100, 120.225), y=np.full(100, 30.315), whose=nobody)
    as_json(room, asked, NOON)
    assert ask_at_once(room, asked) is not None
    with known_of(room)._looking:
        assert ask_at_once(room, asked) is None


def test_a_component_that_moves_or_goes_is_met_where_it_is(room: Router):
    asked = points(room, 400)
    as_json(room, asked, NOON)
    well = [c for c in room.snapshot.components if c.class_code == "01001"][:60]
    moved = [replace(c, point=Point(*beside((c.point.lon, c.point.lat), 300, 0))) for c in well[:20]]
    kept = [replace(c, maintainer="", owner="", competent="") for c in well[20:40]]
    room.components.put([*moved, *kept, *(replace(c, state="removed") for c in well[40:])])
    x, y = (np.array([getattr(c.point, a) for c in (*well, *moved)]) for a in ("lon", "lat"))
    there = Asked(x, y, "wgs84", np.full(len(x), CODES.index("01001"), np.int32), None, None, None)
    for batch in (asked, there, there):
        assert as_json(room, batch, NOON) == plainly(room, batch, NOON)
    assert ask_at_once(room, there) is not None


def test_of_two_components_equally_near_the_least_code_counts(room: Router):
    one = next(c for c in room.snapshot.components if c.class_code == "01001")
    twin = replace(one, code="0" + one.code[1:], maintainer="", owner="", competent="", unit_grid=None)
    room.components.put([twin])
    # Laid out anew, so that both stand in the columns.
    room.components._halves = type(room.components._halves)(room.components._halves.by_code)
    asked = Asked(np.array([one.point.lon] * 3), np.array([one.point.lat] * 3), "wgs84",
                  np.full(3, CODES.index("01001"), np.int32), None, None, None)  # fmt: skip
    assert as_json(room, asked, NOON) == plainly(room, asked, NOON) == as_json(room, asked, NOON)


@pytest.mark.parametrize("bits", ["KEEPER_BITS", "PLACE_BITS", "ASKED_BITS"])
def test_where_there_is_no_room_for_numbers_the_plain_way_answers(
    room: Router, monkeypatch: pytest.MonkeyPatch, bits: str
):
    monkeypatch.setattr(compiled_columns(), bits, 0)
    asked = points(room, 200)
    assert as_json(room, asked, NOON) == plainly(room, asked, NOON)
    assert known_of(room).rows(room, asked.x, asked.y, asked.whose, NOON) is None


def test_what_is_kept_has_a_bound_and_answers_stay_right(room: Router, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(known, "MOST_KINDS", 20)
    for seed in range(3):
        asked = points(room, 150, seed)
        for _ in range(2):
            assert as_json(room, asked, NOON) == plainly(room, asked, NOON)
    assert known_of(room)._count <= 21


def test_the_table_grows_and_forgets_nothing(room: Router, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(known, "_LEAST_SLOTS", 4)
    asked = points(room, 300)
    good = replace(asked, x=asked.x[8:], y=asked.y[8:], whose=asked.whose[8:])
    expected = plainly(room, good, NOON)
    assert as_json(room, good, NOON) == expected
    assert ask_at_once(room, good) is not None
    assert as_json(room, good, NOON) == expected


def test_numbers_end_where_their_bits_do():
    numbers = keepers.Numbers(1)
    assert [numbers.number("a"), numbers.number("b", 1), numbers.number("a")] == [0, 1, 0]
    with pytest.raises(keepers.Full):
        numbers.number("c")


def test_all_that_a_batch_needs_is_compiled_beforehand(room: Router):
    """In this process; elsewhere it is fetched from where it is kept."""
    way = compiled_columns()
    functions = [getattr(way, name) for name in way.__all__ if hasattr(getattr(way, name), "signatures")]
    way.warm()
    body = b'{"x":[120.225,120.2],"y":[30.315,null],"crs":"wgs84","category":["06010","01001"]}'
    as_json(room, Asked.of_json(body), NOON)
    as_json(room, points(room, 100), NOON)
    assert len(functions) == 7
    assert [len(f.signatures) for f in functions] == [1] * 7


# Texts of every length about that of a piece, with what JSON escapes among them.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
words = st.lists(texts, max_size=6).map(tuple)


@given(st.lists(st.tuples(texts, words), min_size=1, max_size=5, unique_by=lambda c: c[0]), st.data())
def test_written_columns_are_those_that_json_writes(columns: Sequence[tuple[str, tuple[str, ...]]], data):
    n = data.draw(st.integers(0, 7))
    drawn = [data.draw(st.lists(st.integers(-1, len(w) - 1), min_size=n, max_size=n)) for _, w in columns]
    spelled = Spelled(compiled_columns(), [Column(name, i, w) for i, (name, w) in enumerate(columns)])
    nothing = np.zeros((0, 1), np.int32)
    others = np.array(drawn, np.int32).reshape(len(columns), n)
    got = spelled.json(np.zeros(n, np.int32), nothing, nothing.astype(np.uint8), others).tobytes()
    expected = {name: [None if k < 0 else w[k] for k in places]
                for (name, w), places in zip(columns, drawn, strict=True)}  # fmt: skip
    assert b"{%b}" % got == json.dumps(expected, ensure_ascii=False, separators=(",", ":")).encode()
