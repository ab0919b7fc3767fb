"""The request that settles a case at the desk."""

from pydantic import ConfigDict, Field

from gridsvc.api.schemas.common import Strict
from gridsvc.values import LONGEST_REASON

UNIT = "code of a unit"
REASON = (
    "why, kept for ever in the case's history: 4 Chinese characters or 10 letters at least; telephone and identity "
    "numbers in it are masked"
)


class DecideIn(Strict):
    """Whose a case is, and why."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"version": 2, "unit": "DEPT-ENF", "reason": "现场核实为占道经营"}]}
    )

    version: int = Field(ge=1, strict=True, description="the version of the case that was read")
    unit: str = Field(max_length=64, description=UNIT + " that is accountable from now on")
    reason: str = Field(max_length=LONGEST_REASON, description=REASON)
    assisting: list[str] = Field(default_factory=list, max_length=20, description="codes of units that assist")
