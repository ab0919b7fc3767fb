"""``gridsvc analysis``: cases counted by what they have in common, and streets along which they lie close together."""

import csv
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, cast, get_args

import typer
from rich.table import Table
from rich.text import Text
from sqlalchemy import Engine

from gridsvc.cli.database import migrated
from gridsvc.cli.points import whole_file
from gridsvc.cli.terminal import instant, lang, now, pick, results, say, settings
from gridsvc.errors import BadInput, FieldError
from gridsvc.rights import whole_district
from gridsvc.router import Router
from gridsvc.services.analysis import AREA, MEASURES, analyse, dense_streets
from gridsvc.services.current import CurrentRouter
from gridsvc.store.analysis import DIMENSIONS, Grouping, Period
from gridsvc.store.case_lists import CaseFilter

app = typer.Typer(no_args_is_help=True)
PERIODS = get_args(Period)
# What a spreadsheet takes for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_TITLES = {
    "period": ("时段", "period"), "type": ("类型", "type"), "major": ("大类", "major"),
    "category": ("小类", "category"), "object": ("部件", "object"), "place": ("单元网格", "unit grid"),
    "frequency": ("重复次数", "frequency"), "unit": ("责任单位", "unit"), "source": ("来源", "source"),
    "status": ("状态", "status"), "light": ("亮灯", "light"), "grade": ("处置等级", "grade"),
    "rating": ("评价", "rating"), "hour": ("时刻", "hour"), "weekday": ("星期", "weekday"), "cases": ("案件", "cases"),
    "disposed": ("已处置", "disposed"), "disposed_in_time": ("按期处置", "disposed in time"),
    "disposed_late": ("超期处置", "disposed late"), "closed": ("已结案", "closed"),
    "closed_in_time": ("按期结案", "closed in time"), "closed_late": ("超期结案", "closed late"),
    "void": ("作废", "void"), "returns": ("退单", "returns"), "rework": ("返工", "rework"),
    "rated": ("已评价", "rated"), "satisfied": ("满意", "satisfied"),
    "median_hours": ("结案时长中位数（小时）", "median hours to close"), "lane": ("街巷", "lane"),
    "n": ("路段案件", "cases"), "most": ("最密一段", "most"), "from_m": ("起（米）", "from, m"),
    "to_m": ("止（米）", "to, m"),
}  # fmt: skip

From = Annotated[str | None, typer.Option("--from", help="报案起始时刻（含） · reported from, inclusive")]
To = Annotated[str | None, typer.Option("--to", help="报案截止时刻（不含） · reported to, exclusive")]
Categories = Annotated[list[str] | None, typer.Option("--category", help="事项代码，可重复 · a category; repeatable")]
Statuses = Annotated[list[str] | None, typer.Option("--status", help="状态，可重复 · a status; repeatable")]
Units = Annotated[list[str] | None, typer.Option("--unit", help="责任单位，可重复 · a unit; repeatable")]
Grids = Annotated[list[str] | None, typer.Option("--grid", help="责任网格，可重复 · a grid; repeatable")]
Limit = Annotated[int, typer.Option(min=1, max=100_000, help="最多行数 · rows at most")]
AsJson = Annotated[bool, typer.Option("--json")]
Output = Annotated[Path | None, typer.Option("-o", "--output", help="另写 .csv 或 .xlsx · also a .csv or .xlsx")]


@app.command()
def count(
    by: Annotated[
        list[str] | None, typer.Option(help=f"至多两个 · two at most: {' '.join(DIMENSIONS)} area:LAYER")
    ] = None,
    period: Annotated[str | None, typer.Option(help=" | ".join(PERIODS))] = None,
    start: From = None,
    end: To = None,
    category: Categories = None,
    status: Statuses = None,
    unit: Units = None,
    grid: Grids = None,
    median: Annotated[
        bool, typer.Option("--median", help="结案时长中位数，较慢 · median time to close, slower")
    ] = False,
    limit: Limit = 1000,
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """按类型、区域、频次、对象、时段、等级、成效统计案件 · count cases by what they have in common.

    案件没有危害和成效的字段：危害看处置等级 grade，成效看返工、满意和按期。 Cases have no field for harm or effect:
    harm shows in the grade of handling, effect in rework, ratings and what was in time.
    """
    if period is not None and period not in PERIODS:
        shown = ", ".join(PERIODS)
        error = FieldError("--period", period, f"可用：{shown}", f"one of {shown}")
        raise BadInput("没有这种时段", "there is no such period", [error])
    wanted = (start, end, category, status, unit, grid, limit)
    grouping = Grouping(tuple(by or ()), cast(Period | None, period), median)
    found = _ask(lambda engine, room, f: analyse(engine, room, f, grouping, now()), *wanted)
    measures = [m for m in MEASURES if median or m != "median_hours"]
    columns = [*(["period"] if period else []), *grouping.by, *measures]
    _show(found, columns, [[_cell(item[c]) for c in columns] for item in found["items"]], as_json, output)
    if found["rows"] > len(found["items"]):
        left = found["rows"] - len(found["items"])
        say(f"另有 {left} 行，未列出", f"{left} more rows are not shown")


@app.command()
def streets(
    metres: Annotated[float, typer.Option(help="路段长度（米） · length of the piece, m")] = 300.0,
    least: Annotated[int, typer.Option(help="至少件数 · cases at least")] = 20,
    start: From = None,
    end: To = None,
    category: Categories = None,
    status: Statuses = None,
    unit: Units = None,
    grid: Grids = None,
    limit: Limit = 100,
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """找出案件沿街密集的路段，例如 300 米 20 处露天烧烤 · streets along which cases lie close together."""
    wanted = (start, end, category, status, unit, grid, limit)
    found = _ask(lambda engine, room, f: dense_streets(engine, room, f, metres, least), *wanted)
    columns = ["lane", "from_m", "to_m", "n", "most"]
    _show(found, columns, [[_cell(item[c]) for c in columns] for item in found["items"]], as_json, output)


def _ask(
    question: Callable[[Engine, Router, CaseFilter], Any], start: str | None, end: str | None,
    category: Sequence[str] | None, status: Sequence[str] | None, unit: Sequence[str] | None,
    grid: Sequence[str] | None, limit: int,
) -> Any:  # fmt: skip
    """Ask the database that the settings name about the whole district."""
    chosen = settings()
    with migrated(chosen) as engine:
        room = CurrentRouter(engine, now, chosen.district).get()
        wanted = CaseFilter(
            whole_district(room.snapshot.edition.district), status=tuple(status or ()), unit=tuple(unit or ()),
            category=tuple(category or ()), areas=(("grid", tuple(grid)),) if grid else (),
            start=instant(start, "--from"), end=instant(end, "--to"), limit=limit,
        )  # fmt: skip
        return question(engine, room, wanted)


def _cell(value: Any) -> str | float | None:
    """What a table shows of a value: of a thing its name, and its code where that says more."""
    if not isinstance(value, dict):
        return value  # type: ignore[no-any-return]  # a text or a number
    name = value.get(lang()) or value.get("name") or value["code"]
    return str(name) if value["code"] in (None, name) else f"{name} {value['code']}"


def _show(
    found: Any, columns: Sequence[str], rows: Sequence[Sequence[str | float | None]], as_json: bool, output: Path | None
) -> None:
    titles = [_title(c) for c in columns]
    if output is not None:
        _write(output, titles, rows)
        say(f"已写出 {output}", f"wrote {output}")
    if as_json:
        sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
        return
    table = Table()
    for title in titles:
        table.add_column(title, overflow="fold", no_wrap=not results.is_terminal)
    for row in rows:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    results.print(table)


def _title(column: str) -> str:
    return pick(*_TITLES[column]) if column in _TITLES else column.removeprefix(AREA)


def _write(path: Path, titles: Sequence[str], rows: Sequence[Sequence[str | float | None]]) -> None:
    """Write one table; texts stay texts, whatever a spreadsheet would make of them."""
    if path.suffix.lower() not in (".csv", ".xlsx"):
        error = FieldError("-o", str(path), "写 .csv 或 .xlsx", "give a .csv or a .xlsx")
        raise BadInput("不会写这种文件", "files of this kind are not written", [error])
    with whole_file(path) as part:
        if path.suffix.lower() == ".csv":
            # The mark tells Excel that this is UTF-8; the apostrophe, that a cell is no formula.
            with part.open("w", encoding="utf-8-sig", newline="") as file:
                safe = ([f"'{c}" if isinstance(c, str) and c.startswith(_FORMULA) else c for c in row] for row in rows)
                csv.writer(file, lineterminator="\n").writerows([titles, *safe])
        else:
            _write_book(part, titles, rows)


def _write_book(path: Path, titles: Sequence[str], rows: Sequence[Sequence[str | float | None]]) -> None:
    import openpyxl  # slow to load, and few need it

    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for line, cells in enumerate((titles, *rows), start=1):
        for column, value in enumerate(cells, start=1):
            cell = sheet.cell(line, column, value)
            if isinstance(value, str):
                cell.data_type = "s"
    sheet.freeze_panes = "A2"
    book.save(path)
