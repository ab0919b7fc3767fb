"""``gridsvc up | down | status | serve``: the private cluster, the schema, and the HTTP service."""

import gc
import socket
from contextlib import suppress
from functools import partial
from ssl import SSLContext
from typing import Annotated

import typer
from sqlalchemy import make_url

from gridsvc.api.app import create_app
from gridsvc.api.listener import listener
from gridsvc.cli.database import cluster_of, database_url, migrated
from gridsvc.cli.terminal import now, say, settings, tell
from gridsvc.cli.tls import Tls, TlsCert, TlsKey, TlsName, context_of
from gridsvc.errors import BadInput, FieldError
from gridsvc.services.actors import page_of_actors
from gridsvc.services.attachments import sweep_unused
from gridsvc.services.health import ping
from gridsvc.services.sweep import sweeping
from gridsvc.settings import Settings, is_loopback
from gridsvc.spatial.coverage_index import warm
from gridsvc.store.blobs import make_blobs
from gridsvc.store.database_url import normalise_url
from gridsvc.store.engine import make_engine

Host = Annotated[str, typer.Option(help="监听地址 · address to listen on")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="端口 · port")]
# Addresses that mean all of this machine's.
EVERYWHERE = ("", "0.0.0.0", "::")
PLAIN_HTTP = (
    "明文 HTTP 会在网络上泄露密码和会话：请用 --tls local 或 --tls-cert，"
    "或在前面放置 HTTPS 代理（GRIDSVC_TRUSTED_PROXIES）",
    "plain HTTP shows passwords and sessions to the network: use --tls local or --tls-cert, "
    "or a proxy with HTTPS in front (GRIDSVC_TRUSTED_PROXIES)",
)


def up() -> None:
    """启动数据库并更新结构 · start the database, if it is ours, and bring its schema up to date."""
    with migrated(settings()) as engine:
        ping(engine)
    tell("数据库已就绪", "the database is ready")


def down() -> None:
    """停止本机专用数据库 · stop the private cluster; a database of your own is never touched."""
    chosen = settings()
    if chosen.database_url is not None:
        say(
            "GRIDSVC_DATABASE_URL 指向的数据库不归 gridsvc 停止",
            "a database named by GRIDSVC_DATABASE_URL is not ours to stop",
        )
        return
    cluster_of(chosen).stop()
    tell("已停止", "stopped")


def status() -> None:
    """数据库是否在运行 · whether the database runs; exit 3 if not."""
    chosen = settings()
    cluster = cluster_of(chosen)
    if chosen.database_url is None and not cluster.running():
        tell("未运行", "not running")
        raise typer.Exit(3)
    url = normalise_url(chosen.database_url) if chosen.database_url else cluster.url()
    engine = make_engine(url, 1)
    try:
        ping(engine)
    finally:
        engine.dispose()
    where = make_url(url).render_as_string(hide_password=True)
    tell(f"运行中：{where}", f"running: {where}")


def serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    tls: Tls = None,
    tls_name: TlsName = None,
    tls_cert: TlsCert = None,
    tls_key: TlsKey = None,
) -> None:
    """启动 HTTP(S) 服务 · serve the API and the pages until Ctrl-C.

    外勤页面的定位、相机和离线功能需要 HTTPS（仅本机 localhost 除外）。
    Positioning, camera and offline use of the field page need HTTPS, except on localhost.
    """
    refuse_busy(host, port)
    chosen = settings()
    refuse_open_to_all(host, chosen)
    names = tls_name or []
    folder = chosen.state_dir / "tls"
    context = context_of(tls, names if host in EVERYWHERE else [host, *names], tls_cert, tls_key, folder)
    if context is None and not is_only_here(host):
        say(*PLAIN_HTTP)
    with migrated(chosen) as engine:
        nobody = not page_of_actors(engine, None, 0)
    if nobody and chosen.admin_key is None and not chosen.open_access:
        first = "gridsvc actors add chen --role administrator"
        say(f"还没有账号，所有请求都会被拒绝。新增第一位管理员：{first}",
            f"there is no actor yet, so every call will be refused. Add the first administrator: {first}")  # fmt: skip
    address = f"{'http' if context is None else 'https'}://{f'[{host}]' if ':' in host else host}:{port}"
    tell(f"服务地址 {address}，Ctrl-C 结束；数据库继续运行，gridsvc down 停止",
         f"serving at {address}, Ctrl-C ends; the database goes on, gridsvc down stops it")  # fmt: skip
    run_server(host, port, chosen, context)


def refuse_open_to_all(host: str, chosen: Settings) -> None:
    """Open access makes every caller an administrator; no other machine may be one."""
    if chosen.open_access and not is_only_here(host):
        mend = ("监听 127.0.0.1，或去掉 GRIDSVC_OPEN 并设置 GRIDSVC_ADMIN_KEY",
                "listen on 127.0.0.1, or unset GRIDSVC_OPEN and set GRIDSVC_ADMIN_KEY")  # fmt: skip
        raise BadInput("免密钥访问只限本机", "open access is for this machine only",
                       [FieldError("--host", host, *mend)])  # fmt: skip


def is_only_here(host: str) -> bool:
    """Whether only this machine can reach what listens on an address; a name counts by its addresses."""
    try:
        found = socket.getaddrinfo(host or None, None, flags=socket.AI_PASSIVE)
    except OSError:
        return False
    return all(is_loopback(str(address[0])) for *_, address in found)


def refuse_busy(host: str, port: int) -> None:
    """Say now, and by its name, that a port is taken, not after minutes of work."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as e:
            mend = ("用 --port 换一个端口，或停止占用它的程序", "choose another with --port, or stop what uses it")
            error = FieldError("port", port, *mend)
            raise BadInput(
                f"端口 {host}:{port} 不可用", f"port {host}:{port} cannot be used ({e.strerror})", [error]
            ) from None


def run_server(host: str, port: int, chosen: Settings, tls: SSLContext | None = None) -> None:
    """Serve until the process is told to stop; requests under way are finished first."""
    # Before anybody is let in: compiling it for the first time takes so long that an edition would outlive its end.
    warm()
    url = database_url(chosen)
    app, engine = create_app(chosen, url), make_engine(url, 1, chosen.statement_timeout_s)
    # What is there now stays to the end. Collecting garbage among all of it, as a new edition is built, would keep
    # every request waiting for a fifth of a second.
    gc.collect()
    gc.freeze()
    server = listener(app, host, port, tls)
    unused = partial(sweep_unused, engine, make_blobs(chosen.state_dir, chosen.bucket))
    with suppress(KeyboardInterrupt), sweeping(engine, now, others=[unused]):
        server.run()
    engine.dispose()
    if not server.started:
        raise typer.Exit(3)
