"""``gridsvc route``: a table of points in, the same table with the area of every layer out. Needs no database."""

import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import typer

from gridsvc.bootstrap import Router
from gridsvc.cli.points import kind_of, places
from gridsvc.cli.route_dask import on_dask
from gridsvc.cli.route_parts import in_this, is_folder, on_processes, open_input, route_parts
from gridsvc.cli.route_worker import Asked, located
from gridsvc.cli.terminal import progress, say
from gridsvc.frames import layers_asked
from gridsvc.spatial.datum import Datum, Floats, convert, parse_datum
from gridsvc.spatial.pileup import labels_in, pileup_warning
from gridsvc.spatial.shift import batch_warning


def route(
    points: Annotated[
        Path, typer.Argument(help="点表 .csv .csv.gz .parquet，或部分文件夹 · table of points, or a folder of parts")
    ],
    boundaries: Annotated[Path, typer.Option(help="边界文件夹 · boundary folder")],
    x: Annotated[str, typer.Option("--x", help="经度或东坐标列 · column of longitude or easting")],
    y: Annotated[str, typer.Option("--y", help="纬度或北坐标列 · column of latitude or northing")],
    crs: Annotated[str, typer.Option(help="wgs84|cgcs2000|gcj02|bd09|EPSG:n|local:<id>")],
    output: Annotated[
        str,
        typer.Option(
            "-o",
            "--output",
            help="输出，- 为标准输出，无后缀为部分文件夹 · output; - is CSV on stdout, no suffix a folder of parts",
        ),
    ],
    near_m: Annotated[float, typer.Option(min=0.0, help="近邻距离，米 · metres that still count as near")] = 1.0,
    layers: Annotated[str | None, typer.Option(help="只要这些图层 · only these layers, a,b")] = None,
    prefix: Annotated[str, typer.Option(help="新列名前缀 · prefix of the new columns")] = "",
    encoding: Annotated[str, typer.Option(help="CSV 编码 · encoding of the CSV")] = "utf-8",
    processes: Annotated[int, typer.Option(min=1, max=256, help="进程数 · processes that share the work")] = 1,
    dask: Annotated[str | None, typer.Option(help="Dask 调度器地址，代替本机进程 · a Dask scheduler, instead")] = None,
) -> None:
    """给每个点标出所在区域 · add the area of every layer to each point."""
    if not is_folder(output):
        kind_of(output)
    parse_datum(crs, {crs.strip().lower().removeprefix("local:"): "EPSG:4326"}, "--crs")
    started_s = time.perf_counter()
    with open_input(points, encoding) as table:
        with progress("读取边界", "reading boundaries") as bar:
            router = Router.from_folder(boundaries, bar.at)
        edition = router.snapshot.edition
        datum = parse_datum(crs, edition.local_crs, "--crs")
        chosen = [p.strip() for p in layers.split(",") if p.strip()] if layers else None
        wanted = layers_asked(edition, chosen, table.schema.names, x, y, prefix)
        asked = Asked(x, y, crs, near_m, tuple(wanted), prefix)
        first, pieces = _peeked(table.pieces)
        table = replace(table, pieces=pieces)
        warnings = [] if first is None else _warnings(router, *places(first, x, y), datum, first)
        many = "" if table.rows is None else f" {table.rows:,}"
        with progress(f"定位{many} 个点", f"locating{many} points", table.rows) as bar:
            if dask is None and processes == 1 and not points.is_dir() and not is_folder(output):
                tally = located(router, asked, table.schema, table.pieces, output, bar.step)
            else:
                way = partial(on_dask, dask) if dask else partial(on_processes, processes) if processes > 1 else in_this
                tally = route_parts(router, points, table, asked, output, way, bar.step)
    for layer, hows in tally.hows.items():
        text = ", ".join(f"{how} {n:,}" for how, n in hows.most_common())
        say(f"{layer}：{text}", f"{layer}: {text}")
    for zh, en in warnings:
        say(zh, en)
    elapsed_s = time.perf_counter() - started_s
    rate = f"{tally.rows / elapsed_s:,.0f}"
    say(
        f"{tally.rows:,} 个点，{elapsed_s:.1f} 秒，每秒 {rate} 个",
        f"{tally.rows:,} points in {elapsed_s:.1f} s, {rate}/s",
    )


def _warnings(router: Router, x: Floats, y: Floats, datum: Datum, piece: pa.RecordBatch) -> list[tuple[str, str]]:
    """What the first piece tells of its datum, and of a geocoder that piled cases up on one coordinate."""
    labels = labels_in(piece.to_pandas())
    piled = (
        pileup_warning(*convert(x, y, datum, "wgs84", router.snapshot.edition.local_crs), *labels) if labels else None
    )
    return [found for found in (batch_warning(router.locator, x, y, datum), piled) if found]


def _peeked(pieces: Iterator[pa.RecordBatch]) -> tuple[pa.RecordBatch | None, Iterator[pa.RecordBatch]]:
    """The first piece, and all of them."""
    first = next(pieces, None)
    return first, chain(() if first is None else (first,), pieces)
