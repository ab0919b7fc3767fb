"""Divisions to compare a redraw with: naive ones, and kept libraries for regions; none of them knows today's grids."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import geopandas as gpd
import numpy as np
from libpysal.weights import W
from sklearn.cluster import KMeans
from spopt.region import RegionKMeansHeuristic, Skater

from gridsvc.planning.redraw_start import Task
from gridsvc.spatial.ragged import Longs


def strips(task: Task, seed: int = 1) -> Longs:
    """Cut an area into strips from west to east of about equal load; what a ruler on a map gives."""
    order = np.lexsort((task.centre_m[:, 1], task.centre_m[:, 0]))
    middle = np.cumsum(task.load[order]) - task.load[order] / 2
    label = np.empty(len(order), np.int64)
    label[order] = np.minimum((middle / (task.mean or 1.0)).astype(np.int64), len(task.names) - 1)
    return label


def k_means(task: Task, seed: int = 1) -> Longs:
    """Gather unit grids around as many middles, by their places weighed with their loads; nothing sees to balance."""
    made = KMeans(len(task.names), n_init=10, random_state=seed)
    return np.asarray(made.fit_predict(task.centre_m, sample_weight=task.load), np.int64)


def skater(task: Task, seed: int = 1) -> Longs:
    """Cut the tree of most similar neighbours (spopt's SKATER, by place), each with half the usual unit grids."""
    frame, w = _frame(task), _weights(task)
    found = Skater(frame, w, ["x", "y"], n_clusters=len(task.names), floor=len(frame) // (2 * len(task.names)))
    found.solve()
    return np.asarray(found.labels_, np.int64)


def region_k_means(task: Task, seed: int = 1) -> Longs:
    """Gather unit grids by place as k-means does, but along neighbours (spopt's RegionKMeansHeuristic)."""
    with _own_randomness(seed):
        found = RegionKMeansHeuristic(task.centre_m, len(task.names), _weights(task))
        found.solve()
    return np.asarray(found.labels_, np.int64)


@contextmanager
def _own_randomness(seed: int) -> Iterator[None]:
    """Seed numpy's common generator, the only one this heuristic uses, and leave it as it was found."""
    before = np.random.get_state()
    np.random.seed(seed)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        np.random.set_state(before)


def _frame(task: Task) -> gpd.GeoDataFrame:
    places = gpd.points_from_xy(*task.centre_m.T)
    scaled = (task.centre_m - task.centre_m.mean(axis=0)) / 1000.0
    return gpd.GeoDataFrame({"x": scaled[:, 0], "y": scaled[:, 1], "load": task.load}, geometry=places)


def _weights(task: Task) -> W:
    return W({u: sorted(task.graph[u]) for u in sorted(task.graph)}, silence_warnings=True)
