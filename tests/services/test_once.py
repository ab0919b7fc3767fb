"""What makes two requests the same; that the same one is answered once is tested with what is asked for."""

import pytest

from gridsvc.services.once import hash_body


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"a": 1, "b": {"c": 1, "d": 2}}, {"b": {"d": 2, "c": 1}, "a": 1}, True),
        ({"a": [1, 2]}, {"a": [2, 1]}, False),
        ({"a": None}, {}, False),
        ({"a": "1"}, {"a": 1}, False),
    ],
    ids=["order of keys", "order of a list", "null and nothing", "text and number"],
)
def test_bodies_are_compared_by_meaning(one: dict, other: dict, same: bool):
    assert (hash_body(one) == hash_body(other)) is same
