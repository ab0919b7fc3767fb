"""``gridsvc boundaries export``: a folder or a stored edition as one GeoPackage, to be edited and read back."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from gridsvc.bootstrap import read_all
from gridsvc.cli.database import migrated
from gridsvc.cli.terminal import progress, settings, tell
from gridsvc.errors import BadInput, FieldError
from gridsvc.router import Snapshot
from gridsvc.services.editions import read_contents
from gridsvc.spatial.geopackage import Tables, write_geopackage

NAME = "city.gpkg"


def export(
    source: Annotated[str, typer.Argument(metavar="EDITION|DIR", help="版次号或边界文件夹 · an edition or a folder")],
    output: Annotated[Path, typer.Option("-o", "--output", help="新的 .gpkg 或新文件夹 · a new .gpkg or folder")],
) -> None:
    """导出为 GeoPackage，可用 QGIS 修改后再读回 · write all layers and tables to a GeoPackage, for QGIS and back."""
    with new_target(output, NAME if output.suffix.lower() == ".gpkg" else None) as part:
        tables: Tables
        with progress("读取", "reading") as bar:
            if Path(source).is_dir():
                contents = read_all(source, bar.at)
                snapshot, tables = contents.snapshot, contents.tables
            else:
                with migrated(settings()) as engine:
                    snapshot, tables = read_contents(engine, source, settings().district)
        with progress("写出并核对", "writing and reading back") as bar:
            manifest = write_geopackage(part / NAME, snapshot.edition, tables, snapshot.components)
            text = json.dumps(manifest, ensure_ascii=False, indent=1)
            (part / "manifest.json").write_text(text + "\n", encoding="utf-8")
            back = read_all(part, bar.at)
            _refuse_other_contents(snapshot, tables, back.snapshot, back.tables)
    code, layers, rows = snapshot.edition.code, len(manifest["layers"]), len(manifest["tables"])
    tell(
        f"{code} 已导出到 {output}：{layers} 个图层，{rows} 张表",
        f"{code} is exported to {output}: {layers} layers, {rows} tables",
    )


@contextmanager
def new_target(target: Path, inside: str | None = None) -> Iterator[Path]:
    """Give a folder to write to; at the end it, or the one file ``inside``, becomes the target, which must be new."""
    _refuse_existing(target)
    part = target.with_name(f".{target.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    try:
        yield part
        _refuse_existing(target)
        (part if inside is None else part / inside).rename(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _refuse_existing(target: Path) -> None:
    if target.exists() or not target.parent.is_dir():
        mend = ("给出已有文件夹中的新名字", "give a new name in a folder that exists")
        raise BadInput("不能写到这里", "it cannot be written there", [FieldError("-o", str(target), *mend)])


def _refuse_other_contents(before: Snapshot, tables: Tables, after: Snapshot, read: Tables) -> None:
    """What is read back must be what was written, to the bit; an export that is not is thrown away."""
    differing = [name for name in tables if [dict(r) for r in tables[name]] != [dict(r) for r in read.get(name, ())]]
    if list(map(repr, before.components)) != list(map(repr, after.components)):
        differing.append("components")
    if before.edition.content_hash != after.edition.content_hash:
        differing.append("layers")
    if differing:
        mend = ("请报告此问题并附上该文件夹", "report this with the folder")
        raise BadInput("这些内容无法原样写入 GeoPackage", "a GeoPackage cannot hold these as they are",
                       [FieldError(name, None, *mend) for name in differing])  # fmt: skip
