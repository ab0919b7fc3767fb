"""Are the stated probabilities true? Simulates reports with an error in their position and counts how often they are.

Nothing here decides: the reports are located and weighed by the same functions as everybody's.
"""

import math
from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
import pandas as pd

from gridsvc.certainty import match_of
from gridsvc.errors import BadInput, FieldError
from gridsvc.router import NEAR_M, Router
from gridsvc.spatial.datum import Floats, metres_per_degree
from gridsvc.spatial.uncertainty import HELD, lead, sigma_m
from gridsvc.values import Point

Kind = Literal["as stated", "heavy tails", "3 m bias", "twice as large"]
BIAS_M = 3.0
# Degrees of freedom of the heavy tails: the least for which the error still has a variance.
TAIL_DEGREES = 3


def errors_m(kind: Kind, accuracy_m: float, n: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Draw n errors of a phone that states ``accuracy_m``: metres east and north, shape (n,).

    ``as stated`` is the model itself. ``heavy tails`` holds the same 68 % within the accuracy, but follows Student's
    t distribution in the plane; ``3 m bias`` shifts every position to the east; ``twice as large`` comes from a phone
    that states half its error.
    """
    if kind not in get_args(Kind):
        mend = ("可用：" + "、".join(get_args(Kind)), "one of " + ", ".join(get_args(Kind)))
        raise BadInput("误差类型无效", "there is no such kind of error", [FieldError("kind", kind, *mend)])
    east, north = rng.standard_normal((2, n))
    if kind == "heavy tails":
        # The radius r of a plane t distribution has P(r > R) = (1 + R^2 / (degrees scale^2)) ^ (-degrees / 2).
        within = TAIL_DEGREES * ((1.0 - HELD) ** (-2.0 / TAIL_DEGREES) - 1.0)
        scale_m = accuracy_m / np.sqrt(within * rng.chisquare(TAIL_DEGREES, n) / TAIL_DEGREES)
    else:
        scale_m = np.full(n, sigma_m(accuracy_m) * (2.0 if kind == "twice as large" else 1.0))
    return scale_m * east + (BIAS_M if kind == "3 m bias" else 0.0), scale_m * north


def anywhere(router: Router, n: int, margin_m: float = 50.0, seed: int = 0) -> tuple[Floats, Floats]:
    """Draw n places evenly over the city's box and a margin around it: longitudes and latitudes in degrees."""
    west, south, east, north = router.snapshot.edition.bounds_deg
    lon_m, lat_m = metres_per_degree((south + north) / 2)
    rng = np.random.default_rng(seed)
    lon = rng.uniform(west - margin_m / lon_m, east + margin_m / lon_m, n)
    return lon, rng.uniform(south - margin_m / lat_m, north + margin_m / lat_m, n)


def simulate(
    router: Router, lon: Floats, lat: Floats, accuracy_m: float, kind: Kind = "as stated", seed: int = 0
) -> pd.DataFrame:
    """Report every true position once with an error and keep what was answered.

    Parameters
    ----------
    lon, lat : array, shape (n,)
        True positions in WGS 84 degrees.
    accuracy_m : float
        What each report states: the radius that holds 68 % of the error.
    kind : str
        How the errors really are, see :func:`errors_m`.
    seed : int
        Of the errors; the same seed gives the same errors.

    Returns
    -------
    DataFrame
        One row for each candidate of each report, lying in no area among them: ``report`` (row of the true position),
        ``probability``, ``true`` (the true position is settled to it), ``named`` (it was the answer) and ``lead``
        (of the answer over its strongest rival).
    """
    locator, finest = router.locator, router.locator.finest
    if finest is None:
        mend = ("至少一个 coverage 为 partition 的图层", "give at least one layer with coverage partition")
        raise BadInput("没有划分图层", "there is no partition", [FieldError("layers", None, *mend)])
    east_m, north_m = errors_m(kind, accuracy_m, len(lon), np.random.default_rng(seed))
    scales = np.array([metres_per_degree(x) for x in lat]).reshape(-1, 2)
    truth = locator.locate(lon, lat, "wgs84", NEAR_M, layers=(finest,)).position[finest]
    found = locator.locate(lon + east_m / scales[:, 0], lat + north_m / scales[:, 1], "wgs84", NEAR_M, layers=(finest,))
    distance_m = locator.boundary_distance_m(found.lon, found.lat)
    position_of = locator.edition.layers[finest].position_of
    rows: list[tuple[int, float, bool, bool, float]] = []
    for i, (true, answer) in enumerate(zip(truth, found.position[finest], strict=True)):
        point = Point(float(found.lon[i]), float(found.lat[i]))
        match = match_of(locator, found.at(i), point, accuracy_m, float(distance_m[i]), near_m=NEAR_M)
        shares = [(position_of[code], p) for _, code, p in match.candidates]
        ahead = lead(shares, int(answer))
        everywhere = [*shares, (-1, max(0.0, 1.0 - math.fsum(p for _, p in shares)))]
        rows += [(i, p, a == true, a == answer, ahead) for a, p in everywhere if p > 0.0 or a in (true, answer)]
    return pd.DataFrame(rows, columns=["report", "probability", "true", "named", "lead"])


def reliability(candidates: pd.DataFrame, bins: int = 10) -> pd.DataFrame:
    """Of all candidates given a probability, the share that is true.

    ``candidates`` is what :func:`simulate` gives. One row for each of ``bins`` equal ranges of probability that is
    not empty: ``stated`` (mean probability), ``true`` (share), ``n``, and ``wide``: 1.96 standard errors of the share
    if the statement is right.
    """
    which = np.minimum((candidates["probability"] * bins).astype(int), bins - 1)
    found = candidates.groupby(which).agg(
        stated=("probability", "mean"), true=("true", "mean"), n=("true", "size")
    )  # fmt: skip
    found["wide"] = 1.96 * np.sqrt(found["stated"] * (1.0 - found["stated"]) / found["n"])
    return found.reset_index(drop=True)


def scores(candidates: pd.DataFrame) -> dict[str, float]:
    """Two numbers of calibration, of the answers: both are 0 for answers that are always certain and right.

    ``brier`` is the mean square of confidence less outcome; ``calibration_error`` the mean distance between stated
    and true shares, each bin of :func:`reliability` weighed by its answers (the expected calibration error).
    """
    answers = candidates[candidates["named"]]
    table = reliability(answers)
    error = ((table["stated"] - table["true"]).abs() * table["n"]).sum() / table["n"].sum()
    brier = ((answers["probability"] - answers["true"]) ** 2).mean()
    return {"wrong": float(1.0 - answers["true"].mean()), "brier": float(brier), "calibration_error": float(error)}


def asking(candidates: pd.DataFrame, below: Sequence[float]) -> pd.DataFrame:
    """What asking a person brings, who is taken to know: one row for each threshold of the lead.

    ``asked`` is the share of reports asked about, ``wrong`` the share of all reports that stay wrong, and ``mended``
    the share of questions that mend a wrong answer.
    """
    answers = candidates[candidates["named"]]
    wrong = ~answers["true"].astype(bool)
    rows = []
    for threshold in below:
        ask = answers["lead"] < threshold
        mended = wrong[ask].mean() if ask.any() else 0.0
        rows.append((threshold, ask.mean(), (wrong & ~ask).mean(), mended))
    return pd.DataFrame(rows, columns=["below", "asked", "wrong", "mended"])
