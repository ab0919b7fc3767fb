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
    engine: Engine, district: str, start: datetime | None = None, end: datetime | None = None
) -> tuple[Floats, Floats, tuple[datetime, datetime] | None]:
    """Longitude and latitude of a district's cases reported in [start, end), and their first and last report."""
    with transaction(engine) as connection:
        lon, lat, first, last = store.case_points(connection, CaseFilter(district=district, start=start, end=end))
    return lon, lat, (first, last) if first is not None and last is not None else None
