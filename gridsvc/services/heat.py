"""Reads where cases were, for maps of load."""

from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine

from gridsvc.store import cases as store
from gridsvc.store.cases import CaseFilter
from gridsvc.store.engine import transaction

Floats = NDArray[np.float64]


def points_between(
    engine: Engine, start: datetime | None = None, end: datetime | None = None
) -> tuple[Floats, Floats, tuple[datetime, datetime] | None]:
    """Longitude and latitude of every case reported in [start, end), and the first and last report among them."""
    with transaction(engine) as connection:
        lon, lat, first, last = store.case_points(connection, CaseFilter(start=start, end=end))
    return lon, lat, (first, last) if first is not None and last is not None else None
