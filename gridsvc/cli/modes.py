"""``gridsvc mode``: normal and emergency mode of the district."""

import json
import sys
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from gridsvc.cli.database import migrated
from gridsvc.cli.terminal import instant, now, operator, pick, results, settings, tell
from gridsvc.errors import BadInput, FieldError
from gridsvc.services.current import CurrentRouter
from gridsvc.services.modes import mode_at, switch, switches

NAMES = {"normal": ("平时", "normal"), "emergency": ("应急", "emergency")}
HEADS = (("状态", "mode"), ("自", "from"), ("至", "to"), ("事由", "reason"), ("操作者", "by"), ("记录于", "said at"))


def mode(
    to: Annotated[
        str | None, typer.Argument(metavar="[normal|emergency]", help="切换为；省略则只查看 · else show")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="事由，永久保存 · why, kept for ever")] = None,
    start: Annotated[str | None, typer.Option("--from", help="开始时刻，默认现在 · from when on, else now")] = None,
    end: Annotated[
        str | None, typer.Option("--to", help="结束时刻，默认到下次切换 · until, else till switched")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """平急转换：查看或切换平时、应急状态 · show the mode of the district, or switch it."""
    chosen, moment = settings(), now()
    begin, until = instant(start, "--from"), instant(end, "--to")
    if to is not None and reason is None:
        raise _unsaid("--reason", "写明事由", "say why")
    if to is None and (reason is not None or begin is not None or until is not None):
        raise _unsaid("normal|emergency", "写明切换为平时还是应急", "say which mode it is to be")
    with migrated(chosen) as engine:
        district = CurrentRouter(engine, now, chosen.district).get().snapshot.edition.district
        if to is not None:
            switch(engine, district, to, reason or "", operator(), moment, begin, until)
        told = mode_at(engine, district, moment) | {"switches": switches(engine, district)}
    if as_json:
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
        return
    tell(f"{district}：{NAMES[told['mode']][0]}状态", f"{district}: {NAMES[told['mode']][1]} mode")
    if told["switches"]:
        _show(told["switches"])


def _show(rows: list[dict[str, Any]]) -> None:
    table = Table()
    for head in HEADS:
        table.add_column(pick(*head), overflow="fold", no_wrap=not results.is_terminal)
    for row in rows:
        times = [(row[name] or "")[:16].replace("T", " ") for name in ("valid_from", "valid_to", "at")]
        table.add_row(*map(Text, (pick(*NAMES[row["mode"]]), *times[:2], row["reason"], row["actor"], times[2])))
    results.print(table)


def _unsaid(field: str, zh: str, en: str) -> BadInput:
    return BadInput("切换状态须写全", "a switch must be said in full", [FieldError(field, None, zh, en)])
