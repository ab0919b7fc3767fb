"""The later editions of the demo city: sound, and different from the one before in what was planted, nothing else."""

import sys
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import shapely
from demo_city_folder import FIRST, FOLDER, ROOT, folder_of, layer, manifest, points, rows_of, table

from gridsvc.bootstrap import read_all
from gridsvc.diff import diff
from gridsvc.spatial.grid_maker import reading_order
from gridsvc.spatial.topology import check_edition
from gridsvc.tables import OF_RULESET

sys.path.insert(0, str(ROOT / "tools"))

from demo_city.planted import LATER, Handover, Merge, Rename, Split

EDITIONS = [FIRST, *(edition.code for edition in LATER)]
STEPS = list(pairwise(EDITIONS))
PLANTED = {edition.code: edition.changes for edition in LATER}
LAYERS = [entry["layer"] for entry in manifest()["layers"]]
later = pytest.mark.parametrize("edition", EDITIONS[1:])
steps = pytest.mark.parametrize(("before", "after"), STEPS)


def planted(edition: str, kind: type) -> list:
    return [change for change in PLANTED[edition] if isinstance(change, kind)]


def rows_by_code(code: str, edition: str) -> dict[str, dict]:
    return {row["code"]: row for row in layer(code, edition).to_dict("records")}


def differences(before: str, after: str) -> Iterator[tuple]:
    """Every difference between the layers of two editions: areas that end or begin, and columns that change."""
    for code in LAYERS:
        old, new = rows_by_code(code, before), rows_by_code(code, after)
        yield from (("ends", code, area) for area in old.keys() - new.keys())
        yield from (("begins", code, area) for area in new.keys() - old.keys())
        for area in old.keys() & new.keys():
            assert old[area].keys() == new[area].keys()
            yield from ((key, code, area) for key in old[area] if old[area][key] != new[area][key])


def recoded(edition: str) -> list[tuple[str, str]]:
    """Old and new code of every unit grid that a merger numbers anew, found by its ground."""
    before = EDITIONS[EDITIONS.index(edition) - 1]
    code_of = {cell["geometry"].wkb: cell["code"] for cell in layer("unit_grid", edition).to_dict("records")}
    return [
        (cell["code"], code_of[cell["geometry"].wkb])
        for cell in layer("unit_grid", before).to_dict("records")
        if any(cell["code"][:12] in merge.communities for merge in planted(edition, Merge))
    ]


@steps
def test_two_editions_differ_in_the_planted_changes_and_in_nothing_else(before: str, after: str):
    expected = set()
    for change in PLANTED[after]:
        match change:
            case Split():
                expected |= {("ends", "grid", change.grid), *(("begins", "grid", a.code) for a in change.into)}
            case Merge():
                expected |= {("ends", "community", code) for code in change.communities}
                expected |= {("begins", "community", change.into.code)}
            case Rename():
                expected |= {(key, change.layer, change.to.code) for key in ("name", "name_en")}
            case Handover():
                expected |= {(key, "boundary_street", change.street) for key in ("owner", "inclusive", "wording")}
    expected |= {("ends", "unit_grid", old) for old, _ in recoded(after)}
    expected |= {("begins", "unit_grid", new) for _, new in recoded(after)}
    assert set(differences(before, after)) == expected


@later
def test_the_list_of_changes_says_what_was_planted(edition: str):
    expected = []
    before = EDITIONS[EDITIONS.index(edition) - 1]
    for change in PLANTED[edition]:
        match change:
            case Split():
                was = layer("grid", before).loc[change.grid, "name"]
                now = [";".join(getattr(a, key) for a in change.into) for key in ("code", "name")]
                expected.append(("split", "grid", change.grid, now[0], was, now[1]))
            case Merge():
                was = ";".join(layer("community", before).loc[list(change.communities), "name"])
                into = change.into
                expected.append(("merge", "community", ";".join(change.communities), into.code, was, into.name))
                expected += [("recode", "unit_grid", *codes, "", "") for codes in sorted(recoded(edition), key=last)]
            case Rename():
                was = layer(change.layer, before).loc[change.to.code, "name"]
                expected.append(("rename", change.layer, change.to.code, change.to.code, was, change.to.name))
            case Handover():
                was = layer("boundary_street", before).loc[change.street, "owner"]
                expected.append(("owner", "boundary_street", change.street, change.street, was, change.owner))
    assert [tuple(row.values()) for row in rows_of(FOLDER / edition / "changes.csv")] == expected


def last(codes: tuple[str, str]) -> str:
    return codes[1]


def test_every_kind_of_change_is_planted_between_the_last_two():
    assert {type(change) for change in PLANTED["2024-2"]} == {Split, Merge, Rename, Handover}


@pytest.mark.parametrize("change", [c for e in LATER for c in e.changes if isinstance(c, Split)])
def test_the_parts_of_a_split_make_up_its_ground_and_are_of_like_size(change: Split):
    whole = layer("grid", "2024-1").loc[change.grid, "geometry"]
    parts = layer("grid", "2024-2").loc[[a.code for a in change.into], "geometry"].to_numpy()
    assert shapely.coverage_union_all(parts).equals(whole)
    assert shapely.area(parts).min() > 0.35 * whole.area


@pytest.mark.parametrize("change", [c for e in LATER for c in e.changes if isinstance(c, Merge)])
def test_a_merger_has_the_ground_and_the_residents_of_its_communities_and_a_number_from_601(change: Merge):
    old, new = layer("community", "2024-1").loc[list(change.communities)], layer("community", "2024-2")
    merged = new.loc[change.into.code]
    assert shapely.coverage_union_all(old["geometry"].to_numpy()).equals(merged["geometry"])
    assert merged["residents"] == old["residents"].sum()
    assert int(change.into.code[9:]) >= 601
    cells = layer("unit_grid", "2024-2").sort_index()
    own = cells.loc[cells["code"].str.startswith(change.into.code), "geometry"].to_numpy()
    assert reading_order(own, 100.0).tolist() == list(range(len(own)))


@pytest.mark.parametrize("code", LAYERS)
def test_a_code_that_ended_never_comes_back(code: str):
    ended: set[str] = set()
    for before, after in STEPS:
        ended |= set(layer(code, before)["code"]) - set(layer(code, after)["code"])
        assert not ended & set(layer(code, after)["code"])


@later
def test_the_edition_has_no_errors_and_its_tables_fit_its_areas(edition: str):
    contents = read_all(folder_of(edition))
    assert check_edition(contents.snapshot.edition).ok
    assert contents.snapshot.edition.code == edition
    assert set(contents.tables) == set(OF_RULESET)


def test_every_edition_begins_after_the_one_before_and_has_past_cases():
    starts = [pd.Timestamp(manifest(edition)["valid_from"], tz="Asia/Shanghai") for edition in EDITIONS]
    at = points("cases")["reported_at"]
    period = np.searchsorted(pd.DatetimeIndex(starts), at, side="right")
    assert starts == sorted(starts)
    assert np.bincount(period, minlength=4)[0] == 0
    assert np.bincount(period, minlength=4)[1:].min() > 500


@later
def test_a_file_is_written_anew_only_where_it_differs(edition: str):
    named = [e["file"] for e in manifest(edition)["layers"]] + list(manifest(edition)["tables"].values())
    own = {path.name for path in (FOLDER / edition).iterdir()} - {"manifest.json", "changes.csv"}
    assert {name for name in named if "/" not in name} == own
    for name in own:
        earlier = [folder_of(e) / name for e in EDITIONS[: EDITIONS.index(edition)]]
        assert all(p.read_bytes() != (FOLDER / edition / name).read_bytes() for p in earlier if p.exists())


@steps
def test_components_keep_everything_but_the_unit_grid_they_are_recorded_in(before: str, after: str):
    old, new = points("components", before), points("components", after)
    code_of = dict(recoded(after))
    moved = old["unit_grid"].isin(list(code_of))
    assert moved.any() == bool(code_of)
    same = [column for column in new.columns if column != "unit_grid"]
    pd.testing.assert_frame_equal(pd.DataFrame(old[same]), pd.DataFrame(new[same]))
    assert (new["unit_grid"] == old["unit_grid"].replace(code_of)).all()


@later
def test_components_lie_in_the_unit_grid_of_their_record(edition: str):
    found, cells = points("components", edition), layer("unit_grid", edition)["geometry"]
    assert shapely.intersects(found.geometry.to_numpy(), cells.loc[found["unit_grid"]].to_numpy()).all()


@later
def test_every_grid_is_staffed_by_people_who_are_known(edition: str):
    posts, people = table("posts", edition), {p["code"] for p in table("people", edition)}
    assert {p["person"] for p in posts} <= people
    assert len({p["code"] for p in posts}) == len(posts)
    assert {p["deputy_of"] for p in posts} - {""} <= {p["code"] for p in posts}
    assert {p["area"] for p in posts if p["layer"] == "grid"} == set(layer("grid", edition)["code"])
    for grid in layer("grid", edition)["code"]:
        mine = [(p["role"], bool(p["deputy_of"])) for p in posts if p["area"] == grid]
        assert {("grid_chief", False), ("grid_chief", True), ("grid_worker", False)} <= set(mine)


@steps
def test_new_posts_begin_with_the_edition_and_old_ones_stay_as_they_were(before: str, after: str):
    old, new = ({p["code"]: p for p in table("posts", e)} for e in (before, after))
    added = [new[code] for code in new.keys() - old.keys()]
    gone = {old[code]["area"] for code in old.keys() - new.keys()}
    assert all(old[code] == new[code] for code in old.keys() & new.keys())
    assert {p["valid_from"] for p in added} <= {manifest(after)["valid_from"]}
    assert gone == {change.grid for change in planted(after, Split)}
    assert {p["area"] for p in added} == {a.code for change in planted(after, Split) for a in change.into}


@later
def test_every_community_has_its_committee_and_no_committee_is_left_over(edition: str):
    areas = layer("community", edition)
    units = {u["code"]: u["name"] for u in table("units", edition) if u["kind"] == "community"}
    assert set(units) == set(areas["unit"])
    assert all(units[unit].startswith(name) for unit, name in zip(areas["unit"], areas["name"], strict=True))


@later
def test_every_grid_is_made_of_whole_unit_grids(edition: str):
    cells, grids = (layer(code, edition)["geometry"].to_numpy() for code in ("unit_grid", "grid"))
    home = shapely.STRtree(grids).query(shapely.point_on_surface(cells), predicate="within")
    assert np.array_equal(home[0], np.arange(len(cells)))
    for i, whole in enumerate(grids):
        assert shapely.coverage_union_all(cells[home[0][home[1] == i]]).equals(whole)


def told(edition: str) -> set[tuple[str, str, tuple[str, ...], tuple[str, ...]]]:
    """What the difference from the edition before has to say: kind, layer, codes before, codes after."""
    changes = {("recoded", "unit_grid", (old,), (new,)) for old, new in recoded(edition)}
    for change in PLANTED[edition]:
        match change:
            case Rename(code, to):
                changes.add(("renamed", code, (to.code,), (to.code,)))
            case Handover(street, _):
                changes.add(("props", "boundary_street", (street,), (street,)))
            case Split(grid, into):
                changes.add(("split", "grid", (grid,), tuple(a.code for a in into)))
            case Merge(communities, into):
                changes.add(("merge", "community", communities, (into.code,)))
    return changes


@steps
def test_the_difference_lists_the_planted_changes_and_nothing_else(before: str, after: str):
    found = diff(*(read_all(folder_of(edition)).snapshot for edition in (before, after)))
    assert {(c.kind, c.layer, c.before, c.after) for c in found.changes} == told(after)
    assert len(found.changes) == len(told(after))
    owners = {c.before[0]: c.columns["owner"][1] for c in found.changes if c.kind == "props"}
    assert owners == {handover.street: handover.owner for handover in planted(after, Handover)}
    # Nobody answers for a grid that is gone, and somebody for each new one.
    staff = {code for n in ("posts", "people") for code in found.tables[n].added + found.tables[n].removed}
    assert bool(staff) == bool(planted(after, Split))
