"""``gridsvc components``: street objects from files of any common format onto the record, and back into files."""

import json
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from gridsvc.cli.boundaries_export import new_target
from gridsvc.cli.database import migrated
from gridsvc.cli.terminal import now, operator, progress, say, settings, tell
from gridsvc.errors import BadInput, FieldError
from gridsvc.profile import read_profile
from gridsvc.services.component_files import export_components, import_components
from gridsvc.spatial.bulk_read import suffix_of
from gridsvc.store import dated_sets
from gridsvc.store.engine import transaction

app = typer.Typer(no_args_is_help=True)
ProfileOption = Annotated[str, typer.Option(help="plain | short | gb47678 | legacy | FILE.json")]
EncodingOption = Annotated[str | None, typer.Option(help="CSV、Shapefile 的编码 · of CSV and Shapefile, as in GB18030")]


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help=".gpkg .fgb .parquet .geojson .geojsonl .shp .csv .csv.gz .xlsx")],
    profile: ProfileOption = "plain",
    crs: Annotated[str | None, typer.Option(help="wgs84 | cgcs2000 | gcj02 | bd09 | EPSG:n")] = None,
    encoding: EncodingOption = None,
    accept_rest: Annotated[
        bool, typer.Option(help="登记其余各行 · record the other rows where some are refused")
    ] = False,
    report: Annotated[Path | None, typer.Option(help="报告 JSON · write the report there, a new file")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """导入部件：全部登记或一行不登，附报告 · record components: all rows or none, with a report."""
    if report is not None and report.exists():
        mend = ("给出新的文件名", "give a new name")
        raise BadInput("报告文件已存在", "the report is there already", [FieldError("--report", str(report), *mend)])
    chosen, at = read_profile(profile), now()
    with migrated(settings()) as engine:
        with transaction(engine) as connection:
            edition = dated_sets.held_at(connection, "edition", at, settings().district)
        if edition is None:
            mend = ("先发布一个版次", "publish an edition first")
            raise BadInput("没有生效的边界版次", "no edition is in force", [FieldError("district", None, *mend)])
        with progress("导入部件", "importing components") as bar:
            zone = ZoneInfo(edition.time_zone)
            told = import_components(
                engine, file, chosen, edition.district, zone, operator(), at, crs, encoding, accept_rest, bar.step
            )
    text = json.dumps(told, ensure_ascii=False, indent=1)
    if report is not None:
        report.write_text(text + "\n", encoding="utf-8")
    if as_json:
        typer.echo(text)
    else:
        _tell(told)
    raise typer.Exit(1 if told["refused"] else 0)


def _tell(told: dict[str, Any]) -> None:
    read, added, changed, same, refused = (told[k] for k in ("read", "added", "changed", "same", "refused"))
    tell(f"读 {read} 行：新增 {added}，变更 {changed}，相同 {same}，拒绝 {refused}",
         f"{read} rows read: {added} added, {changed} changed, {same} the same, {refused} refused")  # fmt: skip
    for r in told["refusals"][:20]:
        row, shown = r["row"], f"{r['column']} = {r['value']}"
        say(f"第 {row} 行 {shown}：{r['zh']}", f"row {row}, {shown}: {r['en']}")
    if not told["recorded"]:
        say("未登记任何部件；改正后重试，或用 --accept-rest", "nothing was recorded; mend it, or use --accept-rest")


@app.command("export")
def export(
    output: Annotated[Path, typer.Option("-o", "--output", help="新文件，按后缀定格式 · a new file, format by suffix")],
    profile: ProfileOption = "plain",
    encoding: EncodingOption = None,
) -> None:
    """导出在册部件 · write all components on record to a file."""
    chosen, suffix = read_profile(profile), suffix_of(output)
    folder = suffix == ".shp"
    with migrated(settings()) as engine:
        with transaction(engine) as connection:
            edition = dated_sets.held_at(connection, "edition", now(), settings().district)
        district = settings().district if edition is None else edition.district
        with progress("导出部件", "exporting components") as bar:
            target = output.with_suffix("") if folder else output
            with new_target(target, None if folder else output.name) as part:
                n = export_components(engine, part / output.name, chosen, district or "", now(), encoding, bar.step)
    where = target / output.name if folder else output
    tell(f"已写出 {n} 个部件：{where}", f"{n} components are written to {where}")
