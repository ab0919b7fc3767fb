"""Reads the audit."""

from sqlalchemy import Engine

from gridsvc.store import audit
from gridsvc.store.audit import Audited
from gridsvc.store.engine import transaction


def page_of_audit(
    engine: Engine, before: int | None, limit: int, actor: str | None = None, subject: str | None = None
) -> list[Audited]:
    """Give entries, the newest first, before number ``before``; one more than ``limit`` if there is a next page."""
    with transaction(engine) as connection:
        return audit.newest(connection, before, limit + 1, actor, subject)
