"""A bundle gives the router that it was made of, in few bytes; changed, cut off or expired ones are refused."""

import gzip
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from small_city import write_city

from gridsvc import Router
from gridsvc.answer import Routing
from gridsvc.bundle.file import make_bundle, read_bundle
from gridsvc.bundle.packing import pack, scaled, unpack, unscaled, whole
from gridsvc.bundle.seal import FORMAT, new_key, public_of, read_key
from gridsvc.codes import CURRENT_SCHEME, load_categories
from gridsvc.errors import BadInput, GridsvcError
from gridsvc.report import Report
from gridsvc.router import Router as PlainRouter
from gridsvc.router import Snapshot
from gridsvc.spatial.layer import Edition, Layer
from gridsvc.values import LayerSpec

DEMO = Path(__file__).parents[2] / "data" / "boundaries"
AT = datetime(2024, 6, 12, 4, tzinfo=UTC)
KEY, OTHER = read_key(new_key()), read_key(new_key())
CATEGORIES = [c.code for c in load_categories() if (c.code_scheme, c.kind) == (CURRENT_SCHEME, "matter")]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Router:
    return Router.from_folder(write_city(tmp_path_factory.mktemp("city") / "S1"))


@pytest.fixture(scope="module")
def made(city: Router) -> bytes:
    return make_bundle(city, KEY, AT, AT + timedelta(days=7))


def without_telephones(answer: Routing | GridsvcError) -> Any:
    if isinstance(answer, GridsvcError):
        return answer.en
    told = answer.as_dict("full")
    return {k: {**v, "phone": None} if k.endswith("_chief") and v else v for k, v in told.items()}


@pytest.fixture(scope="module")
def demo() -> tuple[Router, bytes]:
    router = Router.from_folder(DEMO)
    return router, make_bundle(router, KEY, AT, AT + timedelta(days=7))


def test_the_demo_district_fits_in_a_megabyte(demo: tuple[Router, bytes]):
    assert len(demo[1]) <= 1_000_000


def test_a_router_of_a_bundle_answers_as_the_one_it_was_made_of(demo: tuple[Router, bytes], tmp_path: Path):
    router, data = demo
    (tmp_path / "city.gridbundle").write_bytes(data)
    read = Router.from_bundle(tmp_path / "city.gridbundle", public_of(KEY), AT)
    rng = np.random.default_rng(7)
    west, south, east, north = router.snapshot.edition.bounds_deg
    x, y = rng.uniform(west - 0.001, east + 0.001, 1500), rng.uniform(south - 0.001, north + 0.001, 1500)
    reports = [
        Report(
            AT + timedelta(hours=int(h)),
            str(c),
            None,
            None if a < 3 else float(a),
            {} if a % 2 else {"vertical": "below"},
        )
        for h, c, a in zip(
            rng.integers(0, 5000, 1500), rng.choice(CATEGORIES, 1500), rng.integers(0, 20, 1500), strict=True
        )
    ]
    found, again = (r.route_many(x, y, crs="gcj02", reports=reports) for r in (router, read))
    assert [without_telephones(a) for a in found] == [without_telephones(a) for a in again]
    assert {a.decision.rule.via for a in found if isinstance(a, Routing) and a.decision.rule} >= {
        "zone",
        "component",
        "rule",
    }
    assert read.bundle is not None
    assert (read.bundle.edition, read.bundle.as_of) == (router.snapshot.edition.code, AT)


def test_there_are_no_telephones_and_nobody_but_chiefs(demo: tuple[Router, bytes]):
    router, data = demo
    text = gzip.decompress(data.split(b"\n", 3)[3])
    phones = [p.phone for p in router.snapshot.staff.people.values() if p.phone]
    assert phones
    assert not [p for p in phones if p.encode() in text]
    assert {p.role for p in read_bundle(data, AT).snapshot.staff.posts} == {"grid_chief", "street_chief"}


@pytest.mark.parametrize("spot", ["format", "head", "signature", "body", "end"])
def test_a_bundle_that_was_changed_is_refused(made: bytes, spot: str):
    lines = made.split(b"\n", 3)
    starts = {"format": 3, "head": len(lines[0]) + 30, "signature": len(made) - len(lines[3]) - 40,
              "body": len(made) - len(lines[3]) + 100, "end": len(made) - 1}  # fmt: skip
    at = starts[spot]
    with pytest.raises(BadInput) as e:
        read_bundle(made[:at] + bytes([made[at] ^ 1]) + made[at + 1 :], AT)
    assert (e.value.zh, e.value.en) == ("离线包不完整或被改动过", "the bundle is not whole, or was changed")


@pytest.mark.parametrize("part", [0.0, 0.01, 0.5, 0.999])
def test_a_bundle_that_was_cut_off_is_refused(made: bytes, part: float):
    with pytest.raises(BadInput, match="not whole"):
        read_bundle(made[: int(len(made) * part)], AT)


@pytest.mark.parametrize(
    "data", [b"", b"\n\n\n\n", b"\x00" * 100, f"{FORMAT}\n{{}}\n\n".encode(), f"{FORMAT}\n[]\nAA==\n".encode()]
)
def test_what_is_no_bundle_is_refused(data: bytes):
    with pytest.raises(BadInput):
        read_bundle(data, AT)


def test_a_bundle_of_another_format_says_so(made: bytes):
    with pytest.raises(BadInput, match="another format"):
        read_bundle(made.replace(FORMAT.encode(), b"gridsvc-bundle-9", 1), AT)


def test_an_expired_bundle_is_refused_from_its_last_instant_on(made: bytes):
    read_bundle(made, AT + timedelta(days=7, microseconds=-1))
    with pytest.raises(BadInput, match="expired at 2024-06-19"):
        read_bundle(made, AT + timedelta(days=7))


def test_a_bundle_of_another_signer_is_refused_where_a_key_is_given(city: Router, made: bytes):
    foreign = make_bundle(city, OTHER, AT, AT + timedelta(days=7))
    assert read_bundle(foreign, AT).head.public_key == public_of(OTHER)
    with pytest.raises(BadInput, match="another key"):
        read_bundle(foreign, AT, public_of(KEY))
    # A head that names the trusted key does not help whoever has not the key itself.
    claimed = foreign.replace(public_of(OTHER).encode(), public_of(KEY).encode(), 1)
    with pytest.raises(BadInput, match="not whole"):
        read_bundle(claimed, AT, public_of(KEY))


def test_the_same_city_gives_the_same_bytes(city: Router, made: bytes):
    assert make_bundle(city, KEY, AT, AT + timedelta(days=7)) == made


@pytest.mark.parametrize("values", [[], [0], [1, -1, 2**31 - 1, -(2**31), 5, 5], list(range(-300, 300, 7))])
def test_whole_numbers_come_back(values: list[int]):
    _, arrays = unpack(pack({}, {"a": whole(np.array(values, np.int64))}))
    assert arrays["a"].tolist() == values


@pytest.mark.parametrize("values", [[120.1234567, -0.5], [120.12345678, 1 / 3], [], [180.0, -180.0], [1e-300]])
def test_coordinates_come_back_to_the_last_bit(values: list[float]):
    _, arrays = unpack(pack({}, {"a": scaled(np.array(values, np.float64))}))
    assert unscaled(arrays["a"]).tolist() == values


def test_odd_shapes_come_back():
    hole = shapely.Polygon([(0, 0), (4, 0), (4, 4), (0, 4)], [[(1, 1), (1, 2), (2, 1)], [(3, 3), (3, 2), (2, 3)]])
    odd = [
        hole,
        None,
        shapely.MultiPolygon([hole, shapely.box(1 / 3, 5, 6, 7)]),
        shapely.box(0, 0, 4, 4),
        shapely.Polygon(),
    ]
    lines = [
        shapely.LineString([(0, 0), (1, 1), (0, 0)]),
        shapely.MultiLineString([[(0, 0), (1, 0)], [(2, 0), (3, 0)]]),
    ]
    dots = [shapely.Point(1, 2), shapely.MultiPoint([(0, 0), (1, 1)])]
    layers = {
        code: Layer.build(
            LayerSpec(code, geometry=geometry), [f"{code}{i}" for i in range(len(of))], np.array(of, dtype=object)
        )
        for code, geometry, of in (("a", "polygon", odd), ("l", "line", lines), ("p", "point", dots))
    }
    router = PlainRouter(Snapshot(Edition("E", layers)))
    read = read_bundle(make_bundle(router, KEY, AT, AT + timedelta(days=1)), AT).snapshot.edition
    for code, layer in layers.items():
        for before, after in zip(layer.geometries, read.layers[code].geometries, strict=True):
            same = after is None if before is None or before.is_empty else shapely.equals_exact(before, after)
            assert same, (before, after)


def test_a_city_without_ground_or_rules_can_be_packed():
    router = PlainRouter(Snapshot(Edition("E", {})))
    read = read_bundle(make_bundle(router, KEY, AT, AT + timedelta(days=1)), AT)
    assert (read.snapshot.edition.layers, read.snapshot.ruleset.code) == ({}, "")


def test_components_and_their_ends_come_back(city: Router):
    components = [replace(c, since=AT, state="removed") for c in city.snapshot.components]
    router = PlainRouter(replace(city.snapshot, components=components))
    read = read_bundle(make_bundle(router, KEY, AT, AT + timedelta(days=1)), AT).snapshot.components
    assert read == sorted(components, key=lambda c: c.code)
    assert [c.since for c in read] == [AT] * len(read)


def test_the_head_can_be_read_without_any_program_of_ours(made: bytes):
    told = json.loads(made.split(b"\n", 2)[1])
    assert (told["edition"], told["expires"]) == ("S1", "2024-06-19T04:00:00+00:00")
