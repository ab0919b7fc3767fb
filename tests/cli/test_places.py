"""``gridsvc places``: a place by words, on the command line."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.worded_city import write_worded_city

from .conftest import Done

Run = Callable[..., Done]


@pytest.fixture
def published(run: Run, database: str, tmp_path: Path) -> str:
    run("boundaries", "load", write_worded_city(tmp_path / "city"))
    assert run("boundaries", "publish", "S1").code == 0
    return database


def test_a_place_is_found_and_doubt_is_said(run: Run, published: str):
    sure = run("places", "人民路与建设路交叉口", "--lang", "zh")
    assert (sure.code, "L1/L2" in sure.out, "不能确定" in sure.out) == (0, True, False)
    doubt = run("places", "幸福里", "--near", 120.019, 30.005, "--lang", "en")
    assert (doubt.code, "not certain" in doubt.out) == (0, True)
    assert doubt.out.index("L7") < doubt.out.index("L6")


def test_a_program_reads_the_same_as_over_http(run: Run, published: str):
    told = json.loads(run("places", "人民路12号", "--json", "--limit", 1).out)
    assert (told["certain"], [i["code"] for i in told["items"]]) == (True, ["D2"])


def test_nothing_found_ends_with_1_and_nonsense_with_2(run: Run, published: str):
    assert run("places", "没有的地方").code == 1
    assert run("places", "路").code == 2
    assert run("places", "人民路", "--near", 400, 30).code == 2
