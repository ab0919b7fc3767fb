"""What a case's history says that can be counted: who did what when, by when it was due, and whose it was on that day.

Everything is read from entries: areas from the decision that stood then, the unit from the dispatch, limits from the
clocks on record. Nothing is asked of today's boundaries, rules or people, and nothing is worked out anew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

# What may be true of a fact, as bits.
TIMED, IN_TIME, ACCURATE, REWORKED, EXTENDED, RETURNED, FILED, DISPATCHED, SATISFIED, FIRST = (
    1 << i for i in range(10)
)
NEVER = np.iinfo(np.int64).max
# The post whose work a fact is (岗位): collector 采集员, receptionist 受理员, shift leader 值班长, dispatcher 派遣员.
POST_OF: Mapping[str, str] = {
    "reported": "collector", "verified": "collector", "checked": "collector", "due:verify": "collector",
    "due:check": "collector", "accepted": "receptionist", "due:accept": "receptionist", "filed": "shift_leader",
    "closed": "shift_leader", "due:register": "shift_leader", "due:whole": "shift_leader",
    "dispatched": "dispatcher", "due:dispatch": "dispatcher", "disposed": "unit_handler",
    "due:disposal": "unit_handler",
}  # fmt: skip


class Step(NamedTuple):
    """One entry of a history, without its seals: ``said`` is its payload."""

    n: int
    at: datetime
    actor: str
    kind: str
    said: Mapping[str, Any]


class History(NamedTuple):
    """A case's number and what happened to it, first step first."""

    number: str
    steps: Sequence[Step]


@dataclass(frozen=True, eq=False)
class Facts:
    """Many histories as columns.

    ``rows``: ``case`` (row of ``cases``), ``fact``, ``at`` and ``done`` (microseconds since 1970, UTC; ``done`` is
    ``NEVER`` where nothing came of it), ``unit``, ``actor``, ``place`` (row of ``places``), ``flags``, ``value``,
    ``detail``. The instant of a fact ``due:STAGE`` is that by which it was due.
    ``cases``: ``number``, ``category``, ``source``, ``lon``, ``lat`` (degrees, WGS 84), ``attributes``.
    ``places``: area codes by layer.
    """

    rows: pd.DataFrame
    cases: pd.DataFrame
    places: tuple[Mapping[str, str], ...]

    @cached_property
    def of_case(self) -> Mapping[str, NDArray[Any]]:
        """Category and source of each row's case."""
        at = self.rows["case"].to_numpy()
        return {name: self.cases[name].to_numpy(dtype=object)[at] for name in ("category", "source")}

    def areas(self, layer: str) -> NDArray[np.object_]:
        """The area of a layer that each row's case was in then; empty where it was in none."""
        codes = np.array([place.get(layer, "") for place in self.places], dtype=object)
        found: NDArray[np.object_] = codes[self.rows["place"].to_numpy()]
        return found


def micros(at: datetime) -> int:
    """Microseconds since 1970 UTC."""
    return round(at.timestamp() * 1e6)
