"""Reads where cases were, for maps of load."""

from datetime import datetime

from sqlalchemy import Engine

from gridsvc.rights import Reach
from gridsvc.store import cases as store
from gridsvc.store.cases import CaseFilter, CasePoints
from gridsvc.store.engine import transaction


def points_between(
    engine: Engine, reach: Reach, start: datetime | None = None, end: datetime | None = None
) -> CasePoints:
    """Points of the cases within the reach that were reported in [start, end), and what tells the cases apart."""
    with transaction(engine) as connection:
        return store.case_points(connection, CaseFilter(reach, start=start, end=end))
