"""The request that settles a case at the desk."""

from typing import Annotated

from pydantic import ConfigDict, Field

from gridsvc.api.schemas.common import Instant, Part, Strict
from gridsvc.services.precedents import Wanted
from gridsvc.values import LONGEST_REASON

UNIT = "code of a unit"
REASON = (
    "why, kept for ever in the case's history: 4 Chinese characters or 10 letters at least; telephone and identity "
    "numbers in it are masked. With a precedent it is its source, which all who may ask for routes can read: name no "
    "private person"
)


SCOPE = (
    "the ground: area (of the finest layer), the code of a layer in which the case has an area (grid, community, "
    "street), disc:METRES around the case, or places as in the rules"
)


class PlacesIn(Part):
    """Ground in the words of the rules."""

    places: str = Field(min_length=1, max_length=2000, examples=["grid:990101003G02&!zone:*"])


class PrecedentIn(Part):
    """For which ground, which matters and how long a ruling decides the cases after it."""

    scope: Annotated[str, Field(max_length=100)] | PlacesIn = Field(description=SCOPE, examples=["grid"])
    categories: list[Annotated[str, Field(min_length=1, max_length=20)]] | None = Field(
        None, min_length=1, max_length=50, description="codes, or beginnings of codes with *; else the case's own alone"
    )
    until: Instant | None = Field(None, description="its end; none if left out")
    supersedes: str | None = Field(None, max_length=64, description="the precedent that ends where this one begins")

    def wanted(self) -> Wanted:
        """What is asked for, as the house knows it."""
        scope, places = ("", self.scope.places) if isinstance(self.scope, PlacesIn) else (self.scope, "")
        return Wanted(scope, places, tuple(self.categories or ()), self.until, self.supersedes)


class DecideIn(Strict):
    """Whose a case is, and why."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"version": 2, "unit": "DEPT-ENF", "reason": "现场核实为占道经营"}]}
    )

    version: int = Field(ge=1, strict=True, description="the version of the case that was read")
    unit: str = Field(max_length=64, description=UNIT + " that is accountable from now on")
    reason: str = Field(max_length=LONGEST_REASON, description=REASON)
    assisting: list[str] = Field(default_factory=list, max_length=20, description="codes of units that assist")
    precedent: PrecedentIn | None = Field(None, description="let the next cases like it be decided in the same way")
