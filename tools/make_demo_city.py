"""Writes the demo city, an invented district, as a boundary folder: ``python tools/make_demo_city.py``."""

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from demo_city.make import make


def main() -> None:
    """Read the arguments and write the folder, saying on stderr how far it is."""
    here = Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=here / "data" / "boundaries")
    parser.add_argument("--seed", type=int, default=20240101)
    args = parser.parse_args()
    start = time.perf_counter()

    def say(text: str) -> None:
        print(f"[{time.perf_counter() - start:5.1f} s] {text}", file=sys.stderr, flush=True)

    make(args.out, args.seed, say)


if __name__ == "__main__":
    main()
