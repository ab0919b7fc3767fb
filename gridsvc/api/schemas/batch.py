"""A batch of points as columns, and its answer."""

from types import NoneType
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidatorFunctionWrapHandler, WrapValidator, model_validator

from gridsvc.api.schemas.common import Crs, Instant, Number, Strict


def _at_a_glance(given: Any, one_by_one: ValidatorFunctionWrapHandler) -> Any:
    """Take numbers and nulls as a whole; in any other list each entry is looked at, so that faults have a place."""
    if isinstance(given, list) and set(map(type, given)) <= {float, int, NoneType}:
        try:
            missing = int(np.sum(~np.isfinite(np.array(given, dtype=np.float64))))
        except OverflowError:
            missing = -1
        if missing == given.count(None):
            return given
    return one_by_one(given)


Column = Annotated[list[Number | None], WrapValidator(_at_a_glance)]


class BatchIn(Strict):
    """Many points as columns. A row whose coordinate is null or unusable gets its error, the others their answer."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"x": [120.2185, 120.23], "y": [30.3218, 30.31], "crs": "wgs84"}]}
    )

    x: Column
    y: Column
    crs: Crs
    category: str | list[str | None] | None = None
    at: Instant | None = None
    edition: str | None = Field(None, max_length=200)
    ruleset: str | None = Field(None, max_length=200)

    @model_validator(mode="after")
    def _same_length(self) -> "BatchIn":
        lengths = {len(self.x), len(self.y)} | ({len(self.category)} if isinstance(self.category, list) else set())
        if len(lengths) > 1:
            raise ValueError("x, y and category must have the same length")
        return self


class BatchOut(BaseModel):
    """Answers as columns, one entry a point: each layer's code and how, accountable, via, error."""

    n: int
    columns: dict[str, list[str | None]]
    edition: str
    ruleset: str | None
