"""The difference of two cities as folders: layers, rows of tables, the way of past cases, and what is said of it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawing import areas, at, edition, layer
from small_city import GRIDS, IN_A, IN_B, LIMITS, POSTS, RULES, TABLES, UNITS, area, box, changed, write_city

from gridsvc.bootstrap import read_all
from gridsvc.diff import diff
from gridsvc.diff_words import TITLES, sentence
from gridsvc.router import Snapshot
from gridsvc.spatial.succession import KINDS

OTHER_RULES = {
    "units": [*UNITS, {"code": "U3", "name": "丙处", "name_en": "", "parent": "", "kind": ""}],
    "posts": POSTS[:1],
    "rules": changed(changed(RULES, 0, lead="unit:U1", source="新"), 2, rank="950"),
    "limits": changed(LIMITS, 0, amount="2"),
}


def city(folder: Path, **how: Any) -> Snapshot:
    return read_all(write_city(folder, **how)).snapshot


def test_a_city_does_not_differ_from_itself_nor_from_a_copy_under_another_name(tmp_path: Path):
    one = city(tmp_path / "a")
    for other in (one, city(tmp_path / "b", edition="S2", title="anders", valid_from="2025-01-01")):
        found = diff(one, other)
        assert found.equal
        assert (found.changes, found.counts) == ([], {})
        assert found.as_dict()["tables"] == {}


def test_rows_of_every_table_are_told_by_key_and_column(tmp_path: Path):
    found = diff(city(tmp_path / "a"), city(tmp_path / "b", tables=TABLES | OTHER_RULES))
    assert not found.equal
    assert found.changes == []
    told = {name: (t.added, t.removed, dict(t.changed)) for name, t in found.tables.items() if t.n}
    assert told == {
        "units": (("U3",), (), {}),
        "posts": ((), ("P2",), {}),
        "rules": ((), (), {"RULE-06": ("lead", "source"), "LOCAL": ("rank",)}),
        "limits": ((), (), {"06* disposal": ("amount",)}),
    }


def test_layers_that_come_go_or_are_declared_otherwise_are_rows_too(tmp_path: Path):
    one = Snapshot(edition(layer("street", "AB"), layer("zone", "C.", coverage="free")))
    other = Snapshot(edition(layer("street", "AB", coverage="cover", priority=7), layer("strip", "D.")))
    found = diff(one, other)
    assert found.tables["layers"].added == ("strip",)
    assert found.tables["layers"].removed == ("zone",)
    assert dict(found.tables["layers"].changed) == {"street": ("coverage", "priority")}
    assert [x.before.spec.code for x in found.layers] == ["street"]


def test_cases_are_counted_from_area_to_area(tmp_path: Path):
    # B's half beside A goes to A.
    shift = [area("A", _wide(0, 1.5), parent="S", unit="U1"), area("B", _wide(1.5, 2), parent="S", unit="U2")]
    one, other = city(tmp_path / "a"), city(tmp_path / "b", grids=shift)
    lon, lat = np.array([IN_A, IN_B, (120.012, 30.005), (120.018, 30.002), (121.0, 31.0), (np.nan, 30.0)]).T
    found = diff(one, other, cases=(lon, lat))
    carried = found.cases["grid"]
    # IN_B lies exactly on the new edge and goes to the least code.
    assert (carried.n, carried.elsewhere) == (4, (("B", "A", 2),))
    # Of three cases in B half would be carried to A, and two are.
    assert carried.loss == pytest.approx(0.5 / 4, abs=1e-5)
    assert found.cases["street"].elsewhere == ()
    without = diff(one, other)
    assert without.cases == {}
    assert without.as_dict()["layers"][1]["cases"] is None


def _wide(first: float, last: float) -> list[list[float]]:
    west, east = box(first), box(last - 1.0)
    return [west[0], east[1], east[2], west[3], west[0]]


def test_the_dictionary_is_json_and_has_the_documented_keys(tmp_path: Path):
    one = city(tmp_path / "a")
    other = city(tmp_path / "b", grids=[GRIDS[0], area("C", box(1), parent="S", unit="U2")], edition="S2")
    lon, lat = np.array([IN_A, IN_B]).T
    told = json.loads(json.dumps(diff(one, other, cases=(lon, lat)).as_dict()))
    assert set(told) == {"before", "after", "equal", "counts", "layers", "changes", "tables"}
    assert (told["before"], told["after"], told["equal"], told["counts"]) == ("S1", "S2", False,
                                                                              {"recoded": 1, "renamed": 1})  # fmt: skip
    grid = told["layers"][1]
    assert grid == {
        "layer": "grid", "before": 2, "after": 2, "unchanged": 1, "counts": {"recoded": 1, "renamed": 1},
        "tolerance_m": 1.0, "not_compared": [], "ground_loss": 0.0,
        "cases": {"n": 2, "loss": 0.0, "elsewhere": [{"before": "B", "after": "C", "n": 1}]},
    }  # fmt: skip
    change = told["changes"][0]
    assert set(change) == {
        "layer", "kind", "before", "after", "shares", "columns", "moved_m", "changed_m2", "lon", "lat", "zh", "en",
    }  # fmt: skip
    assert change["shares"][0].keys() == {"before", "after", "m2", "share_before", "share_after"}


def test_a_tolerance_may_be_another_for_a_layer():
    old = {"A": areas("AA\nAA")["A"]}
    corner = np.array(at(2, 2)) + 3e-5
    new = {"A": type(old["A"])([at(0, 0), at(2, 0), tuple(corner), at(0, 2)])}
    one, other = (Snapshot(edition(layer("zone", x), layer("lot", x))) for x in (old, new))
    assert diff(one, other).counts == {"moved": 2}
    assert diff(one, other, 10.0).counts == {"redrawn": 2}
    mixed = diff(one, other, 1.0, {"lot": 10.0})
    assert [(c.layer, c.kind) for c in mixed.changes] == [("zone", "moved"), ("lot", "redrawn")]


def test_every_kind_has_words_and_names_who_is_meant():
    assert set(TITLES) == set(KINDS)
    before = layer("grid", "ABCDEFGHIJ", names={"A": "东"})
    after = layer("grid", "XXXXXXXXXX", names={"X": "大"}, props={"X": {"name_en": "Big"}})
    found = diff(Snapshot(edition(before)), Snapshot(edition(after)))
    zh, en = sentence(found.changes[0], found.layers[0])
    assert zh == "A 东、B、C、D、E、F 等 10 个 并为 X 大"
    assert en == "A 东, B, C, D, E, F and 4 more were merged into X Big"
    moved = diff(Snapshot(edition(layer("g", "AAAB"))), Snapshot(edition(layer("g", "AABB"))))
    zh, en = sentence(moved.changes[0], moved.layers[0])
    assert "最远 11.8 米，涉及 159 平方米" in zh
    assert "by up to 11.8 m, 159 m² changed" in en
