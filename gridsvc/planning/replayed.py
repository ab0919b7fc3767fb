"""Past cases decided before and after a redraw, without a database: which decisions change, and whose work that is."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from gridsvc.bootstrap import Router
from gridsvc.bulk import route_columns
from gridsvc.changes import Change, Essence, shifts
from gridsvc.essence import essence_of_row
from gridsvc.report import Report
from gridsvc.services.intake import PastCase

CHUNK = 1000


def replayed(
    before: Router, after: Router, past: Sequence[PastCase], progress: Callable[[int], None] = lambda _: None
) -> list[Change]:
    """Decide past cases in two editions, each at the instant of its report, and give those that differ.

    What counts is the essence of a decision (:mod:`gridsvc.essence`), as in ``gridsvc replay``, which asks what is
    stored of each case instead of ``before``. Cases are numbered by their row, from 1; one that cannot be decided
    before is left out, one that cannot be decided after has ``after`` None. ``progress`` is told how many were done.
    """
    found: list[Change] = []
    for first in range(0, len(past), CHUNK):
        chunk = past[first : first + CHUNK]
        was, now = (_decided(room, chunk) for room in (before, after))
        for i, (case, old, new) in enumerate(zip(chunk, was, now, strict=True), start=first + 1):
            if old is not None and old != new:
                point = case.new.point
                found.append(Change(str(i), case.reported_at, case.new.category, point.lon, point.lat, old, new))
        progress(len(chunk))
    return found


def _decided(room: Router, chunk: Sequence[PastCase]) -> list[Essence | None]:
    lon, lat = np.array([(c.new.point.lon, c.new.point.lat) for c in chunk]).T
    new = [(c.reported_at, c.new) for c in chunk]
    reports = [Report(at, n.category, n.component, n.accuracy_m, dict(n.attributes or {})) for at, n in new]
    decided = route_columns(room, lon, lat, crs="wgs84", reports=reports, whose=np.arange(len(chunk)))
    return [
        None if decided.error[i] >= 0 else essence_of_row(room, decided, i, case.reported_at)
        for i, case in enumerate(chunk)
    ]


def moved_work(changes: Sequence[Change], layers: Sequence[str] = ("grid",)) -> pd.DataFrame:
    """Sum up who loses and gains cases: ``by`` (a layer, ``unit`` or a role), ``code``, ``lost``, ``gained``."""
    return pd.DataFrame(shifts(changes, layers), columns=["by", "code", "lost", "gained"])
