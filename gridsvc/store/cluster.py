"""The private PostGIS server: made when absent, started, stopped. It listens on a Unix socket only.

Nobody needs a password: the socket lies in a folder that only the server's user (and root) may enter.
It never looks at, starts or stops any other PostgreSQL of the machine.
"""

import os
import secrets
import shlex
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2 import sql

from gridsvc.errors import FieldError, Unavailable
from gridsvc.store import cluster_home, leftovers
from gridsvc.store.database_url import socket_url
from gridsvc.store.server import Account, find_postgres, run_program, server_account, write_as

USER = DATABASE = "gridsvc"
# Only part of the socket's name; not 5432, so that nobody takes it for the machine's usual server.
PORT = 5442
EXTENSIONS = ("postgis", "btree_gist", "pg_trgm")

# Each finished file of the log goes to this command; it keeps nothing until somebody takes a backup.
NO_ARCHIVE = "/bin/true"

# Written once into postgresql.conf, where an administrator may change them.
_SETTINGS = f"""
# gridsvc, for a small server; these come after PostgreSQL's own and so win over them.
max_connections = 80
shared_buffers = 128MB
work_mem = 16MB
maintenance_work_mem = 128MB
effective_cache_size = 1GB
random_page_cost = 1.1
jit = off
max_wal_size = 2GB
# Can be told where to keep the log without a restart (`gridsvc backup`).
archive_mode = on
archive_command = '{NO_ARCHIVE}'
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] '
# Statements bear names and telephone numbers, and so do the rows that an error quotes.
log_min_error_statement = panic
log_error_verbosity = terse
"""
_NOT_DURABLE = "archive_mode = off\nfsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"
_WHO_MAY_CONNECT = """\
# gridsvc: the socket's folder keeps strangers out, and there is no way in by network.
local all all trust
local replication all trust
"""
_LOG_LIMIT_BYTES = 10_000_000
_ATTEMPTS = 3
# A server that refuses for this reason is up all the same.
_FULL = "too many clients already"


@dataclass(frozen=True, slots=True)
class Cluster:
    """One private server and its data, all below the folder ``home``.

    ``durable`` False is for tests: faster, and worthless after a power cut.
    """

    home: Path
    pg_bin: Path | None = None
    durable: bool = True

    @classmethod
    def at(cls, state_dir: Path, pg_bin: Path | None = None) -> "Cluster":
        """Name the installation's cluster below its state folder; nothing is made or started yet."""
        return cls(state_dir.absolute() / "postgis", pg_bin)

    @property
    def data_dir(self) -> Path:
        """The folder PostgreSQL keeps its data in."""
        return self.home / "data"

    @property
    def socket_dir(self) -> Path:
        """The folder of the Unix socket."""
        return cluster_home.socket_dir(self.home)

    @property
    def log_file(self) -> Path:
        """What the server says."""
        return self.home / "server.log"

    def url(self, database: str = DATABASE) -> str:
        """Give the SQLAlchemy address of one of the server's databases."""
        return socket_url(str(self.socket_dir), PORT, USER, database)

    def connect(self, database: str = DATABASE) -> Any:
        """Open one psycopg2 connection (untyped there) as the owner; every statement commits by itself."""
        where = {"host": str(self.socket_dir), "port": PORT, "dbname": database}
        try:
            connection = psycopg2.connect(user=USER, connect_timeout=5, **where)
        except psycopg2.OperationalError as error:
            raise Unavailable(f"无法连接数据库：{error}", f"cannot connect to the database: {error}") from error
        connection.autocommit = True
        return connection

    def running(self) -> bool:
        """Tell whether the server takes connections."""
        try:
            with closing(self.connect("postgres")) as connection, connection.cursor() as cursor:
                cursor.execute("SHOW data_directory")
                return os.path.samefile(cursor.fetchone()[0], self.data_dir)
        except Unavailable as error:
            return _FULL in error.en
        except FileNotFoundError:
            return False

    def start(self, timeout_s: float = 300.0) -> str:
        """Make the cluster if absent, start it if it is not running, and give the database's address.

        Several processes may call this at once; one of them does the work, the others wait. After a crash
        the server recovers first, which may take long where much was written.
        """
        with self.locked(timeout_s) as account:
            if not self.running():
                self.launch(account, timeout_s)
            self.make_database(DATABASE)
        return self.url()

    def stop(self, timeout_s: float = 60.0) -> None:
        """Stop the server, breaking off what its clients are doing; does nothing if it is not running."""
        if not self.home.exists():
            return
        with self.locked(timeout_s) as account:
            if leftovers.postmaster_of(self.data_dir) is None:
                return
            programs = find_postgres(self.pg_bin, self.major())
            how = ["-D", str(self.data_dir), "-m", "fast", "-w", "-t", str(int(timeout_s)), "stop"]
            done = run_program([programs / "pg_ctl", *how], account, timeout_s=timeout_s + 30)
            if leftovers.postmaster_of(self.data_dir) is not None:
                raise self.failure("数据库未能停止", "the database server did not stop", done.stdout)

    @contextmanager
    def locked(self, timeout_s: float = 300.0) -> Iterator[Account | None]:
        """Keep every other process from starting or stopping this cluster; give the server's user."""
        account = server_account(self.data_dir)
        cluster_home.make_home(self.home, account)
        with cluster_home.locked(self.home, timeout_s):
            yield account

    def prepare(self, account: Account | None) -> Path:
        """Make everything ready for a start, which needs the lock; give the folder of the programs."""
        programs = find_postgres(self.pg_bin, self.major())
        if not self.data_dir.exists():
            self._create(programs, account)
        leftovers.clear(self.data_dir, cluster_home.make_socket_dir(self.home, account))
        if self.log_file.exists() and self.log_file.stat().st_size > _LOG_LIMIT_BYTES:
            self.log_file.replace(self.log_file.with_suffix(".log.1"))
        return programs

    def options(self) -> list[str]:
        """Give the settings that depend on the place; they go on the server's command line at each start."""
        return [
            *("-c", "listen_addresses="),
            *("-c", f"port={PORT}"),
            *("-c", f"unix_socket_directories={self.socket_dir}"),
            *("-c", f"dynamic_shared_memory_type={cluster_home.shared_memory_type()}"),
        ]

    def make_database(self, name: str, template: str | None = None) -> str:
        """Make a database if absent, with the extensions or as a copy of ``template``; give its address."""
        try:
            with closing(self.connect("postgres")) as connection, connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
                if cursor.fetchone() is None:
                    order = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
                    source = sql.SQL("DEFAULT") if template is None else sql.Identifier(template)
                    cursor.execute(order.format(sql.Identifier(name), source))
            if template is None:
                with closing(self.connect(name)) as connection, connection.cursor() as cursor:
                    for extension in EXTENSIONS:
                        cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
        except psycopg2.Error as error:
            raise self.failure(f"无法建立数据库 {name}", f"cannot make the database {name}", str(error)) from error
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drop a database if it exists, ending its clients' connections."""
        with closing(self.connect("postgres")) as connection, connection.cursor() as cursor:
            cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def failure(self, zh: str, en: str, printed: str = "") -> Unavailable:
        """Word an error of the server, with the end of what it said."""
        try:
            said = self.log_file.read_text(errors="replace").splitlines()[-15:]
        except OSError:
            said = []
        detail = "\n".join([printed.strip(), *said]).strip()
        mend = (f"查看日志 {self.log_file}", f"read the log {self.log_file}")
        return Unavailable(f"{zh}\n{detail}", f"{en}\n{detail}", [FieldError("cluster", str(self.home), *mend)])

    def major(self) -> int | None:
        """Give the major version that made the data; None where there is none yet."""
        if not self.data_dir.exists():
            return None
        try:
            return int((self.data_dir / "PG_VERSION").read_text())
        except (OSError, ValueError) as error:
            raise cluster_home.unusable(self.home, f"{self.data_dir} is not PostgreSQL's: {error}") from error

    def _create(self, programs: Path, account: Account | None) -> None:
        """Make the data folder under another name and rename it, so that a half-made one is never used."""
        for abandoned in self.home.glob("new-*"):
            shutil.rmtree(abandoned, ignore_errors=True)
        fresh = self.home / f"new-{secrets.token_hex(4)}"
        how = ["-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--data-checksums"]
        if not self.durable:
            how.append("--no-sync")
        done = run_program([programs / "initdb", "-D", fresh, *how], account)
        if done.returncode != 0:
            raise self.failure("无法创建数据库集群", "the database cluster could not be made", done.stdout)
        settings = _SETTINGS if self.durable else _SETTINGS + _NOT_DURABLE
        write_as(account, fresh / "postgresql.conf", settings, append=True)
        write_as(account, fresh / "pg_hba.conf", _WHO_MAY_CONNECT)
        fresh.rename(self.data_dir)

    def launch(self, account: Account | None, timeout_s: float) -> None:
        """Start the server detached from this process; one that is starting or stopping is waited for first."""
        printed = ""
        for _ in range(_ATTEMPTS):
            if not cluster_home.wait_for(self._settled, timeout_s):
                break
            if not self.running():
                programs = self.prepare(account)
                how = ["-D", str(self.data_dir), "-l", str(self.log_file), "-w", "-t", str(int(timeout_s))]
                order = [*how, "-o", shlex.join(self.options()), "start"]
                printed = run_program([programs / "pg_ctl", *order], account, timeout_s=timeout_s + 30).stdout
            if cluster_home.wait_for(self.running, 0.5):
                return
        raise self.failure("数据库未能启动", "the database server did not start", printed)

    def _settled(self) -> bool:
        """Tell whether the server is up or gone, but not on its way."""
        return self.running() or leftovers.postmaster_of(self.data_dir) is None
