"""A wrong answer ends a run with 1, one that cannot be run with 2, and neither is kept."""

import sys
from types import ModuleType

import pytest

from benchmarks import __main__ as benchmarks_main
from benchmarks import record
from benchmarks.record import Result
from gridsvc.errors import Unavailable


@pytest.fixture
def claim(monkeypatch):
    """Add a benchmark of this test's own, which hands back the result or raises the error it is given."""

    def add(outcome):
        module = ModuleType("benchmarks.of_this_test")

        def run(_size):
            if isinstance(outcome, Exception):
                raise outcome
            return outcome

        module.run = run
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setattr(benchmarks_main, "NAMES", ("of_this_test",))

    return add


@pytest.mark.parametrize(
    ("outcome", "flags", "code"),
    [
        (Result("Claim.", 5, 0), ["--quick"], 0),
        (Result("Claim.", 5, 1), ["--quick"], 1),
        (Result("Claim.", 5, 1), [], 1),
        (RuntimeError("wrk is needed"), [], 2),
        (Unavailable("没有数据库", "no database"), [], 2),
    ],
    ids=["right", "wrong", "wrong at full size", "a program is missing", "no database"],
)
def test_the_exit_code_tells_how_it_went_and_nothing_is_kept(claim, monkeypatch, capsys, outcome, flags, code):
    before = record.kept()
    claim(outcome)
    monkeypatch.setattr(sys, "argv", ["bench", *flags])
    assert benchmarks_main.main() == code
    assert record.kept() == before
    said = capsys.readouterr()
    assert "of_this_test" in said.out
    assert bool(said.err) == bool(code)


def test_an_unknown_name_is_refused_with_those_there_are(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["bench", "nonesuch"])
    with pytest.raises(SystemExit, match="2"):
        benchmarks_main.main()
    assert "bulk_location" in capsys.readouterr().err
