"""Backups of the private cluster: bases, the log that goes on from them, and the way back to any instant between.

PostgreSQL's own means, put together: ``pg_basebackup``, ``archive_command``, ``pg_verifybackup``, recovery to a time.
A backup is a folder with ``base/<instant>/`` and ``wal/``; nothing in it is ever changed, only added or taken away.
"""

import math
import pwd
import secrets
import shlex
import shutil
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from psycopg2 import Error as DatabaseError

from gridsvc.errors import BadInput, Conflict, FieldError, Unavailable
from gridsvc.store import cluster_home
from gridsvc.store.cluster import NO_ARCHIVE, PORT, USER, Cluster
from gridsvc.store.server import Account, find_postgres, run_program, write_as

# Instants in names; the order of the names is that of the instants.
_STAMP = "%Y%m%dT%H%M%SZ"
# After so long without a full segment what there is of one is put away too: as much as the loss of a disk can cost.
LOSS_S = 60
_LONG_S = 24 * 3600.0


@dataclass(frozen=True, slots=True, order=True)
class Base:
    """A whole copy of the cluster; with the log it leads to every instant from ``ended`` on."""

    ended: datetime
    path: Path

    @property
    def first_segment(self) -> str:
        """The first file of the log that is needed with this base."""
        label = (self.path / "backup_label").read_text()
        return label.partition("(file ")[2].partition(")")[0]


def bases(folder: Path) -> list[Base]:
    """Give the finished bases of a backup, earliest first."""
    found = []
    for path in (folder / "base").glob("*Z"):
        try:
            found.append(Base(datetime.strptime(path.name, _STAMP).replace(tzinfo=UTC), path))
        except ValueError:
            continue
    return sorted(found)


def take(cluster: Cluster, folder: Path, timeout_s: float = _LONG_S) -> Base:
    """Let the log be kept in ``folder`` from now on, and add a base that was read again and found whole.

    The cluster runs on meanwhile. Raises ``Conflict`` where it was made before it could keep its log, and
    ``Unavailable`` where the folder cannot take it.
    """
    folder = folder.absolute()
    with cluster.locked() as account:
        programs = find_postgres(cluster.pg_bin, cluster.major())
        for part in (folder, folder / "base", folder / "wal"):
            _make_folder(part, account)
        with closing(cluster.connect("postgres")) as connection:
            _keep_log(connection, folder / "wal", cluster)
    fresh = folder / "base" / f"new-{secrets.token_hex(4)}"
    to_server: list[str | Path] = ["-h", cluster.socket_dir, "-p", str(PORT), "-U", USER]
    try:
        copy: list[str | Path] = [programs / "pg_basebackup", "-D", fresh, "-X", "stream", "-c", "fast", *to_server]
        _must(copy, account, timeout_s, "无法做基础备份", "no base could be made")
        _must([programs / "pg_verifybackup", "-q", fresh], account, timeout_s, "备份不完整", "the base is not whole")
        with closing(cluster.connect("postgres")) as connection:
            ended = _put_away(connection)
        done = Base(ended, folder / "base" / ended.strftime(_STAMP))
        _must(["mv", "-T", "-n", fresh, done.path], account, 60.0, "无法改名", "it cannot be renamed")
    finally:
        run_program(["rm", "-rf", fresh], account)
    return done


def prune(cluster: Cluster, folder: Path, keep: int) -> list[Base]:
    """Take away all bases but the last ``keep``, and the log before them; give what went."""
    folder = folder.absolute()
    found = bases(folder)
    gone, left = found[:-keep], found[-keep:]
    if not gone:
        return []
    with cluster.locked() as account:
        programs = find_postgres(cluster.pg_bin, cluster.major())
        for base in gone:
            _must(["rm", "-rf", base.path], account, _LONG_S, "无法删除", "it cannot be removed")
        clean: list[str | Path] = [programs / "pg_archivecleanup", folder / "wal", left[0].first_segment]
        _must(clean, account, 600.0, "无法清理日志", "the log cannot be cleared")
    return gone


def restore(cluster: Cluster, folder: Path, until: datetime | None, timeout_s: float = _LONG_S) -> Base:
    """Make the cluster anew as it was at an instant, or as late as the log leads, and start it.

    Every transaction that was committed by ``until`` is there and none that came after. The cluster must not be there:
    nothing is ever overwritten. The restored one keeps no log until the next :func:`take`.
    """
    folder = folder.absolute()
    base = _base_before(folder, until)
    with cluster.locked() as account:
        if cluster.data_dir.exists():
            mend = (f"先运行 gridsvc down，再把 {cluster.data_dir} 移走", f"gridsvc down, then move {cluster.data_dir}")
            error = FieldError("state", str(cluster.home), *mend)
            raise Conflict("这里已有数据库", "there is a database here", [error])
        programs = find_postgres(cluster.pg_bin, int((base.path / "PG_VERSION").read_text()))
        _refuse_unreadable(folder, base, account)
        check: list[str | Path] = [programs / "pg_verifybackup", "-q", base.path]
        _must(check, account, timeout_s, "备份已损坏", "the base is damaged")
        fresh = cluster.home / f"new-{secrets.token_hex(4)}"
        _must(["cp", "-a", base.path, fresh], account, timeout_s, "无法复制备份", "the base cannot be copied")
        write_as(account, fresh / "postgresql.auto.conf", _recovery(folder / "wal", until), append=True)
        write_as(account, fresh / "recovery.signal", "")
        fresh.rename(cluster.data_dir)
        try:
            cluster.launch(account, timeout_s)
        except Unavailable:
            # As if nothing had been tried: all of it is still in the backup.
            shutil.rmtree(cluster.data_dir, ignore_errors=True)
            raise
    with closing(cluster.connect("postgres")) as connection, connection.cursor() as cursor:
        for name in ("restore_command", "recovery_target_time", "recovery_target_action", "hot_standby",
                     "archive_timeout"):  # fmt: skip
            cursor.execute(f"ALTER SYSTEM RESET {name}")
        cursor.execute("SELECT pg_reload_conf()")
    return base


def _base_before(folder: Path, until: datetime | None) -> Base:
    found = bases(folder)
    fit = found if until is None else [base for base in found if base.ended <= until]
    if fit:
        return fit[-1]
    there = ", ".join(base.ended.isoformat() for base in found)
    mend = (f"可恢复到 {there} 起的任意时刻" if found else "指明 gridsvc backup 写入的文件夹",
            f"from {there} on any can be reached" if found else "name a folder that gridsvc backup wrote")  # fmt: skip
    error = FieldError("until" if found else "DIR", str(until or folder), *mend)
    raise BadInput("没有可用的备份", "there is no base to begin with", [error])


def _recovery(wal: Path, until: datetime | None) -> str:
    """Word what a server needs to know to go on from a base; it takes no callers until it has arrived."""
    fetch = f"cp {shlex.quote(str(wal)).replace('%', '%%')}/%f %p"
    lines = [f"restore_command = {_quoted(fetch)}", "recovery_target_action = promote", "hot_standby = off",
             f"archive_command = {_quoted(NO_ARCHIVE)}"]  # fmt: skip
    if until is not None:
        lines.append(f"recovery_target_time = {_quoted(until.astimezone(UTC).isoformat())}")
    return "".join(f"{line}\n" for line in lines)


def _quoted(text: str) -> str:
    """Write a value of PostgreSQL's settings."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def _keep_log(connection: Any, wal: Path, cluster: Cluster) -> None:
    """Have every finished file of the log copied to ``wal``, under its name only once it is whole on the disk."""
    place = shlex.quote(str(wal)).replace("%", "%%") + "/%f"
    copy = f"cp %p {place}.part && sync {place}.part && mv {place}.part {place} && sync {shlex.quote(str(wal))}"
    # A file that is there already came before a crash; another content under its name must never pass for it.
    order = f"if [ -e {place} ]; then cmp -s %p {place}; else {copy}; fi"
    with connection.cursor() as cursor:
        cursor.execute("SHOW archive_mode")
        is_ready = cursor.fetchone()[0] != "off"
        cursor.execute("ALTER SYSTEM SET archive_mode = 'on'")
        cursor.execute("ALTER SYSTEM SET archive_command = %s", (order,))
        cursor.execute("ALTER SYSTEM SET archive_timeout = %s", (LOSS_S,))
        cursor.execute("SELECT pg_reload_conf()")
    if not is_ready:
        mend = ("运行 gridsvc down 和 gridsvc up 各一次，再备份", "gridsvc down, gridsvc up, then back up again")
        error = FieldError("archive_mode", "off", *mend)
        raise Conflict(
            "数据库要重启一次才能保留日志", f"the server of {cluster.home} must restart once to keep its log", [error]
        )


def _put_away(connection: Any) -> datetime:
    """Wait until the log's end is in the backup too; give the instant, rounded up, from which one can go back to it."""
    failed = "SELECT failed_count FROM pg_stat_archiver"
    with connection.cursor() as cursor:
        cursor.execute(failed)
        before = cursor.fetchone()[0]
        cursor.execute("SELECT extract(epoch FROM now()), pg_walfile_name(pg_switch_wal())")
        at_s, segment = cursor.fetchone()

        def is_there() -> bool:
            cursor.execute(f"SELECT last_archived_wal >= %s, ({failed}) - %s FROM pg_stat_archiver", (segment, before))
            is_kept, failures = cursor.fetchone()
            if failures:
                raise _no_room(segment)
            return bool(is_kept)

        try:
            if not cluster_home.wait_for(is_there, 60.0):
                raise _no_room(segment)
        except DatabaseError as error:
            raise Unavailable(f"数据库中断：{error}", f"the server went away: {error}") from error
    return datetime.fromtimestamp(math.ceil(at_s), UTC)


def _no_room(what: str) -> Unavailable:
    mend = ("检查备份文件夹的空间和权限", "look at the room and the rights of the backup's folder")
    return Unavailable("日志写不进备份", "the log cannot be written to the backup", [FieldError("DIR", what, *mend)])


def _make_folder(folder: Path, account: Account | None) -> None:
    """Make a folder of the server's user that nobody else may enter: it holds everything that the database does."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(f"无法建立 {folder}：{error}", f"cannot make {folder}: {error}") from error
    cluster_home.give(folder, account)
    if run_program(["test", "-w", folder], account).returncode != 0:
        mend = ("换一个数据库用户能进入的文件夹", "name one that the server's user can enter")
        raise BadInput("备份文件夹不可用", "the folder cannot be used", [FieldError("DIR", str(folder), *mend)])


def _refuse_unreadable(folder: Path, base: Base, account: Account | None) -> None:
    """Brought from another machine, a backup may belong to somebody there."""
    needed = ((base.path / "backup_manifest", "-r"), (folder / "wal", "-x"))
    if any(run_program(["test", how, path], account).returncode != 0 for path, how in needed):
        owner = "postgres" if account is None else pwd.getpwuid(account.uid).pw_name
        order = f"chown -R {owner}: {folder}"
        mend = (f"运行 {order}", order)
        error = FieldError("DIR", str(folder), *mend)
        raise BadInput("数据库用户读不到备份", "the server's user cannot read it", [error])


def _must(args: Sequence[str | Path], account: Account | None, timeout_s: float, zh: str, en: str) -> None:
    done = run_program(args, account, timeout_s=timeout_s)
    if done.returncode != 0:
        raise Unavailable(f"{zh}：{done.stdout.strip()}", f"{en}: {done.stdout.strip()}")
