"""``gridsvc boundaries compile`` and ``describe``: boundaries in words to a draft folder, and back to words."""

import csv
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Annotated

import shapely
import typer

from gridsvc.cli.boundaries import FolderArgument
from gridsvc.cli.boundaries_export import NAME, new_target
from gridsvc.cli.terminal import progress, say, tell
from gridsvc.errors import BadInput, FieldError
from gridsvc.spatial.boundary_folder import read_folder
from gridsvc.spatial.geopackage import write_geopackage
from gridsvc.spatial.layer import Edition, Layer
from gridsvc.spatial.topology import check_edition
from gridsvc.spatial.worded_back import describe as say_grids
from gridsvc.spatial.worded_draft import Plan, compile_plan, draft_edition
from gridsvc.spatial.worded_ground import Wording

REVIEW = "review.csv"
WithinOption = Annotated[
    str | None,
    typer.Option(help="范围：图层或 图层:编码，默认最上层 · the ground: LAYER or LAYER:CODE, else the top layer"),
]
LayersOption = Annotated[
    str | None, typer.Option("--layers", help="用哪些图层的名称，逗号分隔 · layers whose names count")
]


def compile_text(
    texts: Annotated[Path, typer.Argument(metavar="TEXT.csv", help="code,name,text 每行一个网格 · a row a grid")],
    lanes: Annotated[Path, typer.Option(help="含街巷与范围的边界文件夹 · folder with lanes and the ground")],
    output: Annotated[Path, typer.Option("-o", "--output", help="新的文件夹 · a folder that does not exist yet")],
    within: WithinOption = None,
    layers: LayersOption = None,
    settled: Annotated[
        Path | None, typer.Option(help="名称的决定 grid,name,side,code · what was decided of names, as CSV")
    ] = None,
    reach_m: Annotated[float, typer.Option(help="断头路最多延长几米，默认不延 · lead loose ends on, metres")] = 0.0,
    edition: Annotated[str | None, typer.Option(help="新版次号 · code of the draft")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """把文字边界编译为草稿文件夹和待核清单 · worded boundaries to a draft and a review list; exit 1 if it has rows."""
    wordings = [Wording(r["code"], r.get("name") or "", r["text"]) for r in _rows(texts, ("code", "text"))]
    decided = {
        (r.get("grid") or "", r["name"], r.get("side") or ""): r["code"]
        for r in (_rows(settled, ("name", "code")) if settled is not None else ())
    }  # fmt: skip
    with new_target(output) as part, progress("编译文字边界", "compiling wordings", plain=not as_json) as bar:
        known, _ = read_folder(lanes, bar.at)
        outer = _ground(known, within)
        plan = compile_plan(wordings, outer, _named(known, layers), settled=decided, reach_m=reach_m,
                            progress=bar.at)  # fmt: skip
        draft = draft_edition(plan, edition or f"{known.code}-worded", district=known.district)
        manifest = write_geopackage(part / NAME, draft, {}, ())
        text = json.dumps(manifest, ensure_ascii=False, indent=1)
        (part / "manifest.json").write_text(text + "\n", encoding="utf-8")
        _write_review(part / REVIEW, plan)
        report = check_edition(read_folder(part, bar.at)[0], bar.at)
    whole = sum(plan.compiled.whole)
    if as_json:
        grids = {w.code: ok for w, ok in zip(wordings, plan.compiled.whole, strict=True)}
        told = {"edition": draft.code, "grids": grids,
                "review": [d.as_dict() for d in plan.doubts], "check": report.as_dict()}  # fmt: skip
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    else:
        for kind, n in sorted(Counter(d.id for d in plan.doubts).items()):
            tell(f"待核 {kind}：{n} 条", f"to review, {kind}: {n}")
        say(f"{whole}/{len(wordings)} 个网格已成形，写入 {output}，逐条见 {output / REVIEW}",
            f"{whole} of {len(wordings)} grids are whole, in {output}; the doubts: {output / REVIEW}")  # fmt: skip
    raise typer.Exit(1 if plan.doubts else 0)


def describe(
    folder: FolderArgument,
    layer: Annotated[str, typer.Option(help="要描述的图层 · the layer to put in words")] = "grid",
    within: WithinOption = None,
    layers: LayersOption = None,
) -> None:
    """把网格边界写成文字（CSV） · put the boundaries of a layer in words, as CSV that compile reads."""
    with progress("读取边界", "reading boundaries", plain=False) as bar:
        known, _ = read_folder(folder, bar.at)
        if layer not in known.layers or known.layers[layer].spec.geometry != "polygon":
            raise _no_layer("--layer", layer, known)
        named = [x for x in _named(known, layers) if x.spec.code != layer and (layers is not None or _bounds(x))]
        found = say_grids(known.layers[layer], _ground(known, within), named)
    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(["code", "name", "text", "text_en", "unsaid_m", "border_m"])
    for d in found:
        rows.writerow([d.code, d.name, d.text("zh"), d.text("en"), f"{d.unsaid_m:.0f}", f"{d.border_m:.0f}"])


def _rows(path: Path, wanted: tuple[str, ...]) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeError, csv.Error) as e:
        mend = ("写成 UTF-8 的 CSV", "give a CSV in UTF-8")
        raise BadInput("无法读取文字表", "the table cannot be read", [FieldError(path.name, str(e), *mend)]) from None
    for n, row in enumerate(rows, 1):
        if lacking := [c for c in wanted if not (row.get(c) or "").strip()]:
            mend = ("每行都要有 " + "、".join(wanted), "every row needs " + ", ".join(wanted))
            raise BadInput(f"{path.name} 第 {n} 行缺列", f"row {n} of {path.name} lacks a column",
                           [FieldError(lacking[0], None, *mend)])  # fmt: skip
    return rows


def _ground(known: Edition, within: str | None) -> shapely.Geometry:
    """The ground that is shared out: a layer, one area of it, or the top partition."""
    tops = [x.spec.code for x in known if x.spec.coverage == "partition" and x.spec.parent is None]
    name, _, code = (within or (tops[0] if tops else "")).partition(":")
    if name not in known.layers or known.layers[name].spec.geometry != "polygon":
        raise _no_layer("--within", within, known)
    areas = known.layers[name]
    if code and code not in areas.position_of:
        mend = (f"写图层 {name} 中已有的编码", f"give a code of layer {name}")
        raise BadInput("没有这个区域", "there is no such area", [FieldError("--within", within, *mend)])
    return areas.geometries[areas.position_of[code]] if code else shapely.union_all(areas.geometries)


def _named(known: Edition, layers: str | None) -> list[Layer]:
    if layers is None:
        return list(known)
    wanted = [x.strip() for x in layers.split(",") if x.strip()]
    for x in wanted:
        if x not in known.layers:
            raise _no_layer("--layers", x, known)
    return [known.layers[x] for x in wanted]


def _bounds(layer: Layer) -> bool:
    """Whether people bound grids by it: by lines, and by the partitions of a city, not by whatever is drawn on it."""
    return layer.spec.geometry == "line" or layer.spec.coverage == "partition"


def _no_layer(field: str, given: str | None, known: Edition) -> BadInput:
    have = ", ".join(known.layers)
    return BadInput(
        "没有这个图层", "there is no such layer", [FieldError(field, given, f"可用：{have}", f"one of {have}")]
    )


def _write_review(path: Path, plan: Plan) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "grids", "phrases", "zh", "en", "measure", "unit", "lon", "lat"])
        for told in (d.as_dict() for d in plan.doubts):
            rows.writerow([told["id"], ";".join(told["grids"]), " | ".join(told["phrases"]),
                           *(told[k] for k in ("zh", "en", "measure", "unit", "lon", "lat"))])  # fmt: skip
