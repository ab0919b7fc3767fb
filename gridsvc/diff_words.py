"""What is said of a change, in Chinese and English; nothing here is computed."""

from collections.abc import Sequence

from gridsvc.spatial.layer import Layer
from gridsvc.spatial.succession import Change, Kind, Succession
from gridsvc.values import Lang

TITLES: dict[Kind, tuple[str, str]] = {
    "split": ("拆分", "split"),
    "merge": ("合并", "merged"),
    "mixed": ("重组", "regrouped"),
    "new": ("新增", "new"),
    "gone": ("撤销", "gone"),
    "moved": ("边界变动", "boundary moved"),
    "recoded": ("改编码", "recoded"),
    "renamed": ("改名", "renamed"),
    "parent": ("改上级", "other parent"),
    "unit": ("改单位", "other unit"),
    "props": ("改属性", "other properties"),
    "redrawn": ("重绘（容差内）", "drawn again (within tolerance)"),
}
MOST_NAMED = 6


def sentence(change: Change, layer: Succession) -> tuple[str, str]:
    """One change in one sentence, Chinese and English."""
    sides = (layer.before, change.rows_before), (layer.after, change.rows_after)
    old_zh, new_zh = (_zh(_labels(*side, "zh")) for side in sides)
    old_en, new_en = (_en(_labels(*side, "en")) for side in sides)
    told: dict[Kind, tuple[str, str]] = {
        "split": (f"{old_zh} 拆为 {new_zh}", f"{old_en} was split into {new_en}"),
        "merge": (f"{old_zh} 并为 {new_zh}", f"{old_en} were merged into {new_en}"),
        "mixed": (f"{old_zh} 重组为 {new_zh}", f"{old_en} were regrouped into {new_en}"),
        "new": (f"新增 {new_zh}", f"{new_en} is new"),
        "gone": (f"撤销 {old_zh}", f"{old_en} is gone"),
        "recoded": (f"{old_zh} 改编码为 {new_zh}", f"{old_en} became {new_en}"),
        "moved": (f"{new_zh} 边界变动{_size_zh(change)}", f"the boundary of {new_en} moved{_size_en(change)}"),
        "redrawn": (
            f"{new_zh} 重绘，在容差 {layer.tolerance_m:g} 米内{_size_zh(change)}",
            f"{new_en} was drawn again within {layer.tolerance_m:g} m{_size_en(change)}",
        ),
    }
    if change.kind in told:
        return told[change.kind]
    # Of properties it must be said which one is meant.
    told_of = [(f"{k} " if change.kind == "props" else "") + f"{_value(a)} → {_value(b)}"
               for k, (a, b) in change.columns.items()]  # fmt: skip
    zh, en = TITLES[change.kind]
    return f"{new_zh} {zh}：{'；'.join(told_of)}", f"{new_en}: {en}, {'; '.join(told_of)}"


def name_of(layer: Layer, row: int, lang: Lang) -> str:
    """An area's name; the English one where there is one and it is wanted."""
    name = layer.props[row].get("name_en") if lang == "en" else None
    return str(name or layer.names[row])


def _labels(layer: Layer, rows: Sequence[int], lang: Lang) -> list[str]:
    """Codes, each with its name where it has one of its own."""
    return [" ".join(dict.fromkeys(filter(None, (layer.codes[i], name_of(layer, i, lang))))) for i in rows]


def _zh(labels: list[str]) -> str:
    return "、".join(labels[:MOST_NAMED]) + (f" 等 {len(labels)} 个" if len(labels) > MOST_NAMED else "")


def _en(labels: list[str]) -> str:
    return ", ".join(labels[:MOST_NAMED]) + (f" and {len(labels) - MOST_NAMED} more" * (len(labels) > MOST_NAMED))


def _size_zh(change: Change) -> str:
    metres = "" if change.moved_m is None else f"，最远 {change.moved_m:.1f} 米"
    return metres + ("" if change.changed_m2 is None else f"，涉及 {change.changed_m2:,.0f} 平方米")


def _size_en(change: Change) -> str:
    metres = "" if change.moved_m is None else f" by up to {change.moved_m:.1f} m"
    return metres + ("" if change.changed_m2 is None else f", {change.changed_m2:,.0f} m² changed")


def _value(value: object) -> str:
    return "-" if value is None or value == "" else str(value)
