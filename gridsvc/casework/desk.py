"""What the desk settles: by whom and why, and the answer that stands from then on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple


class Party(NamedTuple):
    """A unit by its code and its names."""

    unit: str
    name: str
    name_en: str = ""

    def as_dict(self) -> dict[str, str]:
        """The unit as the contract shows it."""
        return {"unit": self.unit, "name": self.name}


@dataclass(frozen=True, slots=True)
class Ruling:
    """Whose a case is as the desk settled it: who said so, when (in the city's time) and why.

    ``precedent`` is the id of the row that decides the cases after it, if one was made of it.
    """

    accountable: Party
    assisting: Sequence[Party]
    actor: str
    at: datetime
    reason: str
    precedent: str | None = None

    @property
    def via(self) -> Literal["desk", "precedent"]:
        """By what the unit is accountable."""
        return "desk" if self.precedent is None else "precedent"

    def as_step(self) -> dict[str, str]:
        """The step of the explanation that says so."""
        one, at = self.accountable, f"{self.at:%Y-%m-%d %H:%M}"
        zh = f"定责台 {at} 由 {self.actor} 裁定：{one.name}负责（理由：{self.reason}）"
        en = f"settled at the desk by {self.actor} on {at}: {one.name_en or one.name} is accountable"
        en += f" (reason: {self.reason})"
        if self.precedent is not None:
            zh, en = f"{zh}，并立为判例 {self.precedent}", f"{en}; it is the precedent {self.precedent}"
        return {"step": "settled", "id": self.precedent or "desk", "zh": zh, "en": en}


def answer_after(stood: Mapping[str, Any], ruling: Ruling) -> dict[str, Any]:
    """Give the answer that stands after a ruling: all of the one before but whose it is, and one more step."""
    return {
        **stood,
        "accountable": ruling.accountable.as_dict() | {"via": ruling.via},
        "desk": None,
        "assisting": [party.as_dict() for party in ruling.assisting],
        # Whom the row that was overruled let evaluate has no part in it.
        "evaluator": None,
        "because": [*stood["because"], ruling.as_step()],
    }
