"""What became of areas, over HTTP."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from small_city import GRIDS, area, box, load_city, write_city
from sqlalchemy import Engine

from gridsvc.services import editions
from tests.conftest import NOON

from .conftest import fields

PATH = "/v1/editions/{}/successors"


@pytest.fixture
def renamed(engine: Engine, empty_url: str, make_client: Callable[..., TestClient], tmp_path: Path) -> TestClient:
    """A city whose two grids have other codes since its second edition."""
    recoded = [area(code, box(k), parent="S", unit="U1") for k, code in enumerate("XY")]
    tables = {"units": [{"code": "U1", "name": "甲"}, {"code": "U2", "name": "乙"}]}
    for code, grids, day in (("S1", GRIDS, -60), ("S2", recoded, -30)):
        load_city(engine, write_city(tmp_path / code, edition=code, grids=grids, tables=tables))
        editions.publish(engine, code, NOON, NOON + timedelta(days=day))
    return make_client(empty_url)


def test_successors_come_page_by_page(renamed: TestClient):
    first = renamed.get(PATH.format("S2"), params={"limit": 1}).json()
    assert (first["edition"], first["before"], first["compared"]) == ("S2", "S1", "S1")
    assert first["items"] == [
        {"layer": "grid", "kind": "recoded", "before": "A", "after": "X", "share_before": 1.0, "share_after": 1.0}
    ]
    last = renamed.get(PATH.format("S2"), params={"limit": 1, "cursor": first["next"]}).json()
    assert [(r["before"], r["after"]) for r in last["items"]] == [("B", "Y")]
    assert last["next"] is None
    assert renamed.get(PATH.format("S2"), params={"layer": "street"}).json()["items"] == []
    nothing = {"before": None, "compared": None, "items": [], "next": None}
    assert renamed.get(PATH.format("S1")).json() == {"edition": "S1", **nothing}


def test_an_unknown_edition_is_404_and_a_made_up_cursor_422(renamed: TestClient):
    assert renamed.get(PATH.format("S9")).status_code == 404
    for cursor in ("x", "WyJ4Il0=", "WyItMSJd", "WyI5OTk5OTk5OTk5OTk5OTk5OTk5OTk5Il0="):
        answer = renamed.get(PATH.format("S2"), params={"cursor": cursor})
        assert (answer.status_code, fields(answer)) == (422, ["cursor"])
