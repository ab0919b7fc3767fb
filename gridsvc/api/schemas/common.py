"""Parts that several requests share."""

import re
from datetime import datetime
from types import NoneType
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from gridsvc.errors import BadInput, BatchTooLarge, FieldError
from gridsvc.values import parse_instant, storable

MAX_BATCH = 100_000
# Deeper than any request means; also what keeps a crafted one from exhausting the stack.
DEEPEST = 16
# Each field that nobody knows is complained of, and a million complaints take longer than a million points.
MOST_FIELDS = 1_000
_PLAIN = {str, float, int, bool, NoneType}


class Part(BaseModel):
    """A part of a request, in which a field that nobody knows is a mistake, not a note."""

    model_config = ConfigDict(extra="forbid")


class Strict(Part):
    """A whole request; every text in it, at any depth, is one that can be stored."""

    @model_validator(mode="before")
    @classmethod
    def _storable(cls, given: Any) -> Any:
        texts: list[str] = []
        _collect_texts(given, texts)
        # A database text holds neither NUL nor half a surrogate pair; JSON can spell both.
        if not storable("\n".join(texts)):
            raise ValueError("the text has a character that cannot be stored (NUL or a lone surrogate)")
        return given


def _collect_texts(value: Any, texts: list[str], depth: int = 0) -> None:
    if depth > DEEPEST:
        raise ValueError("the value is nested too deeply")
    if isinstance(value, str):
        texts.append(value)
    elif isinstance(value, dict):
        if len(value) > MOST_FIELDS:
            raise ValueError("an object has too many fields")
        texts += value
        for inner in value.values():
            _collect_texts(inner, texts, depth + 1)
    elif isinstance(value, list):
        kinds = set(map(type, value))
        # Of a long column of plain values only the different texts need a look.
        for inner in {v for v in value if type(v) is str} if kinds <= _PLAIN else value:
            _collect_texts(inner, texts, depth + 1)


def refuse_too_many(n: int) -> None:
    """Refuse a batch of more than ``MAX_BATCH`` rows."""
    if n > MAX_BATCH:
        mend = (f"每批至多 {MAX_BATCH} 点，请分批", f"send at most {MAX_BATCH} points a call")
        raise BatchTooLarge("批量过大", "the batch is too large", [FieldError("x", n, *mend)])


def read_instant(given: object) -> datetime:
    """Read ISO 8601 with an offset; a number is no instant. An unescaped ``+`` of an address arrives as a blank."""
    if isinstance(given, datetime):
        return given
    if not isinstance(given, str) or "-" not in given[1:]:
        raise PydanticCustomError("instant", INSTANT_MEND)
    try:
        return parse_instant(re.sub(r" (\d\d:?\d\d)$", r"+\1", given))
    except BadInput as e:
        raise PydanticCustomError("instant", "{en}", {"zh": e.errors[0].mend_zh, "en": e.errors[0].mend_en}) from None


INSTANT_MEND = "ISO 8601 with an offset, as in 2024-05-01T08:30:00+08:00 (in an address write %2B for +)"
Instant = Annotated[
    datetime,
    BeforeValidator(read_instant),
    WithJsonSchema({"type": "string", "format": "date-time", "description": INSTANT_MEND}),
]
# A number is a number: neither a text nor true.
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Crs = Annotated[
    str, Field(description="wgs84 | cgcs2000 | gcj02 | bd09 | EPSG:n | local:<id>; there is no default", max_length=64)
]


class PointIn(Part):
    """A position with its declared reference."""

    x: Number = Field(description="longitude in degrees, or easting in metres")
    y: Number = Field(description="latitude in degrees, or northing in metres")
    crs: Crs


# A place in the demo city, for the examples of the documentation.
POINT: JsonDict = {"x": 120.2185, "y": 30.3218, "crs": "wgs84"}


class Problem(BaseModel):
    """A problem document (RFC 9457) in two languages."""

    type: str
    title: str
    status: int
    detail: str
    zh: str
    en: str
    errors: list[dict[str, Any]]


class Illegal(Problem):
    """A problem of a case that does not allow an action now."""

    legal: list[str] = Field([], description="the actions that it does allow, where that is the problem")


def documented(description: str, model: type[Problem] = Problem) -> dict[str, Any]:
    """How OpenAPI shows a problem document."""
    return {
        "description": description,
        "content": {"application/problem+json": {"schema": model.model_json_schema()}},
    }


PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: documented("a request that cannot be read"),
    401: documented("no valid key or session"),
    403: documented("not with these rights"),
    404: documented("no such thing"),
    422: documented("a field that cannot be used"),
    429: documented("too many requests; Retry-After says when to go on"),
    503: documented("no database or no edition"),
}
