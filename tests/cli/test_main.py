"""The entry: language anywhere, exit codes in one table, results on stdout and errors on stderr."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from small_city import BOW_TIE, GRIDS, area, write_city

from gridsvc.cli.main import take_lang
from gridsvc.errors import BadInput

from .conftest import Done

Run = Callable[..., Done]
NOWHERE = "postgresql://nobody@/none?host=/nonexistent&port=5442"
BROKEN = [area("A", BOW_TIE, parent="S", unit="U1"), GRIDS[1]]


@pytest.mark.parametrize(
    ("given", "kept", "lang"),
    [
        ([], [], None),
        (["up"], ["up"], None),
        (["--lang", "zh", "up"], ["up"], "zh"),
        (["up", "--lang", "en"], ["up"], "en"),
        (["boundaries", "--lang=en", "check", "x"], ["boundaries", "check", "x"], "en"),
        (["--lang", "zh", "up", "--lang", "en"], ["up"], "en"),
        (["--language", "zh"], ["--language", "zh"], None),
    ],
)
def test_the_language_is_taken_from_anywhere(
    monkeypatch: pytest.MonkeyPatch, given: list[str], kept: list[str], lang: str | None
):
    monkeypatch.setenv("GRIDSVC_LANG", "unset")
    assert take_lang(given) == kept
    assert os.environ["GRIDSVC_LANG"] == (lang or "unset")


@pytest.mark.parametrize("given", [["--lang"], ["--lang="], ["--lang", "fr"], ["--lang=EN"], ["up", "--lang"]])
def test_another_language_is_refused(given: list[str]):
    with pytest.raises(BadInput) as refused:
        take_lang(given)
    assert refused.value.errors[0].field == "--lang"


CODES: list[tuple[str, list[str], dict[str, str], int]] = [
    ("help", ["--help"], {}, 0),
    ("check without findings", ["boundaries", "check", "{good}"], {}, 0),
    ("check with findings", ["boundaries", "check", "{bad}"], {}, 1),
    ("unknown command", ["nothing"], {}, 2),
    ("unknown option", ["boundaries", "check", "{good}", "--nothing"], {}, 2),
    ("missing argument", ["boundaries", "check"], {}, 2),
    ("no such folder", ["boundaries", "check", "{good}/nothing"], {}, 2),
    ("unknown language", ["--lang", "fr", "status"], {}, 2),
    ("unknown language in the environment", ["status"], {"GRIDSVC_LANG": "fr"}, 2),
    ("nonsense in the environment", ["up"], {"GRIDSVC_POOL_SIZE": "0"}, 2),
    ("address of another kind", ["up"], {"GRIDSVC_DATABASE_URL": "mysql://h/d"}, 2),
    ("no database", ["up"], {"GRIDSVC_DATABASE_URL": NOWHERE}, 3),
    ("no database to load into", ["boundaries", "load", "{good}"], {"GRIDSVC_DATABASE_URL": NOWHERE}, 3),
    ("database not running", ["status"], {"GRIDSVC_DATABASE_URL": NOWHERE}, 3),
    ("cluster not running", ["status"], {}, 3),
    ("no programs of PostgreSQL", ["up"], {"GRIDSVC_PG_BIN": "/nonexistent"}, 3),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "environment", "code"), [c[1:] for c in CODES], ids=[c[0] for c in CODES])
def test_a_command_ends_with_the_code_of_the_contract(
    run: Run, tmp_path: Path, city: Path, arguments: list[str], environment: dict[str, str], code: int
):
    bad = write_city(tmp_path / "bad", grids=BROKEN)
    done = run(*(a.format(good=city, bad=bad) for a in arguments), **environment)
    assert done.code == code, done
    assert done.out + done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["boundaries", "check", "{good}", "--json"], 0, '"ok": true'),
        (["boundaries", "check", "{bad}"], 1, "invalid"),
        (["boundaries", "check", "{good}/nothing"], 2, "manifest.json"),
        (["status"], 3, "not running"),
    ],
)
def test_the_process_ends_with_the_same_code(tmp_path: Path, city: Path, arguments: list[str], code: int, words: str):
    bad = write_city(tmp_path / "bad", grids=BROKEN)
    command = [sys.executable, "-m", "gridsvc", *(a.format(good=city, bad=bad) for a in arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == code, done.stderr
    assert words in (done.stderr if code == 2 else done.stdout)


@pytest.mark.parametrize(("lang", "words"), [("zh", "文件不存在"), ("en", "there is no such file")])
def test_errors_are_told_in_the_language_asked_for(run: Run, tmp_path: Path, lang: str, words: str):
    done = run("boundaries", "check", tmp_path, "--lang", lang)
    assert words in done.err
    assert done.out == ""


def test_an_error_names_field_value_and_mend(run: Run, tmp_path: Path):
    folder = write_city(tmp_path, time_zone="Mars/Base")
    done = run("boundaries", "check", folder)
    assert "time_zone = 'Mars/Base'" in done.err
    assert "as in Asia/Shanghai" in done.err
