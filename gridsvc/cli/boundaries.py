"""``gridsvc boundaries``: check a folder, load it as a draft, publish the draft."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from gridsvc.bootstrap import Folder, check_tables, read_all
from gridsvc.cli.database import migrated
from gridsvc.cli.terminal import lang, now, pick, progress, results, say, settings, tell
from gridsvc.services import editions
from gridsvc.spatial.boundary_folder import read_folder
from gridsvc.spatial.topology import CheckReport, check_edition
from gridsvc.values import parse_instant

app = typer.Typer(no_args_is_help=True)
FolderArgument = Annotated[Path, typer.Argument(help="边界文件夹（含 manifest.json） · folder with a manifest.json")]


@app.command()
def check(folder: FolderArgument, as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """检查边界与各表并逐条列出问题 · name every fault of a folder; exit 1 if there is one, 2 for a bad table."""
    with progress("检查边界", "checking boundaries", plain=not as_json) as bar:
        edition, manifest = read_folder(folder, bar.at)
        report = check_edition(edition, bar.at, manifest.declared)
    if as_json:
        sys.stdout.write(json.dumps(report.as_dict(), ensure_ascii=False) + "\n")
    else:
        _show(report)
    check_tables(edition, manifest)
    raise typer.Exit(1 if report.findings else 0)


@app.command()
def load(folder: FolderArgument) -> None:
    """载入为草稿(可覆盖同名草稿) · store a folder as a draft edition with its report."""
    contents, report = read_and_check(folder)
    with migrated(settings()) as engine:
        outcome = editions.load(engine, contents.snapshot, contents.tables, report)
    code, counts = contents.snapshot.edition.code, report.counts
    done = {
        "loaded": ("已载入草稿", "loaded as a draft"),
        "unchanged": ("已在库中，未改动", "already there, unchanged"),
    }
    zh, en = done[outcome]
    tell(
        f"{code} {zh}；错误 {counts['error']}，警告 {counts['warning']}",
        f"{code} {en}; errors {counts['error']}, warnings {counts['warning']}",
    )
    if not contents.snapshot.ruleset.rules:
        say(
            "这个文件夹没有规则表：只能回答区域，不能定责",
            "this folder has no rules: areas will be answered, but nobody accountable",
        )
    if not report.ok:
        _show(report)


@app.command()
def publish(
    edition: Annotated[str, typer.Argument(help="版次号 · code of a draft edition")],
    start: Annotated[str | None, typer.Option("--from", help="起始时刻（带时区） · instant with its offset")] = None,
    waive: Annotated[list[str] | None, typer.Option(help="按名放行一个错误 · waive one error by its name")] = None,
) -> None:
    """发布草稿 · let a draft hold; refused while it has errors that are not waived by name."""
    begin = parse_instant(start, "--from") if start else None
    with migrated(settings()) as engine:
        done = editions.publish(engine, edition, now(), begin, waive or [], settings().district)
    tell(
        f"{done.edition} 已发布，自 {done.start.isoformat()} 起生效",
        f"{done.edition} is published and holds from {done.start.isoformat()}",
    )


def read_and_check(folder: Path) -> tuple[Folder, CheckReport]:
    """Read a folder with its tables and check its boundaries, with progress."""
    with progress("读取边界", "reading boundaries") as bar:
        contents = read_all(folder, bar.at)
    with progress("检查边界", "checking boundaries") as bar:
        return contents, check_edition(contents.snapshot.edition, bar.at, contents.manifest.declared)


def _show(report: CheckReport) -> None:
    """Print the findings as a table, gravest first, at most fifty."""
    if not report.findings:
        say(f"{report.edition}：没有问题", f"{report.edition}: no findings")
        return
    counts = report.counts
    title = pick(f"{report.edition}：错误 {counts['error']}，警告 {counts['warning']}",
                 f"{report.edition}: errors {counts['error']}, warnings {counts['warning']}")  # fmt: skip
    table = Table(title=Text(title), show_lines=False)
    for head in (("级别", "severity"), ("检查", "check"), ("图层", "layer"), ("说明", "what"), ("位置", "where")):
        table.add_column(pick(*head), overflow="fold", no_wrap=not results.is_terminal)
    gravest = sorted(report.findings, key=lambda f: (f.severity, -(f.measure or 0.0)))
    for f in gravest[:50]:
        where = "" if f.lon is None else f"{f.lon:.6f},{f.lat:.6f}"
        cells = (f.severity, f.id, f.layer, f.zh if lang() == "zh" else f.en, where)
        table.add_row(*map(Text, cells))
    results.print(table)
    if len(report.findings) > 50:
        say(f"另有 {len(report.findings) - 50} 条，用 --json 查看全部",
            f"{len(report.findings) - 50} more: use --json for all")  # fmt: skip
