"""What differs between two decisions of a case: its kind, in words, and summed up."""

from datetime import UTC, datetime
from typing import Any

import pytest

from gridsvc.changes import KIND_TITLES, KINDS, Change, Shift, in_words, shifts

AT = datetime(2024, 6, 12, 4, tzinfo=UTC)
BEFORE: dict[str, Any] = {
    "areas": {"street": ["S", "inside"], "grid": ["A", "inside"]}, "accountable": ["U1", "rule"], "desk": None,
    "assisting": ["U2", "U3"], "evaluator": None, "grid_chief": "P1", "street_chief": None, "component": None,
}  # fmt: skip
IN_B = {"areas": {"street": ["S", "inside"], "grid": ["B", "edge"]}}
TITLES = {"street": ("街道", "Street"), "grid": ("网格", "Grid")}


def change(after: dict[str, Any] | None = None, before: Any = BEFORE, **more: Any) -> Change:
    """A change of the usual decision; ``after`` has what is otherwise."""
    return Change("N1", AT, "06010", 120.0, 30.0, before, None if after is None else BEFORE | after, **more)


KIND: dict[str, tuple[dict[str, Any] | None, str, str, str]] = {
    "nothing": ({}, "how", "", ""),
    "failed": (None, "failed", "没有版次", "no edition"),
    "unit": ({"accountable": ["U2", "zone"]}, "whose", "责任单位 U1 → U2，依据 rule → zone",
             "unit U1 → U2, by rule → zone"),
    "desk": ({"accountable": None, "desk": "no_rule"}, "whose",
             "责任单位 U1 → -，依据 rule → -，定责台 - → no_rule", "unit U1 → -, by rule → -, desk - → no_rule"),
    "chief": (IN_B | {"grid_chief": "P2"}, "who", "网格 A → B，网格判定方式 inside → edge，网格长 P1 → P2",
              "Grid A → B, how it lies in Grid inside → edge, grid chief P1 → P2"),
    "area": (IN_B, "where", "网格 A → B，网格判定方式 inside → edge", "Grid A → B, how it lies in Grid inside → edge"),
    "via": ({"accountable": ["U1", "zone"]}, "how", "依据 rule → zone", "by rule → zone"),
    "assisting": ({"assisting": ["U3"]}, "how", "协办 U2 U3 → U3", "assisting U2 U3 → U3"),
}  # fmt: skip


@pytest.mark.parametrize(("after", "kind", "zh", "en"), list(KIND.values()), ids=list(KIND))
def test_a_change_is_of_one_kind_and_told_in_words(after: dict[str, Any] | None, kind: str, zh: str, en: str):
    found = change(after, why=("没有版次", "no edition") if after is None else None)
    assert (found.kind, in_words(found, TITLES, "zh"), in_words(found, TITLES, "en")) == (kind, zh, en)


def test_a_layer_that_has_no_title_is_told_by_its_code():
    assert in_words(change(IN_B), {"grid": ("", "")}, "en") == "grid A → B, how it lies in grid inside → edge"
    assert in_words(change(IN_B), {}, "zh").startswith("grid A → B")


def test_of_a_decision_that_cannot_be_read_all_is_new():
    found = change({}, before=None)
    assert found.kind == "whose"
    assert found.differing()["unit"] == ("", "U1")


def test_every_kind_has_its_titles():
    assert set(KINDS) == set(KIND_TITLES)


def test_shifts_count_what_each_loses_and_gains():
    moved, failed = change(IN_B | {"grid_chief": None}), change()
    assert shifts([], ["grid"]) == []
    assert shifts([moved, moved, failed], ["grid", "street"]) == [
        Shift("grid", "A", 3, 0),
        Shift("grid", "B", 0, 2),
        Shift("street", "S", 1, 0),
        Shift("unit", "U1", 1, 0),
        Shift("grid_chief", "P1", 3, 0),
    ]
