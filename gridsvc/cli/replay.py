"""``gridsvc replay``: decides past cases anew and tells what would differ."""

import json
import sys
from collections import Counter
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from gridsvc.changes import KIND_TITLES, KINDS, in_words
from gridsvc.cli.database import migrated
from gridsvc.cli.terminal import instant, lang, now, pick, progress, results, say, settings, tell
from gridsvc.services.replay import Replayed, count_cases, ground_of
from gridsvc.services.replay import replay as decide_anew
from gridsvc.spatial.layer import Edition
from gridsvc.store.replays import PastFilter

SHOWN = 50


def replay(
    edition: Annotated[str | None, typer.Option(help="版次号，草稿或已发布 · an edition, draft or published")] = None,
    ruleset: Annotated[str | None, typer.Option(help="规则版次号 · a ruleset")] = None,
    start: Annotated[str | None, typer.Option("--from", help="报案起始时刻（含） · reported from, inclusive")] = None,
    end: Annotated[str | None, typer.Option("--to", help="报案截止时刻（不含） · reported to, exclusive")] = None,
    case: Annotated[list[str] | None, typer.Option(help="案件编号，可重复 · a case's number; repeatable")] = None,
    open_: Annotated[bool, typer.Option("--open", help="只看未结案件 · open cases only")] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """重放案件的定责，不改动任何案件 · decide cases anew, by what held for each or as named; changes none."""
    chosen = settings()
    with migrated(chosen) as engine:
        ground = ground_of(engine, edition, chosen.district, now())
        district = (chosen.district or "") if ground is None else ground.district
        numbers = tuple(dict.fromkeys(case or ()))
        wanted = PastFilter(district, instant(start, "--from"), instant(end, "--to"), numbers, open_)
        with progress("重放", "replaying", count_cases(engine, wanted)) as bar:
            found = decide_anew(engine, wanted, edition, ruleset, bar.step)
    if as_json:
        sys.stdout.write(json.dumps(found.as_dict(), ensure_ascii=False) + "\n")
        return
    _show(found, ground)


def _show(found: Replayed, ground: Edition | None) -> None:
    """Print the figures, what differs by kind, and at most fifty of the cases."""
    under = " / ".join(name for name in (found.edition, found.ruleset) if name)
    tell(
        f"{f'按 {under}：' if under else ''}{found.same} 件相同，{found.changed} 件改变，{found.failed} 件无法定责",
        f"{f'under {under}: ' if under else ''}{found.same} the same, {found.changed} changed, {found.failed} failed",
    )
    if not found.changes:
        return
    titles = {layer.spec.code: (layer.spec.title_zh, layer.spec.title_en) for layer in ground or ()}
    kinds = Counter(c.kind for c in found.changes)
    tell(*("，".join(f"{KIND_TITLES[k][i]} {kinds[k]}" for k in KINDS if kinds[k]) for i in range(2)))
    table = Table(show_lines=False)
    for head in (("案件", "case"), ("改变", "change"), ("说明", "what")):
        table.add_column(pick(*head), overflow="fold", no_wrap=not results.is_terminal)
    for change in found.changes[:SHOWN]:
        table.add_row(*map(Text, (change.number, pick(*KIND_TITLES[change.kind]), in_words(change, titles, lang()))))
    results.print(table)
    if len(found.changes) > SHOWN:
        rest = len(found.changes) - SHOWN
        say(f"另有 {rest} 件，用 --json 或 --csv 查看全部", f"{rest} more: --json or --csv has all")
