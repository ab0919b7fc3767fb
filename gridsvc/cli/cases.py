"""``gridsvc cases``: the cases that somebody may see, into a file of any common format."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, get_args
from zoneinfo import ZoneInfo

import typer
from sqlalchemy import Connection

from gridsvc.casework.case import Source, Status
from gridsvc.cli.boundaries_export import new_target
from gridsvc.cli.components import EncodingOption, ProfileOption
from gridsvc.cli.database import migrated
from gridsvc.cli.terminal import instant, now, operator, progress, settings, tell
from gridsvc.errors import BadInput, FieldError
from gridsvc.profile import read_profile
from gridsvc.rights import Actor, Reach, everything
from gridsvc.services.actors import actor_named
from gridsvc.services.case_files import export_cases
from gridsvc.services.editions import read_rules_of
from gridsvc.services.holding import need_pair_at
from gridsvc.spatial.bulk_read import suffix_of
from gridsvc.store.case_lists import OPEN, CaseFilter
from gridsvc.store.engine import transaction

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _cases() -> None:
    """案件 · cases."""


@app.command("export")
def export(
    output: Annotated[Path, typer.Option("-o", "--output", help="新文件，按后缀定格式 · a new file, format by suffix")],
    as_actor: Annotated[
        str | None, typer.Option("--as", help="按该账号所能看到的导出 · what this actor may see, else all")
    ] = None,
    start: Annotated[str | None, typer.Option("--from", help="上报时刻起（含） · reported from, inclusive")] = None,
    end: Annotated[str | None, typer.Option("--to", help="上报时刻止（不含） · reported before")] = None,
    status: Annotated[str | None, typer.Option(help="状态，逗号分隔；open 为未结 · by commas; open: not over")] = None,
    category: Annotated[str | None, typer.Option(help="类别代码，逗号分隔 · by commas")] = None,
    unit: Annotated[str | None, typer.Option(help="责任单位，逗号分隔 · accountable units, by commas")] = None,
    source: Annotated[str | None, typer.Option(help="来源，逗号分隔 · by commas")] = None,
    profile: ProfileOption = "plain",
    encoding: EncodingOption = None,
) -> None:
    """导出有权查看的案件，个人信息隐去部分 · write the cases that may be seen to a file, personal data masked."""
    chosen, suffix, at = read_profile(profile, "cases"), suffix_of(output), now()
    states = _known("--status", status, (*get_args(Status), "open"))
    several = tuple(dict.fromkeys(s for one in states for s in (OPEN if one == "open" else (one,))))
    sources = _known("--source", source, get_args(Source))
    span = instant(start, "--from"), instant(end, "--to")
    target = output.with_suffix("") if suffix == ".shp" else output
    with migrated(settings()) as engine:
        with transaction(engine) as connection:
            reads, sees, zone = _rights(connection, as_actor, at)
        wanted = CaseFilter(
            reads, None, several, _several(unit), _several(category), source=sources, start=span[0], end=span[1]
        )
        with (
            progress("导出案件", "exporting cases", 0) as bar,
            new_target(target, None if suffix == ".shp" else output.name) as part,
        ):
            n = export_cases(engine, part / output.name, chosen, wanted, sees, zone, encoding, bar.of, bar.step)
    where = target / output.name if suffix == ".shp" else output
    tell(f"已写出 {n} 件案件：{where}", f"{n} cases are written to {where}")


def _rights(connection: Connection, name: str | None, at: datetime) -> tuple[Reach, Reach | None, ZoneInfo]:
    """Where the actor reads cases now, where he sees who reported them, and the district's time zone."""
    pair = need_pair_at(connection, at, settings().district, at)
    district = pair.edition.district
    actor: Actor = everything(operator()) if name is None else actor_named(connection, name, at)
    below: Mapping[str, frozenset[str]] = read_rules_of(connection, pair.ruleset)[1].below
    sees = actor.reach("reporter:see", district, at, below) if actor.may("reporter:see", district, at) else None
    return actor.reach("case:read", district, at, below), sees, ZoneInfo(pair.edition.time_zone)


def _several(given: str | None) -> tuple[str, ...]:
    return tuple(v.strip() for v in (given or "").split(",") if v.strip())


def _known(option: str, given: str | None, known: tuple[str, ...]) -> tuple[str, ...]:
    values = _several(given)
    for value in values:
        if value not in known:
            listed = ", ".join(known)
            error = FieldError(option, value, f"可用：{listed}", f"one of {listed}")
            raise BadInput("没有这个取值", "there is no such value", [error])
    return values
