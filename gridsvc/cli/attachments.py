"""``gridsvc attachments``: how many there are, whether each is as it was stored, and taking unused ones away."""

import json
import sys
from dataclasses import asdict
from typing import Annotated, Any

import typer

from gridsvc.cli.database import migrated
from gridsvc.cli.terminal import now, progress, settings, tell
from gridsvc.services import attachments as service
from gridsvc.services.media import MB
from gridsvc.store.blobs import make_blobs, sweep_incoming

app = typer.Typer(no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json")]


@app.command()
def count(as_json: AsJson = False) -> None:
    """统计附件的数量和大小 · count attachments, those that a case has, and their size."""
    with migrated(settings()) as engine:
        found = service.counted(engine)
    if as_json:
        _write(found)
        return
    shown = f"{found['attachments']:,}", f"{found['used']:,}", f"{found['bytes'] / MB:,.1f}"
    zh, en = "附件 {}，其中案件在用 {}，共 {} MB", "attachments {}, of these used by a case {}, {} MB in all"
    tell(zh.format(*shown), en.format(*shown))


@app.command()
def verify(as_json: AsJson = False) -> None:
    """读取每个附件并核对其哈希，有问题退出码 1 · read every attachment and verify its hash; exit 1 for findings."""
    chosen = settings()
    blobs = make_blobs(chosen.state_dir, chosen.bucket)
    with migrated(chosen) as engine:
        total = service.counted(engine)["attachments"]
        with progress("核对附件", "verifying attachments", total, plain=not as_json) as bar:
            found = list(service.verify(engine, blobs, bar.step))
    if as_json:
        _write({"ok": not found, "attachments": total, "findings": [asdict(one) for one in found]})
    for one in () if as_json else found:
        zh, en = ("文件缺失", "is missing") if one.what == "missing" else ("内容被改动", "was changed")
        tell(f"{one.id} {zh}", f"{one.id} {en}")
    if not as_json and not found:
        tell(f"{total:,} 个附件完好", f"{total:,} attachments are as they were stored")
    raise typer.Exit(1 if found else 0)


@app.command()
def sweep(as_json: AsJson = False) -> None:
    """清除一天以上未被案件使用的附件 · take away what no case has a day after it came."""
    chosen, at = settings(), now()
    with migrated(chosen) as engine:
        removed = service.sweep_unused(engine, make_blobs(chosen.state_dir, chosen.bucket), at)
    broken = sweep_incoming(chosen.state_dir, at)
    if as_json:
        _write({"removed": removed, "broken_off": broken})
        return
    tell(
        f"已清除未使用的附件 {removed:,}，中断的上传 {broken:,}",
        f"unused attachments taken away: {removed:,}; broken uploads: {broken:,}",
    )


def _write(told: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
