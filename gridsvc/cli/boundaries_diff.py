"""``gridsvc boundaries diff`` and ``compare``: what changed between two editions, how two layers share the ground."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import numpy as np
import typer
from rich.table import Table
from rich.text import Text

from gridsvc.bootstrap import past_cases, read_all
from gridsvc.cli.boundaries import FolderArgument
from gridsvc.cli.database import migrated
from gridsvc.cli.points import whole_file
from gridsvc.cli.terminal import lang, now, pick, progress, results, say, settings
from gridsvc.diff import Diff
from gridsvc.diff import diff as compared
from gridsvc.diff_words import TITLES, sentence
from gridsvc.errors import BadInput, FieldError
from gridsvc.rights import whole_district
from gridsvc.router import Snapshot
from gridsvc.services.editions import read_contents
from gridsvc.services.heat import points_between
from gridsvc.spatial.boundary_folder import read_folder
from gridsvc.spatial.crosswalk import crosswalk_rows, metric_over, overlay
from gridsvc.spatial.datum import Floats
from gridsvc.spatial.succession import KINDS, TOLERANCE_M
from gridsvc.web.offline import render
from gridsvc.web.pages.diff import diff_page

EditionArgument = Annotated[str, typer.Argument(help="版次号或边界文件夹 · edition in the database, or a folder")]
JsonOption = Annotated[bool, typer.Option("--json")]
MOST_SHOWN = 50
Cases = tuple[Floats, Floats]


def diff(
    before: EditionArgument,
    after: EditionArgument,
    tolerance_m: Annotated[
        list[str] | None,
        typer.Option("--tolerance-m", help="容差，米：数字或 图层=数字，可重复 · metres, or LAYER=metres; repeatable"),
    ] = None,
    page: Annotated[Path | None, typer.Option("--map", help="另存为地图网页 · also a page that opens offline")] = None,
    as_json: JsonOption = False,
) -> None:
    """比较两个版次：拆分、合并、改名、边界变动等 · what changed between two editions; exit 1 if anything did."""
    within_m, of_layer_m = _tolerances(tolerance_m or [])
    (old, cases), (new, later_cases) = _read(before), _read(after)
    with progress("比较版次", "comparing editions") as bar:
        found = compared(old, new, within_m, of_layer_m, cases or later_cases, bar.at)
    if page is not None:
        drawn = diff_page(found, lang(), now().astimezone(ZoneInfo(new.edition.time_zone)))
        with whole_file(page) as part:
            part.write_text(render(drawn, mode="inline", lang=lang()), encoding="utf-8")
        say(f"已写出 {page}", f"wrote {page}")
    if as_json:
        sys.stdout.write(json.dumps(found.as_dict(), ensure_ascii=False, default=str) + "\n")
    else:
        _show(found)
    raise typer.Exit(0 if found.equal else 1)


def compare(
    folder: FolderArgument,
    layer_a: Annotated[str, typer.Argument(help="图层 · a layer of polygons")],
    layer_b: Annotated[str, typer.Argument(help="另一个图层 · another one")],
    as_json: JsonOption = False,
) -> None:
    """多格合一：两个图层的对应关系和占比 · how the areas of two layers correspond, with their shares."""
    with progress("读取边界", "reading boundaries") as bar:
        edition, _ = read_folder(folder, bar.at)
    for code in (layer_a, layer_b):
        if code not in edition.layers:
            mend = ("可用：" + "、".join(edition.layers), "one of " + ", ".join(edition.layers))
            raise BadInput("没有这个图层", "there is no such layer", [FieldError("layer", code, *mend)])
    a, b = edition.layers[layer_a], edition.layers[layer_b]
    rows = crosswalk_rows(a, b, overlay(a, b, metric_over(edition)))
    if as_json:
        about = {"edition": edition.code, "a": layer_a, "b": layer_b, "pairs": rows}
        sys.stdout.write(json.dumps(about, ensure_ascii=False) + "\n")
        return
    several = len({r["a"] for r in rows if r["several"]})
    table = _table(
        pick(f"{edition.code}：{layer_a} 与 {layer_b}，{several} 个 {layer_a} 跨多个 {layer_b}",
             f"{edition.code}: {layer_a} and {layer_b}, {several} of {layer_a} in several of {layer_b}"),
        layer_a, layer_b, "m²", pick(f"占 {layer_a}", f"of {layer_a}"), pick(f"占 {layer_b}", f"of {layer_b}"),
        pick("跨多个", "several"),
    )  # fmt: skip
    for r in rows:
        mark = "*" if r["several"] else ""
        table.add_row(r["a"], r["b"], f"{r['m2']:,.0f}", _percent(r["share_a"]), _percent(r["share_b"]), mark)
    results.print(table)


def _read(name: str) -> tuple[Snapshot, Cases | None]:
    """A folder, or an edition in the database; with the places of its past cases, if it has any."""
    if Path(name).is_dir():
        with progress("读取边界", "reading boundaries") as bar:
            contents = read_all(name, bar.at)
        points = [c.new.point for c in past_cases(contents)]
        cases = (np.array([p.lon for p in points]), np.array([p.lat for p in points])) if points else None
        return contents.snapshot, cases
    if "/" in name:
        mend = ("写文件夹路径或版次号", "name a folder or an edition")
        raise BadInput("文件夹不存在", "there is no such folder", [FieldError("A, B", name, *mend)])
    with migrated(settings()) as engine:
        snapshot, _ = read_contents(engine, name, settings().district)
        found = points_between(engine, whole_district(snapshot.edition.district))
    return snapshot, (found.lon, found.lat) if len(found.lon) else None


def _tolerances(texts: Sequence[str]) -> tuple[float, dict[str, float]]:
    """Read ``2`` or ``lane=5``; a bare number is for all layers that are not named."""
    everywhere_m, by_layer_m = TOLERANCE_M, {}
    for text in texts:
        layer, _, number = text.rpartition("=")
        try:
            metres = float(number)
        except ValueError:
            metres = -1.0
        if not 0.0 <= metres < 1e6:
            mend = ("如 2 或 lane=5", "as in 2 or lane=5")
            raise BadInput("容差无法识别", "the tolerance cannot be read", [FieldError("--tolerance-m", text, *mend)])
        if layer:
            by_layer_m[layer] = metres
        else:
            everywhere_m = metres
    return everywhere_m, by_layer_m


def _show(found: Diff) -> None:
    """Print a line a layer and a table, then what changed, drawn again within the tolerance only counted."""
    title = f"{found.before.code} → {found.after.code}"
    if found.equal and not found.counts:
        say(f"{title}：没有变化", f"{title}: no change")
        return
    layers = _table(
        title, pick("图层", "layer"), pick("前", "before"), pick("后", "after"), pick("未变", "unchanged"),
        pick("变化", "changes"), pick("面积折算损失", "loss by ground"), pick("案件折算损失", "loss by cases"),
        pick("未比较", "not compared"),
    )  # fmt: skip
    for one in found.layers:
        code = one.before.spec.code
        kinds = [c.kind for c in one.changes]
        told = "，".join if lang() == "zh" else ", ".join
        changes = told(f"{pick(*TITLES[k])} {kinds.count(k)}" for k in KINDS if k in kinds)
        carried = found.cases.get(code)
        layers.add_row(code, str(len(one.before)), str(len(one.after)), str(one.unchanged), changes or "-",
                       _percent(one.ground_loss), _percent(carried.loss if carried else None),
                       str(len(one.not_compared) or "-"))  # fmt: skip
    results.print(layers)
    real = [(change, one) for one in found.layers for change in one.changes if change.real]
    if real:
        what = _table(None, pick("图层", "layer"), pick("变化", "change"), pick("说明", "what"), pick("位置", "where"))
        for change, one in real[:MOST_SHOWN]:
            where = "" if change.lon is None else f"{change.lon:.6f},{change.lat:.6f}"
            told_of = pick(*sentence(change, one))
            what.add_row(*map(Text, (change.layer, pick(*TITLES[change.kind]), told_of, where)))
        results.print(what)
    if len(real) > MOST_SHOWN:
        more = len(real) - MOST_SHOWN
        say(f"另有 {more} 条，用 --json 查看全部", f"{more} more: use --json for all")
    _show_tables(found)


def _show_tables(found: Diff) -> None:
    if not any(t.n for t in found.tables.values()):
        return
    table = _table(None, pick("表", "table"), pick("变化", "change"), pick("键", "key"), pick("列", "columns"))
    for name, t in found.tables.items():
        rows = [(pick("新增", "added"), k, "") for k in t.added] + [(pick("删除", "removed"), k, "") for k in t.removed]
        rows += [(pick("修改", "changed"), k, ", ".join(columns)) for k, columns in t.changed.items()]
        for row in rows[:MOST_SHOWN]:
            table.add_row(*map(Text, (name, *row)))
        if len(rows) > MOST_SHOWN:
            table.add_row(name, "…", pick(f"另有 {len(rows) - MOST_SHOWN} 条", f"{len(rows) - MOST_SHOWN} more"), "")
    results.print(table)


def _table(title: str | None, *heads: Any) -> Table:
    table = Table(title=None if title is None else Text(title))
    for head in heads:
        table.add_column(head, overflow="fold", no_wrap=not results.is_terminal)
    return table


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100.0 * share:.2f}%"
