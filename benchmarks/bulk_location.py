"""Claim: bulk location is exact. Control, and what its speed is measured against: ``geopandas.sjoin``."""

import time
from collections.abc import Callable

import geopandas as gpd
import numpy as np

from benchmarks.city import points, unit_grids
from gridsvc import Router

ROUNDS = 5


def run(n_points: int = 200_000, side: int = 141) -> dict[str, object]:
    """Time both in turn, five rounds, and compare every answer; gives medians, ratio and wrong answers."""
    frame = unit_grids(side, side)
    lon, lat = points(frame, n_points)
    cloud = gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat), crs="EPSG:4326")
    started_s = time.perf_counter()
    router = Router.from_frames({"unit_grid": frame})
    build_s = time.perf_counter() - started_s

    def ours() -> np.ndarray:
        return router.locate(lon, lat, crs="wgs84").codes("unit_grid")

    def control() -> np.ndarray:
        joined = gpd.sjoin(cloud, frame, how="left", predicate="intersects")
        return joined.groupby(level=0)["code"].min().reindex(cloud.index).to_numpy()

    seconds: dict[str, list[float]] = {"ours": [], "control": []}
    answers: dict[str, np.ndarray] = {}
    for _ in range(ROUNDS):
        for name, work in (("ours", ours), ("control", control)):
            took_s, answers[name] = _timed(work)
            seconds[name].append(took_s)
    a, b = (np.where(np.equal(answers[k], None) | (answers[k] != answers[k]), "", answers[k]) for k in answers)
    ratios = [c / o for o, c in zip(seconds["ours"], seconds["control"], strict=True)]
    return {
        "unit_grids": len(frame),
        "points": n_points,
        "build_s": round(build_s, 2),
        "ours_M_points_s": round(n_points / float(np.median(seconds["ours"])) / 1e6, 2),
        "sjoin_M_points_s": round(n_points / float(np.median(seconds["control"])) / 1e6, 2),
        "ratio": round(float(np.median(ratios)), 2),
        "wrong": int((a != b).sum()),
    }


def _timed(work: Callable[[], np.ndarray]) -> tuple[float, np.ndarray]:
    started_s = time.perf_counter()
    answer = work()
    return time.perf_counter() - started_s, answer
