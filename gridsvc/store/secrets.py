"""Random secrets of an installation, each made when it is first asked for; all processes on a database share them."""

import secrets

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from gridsvc.store.tables import secret


def secret_of(connection: Connection, name: str) -> bytes:
    """Give the 32 bytes of a name."""
    query = select(secret.c.value).where(secret.c.name == name)
    found = connection.execute(query).scalar()
    if found is None:
        made = insert(secret).values(name=name, value=secrets.token_bytes(32))
        connection.execute(made.on_conflict_do_nothing())
        found = connection.execute(query).scalar_one()
    return bytes(found)
