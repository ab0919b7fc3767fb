"""``gridsvc boundaries``: check a folder, load it as a draft, waive its faults, publish it, see what holds when."""

import json
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import numpy as np
import typer
from rich.table import Table
from rich.text import Text

from gridsvc.bootstrap import Folder, check_tables, load_folder, read_all
from gridsvc.cli.check_drawings import Drawings
from gridsvc.cli.database import migrated
from gridsvc.cli.rule_findings import show_findings
from gridsvc.cli.terminal import instant, lang, now, operator, pick, progress, results, say, settings, tell
from gridsvc.errors import BadInput, FieldError
from gridsvc.services import editions
from gridsvc.services.catalogue import editions_of, history_of
from gridsvc.services.rule_report import report_of
from gridsvc.spatial.boundary_folder import read_folder
from gridsvc.spatial.datum import Floats
from gridsvc.spatial.manifest import Manifest
from gridsvc.spatial.tables import read_points
from gridsvc.spatial.topology import CheckReport, check_edition
from gridsvc.tables import Faults

app = typer.Typer(no_args_is_help=True)
FolderArgument = Annotated[Path, typer.Argument(help="边界文件夹（含 manifest.json） · folder with a manifest.json")]

EditionArgument = Annotated[str, typer.Argument(help="版次号 · code of an edition")]
STATES = {
    "draft": ("草稿", "draft"),
    "checked": ("可发布", "checked"),
    "published": ("已发布", "published"),
    "retired": ("已停用", "retired"),
}
_TIMES = ("holds_from", "holds_to", "known_from", "known_to")


@app.command()
def check(
    folder: FolderArgument,
    as_json: Annotated[bool, typer.Option("--json")] = False,
    before: Annotated[Path | None, typer.Option(help="上一版次的文件夹 · folder of the edition before")] = None,
    page: Annotated[Path | None, typer.Option("--map", help="另写地图页 .html · also write a page with a map")] = None,
    picture: Annotated[Path | None, typer.Option(help="另写图片 .svg · also write a picture")] = None,
) -> None:
    """检查边界与各表并逐条列出问题 · name every fault of a folder; exit 1 if there is one, 2 for a bad table."""
    drawings = Drawings(page, picture)
    with progress("检查边界", "checking boundaries", plain=not as_json) as bar:
        edition, manifest = read_folder(folder, bar.at)
        earlier = None if before is None else read_folder(before, bar.at)[0]
        places = _component_places(manifest)
        report = check_edition(edition, bar.at, manifest.declared, components=places, before=earlier)
    drawings.write(edition, report, plain=not as_json)
    if as_json:
        sys.stdout.write(json.dumps(report.as_dict(), ensure_ascii=False) + "\n")
    else:
        _show(report)
    check_tables(edition, manifest)
    raise typer.Exit(1 if report.findings else 0)


@app.command()
def load(folder: FolderArgument) -> None:
    """载入为草稿(可覆盖同名草稿) · store a folder as a draft edition with its report."""
    contents = _read(folder)
    with migrated(settings()) as engine, progress("检查边界", "checking boundaries") as bar:
        outcome, report, rules = load_folder(engine, contents, now(), operator(), bar.at)
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
    if any(f["severity"] == "error" for f in rules):
        show_findings(report_of(code, None, [code], rules))


@app.command()
def publish(
    edition: EditionArgument,
    start: Annotated[str | None, typer.Option("--from", help="起始时刻（带时区） · instant with its offset")] = None,
    end: Annotated[str | None, typer.Option("--to", help="终止时刻，默认到下一版次 · else until the next")] = None,
    waive: Annotated[list[str] | None, typer.Option(help="按名放行一个错误 · waive one error by its name")] = None,
    reason: Annotated[str | None, typer.Option(help="放行的理由 · why the errors are waived")] = None,
    correction: Annotated[str | None, typer.Option(help="更正已有记录的理由 · why history is rewritten")] = None,
) -> None:
    """发布草稿，或更正何时生效 · let an edition hold; refused while errors stand against it."""
    if waive and reason is None:
        mend = ("写明放行的理由", "say why they are waived")
        raise BadInput("放行缺少理由", "waivers need a reason", [FieldError("--reason", None, *mend)])
    with migrated(settings()) as engine, progress("比较版次", "comparing editions", plain=False) as bar:
        done = editions.publish(
            engine, edition, now(), instant(start, "--from"), instant(end, "--to"), correction=correction,
            waived=dict.fromkeys(waive or (), reason or ""), by=operator(), district=settings().district,
            progress=bar.at,
        )  # fmt: skip
    since, until = done.start.isoformat(), done.end and done.end.isoformat()
    tell(
        f"{done.code} 已发布，自 {since} 起生效" + (f"，到 {until} 为止" if until else ""),
        f"{done.code} is published and holds from {since}" + (f" until {until}" if until else ""),
    )


@app.command()
def waive(
    edition: EditionArgument,
    names: Annotated[list[str], typer.Argument(help="错误的名称 · names of errors")],
    reason: Annotated[str, typer.Option(help="放行的理由 · why")],
) -> None:
    """按名放行草稿的错误，写明理由 · let errors of a draft stand, by name and with a reason."""
    with migrated(settings()) as engine:
        standing = editions.waive(engine, edition, names, reason, operator(), now(), settings().district)
    if standing:
        tell(f"{edition} 还有 {len(standing)} 个错误：", f"{edition} has {len(standing)} errors left:")
        for name in standing:
            tell(f"  {name}", f"  {name}")
    else:
        tell(f"{edition} 可以发布", f"{edition} can be published")


@app.command("list")
def list_editions(
    at: Annotated[str | None, typer.Option(help="该时刻生效的 · what holds at this instant")] = None,
    known: Annotated[str | None, typer.Option(help="按该时刻所知 · as was known at this instant")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """列出版次及其生效的历史 · editions, what holds when, and since when that is known."""
    instants = instant(at, "--at"), instant(known, "--known")
    with migrated(settings()) as engine:
        known_editions = editions_of(engine, "edition")
        history = history_of(engine, "edition", *instants)
    if as_json:
        found = {"editions": known_editions, "history": history}
        sys.stdout.write(json.dumps(found, ensure_ascii=False, default=datetime.isoformat) + "\n")
        return
    table = Table()
    for head in (("区县", "district"), ("版次", "edition"), ("状态", "state"), ("生效", "holds from"), ("至", "until"),
                 ("记录于", "known from"), ("至", "until"), ("何人", "by"), ("更正理由", "reason")):  # fmt: skip
        table.add_column(pick(*head), overflow="fold", no_wrap=not results.is_terminal)
    about = {(e["district"], e["code"]): e for e in known_editions}
    for row in history:
        edition = about[row["district"], row["code"]]
        zone = ZoneInfo(edition["time_zone"])
        times = (row[k] and row[k].astimezone(zone).isoformat() for k in _TIMES)
        cells = (*_head(edition), *times, row["actor"], row["reason"])
        table.add_row(*(Text(c or "") for c in cells))
    for edition in known_editions if instants == (None, None) else ():
        if edition["published_at"] is None:
            table.add_row(*map(Text, _head(edition)))
    results.print(table)


def _head(edition: Mapping[str, Any]) -> tuple[str, str, str]:
    return edition["district"], edition["code"], pick(*STATES[edition["state"]])


def read_and_check(folder: Path) -> tuple[Folder, CheckReport]:
    """Read a folder with its tables and check its boundaries, with progress."""
    contents = _read(folder)
    return contents, _checked(contents)


def _read(folder: Path) -> Folder:
    with progress("读取边界", "reading boundaries") as bar:
        return read_all(folder, bar.at)


def _checked(contents: Folder) -> CheckReport:
    points = np.array([(c.point.lon, c.point.lat) for c in contents.snapshot.components]).reshape(-1, 2)
    with progress("检查边界", "checking boundaries") as bar:
        return check_edition(
            contents.snapshot.edition, bar.at, contents.manifest.declared, components=(points[:, 0], points[:, 1])
        )  # fmt: skip


def _component_places(manifest: Manifest) -> tuple[Floats, Floats] | None:
    """Where the components of a folder stand, None where nothing says so; faults of the table are told with it."""
    faults = Faults()
    if (source := manifest.tables.get("components")) is not None:
        with faults.at("components"):
            table = read_points(source, manifest.local_crs, faults)
            return table.lon, table.lat
    return None


def _show(report: CheckReport) -> None:
    """Print the findings as a table, gravest first, at most fifty."""
    if not report.findings:
        say(f"{report.edition}：没有问题", f"{report.edition}: no findings")
        return
    counts = report.counts
    title = pick(f"{report.edition}：错误 {counts['error']}，警告 {counts['warning']}",
                 f"{report.edition}: errors {counts['error']}, warnings {counts['warning']}")  # fmt: skip
    table = Table(title=Text(title), show_lines=False)
    # Only the sentence may take several lines: what a reader scans for stays whole.
    for zh, en, whole in (("级别", "severity", True), ("检查", "check", True), ("图层", "layer", True),
                          ("说明", "what", False), ("位置", "where", True)):  # fmt: skip
        table.add_column(pick(zh, en), overflow="fold", no_wrap=whole)
    gravest = sorted(report.findings, key=lambda f: (f.severity, -(f.measure or 0.0)))
    for f in gravest[:50]:
        where = "" if f.lon is None else f"{f.lon:.6f},{f.lat:.6f}"
        cells = (f.severity, f.id, f.layer, f.zh if lang() == "zh" else f.en, where)
        table.add_row(*map(Text, cells))
    results.print(table)
    if len(report.findings) > 50:
        say(f"另有 {len(report.findings) - 50} 条，用 --json 查看全部",
            f"{len(report.findings) - 50} more: use --json for all")  # fmt: skip
