"""What a killed server leaves behind: lock files, sockets and orphaned backends of one data folder.

Works on Linux through /proc; elsewhere it finds no process and leaves the lock files to PostgreSQL itself.
"""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

_NAMES = ("postgres", "postmaster")


def servers_in(data_dir: Path) -> set[int]:
    """List the live processes of PostgreSQL that work in this data folder (their current folder is it)."""
    where = os.path.realpath(data_dir)
    found = set()
    for entry in Path("/proc").glob("[0-9]*"):
        # Processes end while we look, and those of other users may not be looked into.
        with suppress(OSError):
            if os.readlink(entry / "cwd") == where and (entry / "comm").read_text().strip() in _NAMES:
                found.add(int(entry.name))
    return found


def postmaster_of(data_dir: Path) -> int | None:
    """Give the process id of the live server of this data folder, or None.

    The id in the pid file alone proves nothing: after a crash it may name any process of today.
    """
    try:
        pid = int((data_dir / "postmaster.pid").read_text().split("\n", 1)[0])
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    if Path("/proc/self/cwd").exists():
        return pid if pid in servers_in(data_dir) else None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        return pid
    return pid


def clear(data_dir: Path, socket_dir: Path, patience_s: float = 10.0) -> None:
    """Make way for a new server where ``postmaster_of`` found none alive.

    Backends that outlived their postmaster (they notice only when they wait) get some seconds to finish
    what they are doing, then the two signals that the postmaster itself would have sent them.
    """
    if not Path("/proc/self/cwd").exists():
        return
    began = time.monotonic()
    signals = [(patience_s, signal.SIGQUIT), (patience_s + 2.0, signal.SIGKILL)]
    while orphans := servers_in(data_dir):
        if signals and time.monotonic() - began > signals[0][0]:
            for pid in orphans:
                with suppress(ProcessLookupError):
                    os.kill(pid, signals[0][1])
            del signals[0]
        time.sleep(0.05)
    # An unreaped zombie, or a stranger who got the old process id, would make PostgreSQL refuse these.
    for leftover in [data_dir / "postmaster.pid", *socket_dir.glob(".s.PGSQL.*")]:
        leftover.unlink(missing_ok=True)
