"""``gridsvc boundaries affected``: which open cases another edition would decide otherwise."""

import json
import sys
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from gridsvc.cli.database import migrated
from gridsvc.cli.terminal import now, pick, progress, results, say, settings, tell
from gridsvc.services.affected import Affected, Answer, count_open_cases
from gridsvc.services.affected import affected as compare
from gridsvc.services.current import CurrentRouter

SHOWN = 50
KEYS = (("accountable", "责任单位", "unit"), ("grid_chief", "网格长", "grid chief"),
        ("street_chief", "街长", "street chief"))  # fmt: skip


def affected(
    edition: Annotated[str, typer.Argument(help="版次号，草稿或已发布 · code of an edition, draft or published")],
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """列出按该版次会改变的未结案件，不改动任何案件 · list the open cases it would decide otherwise; changes none."""
    chosen = settings()
    with migrated(chosen) as engine:
        room = CurrentRouter(engine, now, chosen.district).get(edition)
        total = count_open_cases(engine, room.snapshot.edition.district)
        with progress("比对未结案件", "comparing open cases", total) as bar:
            found = compare(engine, room, bar.step)
    if as_json:
        sys.stdout.write(json.dumps(found.as_dict(), ensure_ascii=False) + "\n")
        return
    changed = len(found.changes)
    tell(
        f"按 {found.edition}，{found.open} 件未结案件中有 {changed} 件会改变；已存的定责不变",
        f"under {found.edition} {changed} of {found.open} open cases would change; stored decisions stay",
    )
    if changed:
        _show(found)


def _show(found: Affected) -> None:
    """Print what would change as a table, at most fifty cases."""
    table = Table(show_lines=False)
    for head in (("案件", "case"), ("原定责", "decided"), ("按该版次", "under it")):
        table.add_column(pick(*head), overflow="fold", no_wrap=not results.is_terminal)
    for change in found.changes[:SHOWN]:
        before, after = _told(change.before), _told(change.after)
        differ = [key for key in {**before, **after} if before.get(key) != after.get(key)]
        cells = [", ".join(f"{key} {told.get(key, '-')}" for key in differ) for told in (before, after)]
        table.add_row(*map(Text, (change.number, *cells)))
    results.print(table)
    if len(found.changes) > SHOWN:
        rest = len(found.changes) - SHOWN
        say(f"另有 {rest} 件，用 --json 查看全部", f"{rest} more: use --json for all")


def _told(answer: Answer | None) -> dict[str, str]:
    if answer is None:
        return {}
    told = dict(answer["areas"])
    for key, zh, en in KEYS:
        value = answer[key]
        if value is not None:
            told[pick(zh, en)] = value if isinstance(value, str) else value["name"]
    return told
