"""A private PostGIS server that lives as long as one block of code, for tests and trials; its data go with it."""

import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gridsvc.errors import GridsvcError
from gridsvc.store import cluster_home, leftovers
from gridsvc.store.cluster import Cluster
from gridsvc.store.server import ENVIRONMENT, Account, as_account

_PREFIX = "gridsvc-throwaway-"
_FRESH_S = 60.0
_START_TIMEOUT_S = 60.0


@contextmanager
def throwaway_cluster(
    pg_bin: Path | None = None, parent: Path = Path("/tmp"), durable: bool = False
) -> Iterator[Cluster]:
    """Run a new server, without any database yet, until the block ends.

    Where ``setpriv`` is at hand (Linux) it also ends when this process is killed, or when the thread ends
    that called this: call it from the main thread. What was left in ``parent`` is swept up by the next call.
    ``durable``: it writes as one does whose data matter, for trials of how fast that is.
    """
    sweep(parent)
    home = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
    cluster = Cluster(home, pg_bin, durable)
    try:
        with cluster.locked() as account:
            server = _spawn(cluster, account)
            try:
                up = cluster_home.wait_for(lambda: server.poll() is not None or cluster.running(), _START_TIMEOUT_S)
                if not up or server.poll() is not None:
                    raise cluster.failure("临时数据库未能启动", "the throw-away server did not start")
                yield cluster
            finally:
                _end(server)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def sweep(parent: Path) -> None:
    """Remove the data of throw-away servers whose process was killed and which have ended by now."""
    for home in parent.glob(f"{_PREFIX}*"):
        try:
            # A folder this young may belong to a process that has not locked it yet.
            if home.is_symlink() or time.time() - home.stat().st_mtime < _FRESH_S:
                continue
            with cluster_home.locked(home, timeout_s=0.0):
                if not leftovers.servers_in(home / "data"):
                    shutil.rmtree(home, ignore_errors=True)
        except (OSError, GridsvcError):
            continue  # in use, or another user's


def _spawn(cluster: Cluster, account: Account | None) -> subprocess.Popen[bytes]:
    """Start the server as a child that is told to stop when its parent dies."""
    programs = cluster.prepare(account)
    setpriv = shutil.which("setpriv", path=ENVIRONMENT["PATH"])
    bound = [setpriv, "--pdeathsig", "INT"] if setpriv else []
    with cluster.log_file.open("ab") as log:
        return subprocess.Popen(
            [*bound, str(programs / "postgres"), "-D", str(cluster.data_dir), *cluster.options()],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env=ENVIRONMENT,
            umask=0o077,
            start_new_session=True,
            **as_account(account),
        )


def _end(server: subprocess.Popen[bytes]) -> None:
    """Stop at once: nobody will read these data again."""
    server.send_signal(signal.SIGQUIT)
    try:
        server.wait(timeout=30)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
