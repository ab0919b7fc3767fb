"""``gridsvc heat``: a table of cases in, one page out that opens without any network."""

from pathlib import Path
from typing import Annotated

import typer

from gridsvc.bootstrap import Router
from gridsvc.cli.points import open_points, whole_file
from gridsvc.cli.terminal import lang, now, pick, progress, say
from gridsvc.spatial.datum import convert
from gridsvc.web.offline import render
from gridsvc.web.pages.city_heat import city_heat


def heat(
    cases: Annotated[Path, typer.Argument(help="案件表 .csv .csv.gz .parquet · table of cases")],
    x: Annotated[str, typer.Option("--x", help="经度或东坐标列 · column of longitude or easting")],
    y: Annotated[str, typer.Option("--y", help="纬度或北坐标列 · column of latitude or northing")],
    crs: Annotated[str, typer.Option(help="wgs84|cgcs2000|gcj02|bd09|EPSG:n|local:<id>")],
    output: Annotated[Path, typer.Option("-o", "--output", help="输出的 HTML · the page to write")],
    boundaries: Annotated[Path | None, typer.Option(help="边界文件夹 · boundary folder")] = None,
    encoding: Annotated[str, typer.Option(help="CSV 编码 · encoding of the CSV")] = "utf-8",
) -> None:
    """画出案件热力图,可离线打开 · draw where the cases are, as one page that opens offline."""
    with open_points(cases, encoding) as table:
        a, b, labels = table.cases(x, y)
    router = None
    if boundaries is not None:
        with progress("读取边界", "reading boundaries") as bar:
            router = Router.from_folder(boundaries, bar.at)
    with progress("绘图", "drawing"):
        lon, lat = convert(a, b, crs, "wgs84", router.snapshot.edition.local_crs if router else {})
        edition = router.snapshot.edition if router else None
        name = (edition.title or edition.code) if edition else cases.name
        page = city_heat(
            title=pick(f"{name}：案件热力图", f"{name}: case heat map"), lon=lon, lat=lat,
            locator=router.locator if router else None, lang=lang(),
            generated=now().astimezone(router.zone) if router else now(), source=cases.name,
            labels=labels,
        )  # fmt: skip
        with whole_file(output) as part:
            part.write_text(render(page, mode="inline", lang=lang()), encoding="utf-8")
    say(
        f"已写出 {output}({output.stat().st_size / 1e3:,.0f} kB)",
        f"wrote {output} ({output.stat().st_size / 1e3:,.0f} kB)",
    )
