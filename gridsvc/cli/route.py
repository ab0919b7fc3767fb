"""``gridsvc route``: a table of points in, the same table with the area of every layer out. Needs no database."""

import time
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer

from gridsvc.bootstrap import Router
from gridsvc.cli.points import kind_of, read_points, write_points
from gridsvc.cli.terminal import progress, say
from gridsvc.errors import BadInput, FieldError
from gridsvc.spatial.datum import parse_datum


def route(
    points: Annotated[Path, typer.Argument(help="点表 .csv .csv.gz .parquet · table of points")],
    boundaries: Annotated[Path, typer.Option(help="边界文件夹 · boundary folder")],
    x: Annotated[str, typer.Option("--x", help="经度或东坐标列 · column of longitude or easting")],
    y: Annotated[str, typer.Option("--y", help="纬度或北坐标列 · column of latitude or northing")],
    crs: Annotated[str, typer.Option(help="wgs84|cgcs2000|gcj02|bd09|EPSG:n|local:<id>")],
    output: Annotated[str, typer.Option("-o", "--output", help="输出，- 为标准输出 · output, - is CSV on stdout")],
    near_m: Annotated[float, typer.Option(min=0.0, help="近邻距离，米 · metres that still count as near")] = 1.0,
    layers: Annotated[str | None, typer.Option(help="只要这些图层 · only these layers, a,b")] = None,
    prefix: Annotated[str, typer.Option(help="新列名前缀 · prefix of the new columns")] = "",
    encoding: Annotated[str, typer.Option(help="CSV 编码 · encoding of the CSV")] = "utf-8",
) -> None:
    """给每个点标出所在区域 · add the area of every layer to each point."""
    kind_of(output)
    parse_datum(crs, {crs.strip().lower().removeprefix("local:"): "EPSG:4326"}, "--crs")
    started_s = time.perf_counter()
    frame = read_points(points, encoding)
    with progress("读取边界", "reading boundaries") as bar:
        router = Router.from_folder(boundaries, bar.at)
    wanted = [p.strip() for p in layers.split(",") if p.strip()] if layers else None
    with progress(f"定位 {len(frame):,} 个点", f"locating {len(frame):,} points"):
        routed = router.route_frame(frame, x=x, y=y, crs=crs, near_m=near_m, layers=wanted, prefix=prefix)
    how = [c for c in routed.columns[len(frame.columns) :] if str(c).endswith("_how")]
    _refuse_swapped(router, frame, routed, how, x, y, crs)
    write_points(routed, output)
    for column in how:
        counts = routed[column].value_counts()
        text = ", ".join(f"{name} {n:,}" for name, n in counts.items())
        say(f"{str(column).removesuffix('_how')}:{text}", f"{str(column).removesuffix('_how')}: {text}")
    elapsed_s = time.perf_counter() - started_s
    say(f"{len(frame):,} 个点，{elapsed_s:.1f} 秒", f"{len(frame):,} points in {elapsed_s:.1f} s")


def _refuse_swapped(
    router: Router, frame: pd.DataFrame, routed: pd.DataFrame, how: list[str], x: str, y: str, crs: str
) -> None:
    """Where no point falls into the city but exchanged axes would, the columns were named the wrong way round."""
    if not len(routed) or not how or not routed[how].isin(["outside", "none"]).all(axis=None):
        return
    a, b = (pd.to_numeric(frame[c], errors="coerce").to_numpy(np.float64, na_value=np.nan) for c in (x, y))
    found = router.locate(b, a, crs=crs)
    if any((positions >= 0).any() for positions in found.position.values()):
        mend = (f"用 --x {y} --y {x}", f"use --x {y} --y {x}")
        raise BadInput("两轴像是颠倒了：没有一个点落入任何区域", "the axes look swapped: no point falls into any area",
                       [FieldError("--x/--y", [x, y], *mend)])  # fmt: skip
