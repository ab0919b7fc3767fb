"""``gridsvc assess``: make a sheet of assessment, list and show sheets, freeze, check and export one, enter scores."""

import csv
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text
from sqlalchemy import Engine

from gridsvc.casework.counting import By
from gridsvc.casework.period import parse_period
from gridsvc.cli.database import migrated
from gridsvc.cli.points import whole_file
from gridsvc.cli.terminal import instant, lang, now, operator, pick, progress, results, say, settings, tell
from gridsvc.errors import BadInput, FieldError
from gridsvc.services.assess import make_sheet, room_for
from gridsvc.services.assessment_inputs import list_inputs, record_inputs
from gridsvc.services.current import CurrentRouter
from gridsvc.services.indicators import indicators_of
from gridsvc.services.sheets import check_sheet, freeze_sheet, get_sheet, list_sheets, shown_sheet
from gridsvc.store.assessments import Input
from gridsvc.web.pages.sheet import sheet_page
from gridsvc.web.pages.sheet_words import followed
from gridsvc.web.workbook import workbook_of

app = typer.Typer(no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json")]
PeriodArgument = Annotated[
    str, typer.Argument(metavar="PERIOD", help="时段，如 2024-06、2024-W24、2024-Q2、2024 · a period")
]
SheetArgument = Annotated[int, typer.Argument(metavar="ID", min=1, help="考核表编号，见 list · a sheet's id, see list")]
COLUMNS = ("period", "code", "subject", "value", "giver", "note")


@contextmanager
def _city() -> Iterator[tuple[Engine, CurrentRouter, str]]:
    chosen = settings()
    with migrated(chosen) as engine:
        current = CurrentRouter(engine, now, chosen.district)
        yield engine, current, current.get().snapshot.edition.district


@app.command()
def run(
    scheme: Annotated[str, typer.Argument(metavar="SCHEME", help="考核方案编码 · code of a scheme")],
    period: PeriodArgument,
    known: Annotated[str | None, typer.Option(help="只计到此时的记录，缺省为现在 · what had happened by then")] = None,
    freeze: Annotated[bool, typer.Option("--freeze", help="随即定稿 · freeze it at once")] = False,
    as_json: AsJson = False,
) -> None:
    """生成考核表（草稿，替换前一份草稿）· make a sheet as a draft, in the place of a former draft."""
    at = instant(known, "--known")
    with _city() as (engine, current, district):
        when, moment = parse_period(period, current.get().zone, "PERIOD"), now()
        room = room_for(current, when, moment)
        with progress("清点案件", "counting cases") as bar:
            made = make_sheet(engine, room, scheme, when, operator(), moment, at, bar.step)
        if freeze:
            made = freeze_sheet(engine, district, made.id, operator(), now())
        _print(shown_sheet(made, room.zone), as_json)


@app.command("list")
def list_all(
    scheme: Annotated[str | None, typer.Option(help="方案 · scheme")] = None,
    period: Annotated[str | None, typer.Option(help="时段 · period")] = None,
    as_json: AsJson = False,
) -> None:
    """列出考核表 · list the sheets."""
    with _city() as (engine, current, district):
        found = list_sheets(engine, district, current.get().zone, scheme, period)
    if as_json:
        _json(found)
        return
    heads = (("编号", "id"), ("方案", "scheme"), ("时段", "period"), ("状态", "state"), ("生成", "made"))
    table = _table((*heads, ("定稿", "frozen")))
    for one in found:
        state = pick("定稿", "frozen") if one["state"] == "frozen" else pick("草稿", "draft")
        made, frozen = ((one[name] or "")[:16].replace("T", " ") for name in ("made_at", "frozen_at"))
        table.add_row(*map(Text, (str(one["id"]), one["scheme"], one["period"], state, made, frozen)))
    results.print(table)


@app.command()
def show(sheet: SheetArgument, as_json: AsJson = False) -> None:
    """显示一份考核表 · show a sheet."""
    with _city() as (engine, current, district):
        _print(shown_sheet(get_sheet(engine, district, sheet), current.get().zone), as_json)


@app.command()
def freeze(
    sheet: SheetArgument,
    reason: Annotated[
        str | None, typer.Option(help="已有定稿时，为何另行定稿 · why it follows one that is frozen")
    ] = None,
) -> None:
    """定稿，此后不能再改 · freeze a sheet: it never changes again."""
    with _city() as (engine, _, district):
        done = freeze_sheet(engine, district, sheet, operator(), now(), reason)
    tell(f"考核表 {done.id} 已定稿，校验值 {done.hash.hex()}", f"sheet {done.id} is frozen, hash {done.hash.hex()}")


@app.command()
def check(
    sheet: SheetArgument,
    as_now: Annotated[bool, typer.Option("--as-now", help="按现在所知重算 · by what is known now")] = False,
    as_json: AsJson = False,
) -> None:
    """重算并比较；有差异时退出码为 1 · make it again and compare; exit code 1 where it differs."""
    with _city() as (engine, current, district), progress("重算", "making it again") as bar:
        told = check_sheet(engine, current, district, sheet, now(), as_now, bar.step)
    if as_json:
        _json(told)
    elif told["same"]:
        tell(f"相同：{told['hash']}", f"the same: {told['hash']}")
    else:
        for one in told["differences"]:
            was, is_ = ("—" if one[name] is None else one[name] for name in ("was", "is"))
            tell(f"{one['code']} {one['what']}：{was} → {is_}", f"{one['code']} {one['what']}: {was} → {is_}")
        for why in told["why"]:
            tell(why["zh"], why["en"])
    if not told["same"]:
        raise typer.Exit(1)


@app.command()
def export(
    sheet: SheetArgument,
    output: Annotated[Path, typer.Option("-o", "--output", help="写出 .xlsx 或 .html · .xlsx or .html to write")],
) -> None:
    """导出为 Excel 工作簿或可打印的网页 · write a sheet as a workbook or as a page to print."""
    if output.suffix.lower() not in (".xlsx", ".html"):
        mend = ("以 .xlsx 或 .html 结尾", "let it end in .xlsx or .html")
        raise BadInput("不能写成这种文件", "no such file can be written", [FieldError("--output", str(output), *mend)])
    with _city() as (engine, current, district):
        told = shown_sheet(get_sheet(engine, district, sheet), current.get().zone)
    is_book = output.suffix.lower() == ".xlsx"
    content = workbook_of(told, lang()) if is_book else sheet_page(told, lang(), inline=True).encode()
    with whole_file(output) as part:
        part.write_bytes(content)
    say(f"已写出 {output}", f"wrote {output}")


@app.command()
def indicators(
    period: PeriodArgument,
    by: Annotated[str, typer.Option(help="all、layer:图层、unit、post:岗位 · by what")] = "all",
    as_json: AsJson = False,
) -> None:
    """各项指标：分子、分母、百分比 · every indicator with numerator and denominator."""
    with _city() as (engine, current, _):
        when, moment = parse_period(period, current.get().zone, "PERIOD"), now()
        with progress("清点案件", "counting cases") as bar:
            told = indicators_of(
                engine, room_for(current, when, moment), when, By.parse(by, "--by"), moment, None, bar.step
            )
    if as_json:
        _json(told)
        return
    table = _table((("对象", "subject"), ("指标", "indicator"), ("分子", "good"), ("分母", "of"), ("%", "%")))
    for item in told["items"]:
        for one in told["indicators"]:
            if (rate := item["rates"].get(one["id"])) is not None:
                cells = (item["name"], one[lang()], f"{rate['good']:g}", str(rate["of"]), f"{rate['percent']:.2f}")
                table.add_row(*map(Text, cells))
    results.print(table)


@app.command()
def inputs(
    file: Annotated[
        Path | None, typer.Argument(metavar="CSV", help="要录入的表；缺省则列出 · to enter, else listed")
    ] = None,
    period: Annotated[str | None, typer.Option(help="时段 · period")] = None,
    code: Annotated[str | None, typer.Option(help="代号 · code")] = None,
    as_json: AsJson = False,
) -> None:
    """录入或列出外部评分 · enter or list scores from outside; columns period, code, subject, value, giver, note."""
    with _city() as (engine, current, district):
        if file is not None:
            n = record_inputs(engine, current.get(), list(_rows(file)), operator(), now())
            tell(f"录入 {n} 个评分", f"{n} scores entered")
            return
        found = list_inputs(engine, district, current.get().zone, period, code)
    if as_json:
        _json(found)
        return
    heads = (("时段", "period"), ("代号", "code"), ("对象", "subject"), ("评分方", "given by"), ("评分", "value"),
             ("录入人", "entered by"), ("录入时间", "entered at"))  # fmt: skip
    table = _table(heads)
    for one in found:
        at = (one["at"] or "")[:16].replace("T", " ")
        cells = (one["period"], one["code"], one["subject"], one["giver"], f"{one['value']:g}", one["actor"], at)
        table.add_row(*map(Text, cells))
    results.print(table)


def _rows(path: Path) -> Iterator[Input]:
    """Read a CSV in UTF-8; an error names the line and the column."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        missing = [c for c in COLUMNS[:4] if c not in (reader.fieldnames or ())]
        if missing:
            mend = (f"需要的列：{', '.join(COLUMNS)}", f"the columns are {', '.join(COLUMNS)}")
            raise BadInput("缺少必需的列", "a column is missing", [FieldError(c, None, *mend) for c in missing])
        for row in reader:
            cells = {c: (row.get(c) or "").strip() for c in COLUMNS}
            try:
                value = Decimal(cells["value"])
            except InvalidOperation:
                value = Decimal("nan")
            if not value.is_finite():
                error = FieldError(f"{reader.line_num}: value", cells["value"], "写数字", "write a number")
                raise BadInput("评分不是数字", "a score is not a number", [error])
            yield Input(cells["period"], cells["code"], cells["subject"], cells["giver"], value, cells["note"])


def _table(heads: tuple[tuple[str, str], ...]) -> Table:
    table = Table()
    for head in heads:
        table.add_column(pick(*head), overflow="fold", no_wrap=not results.is_terminal)
    return table


def _json(told: Any) -> None:
    sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")


def _print(sheet: dict[str, Any], as_json: bool) -> None:
    if as_json:
        _json(sheet)
        return
    zh = f"{sheet['title_zh']}（{sheet['period_zh']}），编号 {sheet['id']}"
    tell(zh, f"{sheet['title_en']}, {sheet['period_en']}, id {sheet['id']}")
    table = _table((("名次", "rank"), ("对象", "subject"), ("总分", "total"), ("缺", "missing"), ("奖惩", "follows")))
    for line in sheet["lines"]:
        rank, total = (line["rank"] or "—", "—" if line["total"] is None else f"{line['total']:.2f}")
        told = pick("；", "; ").join(followed(c, lang()) for c in line["consequences"])
        table.add_row(*map(Text, (str(rank), line["name"], total, " ".join(line["missing"]), told)))
    results.print(table)
    for note in sheet["notes"]:
        tell(note["zh"], note["en"])
