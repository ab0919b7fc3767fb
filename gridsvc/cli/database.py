"""Where the database of a command is: the one in the settings, else gridsvc's own, started if need be."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from gridsvc.cli.terminal import say
from gridsvc.settings import Settings
from gridsvc.store import migrate
from gridsvc.store.cluster import Cluster
from gridsvc.store.database_url import normalise_url
from gridsvc.store.engine import make_engine


def cluster_of(settings: Settings) -> Cluster:
    """Name the private cluster; nothing is started."""
    return Cluster.at(settings.state_dir, settings.pg_bin)


def database_url(settings: Settings) -> str:
    """Give the address of a database that runs, starting the private cluster where no address is set."""
    if settings.database_url is not None:
        return normalise_url(settings.database_url)
    cluster = cluster_of(settings)
    if not cluster.running():
        say("启动本机专用 PostGIS …", "starting the private PostGIS …")
    return cluster.start()


@contextmanager
def migrated(settings: Settings) -> Iterator[Engine]:
    """Give an engine on a database whose schema is the newest; long work of a command is not cut off."""
    engine = make_engine(database_url(settings), 5, statement_timeout_s=0.0)
    try:
        migrate.upgrade(engine)
        yield engine
    finally:
        engine.dispose()
