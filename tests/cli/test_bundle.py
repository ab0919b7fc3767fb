"""``gridsvc bundle`` and ``gridsvc bundle-key``."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from small_city import load_city, write_city
from sqlalchemy import Engine

from gridsvc import Router
from gridsvc.services import editions

from .conftest import Done

Run = Callable[..., Done]


@pytest.fixture
def key(run: Run, tmp_path: Path) -> Path:
    made = tmp_path / "bundle.pem"
    assert run("bundle-key", made).code == 0
    return made


def test_a_key_is_made_once_and_only_its_owner_may_read_it(run: Run, tmp_path: Path):
    file = tmp_path / "bundle.pem"
    first = run("bundle-key", file)
    content = file.read_bytes()
    assert (file.stat().st_mode & 0o777, run("bundle-key", file).out, file.read_bytes()) == (0o600, first.out, content)
    assert b"PRIVATE" not in first.out.encode()


def test_a_bundle_of_a_folder_is_read_by_the_key_that_was_shown(run: Run, key: Path, tmp_path: Path):
    public = run("bundle-key", key).out.split()[2]
    done = run("bundle", "--boundaries", write_city(tmp_path / "S1"), "--key", key, "-o", tmp_path / "c.gridbundle")
    assert (done.code, public in done.out) == (0, True)
    read = Router.from_bundle(tmp_path / "c.gridbundle", public)
    assert read.bundle is not None
    assert (read.bundle.edition, (read.bundle.expires - read.bundle.as_of).days) == ("S1", 7)


def test_a_bundle_of_the_database_has_what_holds_now_or_the_edition_named(
    run: Run, key: Path, tmp_path: Path, engine: Engine, database: str
):
    load_city(engine, write_city(tmp_path / "S1"))
    editions.publish(engine, "S1", datetime(2024, 6, 12, 4, tzinfo=UTC))
    load_city(engine, write_city(tmp_path / "S2", edition="S2"))
    for name, options in (("S1", ()), ("S2", ("--edition", "S2"))):
        assert run("bundle", *options, "--key", key, "-o", tmp_path / "c.gridbundle").code == 0
        read = Router.from_bundle(tmp_path / "c.gridbundle").bundle
        assert read is not None
        assert read.edition == name


def test_a_key_that_others_may_read_or_that_is_none_is_refused(run: Run, key: Path, tmp_path: Path):
    city = write_city(tmp_path / "S1")
    key.chmod(0o644)
    exposed = run("bundle", "--boundaries", city, "--key", key, "-o", tmp_path / "c.gridbundle")
    key.write_text("no key")
    key.chmod(0o600)
    wrong = run("bundle", "--boundaries", city, "--key", key, "-o", tmp_path / "c.gridbundle")
    assert [(d.code, d.err.splitlines()[0]) for d in (exposed, wrong)] == [
        (2, "everybody on this machine can read the key"), (2, "this is no key for signing"),
    ]  # fmt: skip
    assert not (tmp_path / "c.gridbundle").exists()
