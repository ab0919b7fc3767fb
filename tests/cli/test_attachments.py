"""``gridsvc attachments``: counts, verifies and sweeps; and an erasure takes the files too."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from files import PDF
from small_city import IN_A, ODOUR, write_city
from sqlalchemy import Engine

from gridsvc.bootstrap import Router
from gridsvc.casework.case import NewCase
from gridsvc.services.attachments import take_in
from gridsvc.services.intake import report_case
from gridsvc.services.media import MB, Sizes
from gridsvc.store.blobs import Blobs, make_blobs
from gridsvc.values import Point

from .conftest import Done

Run = Callable[..., Done]
LONG_AGO = datetime.now(UTC) - timedelta(days=3)


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return make_blobs(tmp_path / "state", None)


@pytest.fixture
def two(engine: Engine, database: str, tmp_path: Path, blobs: Blobs) -> tuple[str, str]:
    """Two attachments of three days ago; a case has the first."""
    ids = []
    for n in range(2):
        (tmp_path / "sent").write_bytes(PDF + b"%d\n%%%%EOF" % n)
        ids.append(take_in(engine, blobs, tmp_path / "sent", Sizes(MB, MB), "li", LONG_AGO).id)
    router = Router.from_folder(write_city(tmp_path / "S1"))
    raw = {"x": IN_A[0], "y": IN_A[1], "crs": "wgs84"}
    new = NewCase(Point(*IN_A), raw, ODOUR, "app", attachments=[ids[0]])
    report_case(engine, router, new, "li", "k", b"", LONG_AGO)
    return ids[0], ids[1]


def told(done: Done, code: int = 0) -> dict:
    assert done.code == code, done.err
    return json.loads(done.out)


def test_nothing_is_counted_verified_and_swept(run: Run, database: str):
    assert told(run("attachments", "count", "--json")) == {"attachments": 0, "used": 0, "bytes": 0}
    assert told(run("attachments", "verify", "--json")) == {"ok": True, "attachments": 0, "findings": []}
    assert told(run("attachments", "sweep", "--json")) == {"removed": 0, "broken_off": 0}


def test_what_no_case_has_is_swept(run: Run, two: tuple[str, str], blobs: Blobs):
    assert told(run("attachments", "count", "--json"))["used"] == 1
    assert told(run("attachments", "sweep", "--json")) == {"removed": 1, "broken_off": 0}
    assert told(run("attachments", "count", "--json"))["attachments"] == 1
    assert b"".join(blobs.read(two[0])).startswith(b"%PDF")
    with pytest.raises(FileNotFoundError):
        blobs.read(two[1])


@pytest.mark.parametrize(("lang", "says"), [("en", "is missing"), ("zh", "文件缺失")])
def test_what_is_missing_is_found_with_exit_code_1(run: Run, two: tuple[str, str], blobs: Blobs, lang: str, says: str):
    assert "2 attachments are as they were stored" in run("attachments", "verify").out
    blobs.remove(two[0])
    found = told(run("attachments", "verify", "--json"), code=1)
    assert found == {"ok": False, "attachments": 2, "findings": [{"id": two[0], "what": "missing"}]}
    done = run("--lang", lang, "attachments", "verify")
    assert (done.code, done.out.strip()) == (1, f"{two[0]} {says}")


def test_an_erasure_takes_the_files(run: Run, two: tuple[str, str], blobs: Blobs):
    before = datetime.now(UTC).isoformat()
    assert told(run("privacy", "erase", "--before", before, "--any-status", "--json"))["cases"] == 1
    with pytest.raises(FileNotFoundError):
        blobs.read(two[0])
