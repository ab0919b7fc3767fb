"""The product in a process that has no compiler: ``python -m benchmarks.uncompiled FOLDER``.

Started by ``product.without_compiler``. Each line it reads names a file of points in the folder; it answers them,
writes the answer beside them and prints the seconds it took.
"""

import sys
import time
from pathlib import Path


def main(folder: Path) -> None:
    """Keep numba out before anything of the product is imported, then serve until the input ends."""
    sys.modules["numba"] = None  # type: ignore[assignment]
    import geopandas as gpd
    import numpy as np

    from benchmarks.product import FINEST, located
    from gridsvc import Router

    router = Router.from_frames({FINEST: gpd.read_parquet(folder / "areas.parquet")})
    for line in sys.stdin:
        xy = np.load(folder / line.strip())
        began_s = time.perf_counter()
        answer = located(router, xy)
        took_s = time.perf_counter() - began_s
        np.save(folder / "answer.npy", answer)
        print(took_s, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
