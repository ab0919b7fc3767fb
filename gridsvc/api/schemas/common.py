"""Parts that several requests share."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

MAX_BATCH = 100_000


class Strict(BaseModel):
    """A request in which a field that nobody knows is a mistake, not a note."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


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


PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"description": text, "content": {"application/problem+json": {"schema": Problem.model_json_schema()}}}
    for status, text in (
        (401, "no valid key"),
        (422, "a field that cannot be used"),
        (503, "no database or no edition"),
    )
}
