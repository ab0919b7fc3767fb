"""``gridsvc route``: a table of points in, the same table with the area of every layer out. Needs no database."""

import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Annotated

import numpy as np
import pyarrow as pa
import typer

from gridsvc.bootstrap import Router
from gridsvc.cli.points import kind_of, new_table, open_points, places
from gridsvc.cli.terminal import progress, say
from gridsvc.coded import Coded
from gridsvc.errors import BadInput, FieldError
from gridsvc.frames import area_columns, layers_asked, new_columns
from gridsvc.spatial.datum import Datum, Floats, convert, parse_datum
from gridsvc.spatial.pileup import labels_in, pileup_warning
from gridsvc.spatial.shift import batch_warning


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
    with open_points(points, encoding) as table:
        with progress("读取边界", "reading boundaries") as bar:
            router = Router.from_folder(boundaries, bar.at)
        edition = router.snapshot.edition
        datum = parse_datum(crs, edition.local_crs, "--crs")
        asked = [p.strip() for p in layers.split(",") if p.strip()] if layers else None
        wanted = layers_asked(edition, asked, table.schema.names, x, y, prefix)
        tally = _Tally(router, datum)
        warnings: list[tuple[str, str]] = []
        many = "" if table.rows is None else f" {table.rows:,}"
        with (
            progress(f"定位{many} 个点", f"locating{many} points", table.rows) as bar,
            new_table(output, table.schema, new_columns(wanted, prefix)) as write,
        ):
            for piece in table.pieces:
                a, b = places(piece, x, y)
                columns = area_columns(router, a, b, crs=datum, near_m=near_m, layers=wanted, prefix=prefix)
                write(piece, columns)
                if not tally.rows:
                    warnings = _warnings(router, a, b, datum, piece)
                tally.add(a, b, {layer: columns[f"{prefix}{layer}_how"] for layer in wanted})
                bar.step(len(a))
            tally.refuse_swapped(x, y)
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


class _Tally:
    """Counts over all pieces, and whether the columns were named the wrong way round."""

    def __init__(self, router: Router, datum: Datum) -> None:
        self._router = router
        self._datum = datum
        self._exchanged_hit = False
        self.rows = 0
        self.hows: dict[str, Counter[str]] = defaultdict(Counter)

    def add(self, x: Floats, y: Floats, hows: dict[str, Coded]) -> None:
        """Count one piece; as long as no point has fallen into the city, try it with exchanged axes too."""
        self.rows += len(x)
        for layer, how in hows.items():
            numbers = np.bincount(how.place, minlength=len(how.words.texts))
            self.hows[layer].update({how.words.texts[i]: int(numbers[i]) for i in np.flatnonzero(numbers)})
        if self._nowhere() and not self._exchanged_hit:
            found = self._router.locate(y, x, crs=self._datum)
            self._exchanged_hit = any((position >= 0).any() for position in found.position.values())

    def _nowhere(self) -> bool:
        return all(how in ("outside", "none") for hows in self.hows.values() for how in hows)

    def refuse_swapped(self, x: str, y: str) -> None:
        """Refuse where no point falls into the city but exchanged axes would."""
        if self._nowhere() and self._exchanged_hit:
            mend = (f"用 --x {y} --y {x}", f"use --x {y} --y {x}")
            error = FieldError("--x/--y", [x, y], *mend)
            zh, en = "两轴像是颠倒了：没有一个点落入任何区域", "the axes look swapped: no point falls into any area"
            raise BadInput(zh, en, [error])
