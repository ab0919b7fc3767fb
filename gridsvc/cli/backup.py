"""``gridsvc backup | restore``: all that was acknowledged, kept elsewhere, and brought back as of any instant."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from gridsvc.cli.database import cluster_of, migrated
from gridsvc.cli.terminal import instant, progress, settings, tell
from gridsvc.errors import BadInput, FieldError
from gridsvc.services import attachments, audit
from gridsvc.settings import Settings
from gridsvc.store import backup as store
from gridsvc.store import backup_files
from gridsvc.store.blobs import make_blobs

AsJson = Annotated[bool, typer.Option("--json")]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="备份文件夹，应在另一块磁盘上 · on another disk")]


def backup(
    folder: Folder,
    keep: Annotated[int, typer.Option(min=1, help="保留几份基础备份 · how many bases to keep")] = 7,
    files_only: Annotated[
        bool, typer.Option("--files-only", help="只复制新附件，可每分钟运行 · only new attachments; runs in a moment")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """备份数据库和附件，服务照常运行；此后日志持续归档，可恢复到任意时刻 · back up while the service runs.

    从第一次备份起，数据库日志不断写入该文件夹（最迟一分钟），所以可以恢复到其后的任意时刻。备份含有个人信息，请加密保存。
    From the first time on the database's log goes there too, after a minute at the latest, so that restore reaches any
    instant after it. It holds personal data: keep it on an encrypted disk.
    """
    chosen = settings()
    told: dict[str, Any] = {}
    if not files_only:
        _refuse_foreign(chosen)
        cluster = cluster_of(chosen)
        with progress("备份数据库", "backing up the database", plain=not as_json):
            base = store.take(cluster, folder)
            gone = store.prune(cluster, folder, keep)
        told = {"base": base.path.name, "bytes": _bytes_of(base.path), "pruned": [one.path.name for one in gone]}
    told["attachments"] = _copied(chosen.state_dir / "attachments", folder / "attachments", as_json)
    if as_json:
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
        return
    if not files_only:
        mb = f"{told['bytes'] / 1e6:,.0f} MB"
        tell(f"已备份：{told['base']}，{mb}，已核对；可恢复到此后的任意时刻",
             f"backed up: {told['base']}, {mb}, verified; any instant from now on can be brought back")  # fmt: skip
    tell(f"新附件 {told['attachments']:,} 个", f"{told['attachments']:,} new attachments")


def restore(
    folder: Folder,
    until: Annotated[
        str | None, typer.Option(metavar="INSTANT", help="恢复到此时刻，默认到最后 · as of then; default: the last")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """从备份恢复到某一时刻，并核对每个案件的历史 · bring everything back as of an instant, and verify every history.

    只在没有数据库的状态目录中进行，不覆盖任何东西。 Works only where no database is yet; nothing is overwritten.
    Exit code 1 where a history or an attachment is not as it was written.
    """
    chosen = settings()
    _refuse_foreign(chosen)
    at = instant(until, "--until")
    cluster = cluster_of(chosen)
    with progress("恢复数据库", "restoring the database", plain=not as_json):
        base = store.restore(cluster, folder, at)
    files = _copied(folder / "attachments", chosen.state_dir / "attachments", as_json)
    with migrated(chosen) as engine:
        with progress("核对历史", "verifying histories", audit.count_entries(engine), plain=not as_json) as bar:
            verified = audit.verify(engine, None, bar.step)
        blobs = make_blobs(chosen.state_dir, chosen.bucket)
        total = attachments.counted(engine)["attachments"]
        with progress("核对附件", "verifying attachments", total, plain=not as_json) as bar:
            spoilt = list(attachments.verify(engine, blobs, bar.step))
    flaws = len(verified.flaws) + verified.more
    if as_json:
        told = {"base": base.path.name, "entries": verified.entries, "flaws": flaws, "head": str(verified.head),
                "attachments": total, "copied": files, "spoilt": [one.id for one in spoilt]}  # fmt: skip
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    else:
        tell(f"已恢复：{verified.entries:,} 条历史和审计记录，{flaws} 处问题；{total:,} 个附件，{len(spoilt)} 个有问题",
             f"restored: {verified.entries:,} entries of histories and audit, {flaws} flaws; {total:,} attachments, "
             f"{len(spoilt)} spoilt")  # fmt: skip
    raise typer.Exit(1 if flaws or spoilt else 0)


def _refuse_foreign(chosen: Settings) -> None:
    if chosen.database_url is not None:
        mend = ("用该数据库自己的备份工具（如 pgBackRest）；附件用 --files-only",
                "back it up with its own means (pgBackRest, say); see docs/operations.md")  # fmt: skip
        error = FieldError("GRIDSVC_DATABASE_URL", None, *mend)
        raise BadInput("只备份本机专用数据库", "only gridsvc's own private database is backed up here", [error])


def _copied(source: Path, target: Path, as_json: bool) -> int:
    names = backup_files.missing(source, target)
    with progress("复制附件", "copying attachments", len(names), plain=not as_json) as bar:
        return backup_files.copy(source, target, names, bar.step)


def _bytes_of(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
