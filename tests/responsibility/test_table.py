"""Rows of the decision table as text: how each column is read, and that each mistake is named with its column."""

from datetime import date

import pytest

from gridsvc.errors import BadInput, BadTable
from gridsvc.responsibility.table import Lead, parse_attributes, parse_lead, parse_rule

ROW = {"id": "R1", "rank": "10", "via": "rule", "lead": "unit:U1"}


def rule(**columns: str):
    return parse_rule(ROW | columns, None, None)


def test_a_row_that_says_nothing_else_holds_everywhere_and_always():
    bare = rule()
    assert (bare.rank, bare.categories, bare.places, bare.attributes, bare.window.spans, bare.assisting) == (
        10, (), (), {}, (), ()
    )  # fmt: skip
    assert (bare.evaluator, bare.disputed, bare.source, bare.test_point) == (None, False, "", None)


def test_every_column_is_read():
    full = rule(categories=" 06* ; 09009", places="zone:Z1;!lane:*", attributes="vertical=above", disputed="TRUE",
                window="1-5 08:30-17:30", assisting="unit:U2;area:street", evaluator="unit:U3", source="办法第三条",
                test_lon="120.1", test_lat="30.2")  # fmt: skip
    assert full.categories == ("06*", "09009")
    assert [len(alternative) for alternative in full.places] == [1, 1]
    assert (full.assisting, full.evaluator) == ((Lead("unit", "U2"), Lead("area", "street")), Lead("unit", "U3"))
    assert (full.disputed, full.source, full.test_point.lon) == (True, "办法第三条", 120.1)


@pytest.mark.parametrize(
    ("text", "lead"),
    [
        ("unit:U1", Lead("unit", "U1")),
        ("component:maintainer", Lead("component", "maintainer")),
        ("component:owner", Lead("component", "owner")),
        ("component:competent", Lead("component", "competent")),
        ("area:street", Lead("area", "street")),
        ("rotate:U1|U2@2024-01-01/7", Lead("rotate", "U1|U2", ("U1", "U2"), date(2024, 1, 1), 7)),
    ],
)
def test_a_lead_names_a_unit_a_role_an_area_or_units_in_turn(text, lead):
    assert parse_lead(text) == lead


@pytest.mark.parametrize("text", [
    "", "U1", "unit:", "unit:U1;unit:U2", "unit:U 1", "component:", "component:finder", "person:P1", "rotate:U1|U2",
    "rotate:U1|U2@2024-01-01", "rotate:U1|U2@2024-01-01/0", "rotate:@2024-01-01/7", "rotate:U1|U2@2024-1-1/7",
    "rotate:U1|U2@2024-01-01/1000", "rotate:U1|U2@2024-01-01/" + "9" * 5000,
])  # fmt: skip
def test_a_lead_that_cannot_be_read_is_refused_by_its_column(text):
    with pytest.raises(BadTable) as e:
        parse_lead(text, "evaluator")
    assert (e.value.errors[0].field, e.value.errors[0].value) == ("evaluator", text)


def test_a_rotation_from_an_impossible_date_is_refused():
    with pytest.raises(BadInput):
        rule(lead="rotate:U1|U2@2024-02-30/7")


@pytest.mark.parametrize(
    ("text", "attributes"),
    [
        ("", {}),
        ("vertical=above", {"vertical": {"above"}}),
        ("surface=road|pavement; permit=none", {"surface": {"road", "pavement"}, "permit": {"none"}}),
    ],
)
def test_attributes_are_keys_with_one_or_more_values(text, attributes):
    assert parse_attributes(text) == attributes


@pytest.mark.parametrize("text", ["vertical", "vertical=", "=above", "vertical=above;x"])
def test_an_attribute_that_cannot_be_read_is_refused_by_its_column(text):
    with pytest.raises(BadTable) as e:
        parse_attributes(text)
    assert e.value.errors[0].field == "attributes"


@pytest.mark.parametrize(
    ("columns", "field"),
    [
        ({"via": "law"}, "via"),
        ({"via": ""}, "via"),
        ({"categories": "六*"}, "categories"),
        ({"categories": "*"}, "categories"),
        ({"categories": "06*9"}, "categories"),
        ({"window": "always"}, "window"),
        ({"assisting": "U2"}, "assisting"),
        ({"evaluator": "U3"}, "evaluator"),
        ({"places": "zone"}, "places"),
        ({"attributes": "vertical"}, "attributes"),
        ({"rank": "first"}, "rank"),
        ({"rank": ""}, "rank"),
        ({"test_lon": "x", "test_lat": "30"}, "test_lon"),
        ({"test_lon": "120", "test_lat": ""}, "test_lat"),
        ({"id": ""}, "id"),
    ],
    ids=str,
)
def test_a_mistake_in_a_row_is_named_with_its_column(columns, field):
    with pytest.raises(BadTable) as e:
        rule(**columns)
    assert e.value.errors[0].field == field


@pytest.mark.parametrize("column", ["id", "rank", "via", "lead"])
def test_a_row_without_a_required_column_is_refused_by_that_column(column):
    with pytest.raises(BadTable) as e:
        parse_rule({k: v for k, v in ROW.items() if k != column}, None, None)
    assert e.value.errors[0].field == column


@pytest.mark.parametrize("place", [("200", "30"), ("30", "120"), ("nan", "30")])
def test_a_test_point_that_is_no_position_is_refused(place):
    with pytest.raises(BadInput):
        rule(test_lon=place[0], test_lat=place[1])


@pytest.mark.parametrize("text", ["maybe", "yes", "1", "wahr"])
def test_a_flag_that_is_neither_true_nor_false_is_refused(text):
    with pytest.raises(BadTable) as e:
        rule(disputed=text)
    assert e.value.errors[0].field == "disputed"
