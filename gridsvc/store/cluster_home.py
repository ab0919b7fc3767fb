"""The folder a private cluster lives in, its socket's folder and its lock; knows nothing of what runs there."""

import fcntl
import json
import os
import re
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gridsvc.errors import FieldError, Unavailable
from gridsvc.store.server import Account, run_program, write_as

# A Unix socket's path holds 107 bytes, ".s.PGSQL.5442" among them; a comma, colon or space would need quoting.
_FIT_FOR_SOCKET = re.compile(r"[A-Za-z0-9/._-]{1,93}")
# pg_ctl puts its paths between double quotes and hands them to a shell.
_UNSAFE = re.compile(r"[\"$`\\\n]")
_SHM_WANTED_BYTES = 256 << 20


def make_home(home: Path, account: Account | None) -> None:
    """Make the cluster's folder, which only the server's user may enter, and check that it can."""
    if _UNSAFE.search(str(home)):
        raise unusable(home, "the path holds a quote, dollar sign, backtick, backslash or line break")
    if home.is_symlink():
        raise unusable(home, f"{home} is a symbolic link; name the real folder")
    try:
        for folder in reversed(home.parents):
            if not folder.exists():
                folder.mkdir(exist_ok=True)
                if account is not None:
                    folder.chmod(0o755)  # whatever root's umask is, the server's user must pass
        home.mkdir(mode=0o700, exist_ok=True)
        if account is not None and home.stat().st_uid not in (0, account.uid):
            raise unusable(home, f"{home} belongs to user id {home.stat().st_uid}")
        give(home, account)
    except OSError as error:
        raise unusable(home, str(error)) from error
    if run_program(["test", "-w", home], account).returncode != 0:
        raise unusable(home, "the server's user cannot reach it")


def socket_dir(home: Path) -> Path:
    """Give the socket's folder: beside the data, or where that path is too long, a short one noted there."""
    beside = home / "socket"
    if _FIT_FOR_SOCKET.fullmatch(str(beside)):
        return beside
    try:
        noted_for, short = json.loads((home / "socket.json").read_text())
    except (OSError, ValueError):
        return beside
    # A copied home must not lead to the original's server.
    return Path(short) if noted_for == str(home) else beside


def make_socket_dir(home: Path, account: Account | None) -> Path:
    """Make the socket's folder if absent, private to the server's user."""
    wanted = socket_dir(home)
    if _is_private(wanted, account):
        return wanted
    if _FIT_FOR_SOCKET.fullmatch(str(wanted)) and wanted.parent == home:
        wanted.mkdir(exist_ok=True)
        wanted.chmod(0o700)
        give(wanted, account)
        return wanted
    short = Path(tempfile.mkdtemp(prefix="gridsvc-", dir="/tmp"))
    give(short, account)
    write_as(account, home / "socket.json", json.dumps([str(home), str(short)]))
    return short


@contextmanager
def locked(home: Path, timeout_s: float) -> Iterator[None]:
    """Hold the lock that keeps every other process from starting or stopping this cluster."""
    try:
        lock = os.open(home / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise unusable(home, str(error)) from error
    try:
        if not wait_for(lambda: _lock(lock), timeout_s):
            raise Unavailable(
                f"另一进程长时间占用 {home} 的启停锁", f"another process has long held the lock of {home}"
            )
        yield
    finally:
        os.close(lock)


def wait_for(happened: Callable[[], bool], timeout_s: float) -> bool:
    """Ask again and again until it is so, or the time is up."""
    deadline = time.monotonic() + timeout_s
    while not happened():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def shared_memory_type() -> str:
    """Choose how parallel queries share memory: containers often have a tiny /dev/shm, a chroot none at all."""
    try:
        room = os.statvfs("/dev/shm")
        usable = bool(os.stat("/dev/shm").st_mode & stat.S_IWOTH)
    except OSError:
        return "mmap"
    return "posix" if usable and room.f_blocks * room.f_frsize >= _SHM_WANTED_BYTES else "mmap"


def unusable(home: Path, why: str) -> Unavailable:
    """Word the error of a state folder in which no cluster can live."""
    return Unavailable(
        f"数据库目录不可用：{why}",
        f"the database's folder cannot be used: {why}",
        [
            FieldError(
                "GRIDSVC_STATE_DIR",
                str(home.parent),
                "换一个服务器用户能进入、且属于自己的目录；以 root 建的集群要以 root(sudo)操作",
                "name a folder of your own that the server's user can enter; root's cluster needs root (sudo)",
            )
        ],
    )


def _lock(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def give(folder: Path, account: Account | None) -> None:
    """Make the server's user the owner of a folder."""
    if account is not None:
        os.chown(folder, account.uid, account.gid, follow_symlinks=False)


def _is_private(folder: Path, account: Account | None) -> bool:
    """Tell whether this is a real folder of the server's user that nobody else may enter."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    uid = os.geteuid() if account is None else account.uid
    return stat.S_ISDIR(found.st_mode) and found.st_uid == uid and not found.st_mode & 0o077
