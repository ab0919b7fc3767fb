"""What a compiler of worded boundaries is not sure of, each doubt with the phrase that it comes from."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from gridsvc.spatial.findings import place_of, shown

DoubtId = Literal[
    "unread", "unknown_name", "ambiguous_name", "no_side", "ambiguous_side", "along", "ends_short", "led_on",
    "no_ground", "scattered", "overlap", "gap", "orphan_street", "contested_street", "claim_elsewhere", "unsaid_border",
]  # fmt: skip
# Doubts after which a grid's ground is not the one that its text means.
HINDERS: frozenset[DoubtId] = frozenset(
    ("unread", "unknown_name", "ambiguous_name", "no_side", "ambiguous_side", "ends_short", "no_ground")
)


@dataclass(frozen=True, slots=True)
class Doubt:
    """One line of the review list: what kind, which grids, which phrases, and the ground in WGS 84 degrees."""

    id: DoubtId
    grids: tuple[str, ...]
    phrases: tuple[str, ...]
    zh: str
    en: str
    measure: float | None = None
    unit: str | None = None
    ground: Any = field(default=None, repr=False, compare=False)

    def as_dict(self) -> dict[str, Any]:
        """One row of a table or a JSON list."""
        lon, lat = place_of(self.ground)
        return {
            "id": self.id, "grids": list(self.grids), "phrases": list(self.phrases), "zh": self.zh, "en": self.en,
            "measure": self.measure, "unit": self.unit, "lon": lon, "lat": lat,
        }  # fmt: skip


def doubt(
    kind: DoubtId, grids: Sequence[str], phrases: Sequence[str], zh: str, en: str, ground: Any = None,
    measure: float | None = None, unit: str | None = None,
) -> Doubt:  # fmt: skip
    """Make a doubt; a measure in metres follows the text."""
    size = shown(measure, unit)
    said_zh = "、".join(f"“{p}”" for p in phrases)
    said_en = ", ".join(f'"{p}"' for p in phrases)
    zh, en = (f"{said_zh}：{zh}", f"{said_en}: {en}") if phrases else (zh, en)
    zh, en = (f"{zh}，{size}", f"{en}, {size}") if size else (zh, en)
    return Doubt(kind, tuple(grids), tuple(dict.fromkeys(phrases)), zh, en, measure, unit, ground)
