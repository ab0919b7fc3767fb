"""``python -m benchmarks [NAME…] [--quick]``: runs benchmarks and writes ``RESULTS.md`` from what they find."""

import argparse
import importlib
import sys
import time

from benchmarks import record, report
from benchmarks.sizes import FULL, QUICK
from gridsvc.errors import GridsvcError

NAMES = (
    "bulk_location", "one_point", "index_cost", "boundary_check", "http_route", "batch_route", "heat",
    "publish_under_load", "rights", "many_points", "replay", "case_intake", "case_import", "tiles",
    "console", "bulk_in_out", "province",
)  # fmt: skip


def main() -> int:
    """Run what was asked for, one after the other; exit 1 if any answer was wrong, 2 if one could not be run."""
    parser = argparse.ArgumentParser(prog="./run bench", description="Speeds beside controls, answers compared.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="one or more of " + ", ".join(NAMES))
    parser.add_argument("--quick", action="store_true", help="small sizes, nothing written: does it run, is it right?")
    chosen = parser.parse_args()
    unknown = set(chosen.names) - set(NAMES)
    if unknown:
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))} (there are {', '.join(NAMES)})")
    results = [_run(name, quick=chosen.quick) for name in chosen.names or NAMES]
    return max(results)


def _run(name: str, *, quick: bool) -> int:
    where, began_s = record.machine(), time.monotonic()
    print(f"## {name}", flush=True)
    try:
        result = importlib.import_module(f"benchmarks.{name}").run(QUICK if quick else FULL)
    except (RuntimeError, GridsvcError) as e:
        print(f"not run: {e}", file=sys.stderr)
        return 2
    fresh = record.record(name, where, result)
    print("\n".join(report.section(fresh, headed=False)))
    print(f"\n({time.monotonic() - began_s:.0f} s)\n", flush=True)
    if result.wrong:
        print(f"{name}: {result.wrong} wrong answers, so its speeds are void and not kept", file=sys.stderr)
        return 1
    if not quick:
        report.write(record.keep(fresh))
    return 0


if __name__ == "__main__":
    sys.exit(main())
