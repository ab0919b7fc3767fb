"""The request that records a component."""

from typing import Literal

from pydantic import ConfigDict, Field

from gridsvc.api.schemas.common import POINT, Instant, PointIn, Strict
from gridsvc.codes import CURRENT_SCHEME

_UNIT = "code of a unit"


class ComponentIn(Strict):
    """All that is on record about a component from now on, or from ``since``."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"point": POINT, "class": "01001", "name": "供水井盖", "accuracy_class": "A"}]}
    )

    point: PointIn
    class_code: str = Field(alias="class", max_length=20, description="five-digit component class")
    code_scheme: str = Field(CURRENT_SCHEME, max_length=64)
    name: str = Field("", max_length=200)
    competent: str | None = Field(None, max_length=64, description=_UNIT)
    owner: str | None = Field(None, max_length=64, description=_UNIT)
    maintainer: str | None = Field(None, max_length=64, description=_UNIT)
    unit_grid: str | None = Field(None, max_length=64, description="code in the finest partition")
    state: Literal["intact", "damaged", "lost", "abandoned", "removed"] = "intact"
    accuracy_class: Literal["A", "B", "C"] = Field("B", description="A 0.5 m, B 1 m, C 10 m")
    since: Instant | None = Field(None, description="from when it is so; now if left out, never later than now")
