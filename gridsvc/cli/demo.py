"""``gridsvc demo``: the demo city from nothing to a map, in one go."""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Engine

from gridsvc.bootstrap import Folder, past_cases
from gridsvc.carried import carried
from gridsvc.cli.boundaries import read_and_check
from gridsvc.cli.database import cluster_of, migrated
from gridsvc.cli.service import Host, Port, refuse_busy, refuse_open_to_all, run_server
from gridsvc.cli.terminal import lang, now, operator, pick, progress, say, settings, tell
from gridsvc.errors import Conflict, FieldError
from gridsvc.rights import whole_district
from gridsvc.router import Router, Snapshot
from gridsvc.services import editions
from gridsvc.services.catalogue import editions_of
from gridsvc.services.heat import points_between
from gridsvc.services.intake import import_cases, is_imported
from gridsvc.services.simulation.lives import over, recent, with_lives
from gridsvc.web.offline import render
from gridsvc.web.pages.city_heat import city_heat, days

HEAT = Path("out/heatmap.html")
# The past cases of the demo city are imported once, by this name, whatever editions it has.
IMPORT = "demo:2023-1"
# So are those of the days before it was run first, which are still on their way.
RECENT, RECENT_CASES = "demo:recent", 400
SEED = 2024
# What was reported before came from another system, closed; from here on cases were handled here.
LIVED_FROM = datetime(2024, 5, 1, tzinfo=UTC) - timedelta(hours=8)


def demo(
    once: Annotated[bool, typer.Option("--once", help="只做一遍，不开端口 · do it all without a port")] = False,
    host: Host = "127.0.0.1",
    port: Port = 8000,
) -> None:
    """演示城市:建库、载入、定责、出图并启动服务 · the demo city, loaded, decided, mapped and served."""
    if not once:
        refuse_busy(host, port)
    chosen = settings()
    if not once:
        refuse_open_to_all(host, chosen)
    ours = chosen.database_url is None and not cluster_of(chosen).running()
    if once:
        HEAT.parent.mkdir(parents=True, exist_ok=True)
    started_s = time.perf_counter()
    try:
        with migrated(chosen) as engine:
            router = prepare(engine)
            if once:
                write_heat(engine, router, HEAT)
        elapsed_s = time.perf_counter() - started_s
        say(f"演示城市就绪，用时 {elapsed_s:.0f} 秒", f"the demo city is ready after {elapsed_s:.0f} s")
        if not once:
            address = f"http://{host}:{port}"
            tell(
                f"打开 {address}，热力图 {address}/maps/heat，接口文档 {address}/docs，Ctrl-C 结束",
                f"open {address}, heat map {address}/maps/heat, API at {address}/docs, Ctrl-C ends",
            )
            run_server(host, port, replace(chosen, district=router.snapshot.edition.district))
    finally:
        if ours:
            cluster_of(chosen).stop()


def prepare(engine: Engine) -> Router:
    """Load, publish and decide whatever of the demo city is not there yet; gives the router of its newest edition."""
    first = carried("boundaries")
    folders = [first, *sorted(manifest.parent for manifest in first.glob("*/manifest.json"))]
    contents = [_published(engine, folder, is_last=folder == folders[-1]) for folder in folders]
    routers = [Router(c.snapshot) for c in contents]
    past, at = past_cases(contents[-1]), now()
    added = 0
    for name, cases in ((IMPORT, past), (RECENT, recent(past, at, RECENT_CASES, SEED))):
        if is_imported(engine, name):
            continue
        n = len(cases)
        with progress(f"{n:,} 个案件定责并走完流程", f"deciding {n:,} cases and what became of them", n) as bar:
            earlier = [c for c in cases if c.reported_at < LIVED_FROM]
            later = with_lives(partial(_held_at, routers), cases[len(earlier) :], at, SEED)
            lived = [*over(earlier), *later]
            added += import_cases(engine, partial(_held_at, routers), lived, name, progress=bar.step)
    say(f"新增案件 {added:,}", f"cases added: {added:,}")
    return routers[-1]


def _published(engine: Engine, folder: Path, is_last: bool) -> Folder:
    """Load and publish one edition of the demo city, unless it is there; gives what holds of it from now on."""
    contents, report = read_and_check(folder)
    snapshot = contents.snapshot
    say(
        f"演示城市 {report.edition}：错误 {report.counts['error']}，警告 {report.counts['warning']}",
        f"demo city {report.edition}: errors {report.counts['error']}, warnings {report.counts['warning']}",
    )
    _refuse_beside_a_real_city(engine, snapshot.edition.district)
    try:
        editions.load(engine, snapshot, contents.tables, report, operator())
        editions.publish(engine, snapshot.edition.code, now(), by=operator())
    except Conflict:
        # An older demo city is published here: the newest edition follows it, under a name of its own.
        if is_last:
            snapshot = _renamed(snapshot)
            editions.load(engine, snapshot, contents.tables, report, operator())
            editions.publish(engine, snapshot.edition.code, now(), by=operator())
    return replace(contents, snapshot=snapshot)


def _held_at(routers: Sequence[Router], at: datetime) -> Router:
    """The router of the edition that held when a case was reported."""
    starts = [r.snapshot.edition.valid_from for r in routers]
    return [r for r, start in zip(routers, starts, strict=True) if start is not None and start <= at][-1]


def _refuse_beside_a_real_city(engine: Engine, district: str) -> None:
    """In a database of somebody's own the invented district must never stand beside a real one."""
    others = sorted({str(e["district"]) for e in editions_of(engine, "edition")} - {district})
    if others and settings().database_url is not None:
        mend = ("演示请用另一个库", "give the demo another database")
        shown = ", ".join(others)
        raise Conflict(f"库中已有其他区县：{shown}", f"the database holds another district: {shown}",
                       [FieldError("GRIDSVC_DATABASE_URL", None, *mend)])  # fmt: skip


def _renamed(snapshot: Snapshot) -> Snapshot:
    code = f"{snapshot.edition.code}+{snapshot.edition.content_hash[:8]}"
    edition = replace(snapshot.edition, code=code, valid_from=None)
    return replace(snapshot, edition=edition, ruleset=replace(snapshot.ruleset, code=code))


def write_heat(engine: Engine, router: Router, path: Path) -> None:
    """Write the heat page of all cases in the database."""
    found = points_between(engine, whole_district(router.snapshot.edition.district))
    edition = router.snapshot.edition
    page = city_heat(
        title=pick(f"{edition.title}：案件热力图", f"{edition.title}: case heat map"), lon=found.lon,
        lat=found.lat, labels=found.labels, locator=router.locator, lang=lang(),
        generated=now().astimezone(router.zone), period=days(found.first, found.last, router.zone),
    )  # fmt: skip
    path.write_text(render(page, mode="inline", lang=lang()), encoding="utf-8")
    tell(f"热力图：{path}", f"heat map: {path}")
