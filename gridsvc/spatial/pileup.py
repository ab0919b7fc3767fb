"""Many unrelated cases on exactly one coordinate: where a geocoder put what it could not place. Tells; moves nothing.

A geocoder that fails answers with the middle of the city, of a street, of a district, so the cases there have only
that coordinate in common. A real hot spot differs in one of three ways: people report it from coordinates of their
own, the cases are of a few kinds, or the places around are as full.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely import STRtree

from gridsvc.errors import BadInput, FieldError
from gridsvc.spatial.datum import Floats, metres_per_degree
from gridsvc.spatial.heat import usable

# Columns of a table of cases that tell them apart, where it has them.
LABELS = ("category", "address", "description", "reporter")
# Geocoders write six decimals or more; two GPS fixes hardly ever agree to that, which is a tenth of a metre.
DECIMALS = 6
# Fewer cases than this on one coordinate can be chance, a double report or one house with many faults.
LEAST_CASES = 10
# So many standard deviations above the coordinates around: a geocoder that knows only blocks fills every block.
SIGMAS_ABOVE = 5.0
AROUND_M = 1000.0
# Share of the kinds that as many cases drawn from the whole city would show.
DIVERSE = 0.75
# A label that shows fewer kinds than this in so many cases, wherever they lie, tells nothing about one place.
LEAST_KINDS = 3.0


@dataclass(frozen=True, slots=True)
class Pileup:
    """Cases that share one coordinate and nothing else: degrees in WGS 84, rows of the batch.

    ``believable`` is the greatest number of cases that the coordinates around make believable.
    """

    lon: float
    lat: float
    rows: NDArray[np.intp]
    believable: float


def pileups(lon: ArrayLike, lat: ArrayLike, *labels: ArrayLike) -> list[Pileup]:
    """Name the coordinates that hold unbelievably many unrelated cases, fullest first.

    Parameters
    ----------
    lon, lat : array, shape (n,)
        Degrees in WGS 84. Rows that are no position belong to no coordinate.
    labels : arrays, shape (n,), at least one
        What tells cases apart: category, address, description, reporter. Empty, None and NaN are unstated.

    Returns
    -------
    list of Pileup
        A coordinate is equal to six decimals of a degree. It is a pile-up if it holds at least ten cases, more
        than the other coordinates within 1 km by five standard deviations of theirs, and under every label that
        varies at all at least three quarters of the kinds that as many cases drawn at random from the batch would
        show (Hurlbert's rarefaction, 1971). Where no label varies, nothing can be told and the list is empty.

    Raises
    ------
    BadInput
        Without a label, or where a column has another length.
    """
    keep = usable(lon, lat)
    given = [np.asarray(label, dtype=object) for label in labels]
    if not given or any(len(label) != len(keep) for label in given):
        mend = (f"给出至少一列、每列 {len(keep)} 行", f"give at least one column, each of {len(keep)} rows")
        error = FieldError("labels", [len(label) for label in given], *mend)
        raise BadInput("无法判断案件是否相关", "nothing tells the cases apart", [error])
    rows = np.flatnonzero(keep)
    x, y = np.asarray(lon, np.float64)[rows], np.asarray(lat, np.float64)[rows]
    # One number a coordinate: no latitude has so many millionths.
    east, north = (np.round(axis * 10**DECIMALS).astype(np.int64) for axis in (x, y))
    cells = east * 10**9 + north
    _, first, which, count = np.unique(cells, return_index=True, return_inverse=True, return_counts=True)
    full = np.flatnonzero(count >= LEAST_CASES)
    if not len(full):
        return []
    believable = _believable(x[first], y[first], count, full)
    columns = [pd.factorize(_stated(label))[0] for label in given]
    found = []
    for place, most in zip(full, believable, strict=True):
        own = rows[which == place]
        if len(own) > most and _unrelated(columns, own):
            found.append(Pileup(float(x[first[place]]), float(y[first[place]]), own, float(most)))
    return sorted(found, key=lambda p: (-len(p.rows), p.lon, p.lat))


def piled_up(lon: ArrayLike, lat: ArrayLike, *labels: ArrayLike) -> NDArray[np.bool_]:
    """Mark the rows that lie in a pile-up, shape (n,), to be set aside where places are counted; see `pileups`."""
    mask = np.zeros(len(usable(lon, lat)), dtype=bool)
    for pile in pileups(lon, lat, *labels):
        mask[pile.rows] = True
    return mask


def labels_in(frame: pd.DataFrame) -> list[ArrayLike]:
    """Give the columns of a table of cases that tell them apart, for `piled_up`; none if it has none."""
    return [frame[name].to_numpy(dtype=object) for name in LABELS if name in frame]


def pileup_warning(lon: ArrayLike, lat: ArrayLike, *labels: ArrayLike) -> tuple[str, str] | None:
    """One line in Chinese and in English if the batch has a pile-up, with its fullest coordinate."""
    found = pileups(lon, lat, *labels)
    if not found:
        return None
    cases, top = sum(len(p.rows) for p in found), found[0]
    place = f"{top.lon:.6f},{top.lat:.6f}"
    return (
        f"警告：{cases:,} 个互不相干的案件堆在 {len(found)} 个坐标上，最多的是 {place}（{len(top.rows):,} 个）；"
        "像是地址解析失败后给的默认点，请核对这些地址",
        f"warning: {cases:,} unrelated cases lie on {len(found)} coordinates, the fullest is {place} "
        f"({len(top.rows):,}); a geocoder may have put there what it could not place, so check their addresses",
    )


def _stated(label: ArrayLike) -> NDArray[np.object_]:
    """A label with None for every cell that says nothing."""
    cells = pd.Series(np.asarray(label, dtype=object))
    return np.asarray(cells.where(cells.notna() & (cells.astype(str).str.strip() != ""), None), dtype=object)


def _believable(lon: Floats, lat: Floats, count: NDArray[np.int64], places: NDArray[np.intp]) -> Floats:
    """Mean plus five standard deviations of the cases on the other coordinates within 1 km; 0 where none is."""
    east_m, north_m = metres_per_degree(float(np.median(lat)))
    points = shapely.points(lon * east_m, lat * north_m)
    of, other = STRtree(points).query(points[places], predicate="dwithin", distance=AROUND_M)
    others = places[of] != other
    of, cases = of[others], count[other[others]]
    n = np.maximum(np.bincount(of, minlength=len(places)), 1)
    mean = np.bincount(of, cases, minlength=len(places)) / n
    variance = np.bincount(of, cases.astype(np.float64) ** 2, minlength=len(places)) / n - mean**2
    return np.asarray(mean + SIGMAS_ABOVE * np.sqrt(np.maximum(variance, 0.0)))


def _unrelated(columns: list[NDArray[np.intp]], own: NDArray[np.intp]) -> bool:
    """Whether every label that can tell says that these rows might be drawn from the whole batch."""
    verdicts = [kinds >= DIVERSE * expected for kinds, expected in _kinds(columns, own) if expected >= LEAST_KINDS]
    return bool(verdicts) and all(verdicts)


def _kinds(columns: list[NDArray[np.intp]], own: NDArray[np.intp]) -> Iterator[tuple[int, float]]:
    """For each label: kinds among these rows, and kinds to expect among as many rows of the whole batch."""
    for column in columns:
        stated = column[own][column[own] >= 0]
        yield len(np.unique(stated)), _expected_kinds(np.bincount(column[column >= 0]), len(stated))


def _expected_kinds(counts: NDArray[np.int64], n: int) -> float:
    """Expected number of kinds among ``n`` cases drawn without return from kinds of these sizes (rarefaction)."""
    total = int(counts.sum())
    log_factorial = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, total + 1)))])
    rest = total - counts
    drawable = rest >= n
    # Chance that a kind is missed: C(rest, n) / C(total, n).
    log_missed = log_factorial[rest[drawable]] - log_factorial[rest[drawable] - n]
    log_missed -= log_factorial[total] - log_factorial[total - n]
    return float(len(counts) - np.exp(log_missed).sum())
