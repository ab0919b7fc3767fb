"""Whether the database answers, and how much there is to do."""

from datetime import datetime

from sqlalchemy import Engine, text

from gridsvc.store import gauges
from gridsvc.store.engine import transaction
from gridsvc.store.gauges import Load


def ping(engine: Engine) -> None:
    """Ask the database the smallest question; raises ``Unavailable``."""
    with transaction(engine) as connection:
        connection.execute(text("SELECT 1"))


def load(engine: Engine, now: datetime) -> Load:
    """Count what is open, overdue and undecided, and messages that were not delivered; raises ``Unavailable``."""
    with transaction(engine) as connection:
        return gauges.load(connection, now)
