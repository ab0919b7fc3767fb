"""Checks of codes, names and sizes: duplicates, a parent's digits, the order of numbers, grids of an odd size."""

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterator

import numpy as np

from gridsvc.codes import is_area_code, is_unit_grid_code
from gridsvc.spatial.findings import Finding, Sheet, found
from gridsvc.spatial.layer import Layer
from gridsvc.spatial.numbering import misplaced

COMMUNITY_DIGITS = 12
# A unit grid has about 10 000 m2 in a centre and more where there is less; ten times off is a slip of the pen.
UNIT_GRID_M2 = (1_000.0, 100_000.0)
MOST_SHOWN = 5


def duplicates(layer: Layer) -> Iterator[Finding]:
    """Codes that occur twice, and polygons of one name under one parent."""
    for code, n in Counter(layer.codes).items():
        if n > 1:
            text = f"编码 {code} 出现 {n} 次", f"code {code} occurs {n} times"
            yield found("duplicate_code", "error", layer.spec.code, (code,), text, None, float(n), "areas")
    named: dict[tuple[str | None, str], list[str]] = {}
    for code, name, parent in zip(layer.codes, layer.names, layer.parents, strict=True):
        if name:
            named.setdefault((parent, name), []).append(code)
    for (_, name), codes in named.items():
        if len(codes) > 1 and layer.spec.geometry == "polygon":
            text = f"同一上级内重名：{name}", f"one parent has two areas named {name}"
            yield found(
                "duplicate_name", "warning", layer.spec.code, tuple(codes), text, None, float(len(codes)), "areas"
            )


def code_prefix(layer: Layer, sheet: Sheet) -> Iterator[Finding]:
    """Codes that do not begin with their parent's.

    Only where both layers use the standard digits (district 6, street 9, community 12, unit grid 14 or 15), which is
    taken to be so where more than half of each layer's codes do: then the rest are slips. An error, since a code is
    for life and says everywhere whose child the area is.
    """
    if layer.spec.parent is None:
        return
    above = sheet.edition.layers[layer.spec.parent].codes
    if not (_mostly(is_area_code, above) and _mostly(lambda c: is_area_code(c) or is_unit_grid_code(c), layer.codes)):
        return
    for code, parent, shape in zip(layer.codes, layer.parents, sheet.shapes[layer.spec.code], strict=True):
        if parent and not (code.startswith(parent) and len(code) > len(parent)):
            text = f"{code} 的编码不以上级 {parent} 开头", f"code {code} does not begin with its parent's, {parent}"
            yield found("code_prefix", "error", layer.spec.code, (code, parent), text, shape)


def numbering(layer: Layer, sheet: Sheet, retired: Collection[str] = ()) -> Iterator[Finding]:
    """Parents whose unit grids are not numbered without gaps from 1, west to east in rows from north to south.

    One finding a parent: its code, then those of the areas whose numbers break the order. ``retired`` are codes that
    were given before and are not given again; their numbers are not missing.
    """
    if layer.spec.parent is None or not _mostly(is_unit_grid_code, layer.codes):
        return
    children: dict[str, dict[int, int]] = {}
    for i, (code, parent) in enumerate(zip(layer.codes, layer.parents, strict=True)):
        if parent == code[:COMMUNITY_DIGITS] and is_unit_grid_code(code) and code[COMMUNITY_DIGITS:].isdecimal():
            children.setdefault(parent, {}).setdefault(int(code[COMMUNITY_DIGITS:]), i)
    gone = {(c[:COMMUNITY_DIGITS], int(c[COMMUNITY_DIGITS:])) for c in retired if c[COMMUNITY_DIGITS:].isdecimal()}
    above = sheet.edition.layers[layer.spec.parent]
    usual_m2 = math.sqrt(math.prod(layer.spec.checks.size_m2 or UNIT_GRID_M2))
    for parent, rows in children.items():
        numbers = sorted(rows)
        missing = [n for n in range(1, numbers[-1]) if n not in rows and (parent, n) not in gone]
        own = np.array([rows[n] for n in numbers])
        bad = misplaced(sheet.shapes[layer.spec.code][own], usual_m2)
        wrong = np.array(numbers)[bad].tolist()
        faults = []
        if missing:
            faults.append((f"缺 {_some_zh(missing)}", f"{_some(missing)} missing"))
        if wrong:
            order = "未按自西向东、自北向南排列", "not from west to east, north to south"
            faults.append((f"{_some_zh(wrong)} {order[0]}", f"{_some(wrong)} {order[1]}"))
        if faults:
            zh, en = zip(*faults, strict=True)
            text = (f"{parent} 内的单元网格编号：{'；'.join(zh)}", f"unit-grid numbers in {parent}: {'; '.join(en)}")
            place = above.position_of.get(parent)
            ground = None if place is None else sheet.shapes[layer.spec.parent][place]
            yield found("numbering", "warning", layer.spec.code, (parent, *layer.codes[own[bad]]), text, ground,
                        float(len(missing) + len(wrong)), "areas")  # fmt: skip


def size(layer: Layer, sheet: Sheet) -> Iterator[Finding]:
    """Areas smaller or larger than the layer says; of unit grids, by their codes, ten times off 10 000 m2."""
    limits = layer.spec.checks.size_m2
    if limits is None:
        if not _mostly(is_unit_grid_code, layer.codes):
            return
        limits = UNIT_GRID_M2
    shapes = sheet.shapes[layer.spec.code]
    area_m2 = sheet.area_m2(shapes)
    for i in np.flatnonzero((area_m2 > 0.0) & ((area_m2 < limits[0]) | (area_m2 > limits[1]))):
        least, most = (f"{v:,.0f}" for v in limits)
        code, small = layer.codes[i], area_m2[i] < limits[0]
        text = (f"{code} 面积过{'小' if small else '大'}（应在 {least} 至 {most} m² 之间）",
                f"{code} is too {'small' if small else 'large'} ({least} to {most} m² are usual)")  # fmt: skip
        yield found("size", "warning", layer.spec.code, (code,), text, shapes[i], float(area_m2[i]), "m2")


def _mostly(form: Callable[[str], bool], codes: Collection[str]) -> bool:
    return 2 * sum(map(form, codes)) > len(codes)


def _some(numbers: list[int]) -> str:
    """The first few of a list for people to read."""
    return ", ".join(map(str, numbers[:MOST_SHOWN])) + (" and others" if len(numbers) > MOST_SHOWN else "")


def _some_zh(numbers: list[int]) -> str:
    return "、".join(map(str, numbers[:MOST_SHOWN])) + (" 等" if len(numbers) > MOST_SHOWN else "")
