"""``gridsvc sweep``: notes which lights of clocks have turned."""

import json
import sys
from typing import Annotated

import typer

from gridsvc.cli.database import migrated
from gridsvc.cli.terminal import instant, now, progress, settings, tell
from gridsvc.errors import BadInput, FieldError
from gridsvc.services.sweep import count_due
from gridsvc.services.sweep import sweep as note_lights


def sweep(
    at: Annotated[str | None, typer.Option(help="已过的时刻（带时区），默认现在 · a past instant, else now")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """把已到的黄灯、红灯记入案件历史；服务运行时自动进行 · note which lights of clocks have turned."""
    moment = now()
    when = instant(at, "--at") or moment
    if when > moment:
        mend = ("写已经过去的时刻，或不写", "give an instant that is past, or leave it out")
        raise BadInput("尚未到这个时刻", "it is not that time yet", [FieldError("--at", when.isoformat(), *mend)])
    with (
        migrated(settings()) as engine,
        progress("核对时限", "looking at clocks", count_due(engine, when), plain=False) as bar,
    ):
        found = note_lights(engine, when, bar.step)
    if as_json:
        sys.stdout.write(json.dumps(found.as_dict()) + "\n")
        return
    tell(
        f"{found.cases} 件案件：{found.amber} 个时限转黄，{found.red} 个超期",
        f"{found.cases} cases: {found.amber} clocks turned amber, {found.red} are late",
    )
