"""Two replicas under load; editions are published, replicas and database killed: ``python tools/replica_drill.py 40``.

The long form of ``tests/flow/test_two_replicas.py``. ``--haproxy`` puts Debian's haproxy before the replicas, with
``docker/haproxy.cfg``; without it clients know both and change over. ``--pgbouncer`` puts Debian's PgBouncer before the
database, with ``docker/pgbouncer/pgbouncer.ini``. It says at the end what was lost, doubled or
late (nothing may be), and leaves with 1 if anything was. Loopback only; all of it lives in one folder of /tmp.
"""

import argparse
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
# The services run in a folder of their own.
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))

from sqlalchemy import make_url  # noqa: E402

from tests.flow.installation import free_port  # noqa: E402
from tests.flow.two_replicas import Drilled, directly, drill, unpooled  # noqa: E402

PATIENCE_S = 10.0


@contextmanager
def haproxy(ports: Sequence[int], folder: Path) -> Iterator[Sequence[int]]:
    """One address before all replicas."""
    front = free_port()
    told = {f"REPLICA_{n}": f"127.0.0.1:{port}" for n, port in enumerate(ports)} | {"FRONT": f"127.0.0.1:{front}"}
    with running(["haproxy", "-db", "-f", str(ROOT / "docker" / "haproxy.cfg")], folder / "haproxy.log", told):
        wait_for(front)
        yield [front]


@contextmanager
def pgbouncer(url: str, folder: Path) -> Iterator[Mapping[str, str]]:
    """A pool before the database, for one transaction at a time; it refuses to run as root, so it runs as postgres."""
    where = make_url(url).query
    socket_dir, port = str(where["host"]), where["port"]
    file = folder / "pgbouncer.ini"
    # A folder of its own: gridsvc's own server tidies up in its folder whenever it starts.
    own = folder / "pooled"
    own.mkdir()
    own.chmod(0o777)
    given = (ROOT / "docker" / "pgbouncer" / "pgbouncer.ini").read_text()
    given = given.replace("socket_dir = /var/run/postgresql", f"socket_dir = {own}").replace(
        "port=5432", f"port={port}"
    )
    file.write_text(given.replace("/var/run/postgresql", socket_dir))
    user = ["-u", "postgres"] if os.geteuid() == 0 else []
    with running(["pgbouncer", *user, str(file)], folder / "pgbouncer.log", {}):
        pooler = f"postgresql://gridsvc@/gridsvc?host={own}&port=6432"
        yield {"GRIDSVC_DATABASE_URL": url, "GRIDSVC_POOLER_URL": pooler}


@contextmanager
def running(order: Sequence[str], log: Path, environment: dict[str, str]) -> Iterator[None]:
    """Run a program beside us as long as the block lasts."""
    with log.open("wb") as out:
        child = subprocess.Popen(order, env=os.environ | environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    try:
        yield
        if child.poll() is not None:
            raise RuntimeError(f"{order[0]} ended by itself: {log.read_text(errors='replace')[-1000:]}")
    finally:
        child.terminate()
        child.wait(PATIENCE_S)


def wait_for(port: int) -> None:
    """Wait until somebody listens on a port of loopback."""
    until_s = time.monotonic() + PATIENCE_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > until_s:
                raise
            time.sleep(0.05)
        else:
            return


def told(done: Drilled) -> int:
    """Say what was measured; gives the number of faults."""
    seen = done.seen
    asked = sum(seen.statuses.values()) + seen.lost.total()
    lines = (
        f"{done.seconds:.0f} s, {asked} requests: {len(seen.replies)} routed, {len(seen.reports)} cases acknowledged",
        f"of these cases {seen.repeated} were sent again; clients waited {seen.waited_s:.2f} s at most",
        f"killed {dict(done.killed)}, {done.published} editions published",
        f"connections lost {dict(seen.lost)}, statuses {dict(sorted(seen.statuses.items()))}",
    )
    print(*lines, sep="\n")
    for replica, latest_s in done.latest_s.items():
        print(f"replica {replica}: answers by {done.editions.get(replica, 0)} editions, "
              f"the latest by a retired one {latest_s:.3f} s after")  # fmt: skip
    for what, found in done.faults.items():
        print(f"{what}: {len(found)} {found[:3] or ''}")
    return sum(map(len, done.faults.values()))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rounds", type=int, nargs="?", default=30, help="every third one kills the database")
    parser.add_argument("--haproxy", action="store_true", help="haproxy before the replicas")
    parser.add_argument("--pgbouncer", action="store_true", help="PgBouncer before the database")
    chosen = parser.parse_args()
    front, pool = haproxy if chosen.haproxy else directly, pgbouncer if chosen.pgbouncer else unpooled
    sys.exit(1 if told(drill(chosen.rounds, front, pool)) else 0)
