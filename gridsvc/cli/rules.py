"""``gridsvc rules``: templates, drafts, checks, publication, differences and exports of rulesets."""

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from gridsvc.bootstrap import read_all
from gridsvc.cli.boundaries import STATES
from gridsvc.cli.boundaries_export import new_target
from gridsvc.cli.database import migrated
from gridsvc.cli.rule_findings import show_findings, table_of
from gridsvc.cli.terminal import instant, now, operator, pick, results, say, settings, tell
from gridsvc.diff import RowChanges, Rules, rule_changes
from gridsvc.errors import BadInput, FieldError
from gridsvc.services import rulesets
from gridsvc.services.catalogue import editions_of, history_of
from gridsvc.services.rule_report import check as check_snapshot
from gridsvc.services.rule_report import report_of
from gridsvc.services.rule_rows import read_tables
from gridsvc.spatial.rule_tables import read_rule_tables, write_rule_tables
from gridsvc.tables import OF_RULESET, Row

app = typer.Typer(no_args_is_help=True)
PathArgument = Annotated[Path, typer.Argument(help="文件夹、.xlsx 或 rules.csv · a folder, a workbook or one table")]
CodeArgument = Annotated[str, typer.Argument(help="规则版次 · code of a ruleset")]
EncodingOption = Annotated[str, typer.Option(help="CSV 的编码，如 GB18030 · encoding of CSV")]
BaseOption = Annotated[str | None, typer.Option(help="缺的表取自此版次 · where missing tables come from")]
JsonOption = Annotated[bool, typer.Option("--json")]


@app.command()
def template(target: Annotated[Path, typer.Argument(help="新文件夹或 .xlsx · a new folder or workbook")]) -> None:
    """写出空白的规则表 · write the tables with their headers, to be filled in."""
    _write(target, {name: [] for name in OF_RULESET})
    tell(f"已写出 {target}", f"wrote {target}")


@app.command()
def load(
    path: PathArgument,
    code: Annotated[str, typer.Option("--as", help="规则版次号 · code of the draft")],
    base: BaseOption = None,
    title: Annotated[str, typer.Option(help="名称 · title")] = "",
    encoding: EncodingOption = "UTF-8",
) -> None:
    """载入为草稿；缺的表取自现行规则版次 · store tables as a draft; the others come from the ruleset that holds."""
    tables = _tables(path, encoding)
    with migrated(settings()) as engine:
        done = rulesets.load_ruleset(
            engine, code, tables, now(), district=settings().district, title=title, base=base, by=operator()
        )
    counts = done.report.get("counts", {"error": 0, "warning": 0})
    zh, en = {
        "loaded": ("已载入草稿", "loaded as a draft"), "unchanged": ("已在库中，未改动", "already there, unchanged")
    }[done.outcome]  # fmt: skip
    tell(
        f"{code} {zh}；错误 {counts['error']}，警告 {counts['warning']}",
        f"{code} {en}; errors {counts['error']}, warnings {counts['warning']}",
    )
    if not done.report.get("ok", True):
        show_findings(done.report)


@app.command()
def check(
    source: Annotated[str, typer.Argument(metavar="PATH|CODE", help="表或规则版次 · tables, or a stored ruleset")],
    base: BaseOption = None,
    encoding: EncodingOption = "UTF-8",
    as_json: JsonOption = False,
) -> None:
    """检查规则并逐条列出问题 · name every fault of a ruleset; exit 1 if there is one, 2 for a bad table."""
    path = Path(source)
    if (path / "manifest.json").is_file():
        contents = read_all(path)
        findings = check_snapshot(
            contents.snapshot, _rows(contents.tables), now(), contents.snapshot.edition.valid_from
        )
        code = contents.snapshot.edition.code
        report: Mapping[str, Any] = report_of(code, None, [code], findings)
    else:
        tables = read_rule_tables(path, encoding) if path.exists() else None
        code = path.stem if tables is not None else source
        with migrated(settings()) as engine:
            report = rulesets.report_on(engine, code, tables, now(), district=settings().district, base=base)
    if as_json:
        sys.stdout.write(json.dumps(report, ensure_ascii=False) + "\n")
    else:
        show_findings(report)
    raise typer.Exit(1 if report["findings"] else 0)


@app.command()
def publish(
    code: CodeArgument,
    start: Annotated[str | None, typer.Option("--from", help="起始时刻（带时区） · instant with its offset")] = None,
    end: Annotated[str | None, typer.Option("--to", help="终止时刻，默认到下一版次 · else until the next")] = None,
    waive: Annotated[list[str] | None, typer.Option(help="按名放行一个错误 · waive one error by its name")] = None,
    reason: Annotated[str | None, typer.Option(help="放行的理由 · why the errors are waived")] = None,
    correction: Annotated[str | None, typer.Option(help="更正已有记录的理由 · why history is rewritten")] = None,
) -> None:
    """发布规则草稿，或更正何时生效 · let a ruleset hold; refused while errors stand against it."""
    if waive and reason is None:
        mend = ("写明放行的理由", "say why they are waived")
        raise BadInput("放行缺少理由", "waivers need a reason", [FieldError("--reason", None, *mend)])
    with migrated(settings()) as engine:
        done = rulesets.publish_ruleset(
            engine, code, now(), instant(start, "--from"), instant(end, "--to"), correction=correction,
            waived=dict.fromkeys(waive or (), reason or ""), by=operator(), district=settings().district,
        )  # fmt: skip
    since, until = done.start.isoformat(), done.end and done.end.isoformat()
    tell(
        f"{done.code} 已发布，自 {since} 起生效" + (f"，到 {until} 为止" if until else ""),
        f"{done.code} is published and holds from {since}" + (f" until {until}" if until else ""),
    )


@app.command("list")
def list_rulesets(as_json: JsonOption = False) -> None:
    """列出规则版次及其生效的历史 · rulesets, and what held when."""
    with migrated(settings()) as engine:
        known, history = editions_of(engine, "ruleset"), history_of(engine, "ruleset")
    if as_json:
        found = {"rulesets": known, "history": history}
        sys.stdout.write(json.dumps(found, ensure_ascii=False, default=datetime.isoformat) + "\n")
        return
    table = table_of(
        ("区县", "district"), ("规则版次", "ruleset"), ("状态", "state"), ("生效", "holds from"), ("至", "until")
    )
    for one in known:
        spans = one["holds"] or [{"from": None, "to": None}]
        for span in spans:
            times = (t.isoformat() if t else "" for t in (span["from"], span["to"]))
            table.add_row(*map(Text, (one["district"], one["code"], pick(*STATES[one["state"]]), *times)))
    results.print(table)


@app.command()
def diff(
    before: Annotated[str, typer.Argument(metavar="A")],
    after: Annotated[str, typer.Argument(metavar="B")],
    encoding: EncodingOption = "UTF-8",
    as_json: JsonOption = False,
) -> None:
    """比较两个规则版次（或表） · rows added, removed and changed between rulesets or tables; exit 1 if any."""
    changes = rule_changes(_contents(before, encoding), _contents(after, encoding))
    kept = {name: c for name, c in changes.items() if c.n}
    if as_json:
        told = {n: {"added": c.added, "removed": c.removed, "changed": dict(c.changed)} for n, c in kept.items()}
        found = {"before": before, "after": after, "equal": not kept, "tables": told}
        sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
    elif kept:
        results.print(_changes_table(kept))
    else:
        say(f"{before} → {after}：没有变化", f"{before} → {after}: no change")
    raise typer.Exit(1 if kept else 0)


@app.command()
def export(code: CodeArgument, target: Annotated[Path, typer.Argument(help="新文件夹或 .xlsx")]) -> None:
    """导出规则的全部表 · write all tables of a stored ruleset, to be edited and loaded again."""
    with migrated(settings()) as engine:
        tables = rulesets.read_contents(engine, code, settings().district)[3]
    _write(target, tables)
    n = sum(map(len, tables.values()))
    tell(f"{code} 已导出到 {target}：{len(tables)} 张表，{n} 行",
         f"{code} is exported to {target}: {len(tables)} tables, {n} rows")  # fmt: skip


def _write(target: Path, tables: Mapping[str, Sequence[Mapping[str, str]]]) -> None:
    name = f"rules{target.suffix}" if target.suffix.lower() == ".xlsx" else "rules"
    with new_target(target, name) as part:
        write_rule_tables(part / name, tables)


def _tables(path: Path, encoding: str) -> dict[str, list[Row]]:
    if (path / "manifest.json").is_file():
        return _rows(read_all(path).tables)
    return read_rule_tables(path, encoding)


def _rows(tables: Mapping[str, Sequence[Mapping[str, str]]]) -> dict[str, list[Row]]:
    return {name: [Row(row, n) for n, row in enumerate(rows, start=2)] for name, rows in tables.items()}


def _contents(name: str, encoding: str) -> Rules:
    if Path(name).exists():
        tables = _tables(Path(name), encoding)
        return *read_tables(name, tables, "Asia/Shanghai"), tables
    with migrated(settings()) as engine:
        _, ruleset, staff, tables = rulesets.read_contents(engine, name, settings().district)
    return ruleset, staff, tables


def _changes_table(changes: Mapping[str, RowChanges]) -> Table:
    table = table_of(("表", "table"), ("变化", "change"), ("键", "key"), ("列", "columns"))
    for name, c in changes.items():
        rows = [(pick("新增", "added"), key, "") for key in c.added]
        rows += [(pick("删除", "removed"), key, "") for key in c.removed]
        rows += [(pick("修改", "changed"), key, ", ".join(columns)) for key, columns in c.changed.items()]
        for row in rows:
            table.add_row(*map(Text, (name, *row)))
    return table
