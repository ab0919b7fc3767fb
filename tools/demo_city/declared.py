"""What the demo city's ruleset declares beside its rows: words of reports, powers of units, and the city's time."""

from collections.abc import Iterable

import numpy as np

from demo_city.write import Row

ATTRIBUTE_COLUMNS = ["key", "value", "title_zh", "title_en"]
POWER_COLUMNS = ["unit", "categories", "places", "source"]
CALENDAR_COLUMNS = ["date", "day", "name"]
ANSWER_COLUMNS = ["event", "category", "condition", "text_zh", "text_en", "source"]
PERIOD_COLUMNS = ["code", "window", "title_zh", "title_en"]
DUPLICATE_COLUMNS = ["category", "radius_m", "hours", "match", "source"]
SANCTION_COLUMNS = ["categories", "times", "days", "radius_m", "text_zh", "text_en", "fine_max", "source"]

# Each word with its titles, the values of a key below it.
WORDS: dict[tuple[str, str, str], list[tuple[str, str, str]]] = {
    ("vehicle", "车型", "vehicle"): [
        ("motor", "机动车", "motor vehicle"), ("bus", "公交营运车辆", "bus in service"),
        ("non_motor", "非机动车", "bicycle or e-bike"),
    ],
    ("surface", "停放位置", "surface"): [
        ("carriageway", "机动车道", "carriageway"), ("cycle_lane", "非机动车道", "cycle lane"),
        ("pavement", "人行道", "pavement"), ("side_space", "建筑退界等两侧公共空间", "public space beside the road"),
    ],
    ("permit", "许可状态", "state of the permit"): [
        ("none", "未取得许可", "never granted"), ("granted", "已许可、未核实", "granted, not yet accepted"),
        ("accepted", "已竣工核实", "work accepted"),
    ],
    ("permitted_by", "许可部门", "permitted by"): [("market", "市场监管部门", "the market bureau")],
    ("stage", "渣土环节", "stage of spoil transport"): [
        ("site", "出工地", "leaving the site"), ("permit", "处置和准运证", "permits"), ("road", "路面", "on the road"),
        ("plate", "号牌和行驶", "plates and driving"), ("obstruction", "阻挠执法", "obstruction"),
        ("qualification", "运输资质", "haulier's licence"), ("accountability", "失职倒查", "neglect of duty"),
    ],
    ("cable", "线缆归属", "cable owner"): [
        ("power", "电力公司", "power company"), ("telecom", "通信公司", "telecom company"),
    ],
    ("trade", "经营业态", "trade"): [("building_material", "建材", "building material")],
    ("condition", "立案情形", "filing condition"): [
        ("missing", "缺失", "missing"), ("repair", "修复", "repair"), ("broken", "断裂", "broken"),
        ("fallen", "倒伏", "fallen"), ("stop_work", "责令停工", "order to stop"), ("penalty", "处罚", "penalty"),
        ("heap", "成堆", "heap"), ("standing_water", "积水", "standing water"), ("collapse", "塌陷", "collapse"),
        ("night", "夜间", "at night"),
    ],
    ("mode", "运行状态", "mode"): [("emergency", "应急响应", "emergency response")],
    ("urgency", "紧急程度", "urgency"): [("emergency", "紧急", "emergency")],
    ("vertical", "上下位置", "level"): [("above", "高架桥面", "the deck"), ("below", "桥下地面", "the ground below")],
    # What rules ask of areas is titled here as well.
    ("tier", "道路等级", "tier"): [
        ("expressway", "快速路", "expressway"), ("arterial", "主干道", "arterial road"),
        ("secondary", "次干道", "secondary road"), ("branch", "支路", "branch road"), ("alley", "背街小巷", "alley"),
    ],
    ("state", "管理状态", "state"): [
        ("managed", "有物业管理", "managed"), ("building", "在建未交付", "being built"),
        ("unmanaged", "弃管", "unmanaged"),
    ],
    ("kind", "场所类型", "kind"): [("trade_market", "专业市场", "trade market")],
}  # fmt: skip

# Enforcement is for the planning area; outside it the locality and the departments answer.
POWERS = [("DEPT-ENF", "06*;07*;08*;09*", "planning_area:*", "执法范围限于规划区")]

PERIODS = [
    ("working", "work 08:30-12:00;work 13:30-17:30", "工作时间", "working time"),
    ("night", "22:00-06:00", "夜间", "night hours"),
    ("weak", "11:30-14:00;17:30-20:00", "两薄时段（午间、傍晚）", "weak periods (noon and evening)"),
    ("market_night", "17:00-02:00", "夜市时段", "hours of the night market"),
]

# Mainland public holidays, first and last day, and the days worked instead.
HOLIDAYS = [
    ("元旦", "2023-01-01", "2023-01-02", []), ("春节", "2023-01-21", "2023-01-27", ["2023-01-28", "2023-01-29"]),
    ("清明节", "2023-04-05", "2023-04-05", []), ("劳动节", "2023-04-29", "2023-05-03", ["2023-04-23", "2023-05-06"]),
    ("端午节", "2023-06-22", "2023-06-24", ["2023-06-25"]),
    ("中秋节、国庆节", "2023-09-29", "2023-10-06", ["2023-10-07", "2023-10-08"]),
    ("元旦", "2024-01-01", "2024-01-01", []), ("春节", "2024-02-10", "2024-02-17", ["2024-02-04", "2024-02-18"]),
    ("清明节", "2024-04-04", "2024-04-06", ["2024-04-07"]),
    ("劳动节", "2024-05-01", "2024-05-05", ["2024-04-28", "2024-05-11"]), ("端午节", "2024-06-10", "2024-06-10", []),
    ("中秋节", "2024-09-15", "2024-09-17", ["2024-09-14"]),
    ("国庆节", "2024-10-01", "2024-10-07", ["2024-09-29", "2024-10-12"]),
]  # fmt: skip


# Objects stay broken for days where they stand; traders move on within hours; sites are reported at their gates.
DUPLICATES = [
    *((f"0{major}*", "20", "72", "same", "案件去重规定（自拟）") for major in range(1, 6)),
    ("06*", "50", "24", "same", "案件去重规定（自拟）"),
    ("06013", "30", "168", "same", "案件去重规定（自拟）"),
    ("06028", "150", "6", "same", "案件去重规定（自拟）"),
    ("06029", "30", "4", "same", "案件去重规定（自拟）"),
    ("07*", "50", "48", "same", "案件去重规定（自拟）"),
    ("08*", "100", "48", "major", "案件去重规定（自拟）"),
    ("09*", "30", "4", "same", "案件去重规定（自拟）"),
    ("10*", "100", "12", "same", "案件去重规定（自拟）"),
]

# First an order, then the appearance rules' fine, then that of the road rules.
STALLS = "06029;09005;09006"
SANCTIONS = [
    (STALLS, "1", "365", "30", "责令改正", "order to correct", "", "渐进式处罚办法（自拟）"),
    (STALLS, "2", "365", "30", "处 500 元以下罚款", "fine of up to 500 yuan", "500", "渐进式处罚办法（自拟）"),
    (STALLS, "3", "365", "30", "处 2 万元以下罚款", "fine of up to 20 000 yuan", "20000", "渐进式处罚办法（自拟）"),
]


ANSWERS = [
    (event, f"{tens}*", condition, zh, en, "答复模板（自拟）")
    for tens in ("0", "1")
    for event, condition, zh, en in (
        ("accept", "", "您反映的{category}（{number}）已受理，我们会尽快核实处理。",
         "Your report {number} ({category}) was taken up and will be looked into."),
        ("register", "", "您反映的{category}（{number}）已立案，正在派遣处置。",
         "Your report {number} was filed and is sent out."),
        ("void", "", "您反映的情况（{number}）经核实不予立案，感谢您的关注。",
         "Your report {number} was not filed; thank you."),
        ("void", "not_found", "经现场核实，{number} 反映的情况已不存在，感谢您的关注。",
         "We looked, and what {number} told of is no longer there; thank you."),
        ("void", "duplicate", "{number} 反映的问题已有人反映，现合并办理。",
         "What {number} tells of is being dealt with already."),
        ("close", "", "您反映的{category}（{number}）已于 {date} 办结，请您评价。",
         "Your report {number} was closed on {date}; please tell us how it went."),
    )
]  # fmt: skip


def declared() -> dict[str, list[Row]]:
    """Give the rows of the tables, by table."""
    words = []
    for (key, zh, en), values in WORDS.items():
        words += [(key, "", zh, en), *((key, *value) for value in values)]
    return {
        "attributes": _rows(ATTRIBUTE_COLUMNS, words),
        "powers": _rows(POWER_COLUMNS, POWERS),
        "calendar": _rows(CALENDAR_COLUMNS, sorted(calendar_days())),
        "periods": _rows(PERIOD_COLUMNS, PERIODS),
        "duplicates": _rows(DUPLICATE_COLUMNS, DUPLICATES),
        "sanctions": _rows(SANCTION_COLUMNS, SANCTIONS),
        "answers": _rows(ANSWER_COLUMNS, ANSWERS),
    }


def calendar_days() -> list[tuple[str, str, str]]:
    """List every named day: free days of each holiday and the days worked instead."""
    days = []
    for name, first, last, worked in HOLIDAYS:
        span = np.arange(np.datetime64(first), np.datetime64(last) + 1)
        days += [(str(day), "off", name) for day in span]
        days += [(day, "work", f"{name}调休上班") for day in worked]
    return days


def _rows(columns: list[str], rows: Iterable[tuple[str, ...]]) -> list[Row]:
    return [dict(zip(columns, row, strict=True)) for row in rows]
