"""``gridsvc actors``: from the first administrator of a fresh database to keys that are shown once."""

import json
import os
import pty
import re
import select
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from small_city import GRIDS, area, box, load_city, write_city
from sqlalchemy import Engine

from gridsvc.errors import NotAuthenticated
from gridsvc.rights import ROLE_NAMES, ROLES
from gridsvc.services import editions
from gridsvc.services.identity import Identities
from gridsvc.services.sessions import sign_in
from gridsvc.store import audit
from gridsvc.store.engine import make_engine, transaction

from .conftest import Done

Run = Callable[..., Done]
NOW = datetime(2024, 6, 12, 4, tzinfo=UTC)
KEY = re.compile(r"gk_[0-9a-f]{12}_[A-Za-z0-9_-]{43}\n")
PASSWORD = "correct horse 9"


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    made = make_engine(database, 3)
    yield made
    made.dispose()


def publish(engine: Engine, folder: Path, start: datetime | None = None, **how: object) -> None:
    code = str(load_city(engine, write_city(folder, **how)).snapshot.edition.code)
    editions.publish(engine, code, NOW, start)


def listed(run: Run) -> dict[str, dict]:
    done = run("actors", "list", "--json")
    assert done.code == 0
    return {a["name"]: a for a in json.loads(done.out)["actors"]}


def audited(engine: Engine) -> list[tuple[str, str, str]]:
    with transaction(engine) as connection:
        return [(e.actor, e.action, e.subject) for e in audit.chain(connection)]


def test_the_first_administrator_of_a_fresh_database(cluster, monkeypatch: pytest.MonkeyPatch, run: Run):
    """Just after ``up``, with nothing else done."""
    url = cluster.make_database("cli_first_run")
    monkeypatch.setenv("GRIDSVC_DATABASE_URL", url)
    assert run("up").code == 0
    done = gridsvc("actors", "add", "chen", "--role", "administrator", "--password-stdin", typed=f"{PASSWORD}\n")
    assert (done.returncode, done.stderr) == (0, "")
    engine = make_engine(url, 1)
    _, holder = sign_in(engine, "chen", PASSWORD, "127.0.0.1", datetime.now(UTC))
    known = Identities(engine).of_key(run("actors", "key", "chen").out.strip(), datetime.now(UTC))
    engine.dispose()
    assert holder.name == known.actor.name == "chen"
    assert known.actor.roles("any district", datetime.now(UTC)) == ["administrator"]


def gridsvc(*arguments: str, typed: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gridsvc", *arguments]
    return subprocess.run(command, input=typed, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize(("again", "code"), [(PASSWORD, 0), (PASSWORD + "x", 2)], ids=["the same", "not the same"])
def test_a_terminal_is_asked_twice_and_shows_nothing(run: Run, database: str, again: str, code: int):
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "gridsvc", "actors", "add", "chen"]
    with subprocess.Popen(
        command, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    ) as asking:
        assert asking.stderr is not None
        said = b""
        for prompt, answer in ((b"password: ", PASSWORD), (b"once more: ", again)):
            while not said.endswith(prompt):
                said += os.read(asking.stderr.fileno(), 1000) or pytest.fail(repr(said))
            os.write(ours, f"{answer}\n".encode())
        out, err = asking.communicate(timeout=60)
    shown = os.read(ours, 10_000) if select.select([ours], [], [], 0)[0] else b""
    os.close(theirs)
    os.close(ours)
    assert asking.returncode == code, err
    assert PASSWORD.encode() not in shown + said + out + err
    assert list(listed(run)) == (["chen"] if code == 0 else [])


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (["add", "chen"], "password"),
        (["add", "c", "--program"], "name"),
        (["add", "admin", "--program"], "name"),
        (["add", "chen", "--program", "--role", "king"], "role"),
        (["add", "chen", "--program", "--district", "1"], "--role"),
        (["add", "chen", "--program", "--issuer", "https://id"], "--subject"),
        (["add", "chen", "--program", "--role", "viewer", "--area", "grid"], "--area"),
        (["add", "chen", "--program", "--role", "viewer", "--area", ":A"], "--area"),
        (["add", "chen", "--program", "--role", "viewer", "--area", "grid:"], "--area"),
        (["add", "chen", "--program", "--role", "viewer", "--unit", "U1"], "district"),
        (["add", "chen", "--program", "--role", "viewer", "--district", "1", "--unit", "U1"], "district"),
        (["add", "chen", "--program", "--role", "viewer", "--district", "1", "--everywhere"], "--district"),
        (["add", "chen", "--program", "--role", "viewer", "--from", "2024-06-12"], "--from"),
        (["add", "chen", "--program", "--role", "viewer", "--to", "2024-06-12T00:00:00Z"], "valid_to"),
        (["grant", "chen", "viewer"], "name"),
        (["ungrant", "chen", "1"], "name"),
        (["password", "chen"], "password"),
        (["end", "chen"], "name"),
        (["key", "chen"], "name"),
        (["key", "chen", "--only", "everything"], "permissions"),
        (["key", "chen", "--rate", "nan"], "rate_per_s"),
        (["key", "chen", "--expires", "tomorrow"], "--expires"),
        (["rotate", "chen", "1"], "name"),
        (["unkey", "chen", "1"], "name"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else value,
)
def test_what_cannot_be_used_is_refused_by_its_name_and_changes_nothing(
    run: Run, engine: Engine, arguments: list[str], field: str, monkeypatch: pytest.MonkeyPatch
):
    with open(os.devnull) as nothing:
        monkeypatch.setattr(sys, "stdin", nothing)
        done = run("actors", *arguments)
    assert (done.code, done.out) == (2, "")
    assert f"{field} = " in done.err
    assert audited(engine) == []


@pytest.mark.parametrize("arguments", [["ungrant", "chen", "0"], ["rotate", "chen", "1", "--overlap-hours", "-1"], []])
def test_a_wrong_call_is_refused(run: Run, arguments: list[str]):
    assert run("actors", *arguments).code == 2


def test_a_password_is_no_argument(run: Run):
    assert run("actors", "add", "chen", "--password", PASSWORD).code == 2


def test_a_password_from_stdin_and_one_that_is_too_weak(run: Run, engine: Engine):
    assert gridsvc("actors", "add", "chen", "--password-stdin", typed=f"{PASSWORD}\r\n").returncode == 0
    sign_in(engine, "chen", PASSWORD, "127.0.0.1", NOW)
    done = gridsvc("actors", "password", "chen", "--password-stdin", typed="short\n")
    assert (done.returncode, "password = " in done.stderr, "short" in done.stderr) == (2, True, False)
    assert gridsvc("actors", "password", "chen", "--password-stdin", typed="another horse 9").returncode == 0
    sign_in(engine, "chen", "another horse 9", "127.0.0.1", NOW)


def test_the_only_district_need_not_be_named(run: Run, engine: Engine, tmp_path: Path):
    publish(engine, tmp_path / "S1")
    for name, role, more in (
        ("li", "dispatcher", []),
        ("wang", "dispatcher", ["--area", "grid:A", "--unit", "U1"]),
        ("zhao", "dispatcher", ["--everywhere"]),
        ("chen", "administrator", []),
        ("sun", "administrator", ["--area", "grid:A"]),
    ):
        assert run("actors", "add", name, "--program", "--role", role, *more).code == 0
    places = ("district", "layer", "area", "unit")
    assert {name: tuple(a["grants"][0][p] for p in places) for name, a in listed(run).items()} == {
        "li": ("990999", None, None, None),
        "wang": ("990999", "grid", "A", "U1"),
        "zhao": (None, None, None, None),
        "chen": (None, None, None, None),
        "sun": ("990999", "grid", "A", None),
    }


def test_of_several_districts_one_must_be_named(run: Run, engine: Engine, tmp_path: Path):
    publish(engine, tmp_path / "S1")
    publish(engine, tmp_path / "T1", edition="T1", district="990998")
    run("actors", "add", "li", "--program")
    done = run("actors", "grant", "li", "viewer")
    assert (done.code, "990998" in done.err, "990999" in done.err, "--everywhere" in done.err) == (2, True, True, True)
    assert run("actors", "grant", "li", "viewer", "--district", "990998").code == 0
    assert run("actors", "grant", "li", "viewer", GRIDSVC_DISTRICT="990999").code == 0
    assert [g["district"] for g in listed(run)["li"]["grants"]] == ["990998", "990999"]


def test_grants_come_and_go(run: Run, engine: Engine, tmp_path: Path):
    publish(engine, tmp_path / "S1")
    later = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    run("actors", "add", "li", "--program", "--title", "李四")
    done = run("actors", "grant", "li", "dispatcher", "--from", later, "--area", "grid:A")
    assert (done.code, "dispatcher 990999 grid:A" in done.out) == (0, True)
    run("actors", "grant", "li", "viewer")
    first, second = (g["id"] for g in listed(run)["li"]["grants"])
    assert run("actors", "ungrant", "li", second).code == 0
    shown = run("actors", "list").out
    assert (f"#{first} dispatcher" in shown, f"#{second} viewer" in shown, "李四" in shown) == (True, False, True)
    assert listed(run)["li"]["grants"][1]["valid_to"] is not None


def test_a_grant_over_an_area_that_is_gone_is_marked(run: Run, engine: Engine, tmp_path: Path):
    publish(engine, tmp_path / "S1")
    run("actors", "add", "li", "--program", "--role", "dispatcher", "--area", "grid:B")
    run("actors", "grant", "li", "dispatcher", "--area", "grid:A")
    assert "not in the edition" not in run("actors", "list").out
    publish(engine, tmp_path / "S2", NOW, edition="S2", grids=[GRIDS[0], area("C", box(1), parent="S", unit="U2")])
    assert [(g["area"], g["lost"]) for g in listed(run)["li"]["grants"]] == [("B", True), ("A", False)]
    lines = run("actors", "list").out.splitlines()
    assert [("grid:B" in line) for line in lines if "not in the edition" in line] == [True]


def test_a_key_is_alone_on_stdout_and_nowhere_after(run: Run, engine: Engine):
    run("actors", "add", "screen", "--program", "--role", "viewer")
    done = run("actors", "key", "screen", "--title", "大屏", "--only", "route", "--only", "map:read", "--rate", "50")
    assert done.code == 0
    assert KEY.fullmatch(done.out)
    assert done.out.strip() not in done.err
    known = Identities(engine).of_key(done.out.strip(), datetime.now(UTC))
    assert (known.actor.only, known.rate_per_s) == ({"route", "map:read"}, 50.0)
    secret = done.out.strip()[16:]
    assert secret not in run("actors", "list").out + run("actors", "list", "--json").out
    (key,) = listed(run)["screen"]["keys"]
    assert (key["name"], key["permissions"], key["begins"]) == ("大屏", ["map:read", "route"], done.out[:16])
    assert key["used_at"] is not None
    shown = run("actors", "list").out
    assert (key["begins"] in shown, "used " in shown) == (True, True)


def test_a_key_is_rotated_and_ended(run: Run, engine: Engine):
    def opens(key: str) -> bool:
        try:
            Identities(engine).of_key(key, datetime.now(UTC))
        except NotAuthenticated:
            return False
        return True

    run("actors", "add", "screen", "--program", "--role", "viewer")
    expires = (datetime.now(UTC) + timedelta(days=90)).replace(microsecond=0).isoformat()
    old = run("actors", "key", "screen", "--expires", expires).out.strip()
    (id_,) = (k["id"] for k in listed(run)["screen"]["keys"])
    new = run("actors", "rotate", "screen", id_).out.strip()
    assert (opens(old), opens(new)) == (True, True)
    newest = run("actors", "rotate", "screen", id_ + 1, "--overlap-hours", "0").out.strip()
    assert (opens(old), opens(new), opens(newest)) == (True, False, True)
    assert [k["expires_at"] for k in listed(run)["screen"]["keys"]][2] == expires
    assert run("actors", "unkey", "screen", id_ + 2).code == 0
    assert not opens(newest)
    run("actors", "end", "screen")
    assert not opens(old)


def test_who_has_ended_is_shown_as_ended(run: Run, database: str):
    run("actors", "add", "li", "--program")
    assert listed(run)["li"]["ended_at"] is None
    assert run("actors", "end", "li").code == 0
    ended = listed(run)["li"]["ended_at"]
    assert ended[:16] in run("actors", "list").out


def test_who_did_it_is_the_systems_account(run: Run, engine: Engine):
    run("actors", "add", "li", "--program", "--role", "viewer", LOGNAME="chen")
    assert audited(engine) == [("cli:chen", "actor added", "li"), ("cli:chen", "role granted", "li")]


def test_an_empty_list_and_one_beyond_a_page(run: Run, database: str, monkeypatch: pytest.MonkeyPatch):
    assert listed(run) == {}
    monkeypatch.setattr("gridsvc.cli.actors_list.PAGE", 2)
    names = [f"a{k}" for k in range(5)]
    for k, name in enumerate(names):
        run("actors", "add", name, "--program")
        assert list(listed(run)) == names[: k + 1]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_roles_are_told_in_both_languages_without_a_database(run: Run, lang: str):
    done = run("actors", "roles", GRIDSVC_LANG=lang)
    assert done.code == 0
    for role, permissions in ROLES.items():
        (line,) = [li for li in done.out.splitlines() if f" {role} " in li and ROLE_NAMES[role] in li]
        assert {p for p in ROLES["administrator"] if re.search(rf"{p}\b", line)} == permissions
    assert ("记" in done.out, "administer actors" in done.out) == (True, True)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("before", "environment", "is_said"),
    [
        ([], {}, True),
        (["actors", "add", "li", "--program"], {}, False),
        ([], {"GRIDSVC_ADMIN_KEY": "k" * 32}, False),
        ([], {"GRIDSVC_OPEN": "1"}, False),
    ],
    ids=["nobody", "somebody", "a key of the settings", "open"],
)
def test_serving_for_nobody_says_what_to_run(
    run: Run, database: str, before: list[str], environment: dict[str, str], is_said: bool
):
    if before:
        run(*before)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [sys.executable, "-u", "-m", "gridsvc", "serve", "--port", port]
    with subprocess.Popen(
        command, env=os.environ | environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as serving:
        assert serving.stdout is not None
        assert port in serving.stdout.readline()
        serving.terminate()
        _, err = serving.communicate(timeout=60)
    assert ("gridsvc actors add chen --role administrator" in err) == is_said


def test_without_a_database_it_says_so(run: Run):
    nowhere = "postgresql://nobody@/none?host=/nonexistent&port=5442"
    assert run("actors", "list", GRIDSVC_DATABASE_URL=nowhere).code == 3
