"""What a request says of the precedent that is to be made of a ruling."""

from typing import Annotated

from pydantic import Field

from gridsvc.api.schemas.common import Instant, Part
from gridsvc.services.precedents import Wanted

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
