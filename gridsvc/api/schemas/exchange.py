"""Messages of a city's platform."""

from typing import Literal

from pydantic import ConfigDict, Field

from gridsvc.api.schemas.cases import CaseIn
from gridsvc.api.schemas.common import POINT, Strict
from gridsvc.services.exchange import Receipt

Number = Field(min_length=1, max_length=100, description="the platform's own number of the case")


class TransferIn(CaseIn):
    """A case that a platform sends down."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"number": "SZ-2024-000123", "point": POINT, "category": "06010", "description": "路边有暴露垃圾"}
            ]
        }
    )

    number: str = Number
    source: Literal["transfer"] = "transfer"


class ReceiptIn(Strict):
    """What became of a case that was handed up."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"said": "accepted", "number": "SZ-2024-000124"}]})

    said: Receipt
    number: str | None = Field(None, min_length=1, max_length=100, description="the platform's own number of the case")
    reason: str | None = Field(None, max_length=2000)
