"""A month of the demo city's life, lived through the services: whole, legal, counted, and scored as the sources do."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, get_args

import openpyxl
import pytest
from sqlalchemy import Engine

from gridsvc.bootstrap import Folder, Router, past_cases
from gridsvc.casework.case import Entry, Status, fold
from gridsvc.casework.lifecycle import legal
from gridsvc.casework.period import parse_period
from gridsvc.rights import whole_district
from gridsvc.services.analysis import analyse
from gridsvc.services.assess import make_sheet
from gridsvc.services.audit import verify
from gridsvc.services.intake import routed
from gridsvc.services.sheets import shown_sheet
from gridsvc.services.simulation.month import Month, simulate
from gridsvc.store.analysis import Grouping
from gridsvc.store.case_lists import CaseFilter
from gridsvc.store.cluster import Cluster
from gridsvc.store.engine import make_engine
from gridsvc.store.histories import walk_histories
from gridsvc.web.workbook import workbook_of

pytestmark = pytest.mark.slow

FIRST, DAYS, A_DAY, SEED = date(2024, 5, 1), 31, 8, 3


class Lived(NamedTuple):
    """The database after the month, how often each thing was done, and every history."""

    engine: Engine
    counts: Counter[str]
    histories: dict[Any, list[Entry]]


@pytest.fixture(scope="module")
def month(demo: Folder, demo_router: Router) -> Month:
    """Reports like those of the past; one of eight for which no rule names anybody."""
    past = past_cases(demo)
    answers = [r.as_dict("short") for r in routed(demo_router, past)]
    disputed = [p.new for p, a in zip(past, answers, strict=True) if a["desk"] and a["areas"]]
    templates = [p.new for p in past[:800]] + disputed * (100 // len(disputed))
    return Month(FIRST, DAYS, A_DAY, SEED, templates)


@pytest.fixture(scope="module")
def lived(cluster: Cluster, demo_template: str, month: Month) -> Iterator[Lived]:
    engine = make_engine(cluster.make_database("month", demo_template), 2, statement_timeout_s=0.0)
    counts = simulate(engine, month, None)
    histories: dict[Any, list[Entry]] = defaultdict(list)
    with engine.connect() as connection:
        for entry in walk_histories(connection):
            histories[entry.case_id].append(entry)
    yield Lived(engine, counts, histories)
    engine.dispose()


def test_everything_that_goes_wrong_in_life_happened(lived: Lived):
    assert lived.counts["report"] > 150
    for what in ("void", "link", "correct", "return", "extend", "hold", "resume", "rework", "supervise", "whistle",
                 "escalate", "precedent", "decide", "settle", "rate", "archive", "amber", "red"):  # fmt: skip
        assert lived.counts[what], what


def test_every_status_occurs(lived: Lived):
    reached = {e.payload["to"] for h in lived.histories.values() for e in h if "to" in e.payload}
    assert reached | {"reported"} == set(get_args(Status))


def test_every_chain_is_intact_and_every_row_what_its_history_adds_up_to(lived: Lived):
    assert verify(lived.engine).flaws == ()


def test_no_history_took_a_step_that_the_table_does_not_have(lived: Lived):
    by_action = {"decided": "decide"}
    for history in lived.histories.values():
        for n, entry in enumerate(history[2:], start=2):
            if entry.kind in ("noted", "rated"):
                continue
            before = fold(history[:n])
            assert by_action.get(entry.kind, entry.kind) in {row.name for row in legal(before)}, (entry, before.status)


def test_histories_go_on_in_time_and_stay_within_the_month(lived: Lived):
    for history in lived.histories.values():
        instants = [e.at for e in history]
        assert instants == sorted(instants)
    every = [e.at for h in lived.histories.values() for e in h]
    assert max(every) - min(every) <= timedelta(days=DAYS)


def test_the_same_month_again_adds_nothing(lived: Lived, month: Month):
    simulate(lived.engine, month, None)
    with lived.engine.connect() as connection:
        n = sum(1 for _ in walk_histories(connection))
    assert n == sum(map(len, lived.histories.values()))


def test_the_analysis_counts_what_the_histories_say(lived: Lived, demo_router: Router):
    kinds = Counter(e.kind for h in lived.histories.values() for e in h)
    states = [fold(h) for h in lived.histories.values()]
    reach = whole_district(demo_router.snapshot.edition.district)
    now = max(e.at for h in lived.histories.values() for e in h)
    found = analyse(lived.engine, demo_router, CaseFilter(reach, limit=10), Grouping(), now)["items"][0]
    assert found["cases"] == lived.counts["report"]
    assert found["returns"] == kinds["return"] == lived.counts["return"]
    assert found["rework"] == kinds["rework"] == lived.counts["rework"]
    assert found["closed"] == sum(s.tally.get("closed", False) for s in states)
    assert found["void"] == sum(s.status == "void" for s in states)
    assert found["rated"] == kinds["rated"]


def counted_by_hand(histories: Any, start: datetime, end: datetime) -> tuple[dict[str, int], dict[str, int]]:
    """By street: attempts at disposal that were due in the month, and those of them that were done by its end."""
    due, done = Counter[str](), Counter[str]()
    for history in histories.values():
        for clock in fold(history).clocks:
            until, stopped = datetime.fromisoformat(clock["due_at"]), clock["stopped_at"]
            if clock["stage"] != "disposal" or clock["state"] == "paused" or not start <= until < end:
                continue
            ended = [e for e in history if stopped and e.at == datetime.fromisoformat(stopped) and e.kind == "finish"]
            if stopped and not ended:
                continue  # it went to another unit, or came to nothing
            answers = [e.payload["answer"] for e in history if "answer" in e.payload]
            street = answers[-1]["areas"].get("street", {}).get("code", "")
            due[street] += 1
            done[street] += bool(ended)
    return due, done


def test_the_sheet_of_the_month_says_what_a_plain_loop_counts(lived: Lived, demo_router: Router, tmp_path: Path):
    period = parse_period("2024-05", demo_router.zone)
    last = max(e.at for h in lived.histories.values() for e in h)
    made = make_sheet(lived.engine, demo_router, "digital", period, "test", last)
    due, done = counted_by_hand(lived.histories, period.start, period.end)
    rates = {line["code"]: line["marks"]["disposal"]["rate"] for line in made.content["lines"]}
    assert sum(due.values()) > 100
    assert {code: (rate["good"], rate["of"]) for code, rate in rates.items()} == {
        code: (done[code], due[code]) for code in rates
    }
    for line in made.content["lines"]:
        rate, mark = rates[line["code"]], line["marks"]["disposal"]
        assert rate["of"] == 0 or mark["points"] == pytest.approx(30 * rate["good"] / rate["of"], abs=0.005)
    (tmp_path / "sheet.xlsx").write_bytes(workbook_of(shown_sheet(made, demo_router.zone), "zh"))
    book = openpyxl.load_workbook(tmp_path / "sheet.xlsx")
    cells = [cell for row in book.worksheets[0].iter_rows(values_only=True) for cell in row]
    assert "数字化城市管理考核" in "".join(str(cell) for cell in cells if cell)
    assert {line["name"] for line in made.content["lines"]} <= set(cells)
