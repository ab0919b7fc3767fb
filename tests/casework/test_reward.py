"""A reward is due for as long as the case is verified, and paid once."""

import pytest

from gridsvc.casework.reward import reward_after

REPORTED = ("reported", {"reward": True})


def after(*entries) -> str | None:
    stood = None
    for kind, said in entries:
        stood = reward_after(stood, kind, said)
    return stood


def to(status: str, kind: str = "x") -> tuple:
    return kind, {"to": status}


@pytest.mark.parametrize(
    ("entries", "stands"),
    [
        ((), None),
        ([("reported", {})], None),
        ([("reported", {"reward": False}), to("registered")], None),
        ([("reported", {}), ("pay", {})], None),
        ([REPORTED], "wanted"),
        ([REPORTED, ("decided", {"answer": {}}), to("accepted"), to("verifying")], "wanted"),
        ([REPORTED, to("registered")], "due"),
        ([REPORTED, to("undecided")], "due"),
        ([REPORTED, to("registered"), to("dispatched"), to("closed"), to("archived")], "due"),
        ([REPORTED, to("void"), to("archived")], "wanted"),
        ([REPORTED, to("registered"), to("void")], "wanted"),
        ([REPORTED, to("registered"), to("void"), to("registered", "reopen")], "due"),
        ([REPORTED, to("registered"), ("pay", {})], "paid"),
        ([REPORTED, to("registered"), ("pay", {}), to("void")], "paid"),
    ],
)
def test_how_it_stands_with_a_reward(entries, stands):
    assert after(*entries) == stands
