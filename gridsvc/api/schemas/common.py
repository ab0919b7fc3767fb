"""Parts that several requests share."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, FiniteFloat, model_validator

MAX_BATCH = 100_000
# Instants outside are slips of the pen; the margin also keeps every offset within what dates can hold.
YEARS = (1900, 2200)


class Strict(BaseModel):
    """A request in which a field that nobody knows is a mistake, not a note."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _storable(cls, given: Any) -> Any:
        _refuse_unstorable(given)
        return given


def storable(text: str) -> bool:
    """Tell whether a database can hold the text."""
    return "\x00" not in text and not any("\ud800" <= c <= "\udfff" for c in text)


def _refuse_unstorable(value: Any) -> None:
    """A database text holds neither NUL nor half a surrogate pair; JSON can spell both."""
    if isinstance(value, str):
        if not storable(value):
            raise ValueError("the text has a character that cannot be stored (NUL or a lone surrogate)")
    elif isinstance(value, dict):
        for key, inner in value.items():
            _refuse_unstorable(key)
            _refuse_unstorable(inner)
    elif isinstance(value, list) and value and not isinstance(value[0], int | float):
        for inner in value:
            _refuse_unstorable(inner)


def in_range(instant: datetime) -> datetime:
    if not YEARS[0] <= instant.year < YEARS[1]:
        raise ValueError(f"the year must lie between {YEARS[0]} and {YEARS[1]}")
    return instant.astimezone(UTC)


Instant = Annotated[AwareDatetime, AfterValidator(in_range), Field(description="ISO 8601 with an offset")]

Crs = Annotated[
    str, Field(description="wgs84 | cgcs2000 | gcj02 | bd09 | EPSG:n | local:<id>; there is no default", max_length=64)
]


class PointIn(Strict):
    """A position with its declared reference."""

    x: FiniteFloat = Field(description="longitude in degrees, or easting in metres")
    y: FiniteFloat = Field(description="latitude in degrees, or northing in metres")
    crs: Crs


class Problem(BaseModel):
    """A problem document (RFC 9457) in two languages."""

    type: str
    title: str
    status: int
    detail: str
    zh: str
    en: str
    errors: list[dict[str, Any]]


def documented(description: str) -> dict[str, Any]:
    """How OpenAPI shows a problem document."""
    return {
        "description": description,
        "content": {"application/problem+json": {"schema": Problem.model_json_schema()}},
    }


PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: documented("a request that cannot be read"),
    401: documented("no valid key"),
    404: documented("no such thing"),
    422: documented("a field that cannot be used"),
    503: documented("no database or no edition"),
}
