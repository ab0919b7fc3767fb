"""The request that reports a case."""

from typing import Literal

from pydantic import ConfigDict, Field

from gridsvc.api.schemas.common import POINT, Number, PointIn, Strict
from gridsvc.api.schemas.route import ACCURACY, Attributes
from gridsvc.casework.case import Source


class CaseIn(Strict):
    """One report. Text from citizens is kept as it was written and escaped wherever it is shown."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"point": POINT, "category": "06010", "source": "app", "description": "路边有暴露垃圾"}]
        }
    )

    point: PointIn
    category: str = Field(max_length=20, description="five-digit matter code")
    source: Source
    description: str | None = Field(None, max_length=4000)
    address: str | None = Field(None, max_length=500)
    accuracy_m: Number | None = Field(None, ge=0, le=100_000, description=ACCURACY)
    component: str | None = Field(None, max_length=64)
    vertical: Literal["above", "below"] | None = None
    attributes: Attributes = Field(default_factory=dict)

    def all_attributes(self) -> dict[str, str]:
        """Attributes with the vertical position among them."""
        return self.attributes | ({"vertical": self.vertical} if self.vertical else {})
