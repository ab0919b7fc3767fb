"""One worker that maps a saved index: ``python -m benchmarks.sharing FILE``, started by ``index_cost``.

Prints the seconds of loading and its answers; then, for each line read, what it holds of the file's mappings.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.controls import least
from benchmarks.product import load_index


def main(path: Path) -> None:
    """Load, answer, tell; then wait to be asked."""
    began_s = time.perf_counter()
    index = load_index(path)
    load_s = time.perf_counter() - began_s
    xy = np.load(path.with_suffix(".points.npy"))
    answer = least(*index.covering(xy[:, 0], xy[:, 1]), len(xy))
    print(json.dumps({"load_s": load_s, "answer": answer.tolist()}), flush=True)
    for _ in sys.stdin:
        print(json.dumps(held(str(path))), flush=True)


def held(path: str) -> dict[str, int]:
    """Sum what /proc/self/smaps says of the file's mappings: resident bytes, and those that nobody else has."""
    found = {"rss": 0, "own": 0}
    of_file = False
    for line in Path("/proc/self/smaps").read_text(encoding="utf-8").splitlines():
        words = line.split()
        if not words[0].endswith(":"):
            of_file = len(words) > 5 and words[5].startswith(path)
        elif of_file and words[0] == "Rss:":
            found["rss"] += int(words[1]) * 1024
        elif of_file and words[0] in ("Private_Clean:", "Private_Dirty:"):
            found["own"] += int(words[1]) * 1024
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]))
