"""``gridsvc duty`` and ``gridsvc posts``: who is on duty, who holds what, and who follows."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from small_city import IN_A, POSTS, TABLES, write_city

from .conftest import Done

Run = Callable[..., Done]
HERE = ("--x", IN_A[0], "--y", IN_A[1], "--crs", "wgs84")
AT = ("--at", "2024-06-12T12:00:00+08:00")
LATER = "2035-01-01T00:00:00+08:00"


@pytest.mark.parametrize(
    ("lang", "told"),
    [("zh", ["网格长", "张三 0571****0001 P1", "在岗", "无人任职"]),
     ("en", ["grid chief", "张三 0571****0001 P1", "on duty", "nobody"])],
)  # fmt: skip
def test_who_is_on_duty_at_a_point_needs_no_database(run: Run, city: Path, lang, told):
    done = run("duty", *HERE, *AT, "--boundaries", city, "--lang", lang)
    assert (done.code, [text for text in told if text not in done.out]) == (0, [])


def test_a_program_reads_the_same_as_over_http(run: Run, city: Path):
    told = json.loads(run("duty", *HERE, *AT, "--boundaries", city, "--json").out)
    assert [(d["role"], [h["post"] for h in d["holders"]]) for d in told["posts"]] == [("grid_chief", ["P1", "P2"])]
    assert told["posts"][0]["until"] == "2024-06-12T17:30:00+08:00"
    assert json.loads(run("duty", "--unit", "U2", *AT, "--boundaries", city, "--json").out)["unit"]["unit"] == "U2"


@pytest.mark.parametrize(
    "asked", [(), ("--x", 120.0, "--y", 30.0), (*HERE, "--unit", "U1"), ("--unit", "U9"), (*HERE, "--at", "noon")]
)
def test_a_question_that_cannot_be_meant_ends_with_2(run: Run, city: Path, asked):
    assert run("duty", *asked, "--boundaries", city).code == 2


def test_posts_are_listed_and_handed_over(run: Run, database: str, tmp_path: Path):
    both = [*POSTS, POSTS[0] | {"code": "B1", "area": "B"}]
    write_city(tmp_path / "city", tables=dict(TABLES) | {"posts": both})
    for step in (("load", tmp_path / "city"), ("publish", "S1")):
        assert run("boundaries", *step).code == 0
    assert {p["post"] for p in json.loads(run("posts", "list", "--area", "A", *AT, "--json").out)} == {"P1", "P2"}
    done = run("posts", "handover", "P1", "--to", "R2", "--at", LATER, "--reason", "岗位调整")
    assert (done.code, "P1-2" in done.out) == (0, True), done.err
    listed = run("posts", "list", "--role", "grid_chief", "--at", LATER)
    assert ("P1-2" in listed.out, "李四" in listed.out, "P1 " in listed.out) == (True, True, False)
    for wrong in (("P9", "R2"), ("P1", "R9"), ("P1", "R2")):
        assert run("posts", "handover", wrong[0], "--to", wrong[1], "--at", LATER, "--reason", "岗位调整").code == 2
