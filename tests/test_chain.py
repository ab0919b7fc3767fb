"""Seals: the same for the same meaning however it was stored, another for anything else."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridsvc.chain import SpelledDict, SpelledList, seal

NOON = datetime(2024, 6, 12, 4, 0, 0, 123456, tzinfo=UTC)
BEFORE = bytes(range(32))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([], ()),
        ([1], [1.0]),
        ([0.0], [-0.0]),
        ([10**16], [1e16]),
        ([10**23], [1e23]),
        ([-(10**300)], [-1e300]),
        ([NOON], [NOON.astimezone(timezone(timedelta(hours=8)))]),
        ([(1, 2)], [[1, 2]]),
        ([{"a": 1, "b": 2}], [{"b": 2.0, "a": 1.0}]),
        ([{"甲": [{"x": -0.0}]}], [{"甲": ({"x": 0},)}]),
    ],
    ids=str,
)
def test_what_means_the_same_has_one_seal(one: Sequence[Any], other: Sequence[Any]):
    assert seal(one, BEFORE) == seal(other, BEFORE)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([], [None]),
        ([None], [""]),
        ([1], ["1"]),
        ([1], [True]),
        ([0.1], [0.1 + 2**-56]),
        (["ab", "c"], ["a", "bc"]),
        (["a", "b"], ["b", "a"]),
        ([["a"], "b"], [["a", "b"]]),
        ([{}], [[]]),
        ([{"a": None}], [{}]),
        (["é"], ["e\u0301"]),
        ([NOON], [NOON + timedelta(microseconds=1)]),
        ([NOON], [NOON.replace(tzinfo=timezone(timedelta(hours=8)))]),
    ],
    ids=str,
)
def test_what_differs_has_another_seal(one: Sequence[Any], other: Sequence[Any]):
    assert seal(one, BEFORE) != seal(other, BEFORE)


def test_the_one_before_counts():
    assert len({seal([1], previous) for previous in (None, BEFORE, bytes(32))}) == 3


def test_a_seal_is_as_it_always_was():
    """Histories on disk were sealed by it."""
    found = seal([1, NOON, "甲", {"b": [1.0, None], "a": "x"}], BEFORE).hex()
    assert found == "2d7a446fc4df8e9c49918a94ac53301e3dcba65d755a902b8f5fb2056723b449"


scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12)


@given(values)
def test_a_value_that_went_through_json_has_the_same_seal(value: Any):
    assert seal([json.loads(json.dumps(value))], None) == seal([value], None)


@given(st.lists(values, min_size=1, max_size=4), st.data())
def test_a_field_left_out_shows(fields: list[Any], data: st.DataObject):
    k = data.draw(st.integers(0, len(fields) - 1))
    assert seal(fields[:k] + fields[k + 1 :], BEFORE) != seal(fields, BEFORE)


def test_a_mapping_of_another_kind_is_a_mapping():
    class Own(Mapping):
        def __getitem__(self, key: str) -> int:
            return {"a": 1}[key]

        def __iter__(self):
            return iter(["a"])

        def __len__(self) -> int:
            return 1

    assert seal([Own()], None) == seal([{"a": 1}], None)


@given(st.dictionaries(st.text(), values), st.lists(values), st.text(), values)
def test_parts_that_were_spelled_before_change_no_seal(told: dict, listed: list, key: str, value: Any):
    plain = {key: value, "told": told, "listed": listed, "again": [told, {"deep": listed}], "at": NOON, "n": 1}
    part, parts = SpelledDict(told), SpelledList(listed)
    spelled = {key: value, "told": part, "listed": parts, "again": [part, {"deep": parts}], "at": NOON, "n": 1}
    if key not in ("told", "listed", "again", "at", "n"):
        assert seal([plain], None) == seal([spelled], None) == seal([SpelledDict(spelled)], None)
        assert seal([plain, listed], None) == seal([SpelledDict(plain), parts], None)
