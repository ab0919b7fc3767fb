"""``gridsvc replay``: decides past cases anew and tells what would differ."""

import csv
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.table import Table
from rich.text import Text

from gridsvc.changes import KIND_TITLES, KINDS, in_words, table_rows, total_rows
from gridsvc.cli.database import migrated
from gridsvc.cli.points import whole_file
from gridsvc.cli.terminal import instant, lang, now, pick, progress, results, say, settings, tell
from gridsvc.services.replay import Ground, Replayed, count_cases, ground_of
from gridsvc.services.replay import replay as decide_anew
from gridsvc.store.replays import PastFilter
from gridsvc.web.offline import render
from gridsvc.web.pages.changes import changes_page

SHOWN = 50


def replay(
    edition: Annotated[str | None, typer.Option(help="版次号，草稿或已发布 · an edition, draft or published")] = None,
    ruleset: Annotated[str | None, typer.Option(help="规则版次号 · a ruleset")] = None,
    start: Annotated[str | None, typer.Option("--from", help="报案起始时刻（含） · reported from, inclusive")] = None,
    end: Annotated[str | None, typer.Option("--to", help="报案截止时刻（不含） · reported to, exclusive")] = None,
    case: Annotated[list[str] | None, typer.Option(help="案件编号，可重复 · a case's number; repeatable")] = None,
    open_: Annotated[bool, typer.Option("--open", help="只看未结案件 · open cases only")] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
    table: Annotated[
        Path | None,
        typer.Option("--csv", help="另写改变表和 -totals 汇总表 · also a table of changes and one of sums"),
    ] = None,
    page: Annotated[Path | None, typer.Option("--page", help="另写地图页 .html · also a page with a map")] = None,
) -> None:
    """重放案件的定责，不改动任何案件 · decide cases anew, by what held for each or as named; changes none."""
    chosen = settings()
    with migrated(chosen) as engine:
        ground = ground_of(engine, edition, ruleset, chosen.district, now())
        district = (chosen.district or "") if ground is None else ground.edition.district
        numbers = tuple(dict.fromkeys(case or ()))
        wanted = PastFilter(district, instant(start, "--from"), instant(end, "--to"), numbers, open_)
        with progress("重放", "replaying", count_cases(engine, wanted)) as bar:
            found = decide_anew(engine, wanted, edition, ruleset, bar.step)
    if table is not None:
        _write_tables(table, found, ground)
    if page is not None and ground is not None:
        _write_page(page, found, ground)
    if as_json:
        sys.stdout.write(json.dumps(found.as_dict(), ensure_ascii=False) + "\n")
        return
    _show(found, ground)


def _write_tables(path: Path, found: Replayed, ground: Ground | None) -> None:
    """Write one row a changed case, and beside it what each area, unit and chief loses and gains."""
    layers = [] if ground is None else list(ground.edition.layers)
    totals = path.with_name(f"{path.stem}-totals{path.suffix}")
    for target, rows in ((path, table_rows(found.changes)), (totals, total_rows(found.changes, layers))):
        with whole_file(target) as part, part.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
    say(f"已写出 {path} 和 {totals}", f"wrote {path} and {totals}")


def _write_page(path: Path, found: Replayed, ground: Ground) -> None:
    at = now().astimezone(ZoneInfo(ground.edition.time_zone))
    drawn = changes_page(
        ground.edition, found.changes, found.same, _under(found), ground.units, lang=lang(), generated=at
    )
    with whole_file(path) as part:
        part.write_text(render(drawn, mode="inline", lang=lang()), encoding="utf-8")
    say(f"已写出 {path}", f"wrote {path}")


def _under(found: Replayed) -> str:
    return " / ".join(dict.fromkeys(name for name in (found.edition, found.ruleset) if name))


def _show(found: Replayed, ground: Ground | None) -> None:
    """Print the figures, what differs by kind, and at most fifty of the cases."""
    under = _under(found)
    tell(
        f"{f'按 {under}：' if under else ''}{found.same} 件相同，{found.changed} 件改变，{found.failed} 件无法定责",
        f"{f'under {under}: ' if under else ''}{found.same} the same, {found.changed} changed, {found.failed} failed",
    )
    if not found.changes:
        return
    titles = {
        layer.spec.code: (layer.spec.title_zh, layer.spec.title_en) for layer in (ground.edition if ground else ())
    }
    kinds = Counter(c.kind for c in found.changes)
    tell(*("，".join(f"{KIND_TITLES[k][i]} {kinds[k]}" for k in KINDS if kinds[k]) for i in range(2)))
    shown = Table(show_lines=False)
    for head in (("案件", "case"), ("改变", "change"), ("说明", "what")):
        shown.add_column(pick(*head), overflow="fold", no_wrap=not results.is_terminal)
    for change in found.changes[:SHOWN]:
        shown.add_row(*map(Text, (change.number, pick(*KIND_TITLES[change.kind]), in_words(change, titles, lang()))))
    results.print(shown)
    if len(found.changes) > SHOWN:
        rest = len(found.changes) - SHOWN
        say(f"另有 {rest} 件，用 --json 或 --csv 查看全部", f"{rest} more: --json or --csv has all")
