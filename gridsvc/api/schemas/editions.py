"""Requests about editions: a copy to draw in, an area that is drawn, publication, and calling it off."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, JsonValue

from gridsvc.api.schemas.common import Crs, Instant, Part, Strict
from gridsvc.values import LONGEST_REASON

Code = Annotated[str, Field(min_length=1, max_length=200)]
Reason = Annotated[str, Field(max_length=LONGEST_REASON, description="4 Chinese characters or 10 letters at least")]
SQUARE: list[JsonValue] = [[[120.0, 30.0], [120.01, 30.0], [120.01, 30.01], [120.0, 30.01], [120.0, 30.0]]]


class CopyIn(Strict):
    """A draft with the boundaries of another edition."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"edition": "2024-3"}]})
    edition: Code = Field(description="code of the draft")
    title: str | None = Field(None, max_length=200, description="else that of the edition")


class GeometryIn(Part):
    """A GeoJSON geometry."""

    type: Literal["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"]
    coordinates: list[Any]


class AreaIn(Strict):
    """An area as a GeoJSON feature, with its reference: ``name``, ``parent``, ``unit`` and properties of its own."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "Feature", "crs": "wgs84", "properties": {"name": "新民 03", "parent": "990101001"},
                    "geometry": {"type": "Polygon", "coordinates": SQUARE},
                }
            ]
        }
    )  # fmt: skip
    type: Literal["Feature"]
    crs: Crs
    id: str | None = Field(None, max_length=200)
    properties: dict[str, Any] = Field(default_factory=dict)
    geometry: GeometryIn


class PublishEditionIn(Strict):
    """From when an edition holds, its code once more, why, and what is waived of its errors: names and reasons."""

    start: Instant | None = Field(None, alias="from")
    confirm: str = Field(max_length=200, description="the code of the edition, typed")
    reason: Reason
    waive: dict[str, Reason] = Field(default_factory=dict)
    correction: bool = Field(False, description="whether what is on record is rewritten")


class CallOffIn(Strict):
    """Why a planned edition shall never hold."""

    confirm: str = Field(max_length=200, description="the code of the edition, typed")
    reason: Reason


class ReplayIn(Strict):
    """Which past cases are decided under the edition: those reported in [from, to); all by default."""

    start: Instant | None = Field(None, alias="from")
    end: Instant | None = Field(None, alias="to")
