"""What the demo city's ruleset declares, and who is there: words, powers, the city's time, every role, every title."""

import json
import re
from collections import Counter
from datetime import date, datetime, timedelta

import pytest
from demo_city_folder import FIRST, FOLDER, folder_of, layer, points, table

from gridsvc.bootstrap import Folder, past_cases, read_all
from gridsvc.report import Report
from gridsvc.responsibility.roles import ROLES
from gridsvc.router import Router
from gridsvc.ruleset_check import check_ruleset

EDITIONS = [FIRST, "2024-1", "2024-2"]
CHINESE = re.compile(r"[一-鿿]")
HALF_WIDTH = re.compile(r"(?<=[一-鿿])[,:;?!()]|[,:;?!()](?=[一-鿿])")


@pytest.fixture(scope="module")
def city() -> Folder:
    return read_all(FOLDER)


@pytest.fixture(scope="module")
def latest() -> Router:
    return Router(read_all(folder_of("2024-2")).snapshot)


def words() -> dict[str, set[str]]:
    """The declared values of each key."""
    found: dict[str, set[str]] = {}
    for row in table("attributes"):
        found.setdefault(row["key"], set()).update({row["value"]} - {""})
    return found


def test_every_word_of_the_rules_and_of_the_cases_is_declared_and_every_declared_key_is_used() -> None:
    known, used = words(), set()
    for rule in table("rules"):
        for part in filter(None, rule["attributes"].split(";")):
            key, _, values = part.partition("=")
            assert set(values.split("|")) <= known[key]
            used.add(key)
    conditions = {limit["condition"] for limit in table("limits")} - {""}
    modes = {c for c in conditions if c.startswith("mode=")}
    assert conditions - modes == known["condition"]
    assert {c.removeprefix("mode=") for c in modes} == known["mode"]
    used |= {"mode"}
    used.add("condition")
    for key, value in re.findall(r"\?(\w+)=(\w+)", ";".join(r["places"] for r in table("rules"))):
        assert value in known[key]
        used.add(key)
    for told in points("cases")["attributes"].dropna():
        assert all(value in known[key] for key, value in json.loads(told).items())
    assert used == set(known)


def test_every_key_and_value_has_its_titles() -> None:
    rows = table("attributes")
    assert set(words()) == {r["key"] for r in rows if not r["value"]}
    assert all(r["title_zh"] and r["title_en"] for r in rows)


def test_every_rule_says_in_both_languages_what_it_means() -> None:
    for rule in table("rules"):
        assert CHINESE.search(rule["title_zh"]), rule["id"]
        assert rule["title_en"], rule["id"]
        assert rule["title_en"].isascii(), rule["id"]
        assert rule["source"]
    assert len({r["title_zh"] for r in table("rules")}) == len(table("rules"))


@pytest.mark.parametrize("name", ["rules", "attributes", "powers", "calendar", "periods", "units", "limits"])
def test_chinese_texts_have_full_width_punctuation(name: str) -> None:
    texts = [text for row in table(name) for column, text in row.items() if column in
             ("source", "title_zh", "name")]  # fmt: skip
    assert [text for text in texts if HALF_WIDTH.search(text)] == []


def test_the_calendar_has_the_holidays_and_the_days_worked_instead() -> None:
    days = {date.fromisoformat(r["date"]): r["day"] for r in table("calendar")}
    assert len(days) == len(table("calendar"))
    assert all(day.isoweekday() > 5 for day, kind in days.items() if kind == "work")
    off = Counter(day.year for day, kind in days.items() if kind == "off")
    worked = Counter(day.year for day, kind in days.items() if kind == "work")
    assert (off[2024], worked[2024]) == (28, 8)
    assert days[date(2024, 2, 18)] == "work"
    assert days[date(2024, 10, 7)] == "off"


def test_every_period_is_used() -> None:
    used = ";".join(r["window"] for r in table("rules")) + ";" + ";".join(p["duty"] for p in table("posts"))
    assert {p["code"] for p in table("periods")} <= set(re.findall(r"[a-z_]{2,}", used))


def test_there_is_a_post_of_every_role_and_only_regular_staff_may_enforce() -> None:
    kind = {p["code"]: p["kind"] for p in table("people")}
    assert {p["role"] for p in table("posts")} == set(ROLES)
    assert {kind[p["person"]] for p in table("posts") if ROLES[p["role"]].enforces} == {"regular"}
    assert {kind[p["person"]] for p in table("posts") if p["role"] == "persuader"} == {"auxiliary"}
    assert {kind[p["person"]] for p in table("posts") if p["role"] == "steward"} == {"volunteer"}


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_grid_has_worker_persuader_and_officer(edition: str) -> None:
    chain = [code for code, role in ROLES.items() if role.chain is not None]
    has = {(p["area"], p["role"]) for p in table("posts", edition) if p["layer"] == "grid"}
    assert has >= {(grid, role) for grid in layer("grid", edition)["code"] for role in chain}


def test_one_leader_is_on_duty_at_every_hour_from_half_past_eight(city: Folder) -> None:
    zone = Router(city.snapshot).zone
    shifts = [p for p in city.snapshot.staff.posts if p.role == "duty_leader" and p.unit == "CENTRE"]
    assert len(shifts) == 4
    start = datetime(2024, 3, 1, 8, 30, tzinfo=zone)
    held = []
    for n in range(5 * 48):
        at = start + timedelta(minutes=30 * n)
        on = [p.code for p in shifts if p.duty.holds_at(at, zone)]
        assert len(on) == 1
        held += on
    # Each turn lasts a whole day; the fifth is the first one's again.
    assert [len(set(held[48 * n : 48 * (n + 1)])) for n in range(5)] == [1] * 5
    assert len(set(held)) == 4
    assert held[0] == held[-1]


def test_one_grid_is_handed_over_in_2024_without_a_gap() -> None:
    chiefs = [p for p in table("posts") if p["role"] == "grid_chief" and not p["deputy_of"]]
    ended = {p["area"]: p["valid_to"] for p in chiefs if p["valid_to"]}
    begun = {p["area"]: p for p in chiefs if p["area"] in ended and not p["valid_to"]}
    seamless = [a for a in ended if ended[a] == begun[a]["valid_from"] and begun[a]["acting"] == "false"]
    assert len(seamless) == 1
    assert ended[seamless[0]].startswith("2024-")


def test_enforcement_answers_nowhere_outside_the_planning_area(latest: Router) -> None:
    """Of all matters, at places of the fields: the bureau may help there, it may not be the one who answers."""
    town = layer("planning_area")["geometry"].iloc[0]
    cells = layer("unit_grid", "2024-2")
    fields = [g.representative_point() for g in cells["geometry"] if not town.intersects(g.representative_point())]
    assert len(fields) > 20
    at = datetime.fromisoformat("2024-05-06T12:00:00+08:00")
    categories = ["07003", "09001", "09006", "06001", "08016", "06014", "08001"]
    found = latest.decide_many(
        [p.x for p in fields for _ in categories], [p.y for p in fields for _ in categories], crs="wgs84",
        reports=[Report(at, category) for _ in fields for category in categories],
    )  # fmt: skip
    assert {d.unit.code for d in found if d.unit} & {"DEPT-ENF"} == set()
    assert all(d.unit for d in found)


@pytest.mark.parametrize("edition", EDITIONS)
def test_each_of_5000_cases_has_one_accountable_unit_or_a_reason_for_the_desk(edition: str, city: Folder) -> None:
    router = Router(read_all(folder_of(edition)).snapshot)
    cases = past_cases(city)
    reports = [
        Report(c.reported_at, c.new.category, c.new.component, c.new.accuracy_m, c.new.attributes) for c in cases
    ]
    lon, lat = [c.new.point.lon for c in cases], [c.new.point.lat for c in cases]
    found = router.decide_many(lon, lat, crs="wgs84", reports=reports)
    assert len(found) == 5_000
    assert all((d.unit is None) != (d.desk is None) for d in found)
    desk = Counter(d.desk for d in found if d.desk)
    # The desk has work, and not the whole city's.
    assert set(desk) == {"rules_conflict", "outside"}
    assert 0 < sum(desk.values()) < 300


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_check_finds_no_error_in_the_ruleset(edition: str) -> None:
    contents = read_all(folder_of(edition))
    now = datetime.fromisoformat("2024-07-01T12:00:00+08:00")
    found = check_ruleset(contents.snapshot, contents.tables, now).findings
    assert [f.as_dict() for f in found if f.severity == "error"] == []
    assert {f.id for f in found} <= {"staff_density", "dead_row"}
