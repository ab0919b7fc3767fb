"""Reads where cases were, for maps of load."""

from datetime import datetime

from sqlalchemy import Engine

from gridsvc.store import cases as store
from gridsvc.store.cases import CaseFilter, CasePoints
from gridsvc.store.engine import transaction


def points_between(
    engine: Engine, district: str, start: datetime | None = None, end: datetime | None = None
) -> CasePoints:
    """Points of a district's cases reported in [start, end), and what tells the cases apart."""
    with transaction(engine) as connection:
        return store.case_points(connection, CaseFilter(district=district, start=start, end=end))
