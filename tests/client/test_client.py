"""The client against a service on a real port: answers as frames, cases reported once, and what happens to the line."""

import io
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import httpx2
import numpy as np
import pandas as pd
import pytest
from PIL import Image
from small_city import IN_A, IN_B, SOUND, load_city, write_city

from gridsvc.client import Client, Refused, Unreachable
from gridsvc.client.line import AGAIN, Line, asked
from gridsvc.services import editions
from gridsvc.store.cluster import Cluster
from gridsvc.store.engine import make_engine
from tests.conftest import NOON
from tests.served import served


@pytest.fixture(scope="module")
def port(cluster: Cluster, migrated_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    url = cluster.make_database("client", migrated_template)
    engine = make_engine(url, 1)
    load_city(engine, write_city(tmp_path_factory.mktemp("client"), tables=SOUND))
    editions.publish(engine, "S1", NOON)
    engine.dispose()
    with served(url, open_access=True) as port:
        yield port


@pytest.fixture
def city(port: int) -> Iterator[Client]:
    with Client(f"http://127.0.0.1:{port}") as client:
        yield client


def reported(city: Client, where: tuple[float, float] = IN_A, **more: Any) -> Any:
    return city.report(*where, "wgs84", category="06010", source="app", **more)


def test_a_point_has_somebody_who_answers_for_it_and_a_reason(city: Client):
    answer = city.route(*IN_A, "wgs84", category="06010", at=NOON)
    assert answer["areas"]["grid"]["code"] == "A"
    assert (answer["accountable"]["unit"], bool(answer["because"])) == ("U2", True)
    assert city.route(*IN_A, "wgs84", explain="none")["because"] == []


@pytest.mark.parametrize("rows", [0, 1, 6])
def test_a_frame_comes_back_row_by_row(city: Client, rows: int):
    given = pd.DataFrame(
        {"lon": np.linspace(120.001, 120.019, rows), "lat": 30.005, "kind": "06010"}, index=range(7, 7 + rows)
    )
    told = city.route_frame(given, x="lon", y="lat", crs="wgs84", category="kind")
    assert list(told.index) == list(given.index)
    if rows:
        pd.testing.assert_frame_equal(told[["lon", "lat", "kind"]], given)
        assert list(told["grid"]) == ["A" if lon < 120.01 else "B" for lon in given["lon"]]
        assert (told.attrs["edition"], told["error"].isna().all()) == ("S1", True)


def test_rows_that_cannot_be_decided_say_why_and_stop_nobody(city: Client):
    given = pd.DataFrame(
        {"x": [120.005, None, "there", 120.015], "y": [30.005, 30.0, 30.0, 30.005], "c": ["06010", None, None, "0"]}
    )
    told = city.route_frame(given, x="x", y="y", crs="wgs84", category="c", prefix="g_")
    assert list(told["g_error"].isna()) == [True, False, False, False]
    assert list(told.columns[:3]) == ["x", "y", "c"]


def test_a_column_that_is_taken_is_not_written_over(city: Client):
    given = pd.DataFrame({"x": [120.005], "y": [30.005], "grid": ["mine"]})
    with pytest.raises(ValueError, match="grid"):
        city.route_frame(given, x="x", y="y", crs="wgs84")


def test_more_points_than_a_batch_may_have_go_in_several(city: Client):
    given = pd.DataFrame({"x": np.full(100_001, 120.005), "y": 30.005})
    told = city.route_frame(given, x="x", y="y", crs="wgs84")
    assert (len(told), set(told["grid"])) == (100_001, {"A"})


def test_a_case_goes_from_report_to_dispatch_with_a_photo(city: Client, tmp_path: Path):
    photo = io.BytesIO()
    Image.new("RGB", (8, 8), "grey").save(photo, "JPEG")
    (tmp_path / "a.jpg").write_bytes(photo.getvalue())
    ids = [city.attach(tmp_path / "a.jpg"), city.attach(photo.getvalue())]
    assert ids[0] == ids[1]
    case = reported(city, attachments=ids[:1], description="路面有积水")
    for action in ("accept", "register", "dispatch"):
        case = city.act(case["number"], action)
    assert case["status"] == "dispatched"
    kinds = [entry["kind"] for entry in city.history(case["number"])]
    assert (kinds[0], kinds[-1]) == ("reported", "dispatch")
    with pytest.raises(Refused) as refused:
        city.act(case["number"], "accept")
    assert (refused.value.status, "take" in refused.value.legal) == (409, True)


def test_a_case_is_one_case_however_often_it_is_sent(city: Client):
    assert reported(city, key="once")["id"] == reported(city, key="once")["id"]
    assert reported(city)["id"] != reported(city)["id"]
    with pytest.raises(Refused) as refused:
        reported(city, IN_B, key="once")
    assert refused.value.status == 409


def test_a_refusal_says_what_where_and_how_to_mend_it(city: Client):
    with pytest.raises(Refused) as refused:
        city.route(120.005, 30.005, "wgs85")
    assert (refused.value.status, [e.field for e in refused.value.errors]) == (422, ["crs"])
    assert "wgs84" in refused.value.text("zh")
    with pytest.raises(Refused) as refused:
        city.case("no such case")
    assert (refused.value.status, refused.value.kind) == (404, "not-found")


def test_cases_are_listed_page_after_page_and_as_a_frame(city: Client, monkeypatch: pytest.MonkeyPatch):
    numbers = {reported(city, IN_B)["number"] for _ in range(5)}
    monkeypatch.setattr("gridsvc.client.PAGE", 2)
    listed = [case["number"] for case in city.cases(grid="B", from_=NOON)]
    assert (len(listed), set(listed)) == (len(set(listed)), set(listed) | numbers)
    frame = city.cases_frame(grid="B", status=["reported", "registered"])
    assert isinstance(frame, gpd.GeoDataFrame)
    assert (set(frame["grid"]), frame.crs.to_epsg(), str(frame["reported_at"].dt.tz)) == ({"B"}, 4326, "UTC")
    assert len(city.cases_frame(grid="B", status="archived")) == 0


def test_layers_come_as_frames(city: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("gridsvc.client.PAGE", 1)
    grids = city.areas("grid")
    assert (list(grids["code"]), list(grids["name"])) == (["A", "B"], ["网格A", "网格B"])
    assert grids.geometry.iloc[0].bounds == (120.0, 30.0, 120.01, 30.01)
    assert len(city.components()) == 2
    with pytest.raises(Refused, match="no such layer"):
        city.lanes()
    assert {layer["layer"] for layer in city.listed("layers")} == {"street", "grid"}


def test_events_go_on_where_they_were(city: Client):
    assert (next(city.events()).event, next(city.events()).data["edition"]) == ("edition", "S1")
    number = reported(city)["number"]
    event = next(e for e in city.events(after=0) if e.data.get("number") == number)
    # After it comes what is reported next, and not this one again.
    again = city.events(after=event.id)
    another = reported(city)["number"]
    ids = []
    for told in (e for e in again if e.event == "case"):
        ids.append(told.id)
        if told.data.get("number") == another:
            break
    assert ids == sorted(set(ids))
    assert ids[0] > event.id


# ---- The line itself. ----


class Answers:
    """A transport that answers from a list, and remembers what it was asked."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[httpx2.Request] = []
        self.slept: list[float] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def line(self, attempts: int = 4) -> Line:
        http = httpx2.Client(base_url="http://city", transport=httpx2.MockTransport(self))
        return Line(http, attempts, self.slept.append, seed=1)


@pytest.mark.parametrize("status", AGAIN)
def test_what_may_pass_is_asked_again_with_the_same_key(status: int):
    answers = Answers(httpx2.Response(status), httpx2.ConnectError("gone"), httpx2.Response(201, json={"id": 1}))
    assert answers.line().post("/v1/cases", {"a": 1}, "k") == {"id": 1}
    assert [r.headers["Idempotency-Key"] for r in answers.asked] == ["k"] * 3
    assert len({r.content for r in answers.asked}) == 1
    assert 0 < answers.slept[0] < answers.slept[1]


def test_a_service_that_says_when_to_come_back_is_believed():
    answers = Answers(httpx2.Response(429, headers={"Retry-After": "3"}), httpx2.Response(200, json=[]))
    assert answers.line().get("/x") == []
    assert answers.slept[0] >= 3.0


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 422, 500])
def test_a_final_no_is_not_asked_again(status: int):
    answers = Answers(httpx2.Response(status, text="no"))
    with pytest.raises(Refused) as refused:
        answers.line().get("/x")
    assert (refused.value.status, answers.slept) == (status, [])


def test_nobody_there_is_told_with_the_address_and_the_tries():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    line = Line(httpx2.Client(base_url=f"http://127.0.0.1:{port}"), 2, lambda _: None)
    with pytest.raises(Unreachable, match=rf"127\.0\.0\.1:{port}/v1/units, 2 tries"):
        line.get("/v1/units")


def test_a_stream_that_breaks_is_taken_up_after_its_last_event():
    part = 'event: case\nid: 7\ndata: {"number": "1"}\n\n'
    seen: list[str] = []
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        for body in (part, part.replace("7", "8")):
            connection, _ = listening.accept()
            seen.append(connection.recv(65536).decode().splitlines()[0])
            head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
            connection.sendall(f"{head}{len(body):x}\r\n{body}\r\n".encode())
            connection.close()  # in the middle

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    with Client(f"http://127.0.0.1:{listening.getsockname()[1]}") as client:
        events = client.events()
        assert [next(events).id, next(events).id] == [7, 8]
    thread.join()
    listening.close()
    assert ["after=7" in line for line in seen] == [False, True]


@pytest.mark.parametrize(
    ("query", "spelled"),
    [
        ({}, {}),
        ({"a": None, "from_": NOON}, {"from": NOON.isoformat()}),
        ({"status": ["x", "y"], "once": True, "limit": 3}, {"status": "x,y", "once": "true", "limit": "3"}),
    ],
)
def test_queries_are_spelled_as_addresses_have_them(query: dict[str, Any], spelled: dict[str, str]):
    assert asked(query) == spelled
