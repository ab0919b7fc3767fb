"""Kills service and database again and again while cases are worked on: ``python tools/kill_drill.py 1000``.

The long form of what ``tests/flow`` does in two minutes, for a machine that has an hour. It says at the end what was
lost, done twice or broken (nothing may be), and leaves with 1 if anything was. All of it lives in one folder of /tmp.
"""

import random
import sys
import threading
import time
from collections import Counter
from itertools import count
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from rich.progress import track  # noqa: E402
from small_city import LIMITS, SOUND, write_city  # noqa: E402
from sqlalchemy import text  # noqa: E402

from gridsvc.services.audit import verify  # noqa: E402
from gridsvc.store.engine import make_engine  # noqa: E402
from tests.flow.installation import Installation  # noqa: E402
from tests.flow.test_kill_casework import Client, Record, all_histories, kill  # noqa: E402

CLIENTS = 12
# How often each is killed, out of ten times.
SHARES = {"service": 6, "postmaster": 3, "both": 1}


class Worker(Client):
    """Reports, and acts on what anybody has reported, for as long as it is asked to."""

    def work(self, cases: list[str], reported: dict[str, str], stop: threading.Event) -> None:
        for i in count():
            if stop.is_set():
                return
            if self.rng.random() < 0.4 or not cases:
                case = self.report(i)
                if case is not None:
                    reported[f"report {self.number}-{i}"] = case
                    cases.append(case)
            else:
                self.act(i, self.rng.choice(cases))


def drill(kills: int) -> int:
    """Run it; gives the number of faults."""
    installation, record, stop = Installation(), Record(), threading.Event()
    installation.environment |= {"GRIDSVC_RATE_PER_S": "100000"}
    rng, away_s = random.Random(kills), []
    cases: list[str] = []
    reported: dict[str, str] = {}
    stages = [LIMITS[0] | {"stage": stage} for stage in ("dispatch", "disposal", "check", "return")]
    try:
        installation.must(
            "boundaries", "load", str(write_city(installation.home / "city", tables={**SOUND, "limits": stages}))
        )
        installation.must("boundaries", "publish", "S1")
        installation.serve()
        installation.wait_until_ready()
        threads = [
            threading.Thread(target=Worker(installation, n, record).work, args=(cases, reported, stop))
            for n in range(CLIENTS)
        ]
        for thread in threads:
            thread.start()
        done: Counter[str] = Counter()
        try:
            for what in track(rng.choices(list(SHARES), list(SHARES.values()), k=kills), "killing"):
                time.sleep(rng.uniform(0.2, 1.5))
                began_s = time.monotonic()
                kill(installation, what)
                away_s.append(time.monotonic() - began_s)
                done[what] += 1
        finally:
            stop.set()
            for thread in threads:
                thread.join()
            print(f"killed: {dict(done)}; away at most {max(away_s, default=0.0):.1f} s")
        return told(installation, record, reported)
    finally:
        installation.remove()


def told(installation: Installation, record: Record, reported: dict[str, str]) -> int:
    """Compare what the clients were told with what is stored; gives the number of faults."""
    engine = make_engine(installation.cluster.url(), 2)
    histories, checked = all_histories(engine), verify(engine)
    with engine.connect() as connection:
        numbers = connection.execute(text("SELECT number FROM case_")).scalars().all()
        days = connection.execute(text("SELECT day, last FROM case_number")).all()
    engine.dispose()
    written = Counter(e.kind for history in histories.values() for e in history[2:])
    acted = Counter(action for _, action, _ in record.told.values())
    faults = {
        "reports lost": len(set(reported.values()) - set(histories)),
        "reports taken twice": len(histories) - len(set(reported.values())),
        "keys with one case for two reports": len(reported) - len(set(reported.values())),
        "actions lost": sum(
            len(histories.get(case, ())) < version or histories[case][version - 1].kind != action
            for case, action, version in record.told.values()
        ),
        "actions done twice": (written - Counter(noted=written["noted"]) - acted).total(),
        "answers that changed": len(record.changed),
        "unexpected answers": len(record.unexpected),
        "histories or audit entries broken": len(checked.flaws) + checked.more,
        "numbers missing or given twice": len(
            set(numbers) ^ {f"{d.day:%y%m%d}-{i:04d}" for d in days for i in range(1, d.last + 1)}
        ) + len(numbers) - len(set(numbers)),
    }  # fmt: skip
    print(
        f"{len(reported)} reports and {len(record.told)} actions acknowledged, {record.lost} connections lost, "
        f"{checked.entries} entries verified, statuses {dict(record.statuses)}"
    )
    for what, n in faults.items():
        print(f"{what}: {n}")
    if record.unexpected:
        print(record.unexpected[:3])
    return sum(faults.values())


if __name__ == "__main__":
    sys.exit(1 if drill(int(sys.argv[1]) if len(sys.argv) > 1 else 1000) else 0)
