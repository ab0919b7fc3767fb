"""Requests for routing."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from gridsvc.api.schemas.common import POINT, Instant, Number, Part, PointIn, Strict

ACCURACY = "metres: radius that holds 68 % of the error, as Android and iOS state it (divide a radius of 95 % by 1.62)"
Attributes = Annotated[dict[str, str], Field(max_length=32, description="circumstances that rules may ask for")]


class RouteFields(Part):
    """What a request for one point says, in texts that need no look at whether they can be stored."""

    point: PointIn
    category: str | None = Field(None, max_length=20, description="five-digit matter code")
    component: str | None = Field(None, max_length=64, description="code of the component meant")
    accuracy_m: Number | None = Field(None, ge=0, le=100_000, description=ACCURACY)
    vertical: Literal["above", "below"] | None = None
    attributes: Attributes = Field(default_factory=dict)
    at: Instant | None = None
    edition: str | None = Field(None, max_length=200)
    ruleset: str | None = Field(None, max_length=200)

    def all_attributes(self) -> dict[str, str]:
        """Attributes with the vertical position among them."""
        return self.attributes | {"vertical": self.vertical} if self.vertical else self.attributes


class RouteIn(RouteFields, Strict):
    """One point to be routed."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"point": POINT, "category": "06010", "accuracy_m": 8}]})


def read_route(body: bytes) -> RouteFields:
    """Read a request from JSON as :class:`RouteIn` does; raises ``ValidationError``."""
    # Without an escape JSON has no way to spell what cannot be stored, and to look takes longer than all the rest.
    return RouteIn.model_validate_json(body) if b"\\" in body else _read_fields(body)


_read_fields: Callable[[bytes], RouteFields] = RouteFields.__pydantic_validator__.validate_json


def instant_or(at: datetime | None, now: datetime) -> datetime:
    """The instant asked about, else the door's now."""
    return at if at is not None else now
