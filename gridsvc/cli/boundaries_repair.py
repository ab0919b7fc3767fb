"""``gridsvc boundaries repair``: a proposal of mended boundaries in a new folder, with a list of every change."""

import json
import sys
from collections import Counter
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from gridsvc.cli.boundaries_export import new_target
from gridsvc.cli.terminal import progress, say, tell
from gridsvc.errors import BadInput, FieldError
from gridsvc.spatial.boundary_folder import read_folder
from gridsvc.spatial.folder_copy import REPORT, copy_folder
from gridsvc.spatial.layer import Edition
from gridsvc.spatial.repair import Change, repaired
from gridsvc.spatial.topology import CheckReport, check_edition


def repair(
    folder: Annotated[Path, typer.Argument(help="边界文件夹 · folder with a manifest.json")],
    output: Annotated[Path, typer.Option("-o", "--output", help="新的文件夹 · a folder that does not exist yet")],
    tolerance_m: Annotated[
        float | None,
        typer.Option(help="碎缝宽度上限，米；默认各图层自己的 · slivers are thinner, metres; else each layer's own"),
    ] = None,
    edition: Annotated[str | None, typer.Option(help="新版次号 · code of the new edition")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """按规则修正边界，写入新文件夹 · mend what a rule settles, into a new folder; exit 1 if findings are left."""
    if tolerance_m is not None and not 0.0 < tolerance_m <= 100.0:
        mend = ("大于 0，至多 100", "above 0, at most 100")
        raise BadInput("宽度不可用", "the width cannot be used", [FieldError("--tolerance-m", tolerance_m, *mend)])
    with new_target(output) as part:
        with progress("修正边界", "mending boundaries", plain=not as_json) as bar:
            before, manifest = read_folder(folder, bar.at)
            after, changes = repaired(before, tolerance_m, bar.at)
            after = replace(after, code=edition or f"{before.code}-repaired")
        with progress("写出并复查", "writing and checking again", plain=not as_json) as bar:
            copy_folder(folder, manifest, after, {c.layer for c in changes}, part)
            back, written = read_folder(part, bar.at)
            left = check_edition(back, bar.at, written.declared)
            report = _report(before, after.code, tolerance_m, changes, left)
            text = json.dumps(report, ensure_ascii=False, indent=1)
            (part / REPORT).write_text(text + "\n", encoding="utf-8")
    if as_json:
        sys.stdout.write(json.dumps(report, ensure_ascii=False) + "\n")
    else:
        _show(output, after.code, changes, left)
    raise typer.Exit(1 if left.findings else 0)


def _report(
    source: Edition, code: str, tolerance_m: float | None, changes: list[Change], left: CheckReport
) -> dict[str, Any]:
    within_m = {layer.spec.code: tolerance_m or layer.spec.checks.tolerance_m for layer in source}
    made = [asdict(change) | {"codes": list(change.codes)} for change in changes]
    return {"from": source.code, "edition": code, "tolerance_m": within_m, "changes": made, "left": left.as_dict()}


def _show(output: Path, code: str, changes: list[Change], left: CheckReport) -> None:
    """Say how much was changed and what is left, and where all of it is written down."""
    for (layer, what), n in sorted(Counter((c.layer, c.what) for c in changes).items()):
        moved_m2 = sum(c.area_m2 for c in changes if (c.layer, c.what) == (layer, what))
        tell(f"{layer} {what}：{n} 处，{moved_m2:,.1f} m²", f"{layer} {what}: {n}, {moved_m2:,.1f} m²")
    for (layer, kind), n in sorted(Counter((f.layer, f.id) for f in left.findings).items()):
        tell(f"未能修正 {layer} {kind}：{n} 条", f"left {layer} {kind}: {n}")
    say(
        f"{code} 已写入 {output}，逐条见 {output / REPORT}",
        f"{code} is written to {output}; every change is in {output / REPORT}",
    )
