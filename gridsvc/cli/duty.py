"""``gridsvc duty``: who is on duty at a point or for a unit, and who is sent there first."""

import json
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from gridsvc.bootstrap import Router
from gridsvc.cli.database import migrated
from gridsvc.cli.terminal import instant, now, pick, progress, results, settings, tell
from gridsvc.errors import BadInput, FieldError
from gridsvc.on_duty import on_duty_at, on_duty_for
from gridsvc.router import Router as PlainRouter
from gridsvc.services.current import CurrentRouter

Boundaries = Annotated[
    Path | None, typer.Option(help="边界文件夹，否则用数据库 · boundary folder, else what the database holds")
]
At = Annotated[str | None, typer.Option(help="时刻（带时区），默认现在 · instant with its offset, else now")]


def duty(
    x: Annotated[float | None, typer.Option("--x", help="经度或东坐标 · longitude or easting")] = None,
    y: Annotated[float | None, typer.Option("--y", help="纬度或北坐标 · latitude or northing")] = None,
    crs: Annotated[str | None, typer.Option(help="wgs84|cgcs2000|gcj02|bd09|EPSG:n|local:<id>")] = None,
    unit: Annotated[str | None, typer.Option(help="单位编码，代替坐标 · a unit, in the place of a point")] = None,
    at: At = None,
    boundaries: Boundaries = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """某点或某单位此刻谁在岗、先后派谁 · who is on duty at a point or for a unit, and who is sent first."""
    when = instant(at, "--at") or now()
    if (unit is None) == (x is None or y is None or crs is None) or (unit is not None and x is not None):
        mend = ("写 --x --y --crs，或只写 --unit", "give --x, --y and --crs, or --unit alone")
        raise BadInput("要写明一个点或一个单位", "either a point or a unit is asked about",
                       [FieldError("--unit", unit, *mend)])  # fmt: skip
    room = room_at(boundaries, when)
    if unit is not None:
        told = on_duty_for(room, unit, when).as_dict()
    else:
        told = on_duty_at(room, x or 0.0, y or 0.0, crs or "", when).as_dict()
    if as_json:
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
        return
    place = " / ".join(area["name"] or area["code"] for area in told["areas"].values())
    about = told["unit"]["name"] if unit is not None else place or pick("不在任何区域内", "in no area")
    tell(f"{about}，{told['at']}", f"{about}, {told['at']}")
    for rows, zh, en in (
        ("posts", "各岗位", "all posts"),
        ("chain", "先后派遣", "who is sent, in this order"),
        ("contacts", "所属单位", "its unit and those above"),
    ):
        if told[rows]:
            _show(told[rows], pick(zh, en))


def room_at(boundaries: Path | None, when: datetime) -> PlainRouter:
    """Read a boundary folder, or what the database holds at an instant."""
    if boundaries is not None:
        with progress("读取边界", "reading boundaries") as bar:
            return Router.from_folder(boundaries, bar.at)
    chosen = settings()
    with migrated(chosen) as engine:
        return CurrentRouter(engine, now, chosen.district).get(at=when)


def _show(duties: list[dict[str, Any]], title: str) -> None:
    """Print one table; a duty that nobody has says so."""
    table = Table(title=title, title_justify="left", show_lines=False)
    for head in (("岗位", "post"), ("范围", "of"), ("人员", "who"), ("状态", "state"), ("至", "until")):
        table.add_column(pick(*head), overflow="fold", no_wrap=not results.is_terminal)
    for duty in duties:
        role, of = pick(duty["title_zh"], duty["title_en"]), duty["area"] or duty["unit"] or ""
        until = (duty["until"] or "")[:16].replace("T", " ")
        for holder in duty["holders"]:
            table.add_row(*map(Text, (role, of, _named(holder), _state(holder), until)))
        for holder in duty["barred"]:
            table.add_row(*map(Text, (role, of, _named(holder), pick(holder["zh"], holder["en"]), until)))
        if not duty["holders"] and not duty["barred"]:
            table.add_row(*map(Text, (role, of, "-", pick("无人任职", "nobody"), "")))
    results.print(table)


def _named(holder: Mapping[str, Any]) -> str:
    return " ".join(filter(None, (holder["name"], holder["phone"], holder["post"])))


def _state(holder: Mapping[str, Any]) -> str:
    """In words: on or off duty, a deputy, acting."""
    said = [pick("在岗", "on duty") if holder["on_duty"] else pick("不在岗", "off duty")]
    if holder["deputy"]:
        said.append(pick("副职", "deputy"))
    if holder["acting"]:
        said.append(pick("代理", "acting"))
    return pick("，", ", ").join(said)
