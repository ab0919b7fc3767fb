"""``gridsvc privacy``: what is due to be erased of private people's data, and its erasure."""

import json
import sys
from datetime import timedelta
from typing import Annotated, Any

import typer

from gridsvc.cli.database import migrated
from gridsvc.cli.terminal import now, progress, settings, tell, user
from gridsvc.errors import BadInput, FieldError
from gridsvc.services import retention
from gridsvc.services.attachments import sweep_unused
from gridsvc.services.retention import Due
from gridsvc.store.blobs import make_blobs
from gridsvc.store.private import Erasable
from gridsvc.values import parse_instant

app = typer.Typer(no_args_is_help=True, help="个人信息 · personal data")
District = Annotated[str | None, typer.Option(help="只限该区县 · one district alone")]
AnyStatus = Annotated[bool, typer.Option("--any-status", help="未结案件也算 · also cases that are not over")]
AsJson = Annotated[bool, typer.Option("--json")]


@app.command()
def due(
    days: Annotated[int, typer.Option(min=0, max=36_500, help="上报满多少天 · reported so many days ago")],
    district: District = None,
    any_status: AnyStatus = False,
    as_json: AsJson = False,
) -> None:
    """统计到期应删除的个人信息 · count the personal data that is due to be erased."""
    chosen, at = settings(), now()
    wanted = Erasable(at - timedelta(days=days), district or chosen.district, any_status=any_status)
    with migrated(chosen) as engine:
        found = retention.due(engine, wanted, at)
    if as_json:
        _write(_told(found, wanted))
        return
    for row in found.districts:
        counts = tuple(row[k] for k in ("cases", "reporters", "subjects", "descriptions", "addresses"))
        zh = "区县 {}：案件 {:,}，其中反映人 {:,}、当事人 {:,}、描述 {:,}、地址 {:,}"
        en = "district {}: cases {:,}, with a reporter {:,}, a subject {:,}, a description {:,}, an address {:,}"
        tell(zh.format(row["district"], *counts), en.format(row["district"], *counts))
    kept = retention.ANSWERS_KEPT.days
    tell(
        f"应删除的案件 {found.cases:,}；超过 {kept} 天的重试应答 {found.answers:,}",
        f"cases due: {found.cases:,}; answers to repeated requests older than {kept} days: {found.answers:,}",
    )


@app.command()
def erase(
    before: Annotated[str | None, typer.Option(help="此时刻之前上报的 · reported before this instant")] = None,
    case: Annotated[str | None, typer.Option(help="只限该案件（编号或 id） · one case by number or id")] = None,
    district: District = None,
    any_status: AnyStatus = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只统计 · count only")] = False,
    as_json: AsJson = False,
) -> None:
    """删除反映人、当事人、描述、地址和附件，不可恢复 · erase reporters, subjects, texts and attachments for good."""
    if (before is None) == (case is None):
        mend = ("给出 --before 或 --case 之一", "give either --before or --case")
        raise BadInput("删除范围不明确", "it is not clear what to erase", [FieldError("--before", before, *mend)])
    chosen, at = settings(), now()
    start = None if before is None else parse_instant(before, "--before")
    wanted = Erasable(start, district or chosen.district, any_status=any_status)
    with migrated(chosen) as engine:
        if case is not None:
            wanted = retention.only_case(engine, case, wanted)
        found = retention.due(engine, wanted, at)
        if not dry_run:
            with progress("删除个人信息", "erasing personal data", found.cases, plain=not as_json) as bar:
                found = retention.erase(engine, wanted, f"cli:{user()}", at, bar.step)
            # What was erased with the cases belongs to nobody by now.
            sweep_unused(engine, make_blobs(chosen.state_dir, chosen.bucket), at)
    if as_json:
        _write(_told(found, wanted) | {"dry_run": dry_run})
        return
    zh, en = ("将删除", "would be erased") if dry_run else ("已删除", "erased")
    counts = f"{found.cases:,}", f"{found.answers:,}"
    tell("{}：案件 {}，重试应答 {}".format(zh, *counts), "{}: cases {}, answers {}".format(en, *counts))


def _told(found: Due, wanted: Erasable) -> dict[str, Any]:
    return {
        "before": wanted.before and wanted.before.isoformat(),
        "case": wanted.case and wanted.case[1],
        "cases": found.cases,
        "answers": found.answers,
        "districts": found.districts,
    }


def _write(told: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
