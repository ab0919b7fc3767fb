"""The schemes that the sources name, as rows of tables, each with a sheet that was worked out by hand.

What a text leaves open is chosen here and said in its test: Jinshui's "digital" part is Jinniu's five rates, Yuhang's
weights are invented because its details were to be set elsewhere.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from told_cases import DAY, START, Told, clock, ordinary

from gridsvc.casework.facts_walk import facts_of
from gridsvc.casework.marks import Given, Ground
from gridsvc.casework.period import parse_period
from gridsvc.casework.scheme_rows import read_schemes
from gridsvc.casework.schemes import Scheme
from gridsvc.casework.scoring import Line, Sheet, score
from gridsvc.errors import BadTable
from gridsvc.spatial.rule_tables import read_rule_tables
from gridsvc.tables import gathered

ZONE = ZoneInfo("Asia/Shanghai")
MONTH = parse_period("2016-12", ZONE)
TABLES = read_rule_tables(Path(__file__).with_name("schemes"))
Inputs = Mapping[tuple[str, str], Sequence[Given]]


@pytest.fixture(scope="module")
def schemes() -> dict[str, Scheme]:
    with gathered() as faults:
        return read_schemes(TABLES, faults)


def ground(*told: Told, subjects: Sequence[str] = (), **other) -> Ground:
    return Ground(facts_of([one.history for one in told]), MONTH, {s: f"{s} 号" for s in subjects}, **other)


def given(**scores: Mapping[str, float | Sequence[float]]) -> dict[tuple[str, str], list[Given]]:
    """Scores by code and subject; several are those of several givers."""
    found = {}
    for code, by_subject in scores.items():
        for subject, values in by_subject.items():
            each = values if isinstance(values, Sequence) else [values]
            found[code, subject] = [Given(f"giver {n}", Fraction(str(v))) for n, v in enumerate(each)]
    return found


def line(sheet: Sheet, code: str) -> Line:
    return next(one for one in sheet.lines if one.code == code)


def ranks(sheet: Sheet) -> dict[str, int | None]:
    return {one.code: one.rank for one in sheet.lines}


def what(one: Line) -> list[str]:
    return [f.consequence.what for f in one.followed]


def disposed(number: str, street: str, *, done: bool = True, late: bool = False, reworked: bool = False,
             extended: bool = False, unit: str = "U1") -> Told:  # fmt: skip
    """A case that was due for disposal and closing in the month."""
    due, end = START + 3 * DAY, START + (5 * DAY if late else DAY)
    told = ordinary(number, street=street, unit=unit)
    if extended:
        told.do("extend", request={"kind": "extension"})
        told.do("settle", request=told.entries[-1].n, verdict="granted")
    if reworked:
        told.do("rework", reason="现场没有清理干净")
    stopped = end if done else None
    clocks = [clock("disposal", START, due, stopped), clock("whole", START, START + 10 * DAY, stopped)]
    if done:
        told.do("finish", end, "chu").do("close", end, "ban", clocks=clocks)
    else:
        told.do("noted", clocks=clocks)
    return told


def ten(street: str, unit: str = "U1") -> list[Told]:
    """Ten due: one open, one late, one extended, one reworked."""
    odd = ({"done": False}, {"late": True}, {"extended": True}, {"reworked": True}, *({} for _ in range(6)))
    return [disposed(f"{street}-{i}", street, unit=unit, **kind) for i, kind in enumerate(odd)]


def test_jinniu_30_20_20_20_10(schemes):
    sheet = score(schemes["jinniu"], ground(*ten("A"), subjects=["A"]))
    one = line(sheet, "A")
    # 30 x 9/10 + 20 x 8/10 + 20 x (1 - 1/10) + 20 x (1 - 1/10) + 10 x (1 - 1/10)
    assert [str(one.marks[p].points) for p in ("disposal", "on_time", "rework", "overdue", "extension")] == [
        "27", "16", "18", "18", "9",
    ]  # fmt: skip
    assert (str(one.shown), one.rank) == ("88.00", 1)


def test_jinniu_nothing_due_is_neither_nought_nor_full_marks(schemes):
    sheet = score(schemes["jinniu"], ground(*ten("A"), ordinary("B-1", street="B"), subjects=["A", "B", "C"]))
    b, c = line(sheet, "B"), line(sheet, "C")
    assert (b.total, b.rank, b.n_cases, b.too_few) == (None, None, 1, False)
    assert (c.total, c.rank, c.n_cases, c.too_few) == (None, None, 0, True)
    assert ranks(sheet) == {"A": 1, "B": None, "C": None}


JINSHUI = given(third_party={"A": 90, "B": 80, "C": 80}, departments={"A": [90, 70], "B": 80, "C": 80},
                office={"A": 100, "B": 60, "C": 60})  # fmt: skip


def jinshui(schemes, inputs: Inputs = JINSHUI, **other) -> Sheet:
    digital = {"jinniu": {"A": Fraction(88, 100), "B": Fraction(3, 4), "C": Fraction(3, 4)}}
    return score(schemes["jinshui_streets"], ground(subjects="ABC", inputs=inputs, totals=digital, **other))


def test_004_jinshui_streets_40_40_15_5(schemes):
    sheet = jinshui(schemes)
    # 40 x .90 + 40 x .88 + 15 x .80 + 5 x 1.00, and 40 x .80 + 40 x .75 + 15 x .80 + 5 x .60
    assert {one.code: str(one.shown) for one in sheet.lines} == {"A": "88.20", "B": "77.00", "C": "77.00"}
    assert schemes["jinshui_streets"].full == 100


def test_004_jinshui_the_first_two_get_a_red_flag_the_last_a_black_one_and_equals_share_a_rank(schemes):
    sheet = jinshui(schemes)
    assert ranks(sheet) == {"A": 1, "B": 2, "C": 2}
    assert what(line(sheet, "A")) == ["flag:red", "fund"]
    assert {"flag:red", "flag:black"} <= set(what(line(sheet, "B")))
    assert sheet.paid_yuan == 100000
    assert sheet.paid_yuan < (schemes["jinshui_streets"].fund_yuan or 0) == 5_000_000


def test_a_rank_after_equals_is_skipped(schemes):
    inputs = {**JINSHUI, **given(third_party={"A": 70, "B": 90, "C": 90})}
    sheet = jinshui(schemes, inputs)
    assert ranks(sheet) == {"B": 1, "C": 1, "A": 3}


@pytest.mark.parametrize(
    ("before", "then"), [(0, []), (1, ["notice"]), (2, ["admonition"]), (3, ["suspension"]), (9, ["suspension"])]
)
def test_004_jinshui_who_is_last_again_and_again_climbs_the_ladder(schemes, before: int, then: list[str]):
    inputs = {**JINSHUI, **given(third_party={"A": 90, "B": 80, "C": 10})}
    sheet = jinshui(schemes, inputs, streaks={"C": {"last": before}})
    last = line(sheet, "C")
    assert [w for w in what(last) if w in ("notice", "admonition", "suspension")] == then
    assert last.streaks["last"] == before + 1


def test_004_jinshui_what_nobody_entered_is_missing_and_not_nought(schemes):
    inputs = {k: v for k, v in JINSHUI.items() if k != ("office", "B")}
    sheet = jinshui(schemes, inputs)
    assert (line(sheet, "B").total, line(sheet, "B").missing) == (None, ["office"])
    assert ranks(sheet) == {"A": 1, "C": 2, "B": None}


def test_004_jinshui_departments_80_20(schemes):
    inputs = given(third_party={"CM": 85.5, "ENF": 90}, streets={"CM": [100, 90, 80], "ENF": [70, 80, 75]})
    sheet = score(schemes["jinshui_departments"], ground(subjects=["CM", "ENF"], inputs=inputs))
    # 80 x .855 + 20 x .90, and 80 x .90 + 20 x .75
    assert {one.code: str(one.shown) for one in sheet.lines} == {"CM": "86.40", "ENF": "87.00"}


def test_004_jinshui_special_tasks_40_20_20_10_10_and_the_cleaning_budget(schemes):
    cases = [*ten("A", unit="S1"), disposed("S2-1", "A", unit="S2"), disposed("S3-1", "A", unit="S3", late=True)]
    scores = {"S1": 80, "S2": 80, "S3": 80}
    inputs = given(third_party=scores, internal=scores, office=scores, streets=scores)
    sheet = score(schemes["jinshui_tasks"], ground(*cases, subjects=scores, inputs=inputs))
    # 80 % of 80, and 20 x 8/10, 20 x 1, 20 x 0
    assert {one.code: str(one.shown) for one in sheet.lines} == {"S1": "80.00", "S2": "84.00", "S3": "64.00"}
    money = {one.code: [f.consequence.amount for f in one.followed] for one in sheet.lines}
    assert money == {"S2": [20], "S1": [], "S3": [-20]}


EAST_M = 96_500.0  # a degree of longitude at 30 degrees north is no shorter


def stalls(n: int, start_m: float = 0.0, apart_m: float = 20.0, lane: str = "L1", unit: str = "Z1") -> list[Told]:
    """Stalls in a row."""
    return [
        filed(f"{unit}-{lane}-{start_m:.0f}-{i}", "09001", unit, 120.1 + (start_m + i * apart_m) / EAST_M, lane=lane)
        for i in range(n)
    ]


def filed(number: str, category: str, unit: str = "Z1", lon: float = 120.1, lane: str = "L1", **words: str) -> Told:
    told = Told(number, unit=unit, category=category, street="S1", **({"lane": lane} if lane else {}))
    return told.at_place(lon, 30.0, **words).do("register", actor="ban")


def taizhou(schemes, *told: Told, **inputs: Mapping[str, float]) -> Sheet:
    scores = {"county_rank": {"Z1": 0, "Z2": 0}, **inputs}
    return score(schemes["taizhou"], ground(*told, subjects=["Z1", "Z2"], inputs=given(**scores)))


@pytest.mark.parametrize(("n", "points"), [(1, 1), (9, 9), (10, 5), (20, 5), (21, 10), (40, 10)], ids=lambda v: str(v))
def test_001_2_taizhou_a_market_costs_5_from_ten_stalls_and_10_above_twenty(schemes, n: int, points: int):
    mark = line(taizhou(schemes, *stalls(n)), "Z1").marks["stalls"]
    assert sum(off.points for off in mark.offs) == points
    assert mark.points == 30 - points


def test_001_2_taizhou_a_market_ends_where_the_street_or_the_row_of_stalls_ends(schemes):
    told = [*stalls(6), *stalls(6, start_m=120.0, lane="L2"), *stalls(6, start_m=1000.0)]
    mark = line(taizhou(schemes, *told), "Z1").marks["stalls"]
    assert [(off.id, off.n) for off in mark.offs] == [("stall", 18)]
    nowhere = stalls(12, lane="")
    assert [o.id for o in line(taizhou(schemes, *nowhere), "Z1").marks["stalls"].offs] == ["stall"]


def test_001_2_taizhou_deductions_by_hand(schemes):
    told = [
        *stalls(12), filed("f1", "09001", lon=120.3, goods="food"), filed("o1", "09005"), filed("o2", "09005"),
        filed("b1", "07001"), filed("h1", "06036"), filed("w1", "06008"), filed("x", "01001"),
        filed("void", "07001").do("void", cause="false"),
    ]  # fmt: skip
    counts = {
        "ledgers_missing": {"Z1": 2},
        "ledger_days_late": {"Z1": 3},
        "led_low": {"Z1": 1},
        "replies_late": {"Z1": 9},
    }
    sheet = taizhou(schemes, *told, county_rank={"Z1": 1, "Z2": -3}, **counts)
    marks = line(sheet, "Z1").marks
    # 30 - 5 - 2 - 2; 20 - 3; 10 - 2 - 1.5; 20 - 0.5; 10 - 18, no less than nothing; a point for the county's rank
    expected = {"stands": 10, "system": Fraction(13, 2), "enforcement": 0, "disorder": 17, "stalls": 21,
                "facades": Fraction(39, 2), "county": 1}  # fmt: skip
    assert {part: mark.points for part, mark in marks.items()} == expected
    # Last in disorder and in stalls, where the other has full marks: -1 each, +0.5 each.
    assert {c: str(line(sheet, c).shown) for c in ("Z1", "Z2")} == {"Z1": "73.00", "Z2": "100.00"}
    market = next(off for off in marks["stalls"].offs if off.id == "market")
    assert [len(group) for group in market.cases] == [12]
    assert {off.id: [c for group in off.cases for c in group] for off in marks["disorder"].offs} == {
        "bills": ["b1"], "heaps": ["h1"], "wires": ["w1"],
    }  # fmt: skip


def test_000_yuhang_areas_and_lines_are_two_rankings_of_a_hundred_points(schemes):
    areas, lines = schemes["yuhang_areas"], schemes["yuhang_lines"]
    assert (areas.full, lines.full, areas.by.kind, lines.by.kind) == (100, 100, "layer", "unit")
    scores = {"T1": 90, "T2": 60}
    sheet = score(areas, ground(subjects=scores, inputs=given(organisation=scores, special=scores, public=scores),
                                totals={"jinniu": {"T1": Fraction(1), "T2": None}}))  # fmt: skip
    # 60 % of 90 and 40 of 40; the other had no case, and the parts that it has count for the whole.
    assert {one.code: one.shown and str(one.shown) for one in sheet.lines} == {"T1": "94.00", "T2": "60.00"}
    units = {"D1": 80, "D2": 80}
    done = [disposed("1", "T1", unit="D1"), disposed("2", "T2", unit="D2", late=True)]
    sheet = score(lines, ground(*done, subjects=units, inputs=given(organisation=units, support=units)))
    assert {one.code: str(one.shown) for one in sheet.lines} == {"D1": "90.00", "D2": "40.00"}


def test_001_1_the_streets_have_at_least_a_third_of_a_departments_score(schemes):
    beijing = schemes["beijing"]
    assert sum(p.weight for p in beijing.parts if p.by == "streets") >= beijing.full / 3
    rows = {
        **TABLES,
        "scheme_parts": [
            type(r)({**r, "weight": "15"} if r["part"] == "streets" and r["scheme"] == "beijing" else r, r.line)
            for r in TABLES["scheme_parts"]
        ],
    }
    with pytest.raises(BadTable) as refused, gathered() as faults:
        read_schemes(rows, faults)
    assert [e.field for e in refused.value.errors] == ["street_share"]


def test_001_1_a_whistle_is_scored_by_who_blew_it(schemes):
    told = Told().do("register").do("dispatch")
    due = (START + timedelta(hours=1)).isoformat()
    told.do("whistle", request={"kind": "whistle", "for": "key_work", "asked": ["D1", "D2"], "due_at": due})
    n = told.entries[-1].n
    told.do("arrive", START, unit="D1", request=n)
    told.do("settle", START + DAY, request=n, verdict="answered", scores={"D1": 95, "D2": 50})
    both = {"D1": 80, "D2": 80}
    sheet = score(schemes["beijing"], ground(told, subjects=both, inputs=given(office=both)))
    # 40 x .95 + 30 x 1 + 30 x .8, and 40 x .5 + 30 x 0 + 30 x .8
    assert {one.code: str(one.shown) for one in sheet.lines} == {"D1": "92.00", "D2": "44.00"}


GRIDS = ("G1", "G2", "G3", "G4", "G5", "G6")
ITEMS = ("occupation", "out_of_shop", "cleaning", "signs", "facilities", "traffic", "unlicensed", "environment", "land",
         "building")  # fmt: skip


def test_001_8_county_ten_items_of_ten_points_for_six_grids(schemes):
    inputs = given(**{item: {g: 90 - 5 * i for i, g in enumerate(GRIDS)} for item in ITEMS})
    sheet = score(schemes["county_week"], ground(subjects=GRIDS, inputs=inputs))
    assert [str(one.shown) for one in sheet.lines] == ["90.00", "85.00", "80.00", "75.00", "70.00", "65.00"]
    assert ranks(sheet)["G6"] == 6


@pytest.mark.parametrize(("before", "then"), [(0, "notice"), (1, "admonition"), (2, "suspension")])
def test_001_8_county_the_weeks_make_the_month_and_the_last_climbs_the_ladder(schemes, before: int, then: str):
    weeks = [{g: Fraction(90 - 5 * i - w, 100) for i, g in enumerate(GRIDS)} for w in range(4)]
    sheet = score(
        schemes["county_month"],
        ground(subjects=GRIDS, frozen={"county_week": weeks}, streaks={"G6": {"last": before}}),
    )
    assert str(line(sheet, "G1").shown) == "88.50"  # 90, 89, 88, 87
    assert what(line(sheet, "G6")) == [then]
    assert all(what(line(sheet, g)) == [] for g in GRIDS[:5])
