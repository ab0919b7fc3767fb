"""Bad rows on the command line: told on stderr by ``check`` and ``load``, in words or JSON; nothing is stored."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from small_city import BOW_TIE, GRIDS, POSTS, RULES, TABLES, area, changed, write_city
from sqlalchemy import Engine, text

from gridsvc.cli.complaint import complain
from gridsvc.cli.terminal import errors
from gridsvc.errors import BadTable, CellFault

from .conftest import Done

Run = Callable[..., Done]
BAD = {**TABLES, "posts": changed(POSTS, 0, person="R9"), "rules": changed(RULES, 1, lead="U1")}
STORED = ("dated_set", "layer", "area", "component", "unit", "person", "post", "rule", "limit_")


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    return write_city(tmp_path / "bad", edition="S2", tables=BAD)


@pytest.mark.parametrize(
    ("lang", "words"), [("zh", ["无法使用", "先在对应的表中登记"]), ("en", ["cannot be used", "record it"])]
)
def test_check_names_every_bad_row_in_words(run: Run, bad: Path, lang: str, words: list[str]):
    done = run("boundaries", "check", bad, "--lang", lang)
    assert done.code == 2
    for told in ("posts:2 person = 'R9'", "rules:3 lead = 'U1'", *words):
        assert told in done.err


def test_check_gives_the_findings_too_where_rows_are_bad(run: Run, tmp_path: Path):
    folder = write_city(tmp_path / "bad", grids=[area("A", BOW_TIE, parent="S", unit="U1"), GRIDS[1]], tables=BAD)
    done = run("boundaries", "check", folder, "--json")
    assert (done.code, "invalid" in [f["id"] for f in json.loads(done.out)["findings"]]) == (2, True)
    assert len(json.loads(done.err)["errors"]) == 2


def test_bad_rows_as_json_are_all_of_stderr_and_the_report_keeps_its_shape(run: Run, bad: Path):
    done = run("boundaries", "check", bad, "--json")
    told = json.loads(done.err)
    assert (done.code, list(json.loads(done.out))) == (2, ["edition", "ok", "counts", "findings"])
    assert list(told) == ["zh", "en", "errors", "more"]
    first = told["errors"][0]
    assert set(first) == {"table", "line", "field", "value", "zh", "en", "mend_zh", "mend_en"}
    assert (first["table"], first["line"], first["field"], first["value"]) == ("posts", 2, "person", "R9")


def test_any_other_error_is_json_too_where_json_was_asked_for(run: Run, tmp_path: Path):
    done = run("boundaries", "check", tmp_path, "--json")
    assert (done.code, done.out) == (2, "")
    assert set(json.loads(done.err)["errors"][0]) == {"field", "value", "mend_zh", "mend_en"}


def test_a_value_that_json_has_no_word_for_is_told_as_text(run: Run, tmp_path: Path):
    nowhere = changed(TABLES["components"], 0, x="", y="")
    done = run("boundaries", "check", write_city(tmp_path / "c", tables={**TABLES, "components": nowhere}), "--json")
    assert json.loads(done.err, parse_constant=pytest.fail)["errors"][0]["value"] == "[nan, nan]"


def test_past_cases_are_checked_too(run: Run, tmp_path: Path):
    case = {"x": "120.005", "y": "30.005", "category": "06010", "source": "radio", "reported_at": "2024-06-12T12:00Z"}
    done = run("boundaries", "check", write_city(tmp_path / "c", tables={**TABLES, "cases": [case]}))
    assert (done.code, "cases:2 source = 'radio'" in done.err) == (2, True)


def contents(engine: Engine) -> list[list]:
    with engine.connect() as connection:
        return [list(map(str, connection.execute(text(f"SELECT * FROM {t} ORDER BY 1, 2")))) for t in STORED]


def test_a_folder_with_a_bad_row_leaves_the_database_as_it_was(
    run: Run, database: str, engine: Engine, city: Path, bad: Path, tmp_path: Path
):
    run("boundaries", "load", city)
    run("boundaries", "publish", "S1")
    before = contents(engine)
    replaced = write_city(tmp_path / "again", tables={**TABLES, "posts": changed(POSTS, 1, role="")})
    for folder in (bad, replaced):
        assert run("boundaries", "load", folder).code == 2
        assert contents(engine) == before


def test_a_terminal_shows_a_table_and_the_number_of_those_left_out(monkeypatch, capsys):
    monkeypatch.setattr(errors, "_force_terminal", True)
    monkeypatch.setenv("COLUMNS", "160")
    fault = CellFault("person", "R9", "登记", "record it", "posts", 7, "该行无法使用", "the row cannot be used")
    complain(BadTable("多处无法使用", "many cannot be used", [fault], 31), "en", as_json=False)
    said = capsys.readouterr().err
    for word in ("posts", "7", "person", "R9", "record it", "the row cannot be used", "what is wrong", "31 more"):
        assert word in said
