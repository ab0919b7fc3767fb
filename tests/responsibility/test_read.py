"""Tables of staff, rules and limits: an error names the table, the line and the column."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from gridsvc.errors import BadTable
from gridsvc.responsibility.people import Staff
from gridsvc.responsibility.places import Place
from gridsvc.responsibility.read import read_ruleset, read_staff
from gridsvc.responsibility.resolve import Ruleset
from gridsvc.tables import Faults, Row, gathered

SHANGHAI = ZoneInfo("Asia/Shanghai")
UNITS = [{"code": "U1", "name": "城管局"}, {"code": "U2", "name": "街道办"}]
PEOPLE = [{"code": "P1", "name": "甲", "phone": ""}, {"code": "P2", "name": "乙", "phone": "000-1"}]
POST = {"code": "N1", "person": "P1", "role": "grid_chief", "layer": "grid", "area": "G1"}
RULE = {"rank": "1", "id": "R1", "via": "rule", "lead": "unit:U1"}
WORDS = [{"key": "vehicle", "value": "car"}]
POWER = {"unit": "U1", "categories": "06*;07001", "places": "planning_area:*", "source": "办法"}
LIMIT = {"category": "06*", "stage": "disposal", "amount": "2", "unit": "working_day"}


def numbered(tables: dict[str, list]) -> dict[str, list[Row]]:
    return {name: [Row(cells, line) for line, cells in enumerate(rows, start=2)] for name, rows in tables.items()}


def staff(**tables: list) -> Staff:
    with gathered() as faults:
        return read_staff(numbered({"units": UNITS, "people": PEOPLE, "posts": [POST]} | tables), SHANGHAI, faults)


def ruleset(**tables: list) -> Ruleset:
    with gathered() as faults:
        rows = numbered({"rules": [RULE], "limits": [LIMIT]} | tables)
        return read_ruleset("r", rows, staff(), SHANGHAI, faults)


def refusal(make, **tables: list) -> tuple[str, str, object]:
    """The sentence, the column and the value of the first error."""
    with pytest.raises(BadTable) as e:
        make(**tables)
    return str(e.value), e.value.errors[0].field, e.value.errors[0].value


def test_no_tables_are_no_staff_and_no_rules():
    nobody = read_staff({}, SHANGHAI, Faults())
    assert (dict(nobody.units), dict(nobody.people), nobody.posts) == ({}, {}, ())
    assert read_ruleset("", {}, nobody, SHANGHAI, Faults()).rules == ()


def test_a_whole_staff_is_read():
    full = {"unit": "U1", "deputy_of": "N0", "acting": "TRUE", "duty": "1-5 08:30-17:30", "valid_from": "2024-01-01",
            "valid_to": "2025-01-01T00:00:00+08:00"}  # fmt: skip
    post = staff(posts=[POST | full, POST | {"code": "N0"}]).posts[0]
    assert (post.unit, post.deputy_of, post.acting, len(post.duty.spans)) == ("U1", "N0", True, 1)
    assert post.valid_from == datetime(2023, 12, 31, 16, 0, tzinfo=UTC)
    assert post.valid_to == datetime(2024, 12, 31, 16, 0, tzinfo=UTC)


DAYS = [{"date": "2024-05-01", "day": "off", "name": "Labour Day"}, {"date": "2024-04-28", "day": "work"}]
PERIODS = [{"code": "office", "window": "work 08:30-17:30;noon"}, {"code": "noon", "window": "12:00-14:00"}]


def test_windows_of_posts_and_rules_are_on_the_calendar_of_the_city():
    city = {"calendar": DAYS, "periods": PERIODS}
    duty, window = staff(posts=[POST | {"duty": "!office"}], **city).posts[0].duty, ruleset(
        rules=[RULE | {"window": "office"}], **city).rules[0].window  # fmt: skip
    for day, working in ((1, False), (2, False), (6, True)):
        at = datetime(2024, 5, day, 9, tzinfo=SHANGHAI)
        assert (window.holds_at(at, SHANGHAI), duty.holds_at(at, SHANGHAI)) == (working, not working)
    calendar = ruleset(**city).calendar
    assert (calendar.is_working(date(2024, 4, 28)), calendar.is_working(date(2024, 5, 1))) == (True, False)
    assert [p.code for p in calendar.periods.values()] == ["office", "noon"]


@pytest.mark.parametrize(
    ("tables", "told"),
    [
        ({"calendar": [{"date": "2024-02-30", "day": "off"}]}, [("calendar", 2, "date", "2024-02-30")]),
        ({"calendar": [{"date": "", "day": "off"}]}, [("calendar", 2, "date", "")]),
        ({"calendar": [DAYS[0] | {"day": "holiday"}]}, [("calendar", 2, "day", "holiday")]),
        ({"calendar": [DAYS[0] | {"day": ""}]}, [("calendar", 2, "day", "")]),
        ({"calendar": [*DAYS, DAYS[0] | {"day": "work"}]}, [("calendar", 4, "date", "2024-05-01")]),
        ({"periods": [*PERIODS, PERIODS[0]]}, [("periods", 4, "code", "office")]),
        ({"periods": [{"code": "a b", "window": "office"}]}, [("periods", 2, "code", "a b")]),
        ({"periods": [{"code": "a", "window": ""}]}, [("periods", 2, "window", "")]),
        ({"periods": [{"code": "a", "window": "a;08:00-09:00"}]}, [("periods", 2, "window", "a")]),
        ({"periods": [{"code": "a", "window": "b"}]}, [("periods", 2, "window", "b")]),
        ({"periods": [{"code": "a", "window": "!b"}, {"code": "b", "window": "a"}]},
         [("periods", 2, "window", "a"), ("periods", 3, "window", "!b")]),
        ({"posts": [POST | {"duty": "night"}], "periods": PERIODS}, [("posts", 2, "duty", "night")]),
        # Who names a period that cannot be read is not told as well.
        ({"posts": [POST | {"duty": "a"}], "rules": [RULE | {"window": "!a"}],
          "periods": [{"code": "a", "window": "daily"}]}, [("periods", 2, "window", "daily")]),
    ],
)  # fmt: skip
def test_days_and_periods_that_cannot_be_meant_are_told_once(tables, told):
    faults, rows = Faults(), numbered({"units": UNITS, "people": PEOPLE, "rules": [RULE]} | tables)
    read_ruleset("r", rows, read_staff(rows, SHANGHAI, faults), SHANGHAI, faults)
    with pytest.raises(BadTable) as e:
        faults.refuse()
    assert [(f.table, f.line, f.field, f.value) for f in e.value.errors] == told


def test_where_the_periods_could_not_be_read_at_all_nobody_is_told_for_naming_one():
    faults = Faults()
    faults.add("periods", None, BadTable("-", "-"))
    rows = numbered(
        {"units": UNITS, "people": PEOPLE, "posts": [POST | {"duty": "a"}], "rules": [RULE | {"window": "a"}]}
    )
    read_ruleset("r", rows, read_staff(rows, SHANGHAI, faults), SHANGHAI, faults)
    with pytest.raises(BadTable) as e:
        faults.refuse()
    assert len(e.value.errors) == 1


def test_an_empty_telephone_is_none():
    assert [p.phone for p in staff().people.values()] == [None, "000-1"]


@pytest.mark.parametrize(
    ("tables", "table", "field", "value"),
    [
        ({"units": [*UNITS, {"code": "", "name": "x"}]}, "units, line 4", "code", ""),
        ({"units": [{"code": "U1"}]}, "units, line 2", "name", ""),
        ({"people": [{"code": "P1", "name": ""}]}, "people, line 2", "name", ""),
        ({"posts": [POST, POST | {"code": ""}]}, "posts, line 3", "code", ""),
        ({"posts": [POST | {"person": "P9"}]}, "posts, line 2", "person", "P9"),
        ({"posts": [POST | {"person": ""}]}, "posts, line 2", "person", ""),
        ({"posts": [POST | {"role": ""}]}, "posts, line 2", "role", ""),
        ({"posts": [POST | {"unit": "U9"}]}, "posts, line 2", "unit", "U9"),
        ({"posts": [POST | {"duty": "daily"}]}, "posts, line 2", "duty", "daily"),
        ({"posts": [POST | {"valid_from": "soon"}]}, "posts, line 2", "valid_from", "soon"),
        ({"posts": [POST | {"valid_from": "2024-01-01T00:00:00"}]}, "posts, line 2", "valid_from",
         "2024-01-01T00:00:00"),
        ({"posts": [POST | {"valid_from": "2024-01-02", "valid_to": "2024-01-02"}]}, "posts, line 2", "valid_to",
         "2024-01-02"),
        ({"units": [*UNITS, UNITS[0]]}, "units", "code", "U1"),
        ({"people": [*PEOPLE, PEOPLE[0]]}, "people", "code", "P1"),
        ({"posts": [POST, POST]}, "posts", "code", "N1"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_staff_is_named_with_table_line_and_column(tables, table, field, value):
    text, named_field, named_value = refusal(staff, **tables)
    assert f"table {table}" in text
    assert (named_field, named_value) == (field, value)


@pytest.mark.parametrize(
    ("tables", "table", "field", "value"),
    [
        ({"rules": [RULE, RULE | {"rank": "2", "id": "R2", "lead": "U1"}]}, "rules, line 3", "lead", "U1"),
        ({"rules": [RULE | {"lead": "unit:U9"}]}, "rules, line 2", "lead", "U9"),
        ({"rules": [RULE | {"lead": "rotate:U1|U9@2024-01-01/7"}]}, "rules, line 2", "lead", "U9"),
        ({"rules": [RULE | {"lead": "rotate:U1||U2@2024-01-01/7"}]}, "rules, line 2", "lead", ""),
        ({"rules": [RULE | {"assisting": "unit:U9"}]}, "rules, line 2", "assisting", "U9"),
        ({"rules": [RULE | {"evaluator": "unit:U9"}]}, "rules, line 2", "evaluator", "U9"),
        ({"rules": [RULE | {"via": "law"}]}, "rules, line 2", "via", "law"),
        ({"rules": [RULE | {"categories": "x"}]}, "rules, line 2", "categories", "x"),
        ({"rules": [RULE | {"window": "daily"}]}, "rules, line 2", "window", "daily"),
        ({"rules": [RULE | {"valid_to": "soon"}]}, "rules, line 2", "valid_to", "soon"),
        ({"rules": [{k: v for k, v in RULE.items() if k != "lead"}]}, "rules, line 2", "lead", None),
        ({"rules": [RULE, RULE | {"id": "R2"}]}, "rules", "rank", "1"),
        ({"rules": [RULE, RULE | {"rank": "2"}]}, "rules", "id", "R1"),
        ({"limits": [LIMIT | {"unit": "week"}]}, "limits, line 2", "unit", "week"),
        ({"limits": [LIMIT | {"amount": "two"}]}, "limits, line 2", "amount", "two"),
        ({"limits": [LIMIT | {"amount": "nan"}]}, "limits, line 2", "amount", "nan"),
        ({"limits": [LIMIT | {"amount": "-1"}]}, "limits, line 2", "amount", "-1"),
        ({"limits": [LIMIT | {"amount": "3651", "unit": "natural_day"}]}, "limits, line 2", "amount", "3651"),
        ({"limits": [LIMIT | {"amount": "87601", "unit": "urgent_hour"}]}, "limits, line 2", "amount", "87601"),
        ({"limits": [LIMIT | {"amount": "1e300"}]}, "limits, line 2", "amount", "1e300"),
        ({"limits": [LIMIT | {"places": "zone"}]}, "limits, line 2", "places", "zone"),
        ({"limits": [LIMIT | {"places": "zone:A"}] * 2}, "limits, line 3", "category", "06* disposal zone:A"),
        ({"limits": [LIMIT | {"category": ""}]}, "limits, line 2", "category", ""),
        ({"limits": [LIMIT | {"category": "any"}]}, "limits, line 2", None, "any"),
        ({"limits": [LIMIT | {"stage": ""}]}, "limits, line 2", "stage", ""),
        ({"limits": [LIMIT | {"condition": "vehicle="}]}, "limits, line 2", "condition", "vehicle="),
        (
            {"limits": [LIMIT | {"condition": "repair"}], "attributes": WORDS},
            "limits, line 2",
            "condition",
            "condition",
        ),
        ({"limits": [LIMIT | {"condition": "vehicle=van"}], "attributes": WORDS}, "limits, line 2", "condition", "van"),
        ({"rules": [RULE | {"attributes": "vehicle=car|"}]}, "rules, line 2", "attributes", "vehicle=car|"),
        (
            {"rules": [RULE | {"attributes": "vehicle=car|van"}], "attributes": WORDS},
            "rules, line 2",
            "attributes",
            "van",
        ),
        (
            {"rules": [RULE | {"attributes": "vehicel=car"}], "attributes": WORDS},
            "rules, line 2",
            "attributes",
            "vehicel",
        ),
        ({"rules": [RULE | {"attributes": "vertical=beside"}]}, "rules, line 2", "attributes", "beside"),
        ({"rules": [RULE | {"places": "at:120,30/0"}]}, "rules, line 2", "places", "at:120,30/0"),
        ({"attributes": [*WORDS, WORDS[0]]}, "attributes", "value", "vehicle=car"),
        ({"attributes": [*WORDS, {"key": "permit", "value": ""}]}, "attributes, line 3", "value", ""),
        ({"attributes": [*WORDS, {"key": "", "value": "x"}]}, "attributes, line 3", "key", ""),
        ({"powers": [POWER | {"unit": "U9"}]}, "powers, line 2", "unit", "U9"),
        ({"powers": [POWER | {"unit": ""}]}, "powers, line 2", "unit", ""),
        ({"powers": [POWER | {"places": ""}]}, "powers, line 2", "places", None),
        ({"powers": [POWER | {"places": " ; "}]}, "powers, line 2", "places", None),
        ({"powers": [POWER | {"places": "zone"}]}, "powers, line 2", "places", "zone"),
        ({"powers": [POWER | {"categories": "x"}]}, "powers, line 2", None, "x"),
        ({"limits": [LIMIT | {"stage": "disposl"}]}, "limits, line 2", "stage", "disposl"),
    ],
)
def test_a_mistake_in_the_rules_is_named_with_table_line_and_column(tables, table, field, value):
    text, named_field, named_value = refusal(ruleset, **tables)
    assert f"table {table}" in text
    assert named_value == value
    assert field in (None, named_field)


@pytest.mark.parametrize(
    ("stage", "near"),
    [("arrive", "arrival"), ("disposl", "disposal"), ("close", "whole"), ("handover", "hand_over"), ("到达", "accept")],
)
def test_the_mend_of_a_stage_names_those_that_look_like_it(stage, near):
    with pytest.raises(BadTable) as e:
        ruleset(limits=[LIMIT | {"stage": stage}])
    assert near in e.value.errors[0].mend_en


def test_a_limit_may_be_for_some_places_only():
    read = ruleset(limits=[LIMIT, LIMIT | {"places": "zone:A;street:B"}])
    assert [x.where() for x in read.limits] == [(), ((Place("zone", "A"),), (Place("street", "B"),))]


@pytest.mark.parametrize("code", ["N9", "N1"])
def test_a_deputy_of_a_post_that_is_not_there_or_is_itself_is_refused(code):
    text, field, value = refusal(staff, posts=[POST | {"deputy_of": code}])
    assert ("table posts" in text, field, value) == (True, "deputy_of", code)


@pytest.mark.parametrize("flag", ["maybe", "yes", "1"])
def test_a_flag_that_is_neither_true_nor_false_is_refused(flag):
    text, field, value = refusal(staff, posts=[POST | {"acting": flag}])
    assert ("table posts" in text, field, value) == (True, "acting", flag)


def test_a_whole_ruleset_is_read():
    read = ruleset(limits=[LIMIT | {"condition": "夜间", "source": "办法", "amount": "1.5"}])
    assert (read.code, [r.id for r in read.rules], read.limits[0].amount) == ("r", ["R1"], 1.5)


def test_powers_and_words_are_read():
    read = ruleset(powers=[POWER], attributes=WORDS, rules=[RULE | {"attributes": "vehicle=car;vertical=above"}])
    assert [(p.unit, p.categories, p.source) for p in read.powers] == [("U1", ("06*", "07001"), "办法")]
    assert (read.vocabulary.closed, "vehicle" in read.vocabulary.words) == (True, True)
    assert not ruleset().vocabulary.closed


def test_a_word_in_a_row_that_cannot_be_used_is_not_missed_elsewhere():
    """One mistake is told once: the rule that asks for the word is right."""
    with pytest.raises(BadTable) as e:
        ruleset(attributes=[*WORDS, WORDS[0]], rules=[RULE | {"attributes": "vehicle=car"}])
    assert [(f.table, f.line) for f in e.value.errors] == [("attributes", 3)]


def test_rules_are_kept_by_rank_whatever_their_order_in_the_file():
    rows = [RULE | {"rank": r, "id": f"R{r}"} for r in ("10", "9", "100")]
    assert [r.rank for r in ruleset(rules=rows).rules] == [9, 10, 100]


def test_a_bare_date_is_midnight_in_the_district():
    rule = ruleset(rules=[RULE | {"valid_from": "2024-01-01"}]).rules[0]
    assert rule.valid_from == datetime(2024, 1, 1, tzinfo=SHANGHAI)
