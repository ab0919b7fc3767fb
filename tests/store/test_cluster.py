"""The private server on real PostgreSQL: made, started, killed, found again. Needs nothing but the programs."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import pytest

from gridsvc.errors import Unavailable
from gridsvc.store import leftovers
from gridsvc.store.cluster import Cluster
from gridsvc.store.cluster_home import make_home, make_socket_dir, socket_dir, wait_for
from gridsvc.store.server import as_account, find_postgres, server_account
from gridsvc.store.throwaway import sweep, throwaway_cluster

ROOT = os.geteuid() == 0


@pytest.fixture
def open_dir() -> Iterator[Path]:
    """A folder that the server's user may pass, which pytest's own is not where the tests run as root."""
    folder = Path(tempfile.mkdtemp(prefix="gridsvc-t-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def cluster(open_dir: Path) -> Iterator[Cluster]:
    made = Cluster(open_dir / "state", durable=False)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def installed() -> Iterator[Cluster]:
    """One durable cluster as an installation has it, started once for the tests that only look at it."""
    state_dir = Path(tempfile.mkdtemp(prefix="gridsvc-t-", dir="/tmp"))
    state_dir.chmod(0o755)
    made = Cluster.at(state_dir)
    made.start()
    yield made
    made.stop()
    shutil.rmtree(state_dir)


def ask(cluster: Cluster, question: str) -> object:
    with closing(cluster.connect()) as connection, connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchone()[0] if cursor.description else None


def start_elsewhere(home: Path, **how: object) -> subprocess.Popen[str]:
    """Start the cluster from another process, whose output we hold the pipes of."""
    code = f"from gridsvc.store.cluster import *; print(Cluster(Path({str(home)!r})).start())"
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", code], stdout=pipe, stderr=pipe, text=True, **how)


def kill_postmaster(cluster: Cluster) -> int:
    pid = leftovers.postmaster_of(cluster.data_dir)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    return pid


def name_in_lock_files(cluster: Cluster, pid: int) -> None:
    """Make the lock files name another process, as after a reboot that hands old process ids out anew."""
    for lock_file in [cluster.data_dir / "postmaster.pid", *cluster.socket_dir.glob("*.lock")]:
        lines = lock_file.read_text().splitlines(keepends=True)
        lock_file.write_text(f"{pid}\n" + "".join(lines[1:]))


@pytest.fixture
def stranger(cluster: Cluster) -> Iterator[subprocess.Popen[bytes]]:
    """A live process of the server's user that has nothing to do with PostgreSQL."""
    with subprocess.Popen(["sleep", "300"], cwd="/", **as_account(server_account(cluster.data_dir))) as process:
        yield process
        process.kill()


def test_start_from_nothing_gives_a_database_with_postgis_and_exclusion_constraints(installed: Cluster) -> None:
    assert installed.url() == f"postgresql+psycopg2://gridsvc@/gridsvc?host={installed.socket_dir}&port=5442"
    assert str(ask(installed, "SELECT postgis_version()")).startswith("3")
    assert ask(installed, "SELECT count(*) FROM pg_extension WHERE extname = 'btree_gist'") == 1


def test_server_listens_on_a_private_socket_only(installed: Cluster) -> None:
    assert ask(installed, "SHOW listen_addresses") == ""
    assert installed.socket_dir.stat().st_mode & 0o077 == 0
    assert installed.home.stat().st_mode & 0o077 == 0


def test_installed_server_keeps_what_it_acknowledged(installed: Cluster) -> None:
    settings = ("fsync", "synchronous_commit", "full_page_writes", "data_checksums")
    assert [ask(installed, f"SHOW {name}") for name in settings] == ["on"] * 4


def test_start_of_a_running_server_changes_nothing(installed: Cluster) -> None:
    server = leftovers.postmaster_of(installed.data_dir)
    installed.start()
    assert leftovers.postmaster_of(installed.data_dir) == server


def test_second_start_is_quick_and_has_the_same_data(cluster: Cluster) -> None:
    cluster.start()
    ask(cluster, "CREATE TABLE kept AS SELECT 42 AS n")
    cluster.stop()
    began = time.monotonic()
    cluster.start()
    assert time.monotonic() - began < 5
    assert ask(cluster, "SELECT n FROM kept") == 42


def test_stop_twice_and_before_any_start_is_harmless(cluster: Cluster) -> None:
    cluster.stop()
    cluster.start()
    cluster.stop()
    cluster.stop()
    assert not cluster.running()


def test_after_kills_the_next_start_recovers_with_every_row(cluster: Cluster) -> None:
    cluster = replace(cluster, durable=True)
    cluster.start()
    ask(cluster, "CREATE TABLE kept (n int)")
    for n in range(1, 6):
        ask(cluster, f"INSERT INTO kept VALUES ({n})")
        kill_postmaster(cluster)
        cluster.start()
        assert ask(cluster, "SELECT count(*) FROM kept") == n


def test_backend_that_outlives_its_killed_server_is_ended_before_the_next(cluster: Cluster) -> None:
    cluster.start()
    with closing(cluster.connect()) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        orphan = cursor.fetchone()[0]
        # Stopped it cannot notice that its server is dead, as if deep in a long computation.
        os.kill(orphan, signal.SIGSTOP)
        kill_postmaster(cluster)
        assert wait_for(lambda: leftovers.servers_in(cluster.data_dir) == {orphan}, 20)
        leftovers.clear(cluster.data_dir, cluster.socket_dir, patience_s=0.2)
    assert not leftovers.servers_in(cluster.data_dir)
    cluster.start()
    assert cluster.running()


def test_stale_pid_file_that_names_a_live_stranger_does_not_hinder(
    cluster: Cluster, stranger: subprocess.Popen[bytes]
) -> None:
    cluster.start()
    kill_postmaster(cluster)
    name_in_lock_files(cluster, stranger.pid)
    cluster.start()
    assert cluster.running()
    assert stranger.poll() is None


def test_stop_spares_a_stranger_named_by_a_stale_pid_file(cluster: Cluster, stranger: subprocess.Popen[bytes]) -> None:
    cluster.start()
    kill_postmaster(cluster)
    name_in_lock_files(cluster, stranger.pid)
    cluster.stop()
    time.sleep(0.2)
    assert stranger.poll() is None


def test_server_killed_before_its_database_was_made_gets_it_at_the_next_start(cluster: Cluster) -> None:
    cluster.start()
    cluster.drop_database("gridsvc")
    with closing(cluster.connect("postgres")) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE gridsvc")  # and killed before the extensions
    cluster.start()
    assert str(ask(cluster, "SELECT postgis_version()")).startswith("3")


def test_half_made_data_folder_is_left_aside_and_removed(cluster: Cluster) -> None:
    (cluster.home / "new-0badcafe").mkdir(parents=True)
    (cluster.home / "new-0badcafe" / "PG_VERSION").write_text("15\n")
    cluster.start()
    assert not list(cluster.home.glob("new-*"))


@pytest.mark.slow
@pytest.mark.parametrize("after_s", [0.3, 0.5, 0.7, 0.9, 1.1, 1.3])
def test_first_start_killed_at_any_moment_is_made_good_by_the_next(cluster: Cluster, after_s: float) -> None:
    with start_elsewhere(cluster.home) as first:
        time.sleep(after_s)
        first.kill()
    cluster.start()
    assert str(ask(cluster, "SELECT postgis_version()")).startswith("3")


def test_two_processes_that_start_at_once_share_one_server(cluster: Cluster) -> None:
    starters = [start_elsewhere(cluster.home) for _ in range(2)]
    # A server that kept the pipes open would make this wait until the time is up.
    said = [starter.communicate(timeout=60) for starter in starters]
    assert [(out.strip(), err) for out, err in said] == [(cluster.url(), "")] * 2


def test_server_starts_below_a_folder_too_deep_for_a_socket(open_dir: Path) -> None:
    cluster = Cluster(open_dir / "网格 服务" / ("d" * 120), durable=False)
    try:
        cluster.start()
        assert Cluster(cluster.home).running()
    finally:
        cluster.stop()
        shutil.rmtree(cluster.socket_dir, ignore_errors=True)


@pytest.mark.parametrize("name", ["d" * 120, "网格", "with space", "a,b:c"])
def test_socket_folder_is_short_and_plain_whatever_the_home_is_called(open_dir: Path, name: str) -> None:
    home = open_dir / name
    account = server_account(home)
    make_home(home, account)
    made = make_socket_dir(home, account)
    try:
        assert len(os.fsencode(made)) < 40
        assert made.stat().st_mode & 0o077 == 0
        assert socket_dir(home) == make_socket_dir(home, account) == made
    finally:
        made.rmdir()


def test_noted_socket_folder_that_another_user_took_over_is_replaced(open_dir: Path) -> None:
    home = open_dir / ("d" * 120)
    account = server_account(home)
    make_home(home, account)
    first = make_socket_dir(home, account)
    first.chmod(0o777)
    second = make_socket_dir(home, account)
    first.rmdir()
    second.rmdir()
    assert first != second


def test_copy_of_a_home_does_not_lead_to_the_socket_of_the_original(open_dir: Path) -> None:
    home, copy = open_dir / ("d" * 120), open_dir / ("e" * 120)
    account = server_account(home)
    make_home(home, account)
    made = make_socket_dir(home, account)
    made.rmdir()
    shutil.copytree(home, copy)
    assert socket_dir(copy) == copy / "socket"


def test_state_folder_that_a_shell_would_misread_is_refused(open_dir: Path) -> None:
    with pytest.raises(Unavailable, match="dollar") as refusal:
        Cluster.at(open_dir / "a$(b)").start()
    assert refusal.value.errors[0].field == "GRIDSVC_STATE_DIR"


@pytest.mark.skipif(not ROOT, reason="only root lends the server another user, who may be locked out")
def test_state_folder_the_servers_user_cannot_reach_is_refused_by_name(open_dir: Path) -> None:
    open_dir.chmod(0o700)
    with pytest.raises(Unavailable, match="cannot reach") as refusal:
        Cluster.at(open_dir / "state").start()
    assert refusal.value.errors[0].value == str(open_dir / "state")


def test_folder_that_is_not_postgresqls_is_left_alone(cluster: Cluster) -> None:
    cluster.data_dir.mkdir(parents=True)
    (cluster.data_dir / "diary.txt").write_text("mine")
    with pytest.raises(Unavailable, match="not PostgreSQL's"):
        cluster.start()
    assert (cluster.data_dir / "diary.txt").read_text() == "mine"


def test_data_of_a_version_that_is_not_installed_is_refused_with_its_package(cluster: Cluster) -> None:
    cluster.data_dir.mkdir(parents=True)
    (cluster.data_dir / "PG_VERSION").write_text("9\n")
    with pytest.raises(Unavailable, match="no PostgreSQL 9 with PostGIS") as refusal:
        cluster.start()
    assert "postgresql-9-postgis-3" in refusal.value.errors[0].mend_en


def test_server_that_cannot_start_says_why(cluster: Cluster) -> None:
    cluster.start()
    cluster.stop()
    with (cluster.data_dir / "postgresql.conf").open("a") as conf:
        conf.write("no_such_setting = 1\n")
    with pytest.raises(Unavailable, match="no_such_setting"):
        cluster.start()


def test_folder_without_the_programs_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as refusal:
        find_postgres(tmp_path)
    assert f"{tmp_path}: no postgres, initdb, pg_ctl" in refusal.value.en
    assert "apt-get install" in refusal.value.errors[0].mend_en


def test_server_without_postgis_is_refused_with_the_reason(open_dir: Path) -> None:
    for name in ("postgres", "initdb", "pg_ctl"):
        (open_dir / name).write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 99.1'\n")
        (open_dir / name).chmod(0o755)
    with pytest.raises(Unavailable, match="PostgreSQL 99 without PostGIS"):
        find_postgres(open_dir)


def test_database_that_cannot_be_made_says_why() -> None:
    with throwaway_cluster() as cluster, pytest.raises(Unavailable, match="no_such_template"):
        cluster.make_database("one", template="no_such_template")


def test_programs_found_have_postgis() -> None:
    assert (find_postgres() / "initdb").exists()


@pytest.mark.skipif(not ROOT, reason="only root can run something as another user")
def test_ordinary_user_runs_the_server_itself(open_dir: Path) -> None:
    here = Path(__file__).parents[2]
    nobody: dict[str, object] = {"user": "nobody", "group": "nogroup", "extra_groups": []}
    reach = [sys.executable, "-c", "import gridsvc"]
    if subprocess.run(reach, cwd=here, stderr=subprocess.DEVNULL, check=False, **nobody).returncode:
        pytest.skip("this checkout cannot be read by other users")
    home = open_dir / "home"
    home.mkdir()
    shutil.chown(home, "nobody", "nogroup")
    with start_elsewhere(home / "state", cwd=here, **nobody) as starter:
        _, err = starter.communicate(timeout=60)
    assert (err, starter.returncode) == ("", 0)
    cluster = Cluster(home / "state")
    server = leftovers.postmaster_of(cluster.data_dir)
    assert server is not None
    assert Path(f"/proc/{server}").owner() == "nobody"
    cluster.stop()  # by root, who finds whose it is
    assert leftovers.postmaster_of(cluster.data_dir) is None


def test_throwaway_server_and_its_data_end_with_the_block() -> None:
    with throwaway_cluster() as cluster:
        url = cluster.make_database("template_x")
        assert url.startswith("postgresql+psycopg2://gridsvc@/template_x?")
        cluster.make_database("one", template="template_x")
        with closing(cluster.connect("one")) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT ST_AsText(ST_Point(120, 30)), current_setting('fsync')")
            assert cursor.fetchone() == ("POINT(120 30)", "off")
        cluster.drop_database("one")
        cluster.drop_database("one")
    assert not cluster.home.exists()
    assert not leftovers.servers_in(cluster.data_dir)


def test_server_with_all_connections_taken_counts_as_running() -> None:
    with throwaway_cluster() as cluster, ExitStack() as taken:
        for _ in range(80):
            taken.enter_context(closing(cluster.connect("postgres")))
        with pytest.raises(Unavailable, match="too many clients"):
            cluster.connect("postgres")
        assert cluster.running()


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="dying with the parent needs setpriv (Linux)")
def test_throwaway_server_stops_when_its_owner_is_killed_and_the_next_sweeps_up() -> None:
    code = (
        "from gridsvc.store.throwaway import *\n"
        "with throwaway_cluster() as c:\n"
        "    print(c.home, flush=True); time.sleep(300)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        home = Path(owner.stdout.readline().strip())
        sweep(home.parent)
        assert leftovers.servers_in(home / "data"), "a live one is not swept up"
        owner.kill()
    assert wait_for(lambda: not leftovers.servers_in(home / "data"), 20)
    os.utime(home, (0, 0))
    sweep(home.parent)
    assert not home.exists()
