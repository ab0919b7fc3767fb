"""Attachments over HTTP: one file in, its hash out; read by who may read the case, and never as a page."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from gridsvc.api import auth
from gridsvc.store.cluster import Cluster
from tests.files import PDF, PLACE, photo

from .conftest import _serial, fields, open_client, report
from .house import House

JPEG = "image/jpeg"


@pytest.fixture
def client(cluster: Cluster, small_template: str, tmp_path: Path) -> Iterator[TestClient]:
    with open_client(cluster.make_database(f"files_{next(_serial)}", small_template), state_dir=tmp_path) as opened:
        yield opened


@pytest.fixture
def house(cluster: Cluster, small_template: str, tmp_path: Path) -> Iterator[House]:
    with House(cluster.make_database(f"files_{next(_serial)}", small_template), state_dir=tmp_path) as opened:
        yield opened


def send(client: TestClient, content: bytes = PDF, name: str = "a.pdf", **how: Any) -> Any:
    return client.post("/v1/attachments", files={"file": (name, content, "text/html")}, **how)


def left(state_dir: Path) -> list[Path]:
    return list((state_dir / "attachments" / "incoming").rglob("*"))


def test_a_photo_goes_in_with_a_report_and_comes_out_clean(client: TestClient, tmp_path: Path):
    answer = send(client, photo(), "../../etc/passwd.html")
    assert answer.status_code == 201
    told = answer.json()
    assert told == {
        "id": told["id"], "media_type": JPEG, "size": told["size"], "captured_at": "2024-06-12T11:58:07+08:00",
        "width": 320, "height": 200,
    }  # fmt: skip
    case = report(client, attachments=[told["id"]]).json()
    assert client.get(f"/v1/cases/{case['number']}/attachments").json() == {"items": [told]}
    got = client.get(f"/v1/attachments/{told['id']}")
    assert hashlib.sha256(got.content).hexdigest() == told["id"]
    assert PLACE.encode() not in got.content
    assert got.headers["content-type"] == JPEG
    assert got.headers["content-length"] == str(told["size"])
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["content-disposition"] == f'inline; filename="{told["id"][:12]}.jpg"'
    assert got.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in got.headers["content-security-policy"]
    assert left(tmp_path) == []


def test_a_document_is_saved_and_not_shown(client: TestClient):
    id_ = send(client).json()["id"]
    assert id_ == hashlib.sha256(PDF).hexdigest()
    got = client.get(f"/v1/attachments/{id_}")
    assert got.content == PDF
    assert got.headers["content-disposition"].startswith("attachment; ")


@pytest.mark.parametrize(
    ("how", "status"),
    [
        ({"content": b""}, 422),
        ({"content": PDF, "headers": {"Content-Type": "application/pdf"}}, 422),
        ({"json": {}}, 422),
        ({"content": b"x", "headers": {"Content-Type": "multipart/form-data"}}, 422),
        ({"content": b"x", "headers": {"Content-Type": "multipart/form-data; boundary=b"}}, 422),
        ({"content": b"x", "headers": {"Content-Type": "multipart/form-data; boundary=" + "b" * 999}}, 422),
        ({"content": b"--b\r\n\r\n" + PDF, "headers": {"Content-Type": "multipart/form-data; boundary=b"}}, 422),
        ({"files": [("file", b""), ("file", b"")]}, 422),
        ({"files": {"file": PDF}, "data": {"more": "x"}}, 422),
        ({"files": {"file": b"<svg/>"}}, 422),
        ({"files": {"file": b"%PDF-" + bytes(3_000_000) + b"%%EOF"}}, 413),
        ({"files": {"file": photo() + bytes(1_000_001)}}, 413),
    ],
)  # fmt: skip
def test_what_is_no_attachment_is_refused(cluster, small_template, tmp_path: Path, how, status: int):
    url = cluster.make_database(f"files_{next(_serial)}", small_template)
    with open_client(url, state_dir=tmp_path, photo_mb=1, file_mb=2) as client:
        answer = client.post("/v1/attachments", **how)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert left(tmp_path) == []


def test_a_report_with_what_nobody_sent_is_refused_and_leaves_nothing(client: TestClient):
    answer = report(client, attachments=["0" * 64])
    assert (answer.status_code, fields(answer)) == (422, ["attachments.0"])
    assert report(client, attachments=["x"] * 21).status_code == 422
    assert client.get("/v1/cases").json()["items"] == []


@pytest.mark.parametrize("id_", ["0" * 64, "x", "..", "%2e%2e%2fincoming", "A" * 64])
def test_what_is_not_there_is_not_found(client: TestClient, id_: str):
    assert client.get(f"/v1/attachments/{id_}").status_code in (404, 422)


def test_without_a_right_nothing_is_even_read(house: House):
    house.add("viewer", "viewer")
    browser = house.browser()
    assert send(browser).status_code == 401
    assert send(browser, headers=house.key("viewer")).status_code == 403


def test_who_sent_it_uses_it_and_who_may_read_the_case_reads_it(house: House):
    house.add("li", "collector")
    house.add("wang", "unit_handler")
    house.add("zhao", "viewer")
    browser = house.browser()
    li, wang, zhao = (house.key(name) for name in ("li", "wang", "zhao"))
    id_ = send(browser, headers=li).json()["id"]
    path = f"/v1/attachments/{id_}"
    assert [browser.get(path, headers=h).status_code for h in (li, wang, zhao)] == [200, 404, 404]
    body = {"point": {"x": 120.005, "y": 30.005, "crs": "wgs84"}, "category": "06010", "source": "app"}
    body |= {"attachments": [id_]}
    assert browser.post("/v1/cases", json=body, headers=li | {"Idempotency-Key": "k"}).status_code == 201
    assert [browser.get(path, headers=h).status_code for h in (li, wang, zhao)] == [200, 200, 200]


def test_who_sends_too_many_waits(house: House, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(auth, "_UPLOADS_BURST_S", 2.0)
    house.add("li", "collector")
    browser, key = house.browser(), house.key("li")
    answers: list[Any] = [send(browser, headers=key) for _ in range(4)]
    assert 429 in {a.status_code for a in answers}
    assert answers[-1].headers["retry-after"]


@pytest.fixture
def away(client: TestClient, tmp_path: Path) -> Callable[[], None]:
    """Let the folder of attachments be of no use."""

    def spoil() -> None:
        (tmp_path / "attachments").rename(tmp_path / "gone")
        (tmp_path / "attachments").write_bytes(b"")

    return spoil


def test_a_store_that_is_away_is_told_as_such(client: TestClient, away: Callable[[], None]):
    id_ = send(client).json()["id"]
    away()
    assert client.get(f"/v1/attachments/{id_}").status_code == 503
    assert send(client).status_code == 503
    assert client.get("/v1/cases").status_code == 200
