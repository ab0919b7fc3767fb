"""Database addresses: which ones are taken, and in which one spelling they go on."""

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from gridsvc.errors import BadInput, FieldError

_TAKEN = ("postgresql", "postgres", "postgresql+psycopg2")


def normalise_url(text: str, setting: str = "GRIDSVC_DATABASE_URL") -> str:
    """Write a user's PostgreSQL address with its driver, since SQLAlchemy would choose another for a plain one."""
    try:
        url = make_url(text.strip())
    except (ArgumentError, ValueError):
        raise _refusal("数据库地址无法识别", "the database address cannot be read", None, setting) from None
    if url.drivername not in _TAKEN:
        raise _refusal(
            "数据库地址应以 postgresql:// 开头",
            "the database address must begin with postgresql://",
            url.drivername,
            setting,
        )
    if not url.database:
        raise _refusal("数据库地址没有库名", "the database address names no database", url.drivername, setting)
    return url.set(drivername="postgresql+psycopg2").render_as_string(hide_password=False)


def socket_url(socket_dir: str, port: int, user: str, database: str) -> str:
    """Write the address of a database behind a Unix socket; the port is only part of the socket's name."""
    # No character here needs escaping (cluster_home sees to it), and a "%" would trouble Alembic's settings.
    return f"postgresql+psycopg2://{user}@/{database}?host={socket_dir}&port={port}"


def _refusal(zh: str, en: str, scheme: str | None, setting: str) -> BadInput:
    # The address may hold a password, so only its scheme is repeated.
    shape = "postgresql://USER:PASSWORD@HOST:5432/DATABASE"
    return BadInput(zh, en, [FieldError(setting, scheme, f"写成 {shape}", f"write {shape}")])
