"""What is said of a decision: each clause is true of its situation, in both languages, and short."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from gridsvc.answer import Routing
from gridsvc.bootstrap import Folder, Router, past_cases
from gridsvc.codes import category_of
from gridsvc.report import Report
from gridsvc.responsibility.duty import Chief
from gridsvc.responsibility.explain import DESK, of_area, of_chief, of_component, of_decision, of_party, of_passed
from gridsvc.responsibility.names import Names, joined, listed
from gridsvc.responsibility.passed import Context
from gridsvc.responsibility.people import Person, Post, Staff, Unit
from gridsvc.responsibility.resolve import Ruleset, Situation, decide
from gridsvc.responsibility.table import Rule, parse_power, parse_rule
from gridsvc.responsibility.vocabulary import Vocabulary
from gridsvc.values import AreaAt, Component, Point

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2024, 6, 12, 4, 0, tzinfo=UTC)  # a Wednesday, 12:00 in Shanghai
STAFF = Staff(
    {
        "U1": Unit("U1", "执法局", "Enforcement Bureau"),
        "U2": Unit("U2", "街道办", "Street Office"),
        "U3": Unit("U3", "水务局"),
    }
)
AREAS = {
    ("zone", "Z1"): ("开发区", "Development Zone"),
    ("lane", "L1"): ("人民路", "Renmin Road"),
    ("lane", "L2"): ("里弄", ""),
}
WORDS = Vocabulary.of_rows([
    {"key": "vehicle", "value": "", "title_zh": "车型", "title_en": "vehicle"},
    {"key": "vehicle", "value": "motor", "title_zh": "机动车", "title_en": "motor car"},
    {"key": "vehicle", "value": "bus", "title_zh": "公交车"},
])  # fmt: skip
NAMES = Names({"zone": ("特殊区域", "Special zone"), "lane": ("街巷", "Lane"), "street": ("街道", "Sub-district")},
              lambda layer, code: AREAS.get((layer, code)), WORDS)  # fmt: skip
LANES = [AreaAt("lane", "L1", "人民路", "inside", "U1", {"tier": "arterial"}),
         AreaAt("lane", "L2", "里弄", "inside", "U2", {"tier": "alley"})]  # fmt: skip
ZONE = AreaAt("zone", "Z1", "开发区", "inside")
WELL = Component("W1", "GB/T 47678.5-2026", "01001", "井盖", Point(120, 30), maintainer="U3", owner="U9")
POWERS = (parse_power({"unit": "U1", "categories": "", "places": "zone:Z1", "source": "授权书"}),)


def rule(lead: str = "unit:U1", via: str = "rule", validity=(None, None), **columns: str) -> Rule:
    return parse_rule({"id": "R1", "rank": "1", "via": via, "lead": lead} | columns, *validity)


def told(made: Rule, powers=(), **changes: object) -> tuple[str, str, str, str]:
    """The step about one row, settling or passed over."""
    given = {"instant": NOON, "zone": SHANGHAI, "point": Point(120.0, 30.0), "category": category_of("06010"),
             "areas": {}, "around": {}}  # fmt: skip
    situation = Situation(**(given | changes))
    ruleset = Ruleset("r", (made,), powers=powers, vocabulary=WORDS)
    context, found = Context(situation, ruleset, STAFF, NAMES), decide(ruleset, STAFF, situation)
    return of_decision(found, context) if found.rule else of_passed(*found.trail[0], context)


EARLY, LATE = datetime(2024, 6, 1, tzinfo=SHANGHAI), datetime(2024, 7, 1, tzinfo=SHANGHAI)
CASES = [
    # what speaks against a row
    (rule(validity=(LATE, None)), {}, "自 2024-07-01 起才施行", "only from 2024-07-01", "停止"),
    (rule(validity=(None, EARLY)), {}, "自 2024-06-01 起已停止施行", "ceased to be in force on 2024-06-01", "才"),
    (
        rule(categories="09009"),
        {},
        "只管机动车乱停放（09009）。本案是暴露垃圾（06010）",
        "for disorderly motor-vehicle parking (09009). This is exposed rubbish (06010)",
        "等",
    ),
    (
        rule(categories="07*;0801*;09009;09010"),
        {},
        "宣传广告类（07*）、以此开头的事项（0801*）等 4 项",
        "and 2 more",
        "09010",
    ),
    (rule(categories="06*"), {"category": None}, "本案是未分类事项", "a report without a category", "None"),
    (
        rule(places="zone:Z1"),
        {},
        "要求在特殊区域开发区（Z1）。该点不在任何特殊区域内",
        "in special zone Development Zone (Z1). The point is in no special zone",
        "街巷",
    ),
    (rule(places="zone:*"), {}, "要求在特殊区域内", "in a special zone", "Z1"),
    (
        rule(places="!zone:*"),
        {"around": {"zone": [ZONE]}},
        "要求不在任何特殊区域内。该点在特殊区域开发区（Z1）",
        "not in any special zone. The point is in special zone Development Zone (Z1)",
        "该点不在",
    ),
    (
        rule(places="lane?tier=branch"),
        {"around": {"lane": LANES}},
        "tier 为 arterial 的街巷人民路（L1）、tier 为 alley 的街巷里弄（L2）",
        "lane Renmin Road (L1), whose tier is arterial",
        "L2），tier 为 arterial",
    ),
    (
        rule(places="zone:Z1;lane:L1"),
        {"around": {"lane": LANES[1:]}},
        "在特殊区域开发区（Z1）或在街巷人民路（L1）",
        "or in lane Renmin Road (L1)",
        "等",
    ),
    (
        rule(places="at:120.1,30/50"),
        {},
        "要求在（120.10000，30.00000）周围 50 米内。该点不在其内",
        "within 50 m of (120.10000, 30.00000). The point is not",
        "正在",
    ),
    (
        rule(places="!at:120,30/50"),
        {},
        "要求不在（120.00000，30.00000）周围 50 米内。该点正在其内",
        "The point is within",
        "该点不在",
    ),
    (
        rule(attributes="vehicle=motor|bus"),
        {},
        "要求车型为公交车（bus）或机动车（motor）。报告没有说明",
        "vehicle is bus or motor car (motor). This one does not say",
        "报告说是",
    ),
    (
        rule(attributes="vertical=above;vehicle=motor"),
        {"attributes": {"vertical": "above", "vehicle": "bus"}},
        "要求车型为机动车（motor）。报告说是公交车（bus）",
        "This one says bus",
        "桥面",
    ),
    (rule(window="22:00-06:00"), {}, "只在 22:00-06:00 适用。报告时刻不在其内", "only at 22:00-06:00", "12:00"),
    (
        rule("component:maintainer"),
        {},
        "要找部件的养护单位，但没有匹配到部件",
        "a component's maintainer, and none was matched",
        "登记",
    ),
    (
        rule("component:competent"),
        {"component": WELL},
        "部件井盖没有登记主管单位",
        "has no competent unit on record",
        "U3",
    ),
    (
        rule("component:owner"),
        {"component": WELL},
        "所指的单位 U9 没有登记",
        "the unit U9 that it names is not on record",
        "匹配",
    ),
    (
        rule("area:lane"),
        {},
        "要找街巷的责任单位，但该点不在任何街巷内",
        "for the unit of a lane, and the point is in none",
        "登记",
    ),
    (
        rule("area:zone"),
        {"around": {"zone": [ZONE]}},
        "特殊区域开发区（Z1）没有登记责任单位",
        "has no unit on record",
        "不在",
    ),
    (
        rule(disputed="true"),
        {},
        "指向执法局（U1），但职责有争议。改看判例和属地",
        "names Enforcement Bureau (U1), but is disputed",
        "负责",
    ),
    # what settles the case
    (
        rule(source="办法第三条", title_zh="脏乱归执法", title_en="Dirt"),
        {},
        "按职责清单规则“脏乱归执法”（R1），由执法局（U1）负责。依据：办法第三条。",
        "By duty rule “Dirt” (R1), Enforcement Bureau (U1) is accountable. Source: 办法第三条.",
        "该点",
    ),
    (
        rule(via="zone", places="zone:Z1&!lane:*"),
        {"around": {"zone": [ZONE]}},
        "按特殊区域规则 R1，由执法局（U1）负责。该点在特殊区域开发区（Z1），不在任何街巷内。",
        "The point is in special zone Development Zone (Z1), not in any lane.",
        "依据",
    ),
    (
        rule("component:maintainer", via="component"),
        {"component": WELL},
        "由水务局（U3）负责。该单位是部件登记的养护单位。",
        "It is the recorded maintainer of the component.",
        "街",
    ),
    (
        rule("rotate:U1|U2@2024-06-12/7", via="strip"),
        {},
        "轮值每 7 天一换，此时轮到该单位",
        "take turns of 7 days",
        "街道办",
    ),
    (
        rule("area:lane", via="lane_tier", places="lane?tier=alley"),
        {"areas": {"lane": LANES[0]}, "around": {"lane": LANES}},
        "由街道办（U2）负责。该单位是街巷里弄（L2）的责任单位。该点在 tier 为 alley 的街巷里弄（L2）",
        "It is the unit of lane 里弄 (L2)",
        "人民路",
    ),
    (
        rule(via="vertical", attributes="vertical=above"),
        {"attributes": {"vertical": "above"}},
        "报告说明上下位置为桥面（above）",
        "The report says that level is the deck (above)",
        "地面（",
    ),
    (rule(window="08:30-17:30"), {}, "报告时刻在 08:30-17:30 内", "made within 08:30-17:30", "不在"),
    (rule(via="precedent", places="at:120,30/50"), {}, "按判例 R1，", "By precedent R1,", "规则"),
    (rule(via="locality"), {}, "按属地兜底规则 R1，", "By locality rule R1,", "该点"),
]


@pytest.mark.parametrize(("made", "changes", "zh", "en", "never"), CASES, ids=[case[2][:24] for case in CASES])
def test_a_row_is_explained_by_what_it_asks_and_what_was_there(made, changes, zh, en, never):
    step = told(made, **changes)
    assert zh in step.zh
    assert en in step.en
    assert never not in step.zh
    assert_reads_well(step.zh, step.en)


def test_a_unit_without_the_power_is_named_with_the_limit_and_its_source():
    step = told(rule(), POWERS)
    assert step.zh == (
        "规则 R1 未采用：执法局（U1）在此没有权限。办理暴露垃圾（06010）须在特殊区域开发区（Z1）。"
        "该点不在任何特殊区域内。依据：授权书。"
    )
    assert step.en == (
        "Rule R1 does not apply: Enforcement Bureau (U1) has no power here. For exposed rubbish (06010) the point must"
        " be in special zone Development Zone (Z1). The point is in no special zone. Source: 授权书."
    )
    assert "没有权限" not in told(rule(), POWERS, around={"zone": [ZONE]}).zh


@pytest.mark.parametrize(
    ("how", "zh", "en"),
    [
        ("inside", "街巷：人民路（L1），该点在其内。", "Lane: Renmin Road (L1), the point is inside."),
        ("street", "该点在界路上，归界路所属区域", "on a boundary street"),
        ("near", "该点不在任何区域内，此为最近者", "the point is in none"),
    ],
)
def test_an_area_is_named_with_how_the_point_came_to_it(how, zh, en):
    step = of_area(AreaAt("lane", "L1", "人民路", how), NAMES)
    assert zh in step.zh
    assert en in step.en
    assert of_area(AreaAt("grid", "G9", "", how), NAMES).zh.startswith("grid：G9，")


@pytest.mark.parametrize(
    ("on_duty", "deputy_of", "acting", "zh", "en"),
    [
        (True, None, False, "网格长：甲（岗位 N1），在岗。", "Grid chief: 甲 (post N1), on duty."),
        (False, None, False, "网格长：甲（岗位 N1），不在岗。", "Grid chief: 甲 (post N1), off duty."),
        (True, None, True, "网格长：甲（岗位 N1），在岗，代理。", "Grid chief: 甲 (post N1), on duty, acting."),
        (
            True,
            "N0",
            True,
            "网格长：甲（岗位 N1），在岗，由副职代行。",
            "Grid chief: 甲 (post N1), on duty, a deputy who stands in.",
        ),
    ],
)
def test_a_chief_is_named_with_his_post_and_duty(on_duty, deputy_of, acting, zh, en):
    post = Post("N1", "P1", "grid_chief", deputy_of=deputy_of)
    step = of_chief("grid_chief", Chief(post, Person("P1", "甲"), on_duty, acting, "grid"))
    assert (step.id, step.zh, step.en) == ("N1", zh, en)


def test_a_role_of_the_citys_own_is_called_as_it_is_written():
    step = of_chief("road_chief", Chief(Post("N1", "P1", "road_chief"), Person("P1", "甲"), True, False, "lane"))
    assert step.zh == "road_chief：甲（岗位 N1），在岗。"


def test_who_assists_and_evaluates_is_named():
    assert of_party("assisting", STAFF.units["U1"])[2:] == ("执法局（U1）协办。", "Enforcement Bureau (U1) assists.")
    assert of_party("evaluator", STAFF.units["U3"])[2:] == ("水务局（U3）考评。", "水务局 (U3) evaluates.")


def test_a_component_is_named_with_its_distance():
    assert of_component(WELL, 3.24).zh == "匹配部件井盖（W1），相距 3.2 米。"


@pytest.mark.parametrize("reason", DESK)
def test_the_desk_is_told_why_and_what_to_do(reason):
    zh, en = DESK[reason]
    assert "转定责台。请" in zh
    assert "for the desk. " in en
    assert_reads_well(zh, en)


@pytest.mark.parametrize(
    ("parts", "text"),
    [((), ""), (("在", "L1"), "在 L1"), (("在", "街巷"), "在街巷"), (("A", "B"), "AB"), (("在", "（1）"), "在（1）"),
     (("规则", "", "R1", "未"), "规则 R1 未")],
)  # fmt: skip
def test_words_are_put_together_as_chinese_is_set(parts, text):
    assert joined(*parts) == text


def test_many_names_are_cut_short_and_equal_ones_said_once():
    assert listed([("甲", "a"), ("甲", "a")]) == ("甲", "a")
    assert listed([("甲", "a"), ("乙", "b")], "或", "or") == ("甲或乙", "a or b")
    assert listed([(x, x) for x in "abcd"]) == ("a、b等 4 项", "a, b and 2 more")


TITLE = re.compile("“[^”]*”")
ASCII_MARK = re.compile(r"[\u4e00-\u9fff][,:;()?.]|[,:;()?][\u4e00-\u9fff]")


def assert_reads_well(zh: str, en: str) -> None:
    """Full-width marks beside Chinese words, whole sentences, and none that is too long to be read at a glance."""
    # What a city calls a source document or a row, and at what length, is its own business.
    zh, en = (TITLE.sub("“”", text) for text in (zh, en))
    assert not ASCII_MARK.search(zh.split("依据：")[0]), zh
    assert zh.endswith("。")
    assert en.endswith(".")
    assert en[0].isupper() or not en[0].isalpha()
    assert max(map(len, re.split("[。；]", zh))) <= 80, zh
    assert max(map(len, re.split(r"\. |: ", en))) <= 130, en


def test_every_sentence_about_the_demo_city_reads_well_and_full_says_more_than_short(demo: Folder, demo_router: Router):
    vias, reasons = set(), set()
    for case in past_cases(demo)[:120]:
        new = case.new
        report = Report(case.reported_at, new.category, new.component, new.accuracy_m, new.attributes or {})
        answer: Routing = demo_router.decide(demo_router.meet(new.point.lon, new.point.lat, "wgs84", report))
        full, short = answer.because("full"), answer.because("short")
        for step in full:
            assert_reads_well(step.zh, step.en)
        assert answer.because("none") == []
        assert [s for s in full if s.step not in ("passed", "assisting", "evaluator")] == short
        assert [s.id for s in full if s.step == "passed"] == [r.id for r, _ in answer.decision.trail]
        assert [s.id for s in full if s.step == "assisting"] == [u.code for u in answer.decision.assisting]
        vias |= {answer.decision.rule.via} if answer.decision.rule else set()
        reasons |= {why for _, why in answer.decision.trail}
    assert {"zone", "lane_tier", "component", "rule", "locality"} <= vias
    assert {"category", "place", "attributes"} <= reasons
