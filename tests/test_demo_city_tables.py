"""The tables of the demo city: real classes, known references, believable cases, rules that decide where they say."""

import sys
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
import shapely
from demo_city_folder import ROOT, classes, layer, manifest, points, table

sys.path.insert(0, str(ROOT / "tools"))

from demo_city.deciding import Ground, Spot, decide
from demo_city.frame import to_metres
from demo_city.rules import first_category


def test_units_named_in_layers_and_tables_exist() -> None:
    units = {u["code"] for u in table("units")}
    named = {u["parent"] for u in table("units")} | {p["unit"] for p in table("posts")}
    units_of = [e["layer"] for e in manifest()["layers"] if "unit" in e]
    for code in units_of:
        named |= set(layer(code)["unit"])
    named |= {p["unit"] for p in table("powers")}
    components = points("components")
    for column in ("competent", "owner", "maintainer"):
        named |= set(components[column].dropna())
    for rule in table("rules"):
        for lead in [rule["lead"], rule["evaluator"], *rule["assisting"].split(";")]:
            kind, _, what = lead.partition(":")
            named |= {what} if kind == "unit" else set(what.split("@")[0].split("|")) if kind == "rotate" else set()
    assert named - {""} <= units


def test_posts_name_known_people_areas_and_principals() -> None:
    posts, people = table("posts"), {p["code"] for p in table("people")}
    codes = {p["code"] for p in posts}
    assert {p["person"] for p in posts} <= people
    assert {p["deputy_of"] for p in posts} - {""} <= codes
    for layer_code in ("grid", "street", "lane"):
        assert {p["area"] for p in posts if p["layer"] == layer_code} <= set(layer(layer_code)["code"])


def test_every_grid_has_a_chief_a_deputy_and_workers() -> None:
    for grid in layer("grid")["code"]:
        mine = [p for p in table("posts") if p["area"] == grid]
        assert any(p["role"] == "grid_chief" and not p["deputy_of"] for p in mine)
        assert any(p["role"] == "grid_chief" and p["deputy_of"] for p in mine)
        assert any(p["role"] == "grid_worker" for p in mine)


def test_one_grid_was_without_chief_for_a_while_and_one_has_an_acting_chief() -> None:
    chiefs = [p for p in table("posts") if p["role"] == "grid_chief" and not p["deputy_of"]]
    ended = {p["area"]: p["valid_to"][:10] for p in chiefs if p["valid_to"]}
    begun = {p["area"]: p["valid_from"][:10] for p in chiefs if p["area"] in ended and not p["valid_to"]}
    assert sum(ended[a] < begun[a] for a in ended) == 1
    assert sum(p["acting"] == "true" for p in chiefs) == 1


def test_telephone_numbers_are_impossible() -> None:
    assert all(p["phone"].startswith("0571-0000") for p in table("people"))


def test_components_have_real_classes_and_names() -> None:
    known = classes("component")
    assert {(c, known.get(c)) for c in points("components")["class"]} == set(
        points("components")[["class", "name"]].itertuples(index=False, name=None)
    )


def test_component_codes_have_region_class_and_sequence() -> None:
    found = points("components")
    assert len(found) == 20_000
    assert found["code"].is_unique
    assert found["code"].str.fullmatch(r"990101\d{11}").all()
    assert (found["code"].str[6:11] == found["class"]).all()


def test_components_lie_in_the_unit_grid_of_their_record() -> None:
    found, cells = points("components"), layer("unit_grid")["geometry"]
    assert shapely.intersects(found.geometry.to_numpy(), cells.loc[found["unit_grid"]].to_numpy()).all()


def test_some_components_lie_on_a_line_and_are_recorded_in_the_grid_with_the_greater_code() -> None:
    found, cells = points("components"), layer("unit_grid").sort_index()
    point, cell = shapely.STRtree(cells["geometry"].to_numpy()).query(found.geometry.to_numpy(), predicate="intersects")
    touched = pd.Series(cells["code"].to_numpy()[cell]).groupby(point)
    shared = touched.size() > 1
    assert shared.sum() >= 40
    least = touched.min()[shared]
    assert (found["unit_grid"].iloc[least.index].to_numpy() > least.to_numpy()).all()


def test_some_components_have_nobody_and_most_have_somebody() -> None:
    found = points("components")
    nobody = found[["competent", "owner", "maintainer"]].isna().all(axis=1)
    assert 0 < nobody.sum() < 200


def test_cases_are_of_known_categories_and_sources() -> None:
    cases = points("cases")
    assert len(cases) == 5_000
    assert set(cases["category"]) <= set(classes("matter"))
    ways = "patrol hotline_12345 hotline_12319 police_110 app sensor transfer supervision"
    assert set(cases["source"]) == set(ways.split())


def test_cases_fill_the_twelve_months_in_the_time_of_the_district() -> None:
    at = points("cases")["reported_at"]
    assert at.iloc[0].utcoffset() == timedelta(hours=8)
    assert str(at.min().date()) >= "2023-07-01"
    assert str(at.max().date()) < "2024-07-01"
    assert at.is_monotonic_increasing
    assert at.dt.strftime("%Y-%m").nunique() == 12


def test_case_components_exist_and_have_the_class_of_the_category() -> None:
    cases, known = points("cases"), set(points("components")["code"])
    named = cases[cases["component"].notna()]
    assert len(named) > 200
    assert set(named["component"]) <= known
    of_objects = named[named["category"] < "06"]
    assert (of_objects["component"].str[6:11] == of_objects["category"]).all()


def test_cases_cluster_in_space() -> None:
    cell = shapely.STRtree(layer("unit_grid")["geometry"].to_numpy())
    hits = cell.query(points("cases").geometry.to_numpy(), predicate="intersects")[1]
    busiest = np.sort(np.bincount(hits, minlength=len(layer("unit_grid"))))[::-1]
    # Spread evenly, the busiest twentieth would hold a little over a twentieth of the cases.
    assert busiest[: len(busiest) // 20].sum() > 0.25 * busiest.sum()


def test_a_few_cases_lie_outside_and_some_exactly_on_a_line() -> None:
    spots = points("cases").geometry.to_numpy()
    cells = shapely.STRtree(layer("unit_grid")["geometry"].to_numpy())
    times = np.bincount(cells.query(spots, predicate="intersects")[0], minlength=len(spots))
    assert 3 <= (times == 0).sum() <= 30
    assert (times > 1).sum() >= 20


def test_rules_and_limits_name_known_categories() -> None:
    known = classes("matter")
    words = {w for r in table("rules") for w in r["categories"].split(";")} | {r["category"] for r in table("limits")}
    unknown = {w for w in words - {""} if not any(k.startswith(w.rstrip("*")) for k in known)}
    assert not unknown
    assert all(w in known or w.endswith("*") for w in words - {""})


def test_rules_name_known_layers_and_areas() -> None:
    layers = {e["layer"] for e in manifest()["layers"]}
    for rule in table("rules"):
        for term in rule["places"].replace("&", ";").split(";"):
            name, _, code = term.lstrip("!").partition(":")
            # A disc is a place of its own and names no area.
            if not term or name == "at":
                continue
            assert name.split("?")[0] in layers
            assert code in ("", "*") or code in set(layer(name)["code"])


def test_rules_show_every_way_of_deciding() -> None:
    ways = "zone vertical lane_tier strip component rule precedent locality"
    assert {r["via"] for r in table("rules")} == set(ways.split())


def test_rule_ranks_and_ids_are_unique() -> None:
    rules = table("rules")
    assert len({r["rank"] for r in rules}) == len({r["id"] for r in rules}) == len(rules)


def test_every_major_has_limits_of_every_stage() -> None:
    have = {(r["category"], r["stage"]) for r in table("limits") if not r["condition"]}
    wanted = {(f"{m:02d}*", s) for m in range(1, 11) for s in ("verify", "dispatch", "disposal", "check")}
    assert wanted <= have


def test_limits_use_all_four_units_of_time() -> None:
    assert {r["unit"] for r in table("limits")} == {"urgent_hour", "working_hour", "working_day", "natural_day"}


@pytest.fixture(scope="module")
def ground() -> Ground:
    return Ground({e["layer"]: layer(e["layer"]).to_dict("records") for e in manifest()["layers"]})


POWERS = [(p["unit"], p["categories"], p["places"], p["source"]) for p in table("powers")]
TESTED = [r["id"] for r in table("rules") if r["test_lon"]]


def test_nearly_every_rule_has_a_test_point() -> None:
    untested = [r for r in table("rules") if not r["test_lon"]]
    assert len(TESTED) > 50
    assert all(r["window"] or r["valid_from"] or r["disputed"] == "true" for r in untested)


@pytest.mark.parametrize("rule_id", TESTED)
@pytest.mark.parametrize("windows_hold", [False, True])
def test_rule_decides_at_its_test_point(rule_id: str, windows_hold: bool, ground: Ground) -> None:
    rules = table("rules")
    rule = next(r for r in rules if r["id"] == rule_id)
    lon, lat = float(rule["test_lon"]), float(rule["test_lat"])
    x, y = to_metres(np.array([[lon, lat]]))[0]
    category = first_category(rule)
    found = points("components")
    here = found[
        (found["class"] == category) & (shapely.distance(found.geometry.to_numpy(), shapely.Point(lon, lat)) < 1e-6)
    ]
    units = here.iloc[0][["competent", "owner", "maintainer"]].to_dict() if len(here) else None
    keepers = {k: v if isinstance(v, str) else None for k, v in units.items()} if units else None
    attributes = {k: v.split("|")[0] for k, v in (p.split("=") for p in rule["attributes"].split(";") if p)}
    decided = decide(rules, Spot(x, y, category, attributes, keepers), ground, windows_hold, POWERS)
    assert decided is not None
    assert decided["id"] == rule_id


def test_cable_of_nobody_is_left_to_the_desk(ground: Ground) -> None:
    centre = layer("district")["geometry"].iloc[0].representative_point()
    x, y = to_metres(np.array([[centre.x, centre.y]]))[0]
    assert decide(table("rules"), Spot(x, y, "10002"), ground, powers=POWERS) is None


def test_every_other_category_has_somebody_everywhere(ground: Ground) -> None:
    rng = np.random.default_rng(7)
    spots = shapely.get_coordinates(shapely.centroid(layer("unit_grid")["geometry"].to_numpy()))
    for lon, lat in spots[rng.choice(len(spots), 5, replace=False)]:
        x, y = to_metres(np.array([[lon, lat]]))[0]
        lost = [c for c in classes("matter") if decide(table("rules"), Spot(x, y, c), ground, powers=POWERS) is None]
        assert lost == ["10002"]
