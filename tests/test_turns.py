"""Tests that watch the clock have the machine to themselves, however many processes run the others."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.turns import group_of

ROOT = Path(__file__).parents[1]

# Says by lines of one file who came and went; two processes write it, so each line is written at once.
PROCESS = """
import sys, time
from pathlib import Path
from tests.turns import turn
who, times, alone, file = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "alone", Path(sys.argv[4])
for _ in range(times):
    with turn(alone=alone):
        with file.open("a") as f: f.write(f"{who} came\\n")
        time.sleep(0.03)
        with file.open("a") as f: f.write(f"{who} went\\n")
"""


@pytest.mark.parametrize(
    ("file", "group"),
    [
        ("tests/test_chain.py", "tests/test_chain.py"),
        ("tests/web/console/test_map.py", "tests/web/console"),
        ("tests/web/console/deeper/test_map.py", "tests/web/console"),
        ("tests/web/field/test_page.py", "tests/web/field"),
        ("tests/web/test_field_sources.py", "tests/web/test_field_sources.py"),
        ("tests/web/console.py", "tests/web/console.py"),
    ],
)
def test_files_that_share_a_service_go_together(file, group):
    assert group_of(file) == group


@pytest.mark.slow
def test_a_group_is_given_to_one_process(tmp_path: Path):
    file = "def test_this(): pass\ndef test_that(): pass\ndef test_more(): pass\n"
    for name in ("console/test_a", "console/test_b", "test_c", "test_d"):
        (tmp_path / "tests/web" / f"{name}.py").parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "tests/web" / f"{name}.py").write_text(file)
    (tmp_path / "pytest.ini").touch()
    (tmp_path / "conftest.py").write_text(
        "from tests.turns import ByGroups\ndef pytest_xdist_make_scheduler(config, log): return ByGroups(config, log)\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", "-n", "2", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env={**os.environ, "PYTEST_ADDOPTS": "", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    ran = re.findall(r"^\[(gw\d)\].* (\S+)::", done.stdout, re.MULTILINE)
    assert len(ran) == 12
    assert len({(group_of(file), process) for process, file in ran}) == 3


def together(tmp_path: Path, *processes: tuple[str, int, str]) -> list[str]:
    """What the file says after processes given by name, number of turns and kind have taken their turns at once."""
    file = tmp_path / "who.txt"
    root = Path(__file__).parents[1]
    environment = {"PYTEST_XDIST_TESTRUNUID": tmp_path.name, "TMPDIR": str(tmp_path), "PYTHONPATH": str(root)}
    running = [
        subprocess.Popen([sys.executable, "-c", PROCESS, who, str(times), kind, str(file)], env=environment)
        for who, times, kind in processes
    ]
    assert [process.wait(60) for process in running] == [0] * len(running)
    return file.read_text().split("\n")[:-1]


def test_nobody_comes_while_one_is_alone(tmp_path: Path):
    lines = together(tmp_path, ("a", 20, "shared"), ("b", 20, "shared"), ("c", 10, "alone"))
    assert len(lines) == 100
    for here, line in enumerate(lines):
        if line == "c came":
            assert lines[here + 1] == "c went"
            before = lines[:here]
            assert before.count("a came") == before.count("a went")
            assert before.count("b came") == before.count("b went")


def test_who_wants_to_be_alone_does_not_wait_for_the_last_of_the_others(tmp_path: Path):
    lines = together(tmp_path, ("a", 60, "shared"), ("b", 60, "shared"), ("c", 3, "alone"))
    assert "a came" in lines[lines.index("c went") :]
