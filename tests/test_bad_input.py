"""Every bad input gets one clear refusal through its door, says what, where and how to mend it, and stores nothing.

One row of the tables below is one bad input. To add one, write how to cause it, the code it must end with (an HTTP
status, an exit code, or the class of the error) and the field and value that the refusal must name.
"""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from bad_folders import FOLDER, ROWS
from bad_input import (
    ANY,
    CASE,
    GOOD,
    Act,
    Row,
    World,
    acting,
    api,
    batch,
    cli,
    deciding,
    frame,
    points,
    python,
    report,
    route,
    router,
    ruleset,
)
from fastapi.testclient import TestClient
from small_city import BOW_TIE, GRIDS, area, load_city, write_city
from sqlalchemy import Engine, text

from gridsvc import Router, convert
from gridsvc import errors as e
from gridsvc.api.app import create_app
from gridsvc.cli.main import main
from gridsvc.services import editions
from gridsvc.store.cluster import Cluster
from gridsvc.store.engine import make_engine
from tests.conftest import NOON, settings_for

TABLE_NAMES = (
    "dated_set", "layer", "area", "component", "unit", "person", "post", "rule", "limit_", "case_", "case_history",
    "case_number", "idempotency",
)  # fmt: skip
SWAPPED, AMERICA = {"x": 30.005, "y": 120.005, "crs": "wgs84"}, {"x": -73.98, "y": 40.75, "crs": "wgs84"}
WHERE: list[Row] = [
    ("route: unknown datum", route(point=GOOD | {"crs": "wgs"}), 422, "crs", "wgs"),
    ("route: empty datum", route(point=GOOD | {"crs": ""}), 422, "crs", ""),
    ("route: missing datum", route(point={"x": 120.0, "y": 30.0}), 422, "point.crs", None),
    ("route: datum of a local system nobody declared", route(point=GOOD | {"crs": "local:a"}), 422, "crs", "local:a"),
    ("report: unknown datum", report(point=GOOD | {"crs": "EPSG:999999"}), 422, "point.crs", "EPSG:999999"),
    ("report: missing datum", report(point={"x": 120.0, "y": 30.0}), 422, "point.crs", None),
    ("batch: unknown datum", batch(crs="utm"), 422, "crs", "utm"),
    ("route file: unknown datum", points("--crs", "utm"), 2, "--crs", "'utm'"),
    ("convert: unknown datum", python(lambda w: convert(1, 2, "utm", "wgs84")), e.BadDatum, "crs", "utm"),
    ("convert: missing datum", python(lambda w: convert(1, 2, "wgs84", "")), e.BadDatum, "crs", ""),
    ("locate: missing datum", python(lambda w: router(w).locate(1, 2, crs=None)), e.BadDatum, "crs", None),
    ("frames: no CRS", python(lambda w: Router.from_frames({"grid": frame(None)})), e.BadInput, "grid", None),
    ("route: swapped axes", route(point=SWAPPED), 422, "point", [30.005, 120.005]),
    ("report: swapped axes", report(point=SWAPPED), 422, "point", [30.005, 120.005]),
    ("route file: swapped axes", points("--x", "lat", "--y", "lon"), 2, "--x/--y", "['lat', 'lon']"),
    ("route: another continent", route(point=AMERICA), 422, "point", [-73.98, 40.75]),
    ("report: another continent", report(point=AMERICA), 422, "point", [-73.98, 40.75]),
    ("route: middle of the ocean", route(point=GOOD | {"x": 0, "y": 0}), 422, "point", [0.0, 0.0]),
    ("python: NaN", python(lambda w: router(w).route(float("nan"), 30, crs="wgs84", at=NOON)), e.BadCoordinate, "point",
     ANY),
    ("route: no number", route(point=GOOD | {"x": "east"}), 422, "point.x", "east"),
    ("python: negative distance", python(lambda w: router(w).locate(120, 30, crs="wgs84", near_m=-1)), e.BadInput,
     "near_m", -1),
    ("cases: box the wrong way round", api("GET", "/v1/cases?bbox=121,30,120,31"), 422, "bbox", "121,30,120,31"),
]  # fmt: skip

WHAT: list[Row] = [
    ("route: unknown category", route(category="99999"), 422, "category", "99999"),
    ("report: unknown category", report(category="99999"), 422, "category", "99999"),
    ("python: unknown category", python(lambda w: router(w).route(120, 30, crs="wgs84", at=NOON, category="x")),
     e.UnknownCategory, "category", "x"),
    ("report: component nobody recorded", report(component="C9"), 422, "component", "C9"),
    ("report: unknown source", report(source="radio"), 422, "source", "radio"),
    ("report: unknown field", report(catagory="06010"), 422, "catagory", "06010"),
    ("report: no idempotency key", report(None), 400, "Idempotency-Key", None),
    ("report: a key replayed with another body", report("used", description="other"), 409, "Idempotency-Key", "used"),
    ("decide: a case that nobody has", deciding("240612-9999"), 404, "id", "240612-9999"),
    ("decide: no idempotency key", deciding(key=None), 400, "Idempotency-Key", None),
    ("void: a reason that says nothing", acting("void", reason="同意", cause="other"), 422, "reason", "同意"),
    ("decide: no unit", deciding(unit=None), 422, "unit", None),
    ("decide: a version that is not the newest", deciding(version=1), 409, "version", 1),
    ("decide: a case that a rule has settled", deciding(), 409, "action", "decide"),
    ("decide: a precedent without ground", deciding(precedent={}), 422, "precedent.scope", None),
    ("precedents: the end of one that nobody made", cli("precedents", "end", "J-9", "--reason", "规定已改，不再适用"),
     2, "id", "'J-9'"),
    ("cases: a reason that no desk has", api("GET", "/v1/cases?desk=bored"), 422, "desk", "bored"),
    ("batch: one row too many", batch(x=[None] * 100_001, y=[None] * 100_001), 413, "x", 100_001),
    ("batch: columns of two lengths", batch(x=[120.0, 120.1]), 422, "body", ANY),
    ("route: negative accuracy", route(accuracy_m=-1), 422, "accuracy_m", -1),
    ("route: instant without offset", route(at="2024-06-12T12:00:00"), 422, "at", "2024-06-12T12:00:00"),
    ("cases: instant without offset", api("GET", "/v1/cases?from=2024-06-12T12:00:00"), 422, "from", ANY),
    ("python: instant without offset",
     python(lambda w: router(w).route(120, 30, crs="wgs84", at=NOON.replace(tzinfo=None))), e.BadInput, "at", ANY),
    ("publish: instant without offset", cli("boundaries", "publish", "BAD", "--from", "2024-06-12T12:00:00"), 2,
     "--from", "'2024-06-12T12:00:00'"),
    ("route: unknown edition", route(edition="S9"), 404, "edition", "S9"),
    ("publish: unknown edition", cli("boundaries", "publish", "S9"), 2, "edition", "'S9'"),
    ("ruleset: unknown", api("GET", "/v1/rulesets/R9"), 404, "ruleset", "R9"),
    ("ruleset: unknown table", api("GET", "/v1/rulesets/S1/tables/x"), 404, "table", "x"),
    ("ruleset draft: unknown table", ruleset({"x": []}), 422, "tables.x", "x"),
    ("ruleset draft: misspelt column", ruleset({"rules": [{"attribute": ""}]}), 422, "attribute", None),
    ("ruleset draft: no text", ruleset({"rules": [{"rank": 1}]}), 422, "tables.rules.0.rank", 1),
    ("ruleset draft: unknown unit", ruleset({"units": [{"code": "U1", "name": ""}]}), 422, "name", ""),
    ("ruleset draft: unknown base", ruleset({}, base="R9"), 404, "ruleset", "R9"),
    ("ruleset: publish unknown", api("POST", "/v1/rulesets/R9/publish", json={}), 404, "ruleset", "R9"),
    ("ruleset: from without offset", api("POST", "/v1/rulesets/S1/publish", json={"from": "2024-06-12"}), 422, "from",
     "2024-06-12"),
    ("rules check: no table", cli("rules", "check", "/no/such/tables"), 2, "ruleset", ANY),
    ("rules publish: unknown", cli("rules", "publish", "R9"), 2, "ruleset", "'R9'"),
    ("areas: unknown layer", api("GET", "/v1/areas?layer=x"), 404, "layer", "x"),
    ("case: unknown number", api("GET", "/v1/cases/240612-9999"), 404, "id", "240612-9999"),
    ("route file: unknown layer", points("--layers", "x"), 2, "layers", "'x'"),
    ("route file: missing column", points("--x", "east"), 2, "column", "'east'"),
    ("route file: wrong encoding", points("--encoding", "utf-8"), 2, "encoding", "'utf-8'"),
    ("route file: column exists", points(header="lon,lat,grid"), 2, "column", "'grid'"),
]  # fmt: skip


@pytest.fixture(scope="module")
def service(cluster: Cluster, migrated_template: str, tmp_path_factory) -> Iterator[tuple[str, Engine, TestClient]]:
    """The small city in service with one case under the key ``used`` and a faulty draft; refusals leave it as it is."""
    url = cluster.make_database("bad_input", migrated_template)
    engine = make_engine(url, 2)
    load_city(engine, write_city(tmp_path_factory.mktemp("good")))
    editions.publish(engine, "S1", NOON)
    broken = [area("A", BOW_TIE, parent="S", unit="U1"), GRIDS[1]]
    load_city(engine, write_city(tmp_path_factory.mktemp("bad"), edition="BAD", grids=broken))
    app = create_app(settings_for(), url, lambda: NOON)
    here = {"base_url": "http://127.0.0.1:8000", "client": ("127.0.0.1", 50000)}
    with TestClient(app, **here, raise_server_exceptions=False) as client:
        assert client.post("/v1/cases", json=CASE, headers={"Idempotency-Key": "used"}).status_code == 201
        yield url, engine, client
    engine.dispose()


@pytest.fixture
def world(service: tuple[str, Engine, TestClient], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> World:
    url, engine, client = service
    for name in [n for n in os.environ if n.startswith("GRIDSVC_")]:
        monkeypatch.delenv(name)

    def run(arguments: Sequence[str], environment: Mapping[str, str]) -> tuple[int, str]:
        own = {"GRIDSVC_DATABASE_URL": url, "GRIDSVC_STATE_DIR": str(tmp_path / "state")}
        for name, value in (own | environment).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["gridsvc", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        told = [line for line in capsys.readouterr().err.splitlines() if not line.endswith("…")]
        return ended.value.code, "\n".join(told)

    return World(client, engine, tmp_path, run)


def stored(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {t: connection.execute(text(f"SELECT count(*) FROM {t}")).scalar_one() for t in TABLE_NAMES}


EVERY = [*WHERE, *WHAT, *FOLDER, *ROWS]


@pytest.mark.filterwarnings("ignore:Non closed ring")
@pytest.mark.parametrize(("act", "code", "field", "value"), [r[1:] for r in EVERY], ids=[r[0] for r in EVERY])
def test_bad_input_is_refused_once_clearly_and_stores_nothing(
    world: World, act: Act, code: object, field: object, value: object
):
    before = stored(world.engine)
    refusal = act(world)
    assert refusal.code == code or (isinstance(code, type) and issubclass(refusal.code, code))
    assert any("\u4e00" <= c <= "\u9fff" for c in refusal.zh)
    assert refusal.en
    assert refusal.faults
    assert all(name and mend_zh and mend_en for name, _, mend_zh, mend_en in refusal.faults)
    met = [v for name, v, *_ in refusal.faults if field in (ANY, name)]
    assert met, refusal.faults
    assert value is ANY or value in met
    assert stored(world.engine) == before


def test_every_row_has_a_name_of_its_own():
    names = [row[0] for row in EVERY]
    assert len(names) == len(set(names))
