"""``gridsvc audit``: the list, the head to note, and the code with which verification ends."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text

from gridsvc.store import audit
from gridsvc.store.engine import make_engine, transaction

from .conftest import Done

Run = Callable[..., Done]
NOON = datetime(2024, 6, 12, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
NOWHERE = "postgresql://nobody@/none?host=/nonexistent&port=5442"


@pytest.fixture
def engine(database: str):
    """Five entries, an hour apart, of two actors."""
    made = make_engine(database, 2)
    with transaction(made) as connection:
        for n in range(1, 6):
            actor, subject = ("li", "wang")[n % 2], f"对象{n}"
            audit.record(connection, NOON + n * HOUR, actor, "looked", subject, {"n": n}, "990999" if n == 3 else None)
    yield made
    made.dispose()


def forge(engine: Engine, statement: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE audit DISABLE TRIGGER USER"))
        connection.execute(text(statement))


def test_what_is_as_it_was_written_ends_with_0(run: Run, engine: Engine):
    done = run("audit", "verify")
    assert (done.code, "5 entries are intact" in done.out) == (0, True)
    assert run("audit", "head").out.strip() in done.out


def test_a_fresh_database_is_intact(run: Run, database: str):
    assert run("audit", "verify").code == 0
    assert run("audit", "head").out == "0:\n"
    assert run("audit", "verify", "--head", "0:").code == 0
    assert run("audit", "list").code == 0


@pytest.mark.parametrize(("lang", "words"), [("zh", "内容被改动"), ("en", "what it says was changed")])
def test_what_was_changed_ends_with_1_and_is_named(run: Run, engine: Engine, lang: str, words: str):
    forge(engine, "UPDATE audit SET actor = 'forger' WHERE n = 3")
    done = run("audit", "verify", "--lang", lang)
    assert done.code == 1
    (line,) = [line for line in done.out.splitlines() if words in line]
    assert (" audit " in line, " 3 " in line) == (True, True)


def test_a_program_reads_what_was_found(run: Run, engine: Engine):
    intact = run("audit", "verify", "--json")
    head = run("audit", "head").out.strip()
    assert (intact.code, intact.err) == (0, "")
    assert json.loads(intact.out) == {"ok": True, "head": head, "entries": 5, "findings": [], "more": 0}
    forge(engine, "DELETE FROM audit WHERE n = 3")
    done = run("audit", "verify", "--json")
    assert (done.code, done.err) == (1, "")
    (finding,) = json.loads(done.out)["findings"]
    assert {k: finding[k] for k in ("id", "table", "number")} == {"id": "missing", "table": "audit", "number": "3"}
    assert finding["zh"]
    assert finding["en"]


def test_what_is_found_beyond_the_named_is_counted(run: Run, engine: Engine, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("gridsvc.services.audit.NAMED", 2)
    forge(engine, "UPDATE audit SET actor = 'forger'")
    done = run("audit", "verify")
    assert (done.code, "3 more" in done.err) == (1, True)


def test_a_noted_head_shows_a_chain_that_was_written_anew(run: Run, engine: Engine):
    noted = run("audit", "head").out
    assert run("audit", "verify", "--head", noted).code == 0
    forge(engine, "DELETE FROM audit")
    forge(engine, "UPDATE audit_head SET n = 0, hash = NULL")
    with transaction(engine) as connection:
        for n in range(1, 6):
            audit.record(connection, NOON + n * HOUR, "forger", "looked", f"对象{n}")
    assert run("audit", "verify").code == 0
    done = run("audit", "verify", "--head", noted)
    assert (done.code, "noted" in done.out) == (1, True)


@pytest.mark.parametrize("noted", ["", "5", "5:abc", "five:" + "0" * 64])
def test_a_head_that_cannot_be_read_ends_with_2(run: Run, engine: Engine, noted: str):
    done = run("audit", "verify", "--head", noted)
    assert (done.code, "--head = " in done.err) == (2, True)


@pytest.mark.parametrize("command", [["verify"], ["head"], ["list"]])
def test_without_a_database_it_ends_with_3(run: Run, command: list[str]):
    assert run("audit", *command, GRIDSVC_DATABASE_URL=NOWHERE).code == 3


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ([], [5, 4, 3, 2, 1]),
        (["--limit", "2"], [5, 4]),
        (["--actor", "li"], [4, 2]),
        (["--subject", "对象3"], [3]),
        (["--action", "looked", "--actor", "nobody"], []),
        (["--from", "2024-06-12T16:00:00+08:00"], [5, 4]),
        (["--to", "2024-06-12T06:00:00Z"], [1]),
    ],
)
def test_the_list_gives_what_is_asked_for(run: Run, engine: Engine, arguments: list[str], found: list[int]):
    told = json.loads(run("audit", "list", "--json", *arguments).out)
    assert [entry["n"] for entry in told] == found


def test_an_entry_is_told_with_all_it_says(run: Run, engine: Engine):
    (entry,) = json.loads(run("audit", "list", "--json", "--subject", "对象3").out)
    assert len(entry.pop("hash")) == 64
    assert entry == {
        "n": 3, "at": "2024-06-12T07:00:00+00:00", "actor": "wang", "action": "looked", "subject": "对象3",
        "district": "990999", "payload": {"n": 3},
    }  # fmt: skip
    done = run("audit", "list", "--limit", "3")
    assert all(word in done.out for word in ("wang", "对象3", "990999", "2024-06-12T07:00:00"))
    assert ("对象2" in done.out, "older" in done.err) == (False, True)


@pytest.mark.parametrize("arguments", [["--from", "yesterday"], ["--to", "2024-06-12T04:00:00"], ["--limit", "0"]])
def test_a_list_that_cannot_be_made_is_refused(run: Run, database: str, arguments: list[str]):
    done = run("audit", "list", *arguments)
    assert (done.code, arguments[0] in done.err) == (2, True)
