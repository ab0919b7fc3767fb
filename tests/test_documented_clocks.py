"""The worked examples of the documents on clocks hold, row by row, and are the same in both languages."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gridsvc.casework.clocks import start
from gridsvc.responsibility.calendar import Calendar
from gridsvc.values import STAGES
from gridsvc.worktimes import worktime_of

DOCS = Path(__file__).resolve().parents[1] / "docs"
ZONE = ZoneInfo("Asia/Shanghai")
WORKTIME = worktime_of(Calendar(mainland=True), ZONE)
TEXTS = {name: (DOCS / name).read_text(encoding="utf-8") for name in ("clocks.md", "clocks.zh-CN.md")}


def examples(text: str) -> list[tuple[str, ...]]:
    rows = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in text.splitlines()]
    return [row[:4] for row in rows if row[0].startswith("20") and len(row) == 5]


def test_both_languages_have_the_same_examples():
    english, chinese = (examples(text) for text in TEXTS.values())
    assert english == chinese
    assert len(english) == 12


@pytest.mark.parametrize("example", examples(TEXTS["clocks.md"]), ids=" ".join)
def test_an_example_ends_when_it_says(example: tuple[str, ...]):
    begin, amount, unit, until = example
    at = datetime.fromisoformat(begin).replace(tzinfo=ZONE)
    assert WORKTIME.add(at, float(amount), unit).astimezone(ZONE).strftime("%Y-%m-%d %H:%M") == until


def test_the_light_turns_as_is_told():
    at = datetime(2024, 5, 6, 10, tzinfo=ZONE)
    (clock,) = start((), "disposal", 2, "working_day", at, WORKTIME)
    assert clock.amber_at == datetime(2024, 5, 7, 16, 18, tzinfo=ZONE)
    assert all("16:18" in text for text in TEXTS.values())


@pytest.mark.parametrize("name", TEXTS)
def test_every_stage_is_told(name: str):
    assert [stage for stage in STAGES if f"`{stage}`" not in TEXTS[name]] == []
