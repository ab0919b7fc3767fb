"""Editions over HTTP: a folder is sent, checked, compared, published for later and called off; or nothing is."""

import io
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from small_city import GRIDS, SOUND, TABLES, area, box, write_city

from gridsvc.diff import diff
from gridsvc.services import edition_changes
from gridsvc.store import dated_sets
from gridsvc.store.engine import transaction

from .conftest import application, fields
from .house import House

LATER = "2024-07-01T00:00:00Z"
WHY = "新一轮网格调整"
# B reaches a tenth of its width into A, and so leaves a gap in the street's east.
SHIFTED = [GRIDS[0], area("B", [[120.009, 30.0], [120.02, 30.0], [120.02, 30.01], [120.009, 30.01], [120.009, 30.0]],
                          parent="S", unit="U2")]  # fmt: skip


def packed(folder: Path, top: str = "") -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, f"{top}{path.name}")
    return held.getvalue()


def send(client: TestClient, folder: Path, **more: Any) -> Any:
    return client.post("/v1/editions", files={"file": ("city.zip", packed(folder, "小城/"))}, **more)


def city(tmp_path: Path, **how: Any) -> Path:
    return write_city(tmp_path / "city", **{"edition": "S3", "tables": SOUND, **how})


def publish(client: TestClient, code: str = "S3", **body: Any) -> Any:
    return client.post(f"/v1/editions/{code}/publish", json={"from": LATER, "confirm": code, "reason": WHY} | body)


def states(client: TestClient) -> dict[str, str]:
    return {e["code"]: e["state"] for e in client.get("/v1/editions").json()["items"]}


def test_a_folder_is_sent_checked_published_for_later_and_called_off(writer: TestClient, tmp_path: Path):
    sent = send(writer, city(tmp_path))
    assert (sent.status_code, sent.json()["code"], sent.json()["outcome"]) == (201, "S3", "loaded")
    assert sent.json()["counts"]["error"] == 0
    assert send(writer, city(tmp_path)).json()["outcome"] == "unchanged"
    report = writer.get("/v1/editions/S3/check").json()
    assert (report["edition"], report["ok"]) == ("S3", True)
    assert publish(writer).json() == {"code": "S3", "from": LATER, "to": None, "waived": []}
    about = writer.get("/v1/editions/S3").json()
    assert (about["state"], about["planned"], about["before"]) == ("published", True, "S2")
    called = writer.post("/v1/editions/S3/cancel", json={"confirm": "S3", "reason": WHY})
    assert (called.status_code, called.json()) == (200, {"code": "S3"})
    assert states(writer) == {"S3": "retired", "S2": "published", "S1": "retired"}
    asked = {"point": {"x": 120.005, "y": 30.005, "crs": "wgs84"}, "at": "2024-08-01T00:00:00Z"}
    ask = lambda: [writer.post("/v1/route", json=asked).json()[k] for k in ("edition", "ruleset")]  # noqa: E731
    assert any(ask() == ["S2", "S2"] or time.sleep(0.01) for _ in range(2000))
    told = writer.get("/v1/audit").json()["items"]
    assert {(e["action"], e["payload"].get("reason")) for e in told if e["subject"] == "S3"} == {
        ("edition loaded", None), ("edition published", WHY), ("edition called off", WHY),
    }  # fmt: skip


def test_its_files_may_be_sent_one_by_one(writer: TestClient, tmp_path: Path):
    folder = city(tmp_path)
    files = [("file", (f"city/{p.name}", p.read_bytes())) for p in folder.iterdir()]
    assert writer.post("/v1/editions", files=files).json()["outcome"] == "loaded"
    assert send(writer, folder).json()["outcome"] == "unchanged"


def test_a_finding_has_its_shape_and_the_name_by_which_it_is_waived(writer: TestClient, tmp_path: Path):
    assert send(writer, city(tmp_path, grids=SHIFTED)).json()["counts"]["error"] > 0
    report = writer.get("/v1/editions/S3/check").json()
    overlap = next(f for f in report["findings"] if f["id"] == "overlap")
    assert (report["ok"], overlap["codes"], overlap["waived"]) == (False, ["A", "B"], None)
    xs = [x for x, _ in overlap["geometry"]["coordinates"][0]]
    assert (min(xs), max(xs)) == (120.009, 120.01)
    refused = publish(writer)
    assert refused.status_code == 409
    names = [f["name"] for f in report["findings"] + report["rules"] if f["severity"] == "error"]
    assert fields(refused) == names
    assert publish(writer, waive=dict.fromkeys(names, "按会议纪要先行发布")).status_code == 200
    after = writer.get("/v1/editions/S3/check").json()
    assert {f["waived"] for f in after["findings"] if f["name"]} == {"按会议纪要先行发布"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"confirm": "S2"}, "confirm"),
        ({"confirm": ""}, "confirm"),
        ({"reason": "好"}, "reason"),
        ({"reason": " "}, "reason"),
        ({"waive": {"gap:grid:A": WHY}}, "waive"),
        ({"from": "2024-07-01"}, "from"),
        ({"colour": 1}, "colour"),
    ],
)
def test_what_is_not_meant_publishes_nothing(writer: TestClient, tmp_path: Path, body: dict[str, Any], field: str):
    send(writer, city(tmp_path))
    before = states(writer)
    refused = publish(writer, **body)
    assert (refused.status_code in (404, 422), fields(refused)) == (True, [field])
    assert states(writer) == before


def test_what_holds_is_not_called_off(writer: TestClient):
    for code in ("S1", "S2"):
        refused = writer.post(f"/v1/editions/{code}/cancel", json={"confirm": code, "reason": WHY})
        assert refused.status_code == 409
    assert states(writer) == {"S2": "published", "S1": "retired"}


def test_between_two_planned_ones_the_one_before_goes_on(writer: TestClient, tmp_path: Path):
    for code, start in (("S3", LATER), ("S4", "2024-08-01T00:00:00Z")):
        send(writer, write_city(tmp_path / code, edition=code, tables=SOUND))
        assert publish(writer, code, **{"from": start}).status_code == 200
    assert writer.post("/v1/editions/S3/cancel", json={"confirm": "S3", "reason": WHY}).status_code == 200
    held = {e["code"]: (e["holds_from"], e["holds_to"]) for e in writer.get("/v1/editions").json()["items"]}
    assert held["S2"][1] == held["S4"][0] == "2024-08-01T00:00:00Z"
    assert held["S3"] == (None, None)


def test_what_changed_is_told_with_shapes_before_and_after(writer: TestClient, tmp_path: Path):
    grids = [area("A", box(0), parent="S", unit="U1", name="东片"), *SHIFTED[1:]]
    send(writer, city(tmp_path, grids=grids))
    found = writer.get("/v1/editions/S2/changes/S3").json()
    assert (found["before"], found["after"], found["equal"]) == ("S2", "S3", False)
    moved = next(c for c in found["changes"] if c["kind"] == "moved")
    assert (moved["before"], moved["after"], moved["real"]) == (["B"], ["B"], True)
    old, new = (moved[side]["geometries"][0]["coordinates"][0] for side in ("old", "new"))
    assert (min(x for x, _ in old), min(x for x, _ in new)) == (120.01, 120.009)
    assert [c["columns"]["name"] for c in found["changes"] if c["kind"] == "renamed"] == [["网格A", "东片"]]
    assert writer.get("/v1/editions/S2/changes/S2").json()["changes"] == []


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, str, str]]:
    """Which snapshots are compared, by the codes of edition and ruleset, as often as they are."""
    done = []

    def noted(before: Any, after: Any) -> Any:
        done.append(tuple(code for one in (before, after) for code in (one.edition.code, one.ruleset.code)))
        return diff(before, after)

    monkeypatch.setattr(edition_changes, "diff", noted)
    return done


def test_what_changed_is_worked_out_once_for_all_who_ask(house: House, tmp_path: Path, compared: list):
    planner, viewer = (house.browser(**house.key(house.add(f"d.{n}", n))) for n in ("planner", "viewer"))
    address = "/v1/editions/S1/changes/S2"
    with ThreadPoolExecutor(4) as pool:
        told = [answer.json() for answer in pool.map(lambda n: (planner, viewer)[n % 2].get(address), range(8))]
    assert all(one == told[0] for one in told)
    assert compared == [("S1", "S1", "S2", "S2")]
    # A draft, and another draft of its code.
    for grids in (SHIFTED, GRIDS):
        assert send(planner, city(tmp_path / str(len(compared)), grids=grids)).status_code == 201
        twice = [planner.get("/v1/editions/S2/changes/S3").json() for _ in range(2)]
        assert twice[0] == twice[1]
        assert any(c["kind"] == "moved" for c in twice[0]["changes"]) is (grids is SHIFTED)
    assert compared[1:] == [("S2", "S2", "S3", "S3")] * 2


def test_no_more_is_kept_of_what_changed_than_has_room(writer: TestClient, compared: list):
    engine = application(writer).state.parts.engine
    with transaction(engine) as connection:
        first, second = (dated_sets.need(connection, "edition", code) for code in ("S1", "S2"))
    alone = edition_changes.Differences(engine)
    room = len(alone.between(first, second, drafts=True)) + 10
    narrow = edition_changes.Differences(engine, most_bytes=room)
    for pair in ((first, second), (first, second), (second, first), (first, second)):
        narrow.between(*pair, drafts=True)
    assert len(compared) == 1 + 3


def refusals(folder: Path) -> dict[str, tuple[bytes, str]]:
    good = packed(folder)
    bad = (folder / "manifest.json").read_text("utf-8")
    (folder / "manifest.json").write_text(bad.replace("grid.geojson", "../../../etc/hosts"), "utf-8")
    outside = packed(folder)
    (folder / "manifest.json").write_text(bad.replace("street.geojson", "street.csv"), "utf-8")
    (folder / "street.csv").write_text("<OGRVRTDataSource>")
    return {
        "nothing": (b"", "file"), "no zip": (b"{}", "file"), "half of it": (good[: len(good) // 2], "file"),
        "a file outside": (outside, "layers[1].file"), "a file that names others": (packed(folder), "street"),
    }  # fmt: skip


@pytest.mark.parametrize("what", ["nothing", "no zip", "half of it", "a file outside", "a file that names others"])
def test_what_cannot_be_read_leaves_nothing(untouched: TestClient, tmp_path: Path, what: str):
    data, field = refusals(city(tmp_path))[what]
    refused = untouched.post("/v1/editions", files={"file": ("city.zip", data)})
    assert refused.status_code == 422
    assert fields(refused)[0].startswith(field)
    assert states(untouched) == {"S2": "published", "S1": "retired"}


def test_rows_that_cannot_be_used_are_named_and_leave_nothing(untouched: TestClient, tmp_path: Path):
    rules = [TABLES["rules"][0] | {"rank": "x"}]
    refused = send(untouched, city(tmp_path, tables=TABLES | {"rules": rules}))
    assert (refused.status_code, refused.json()["errors"][0]["line"]) == (422, 2)
    assert states(untouched) == {"S2": "published", "S1": "retired"}


def test_another_district_and_other_contents_of_a_published_name_are_refused(untouched: TestClient, tmp_path: Path):
    other = send(untouched, city(tmp_path, district="110101"))
    assert (other.status_code, fields(other)) == (422, ["manifest.district"])
    same = send(untouched, city(tmp_path, edition="S2", grids=SHIFTED))
    assert same.status_code == 409
    assert states(untouched) == {"S2": "published", "S1": "retired"}


def test_too_large_a_body_is_refused_before_it_is_read(untouched: TestClient):
    refused = untouched.post("/v1/editions", headers={"Content-Length": str(10**12)}, content=b"x")
    assert refused.status_code == 413


def test_planners_make_drafts_and_administrators_publish_them(quiet_house: House, tmp_path: Path):
    quiet_house.add("p.planner", "planner")
    quiet_house.add("p.viewer", "viewer")
    quiet_house.add("p.admin", "administrator")
    planner, viewer, admin = (quiet_house.browser(**quiet_house.key(f"p.{n}")) for n in ("planner", "viewer", "admin"))
    assert send(viewer, city(tmp_path)).status_code == 403
    assert send(planner, city(tmp_path)).status_code == 201
    assert viewer.get("/v1/editions/S3").status_code == 404
    assert viewer.get("/v1/editions/S2/changes/S3").status_code == 404
    assert (planner.get("/v1/editions/S3/check").status_code, publish(planner).status_code) == (200, 403)
    assert publish(admin).status_code == 200
    assert viewer.get("/v1/editions/S2/changes/S3").status_code == 200
