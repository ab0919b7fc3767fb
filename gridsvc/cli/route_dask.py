"""Routes portions on the workers of a Dask cluster, each of which maps the one index that is sent to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from gridsvc.cli.route_parts import Waiting, Way
from gridsvc.cli.route_worker import Asked, Carried, Portion, located_part
from gridsvc.errors import BadInput, FieldError, Unavailable

_PATIENCE_S = 30


@contextmanager
def on_dask(address: str, carried: Carried, asked: Asked, schema: pa.Schema) -> Iterator[Way]:
    """Let the workers behind a scheduler do the parts; input and output lie where they see them under the same path."""
    try:
        from distributed import Client
    except ImportError:
        mend = ("安装 gridsvc[dask]", "install gridsvc[dask]")
        raise BadInput("没有安装 Dask", "Dask is not installed", [FieldError("--dask", address, *mend)]) from None
    try:
        # The library is typed in places only.
        make: Any = Client
        client = make(address, timeout=f"{_PATIENCE_S}s", set_as_default=False)
    except (OSError, ValueError, TypeError) as e:
        mend = (f"检查地址和调度器：{e}", f"look at the address and the scheduler: {e}")
        error = FieldError("--dask", address, *mend)
        raise Unavailable("连不上 Dask 调度器", "the Dask scheduler cannot be reached", [error]) from None
    with client:
        workers = sum(client.nthreads().values())
        if not workers:
            mend = ("先启动工作进程", "start workers first")
            raise Unavailable("Dask 没有工作进程", "Dask has no workers", [FieldError("--dask", address, *mend)])
        everywhere = client.scatter(carried.with_contents(), broadcast=True, hash=False)
        under_way: list[Waiting] = []

        def submit(portion: Portion, part: str) -> Waiting:
            made: Waiting = client.submit(located_part, everywhere, asked, schema, portion, part, pure=False)
            under_way.append(made)
            return made

        try:
            yield workers, submit
        except BaseException:
            client.cancel(under_way, force=True)
            raise
