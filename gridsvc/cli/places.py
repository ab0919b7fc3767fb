"""``gridsvc places``: where the words of a report may mean."""

import json
import sys
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from gridsvc.cli.database import migrated
from gridsvc.cli.terminal import now, pick, results, settings, tell
from gridsvc.services.current import CurrentRouter
from gridsvc.services.places import MOST, find_places
from gridsvc.store.engine import transaction
from gridsvc.values import Point


def places(
    words: Annotated[str, typer.Argument(help="人民路12号、人民路与建设路交叉口、路灯 0123 · words for a place")],
    near: Annotated[
        tuple[float, float] | None, typer.Option(metavar="LON LAT", help="同名时取近者 · of equals the nearest")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=MOST, help="至多几个 · candidates at most")] = 10,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """按文字查找地点 · find a place by words: lane, crossing, address, component, name; exit 1 if there is none."""
    chosen = settings()
    with migrated(chosen) as engine:
        room = CurrentRouter(engine, now, chosen.district).get()
        with transaction(engine) as connection:
            told = find_places(connection, room, words, limit, None if near is None else Point(*near))
    if as_json:
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    else:
        _show(told["items"], told["certain"])
    raise typer.Exit(0 if told["items"] else 1)


def _show(items: list[dict[str, Any]], certain: bool) -> None:
    if not items:
        tell("没有找到", "nothing was found")
        return
    table = Table()
    for head in (("名称", "name"), ("编码", "code"), ("所在", "within"), ("位置", "point"), ("说明", "how")):
        table.add_column(pick(*head), overflow="fold", no_wrap=not results.is_terminal)
    for one in items:
        within, point = one["within"], one["point"]
        place = " / ".join(area["name"] for area in within.values())
        lonlat = f"{point['lon']:.6f},{point['lat']:.6f}"
        table.add_row(*map(Text, (one["name"], one["code"], place, lonlat, one[pick("zh", "en")])))
    results.print(table)
    if not certain:
        tell("不能确定是哪一处，请核对", "it is not certain which of them is meant: please look")
