"""Brings the schema of a database to the newest step, or back; the steps themselves are in ``migrations/``."""

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text

from gridsvc.carried import carried
from gridsvc.store.engine import transaction

# Any number, the same in every process: only one of them migrates at a time.
_LOCK = 7_305_842


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Apply every step up to ``revision`` in one transaction; waits while another process does the same."""
    _run(engine, command.upgrade, revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Take steps back down to ``revision`` (``base`` for all)."""
    _run(engine, command.downgrade, revision)


def check(engine: Engine) -> None:
    """Raise Alembic's ``CommandError`` if the tables in code differ from those in the database."""
    with engine.connect() as connection:
        command.check(_config(connection))


def _run(engine: Engine, action: object, revision: str) -> None:
    with transaction(engine) as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        action(_config(connection), revision)  # type: ignore[operator]


def _config(connection: object) -> Config:
    config = Config()
    config.set_main_option("script_location", str(carried("migrations")))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
