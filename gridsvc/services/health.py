"""Whether the database answers."""

from sqlalchemy import Engine, text

from gridsvc.store.engine import transaction


def ping(engine: Engine) -> None:
    """Ask the database the smallest question; raises ``Unavailable``."""
    with transaction(engine) as connection:
        connection.execute(text("SELECT 1"))
