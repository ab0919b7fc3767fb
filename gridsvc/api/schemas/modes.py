"""The request that switches between normal and emergency mode."""

from pydantic import Field

from gridsvc.api.schemas.common import Instant, Strict
from gridsvc.services.modes import Mode
from gridsvc.values import LONGEST_REASON


class ModeIn(Strict):
    """Which mode holds, from when until when, and why."""

    mode: Mode
    start: Instant | None = Field(None, alias="from", description="from when on it holds; else now")
    end: Instant | None = Field(None, alias="to", description="until when; else until the next switch")
    reason: str = Field(max_length=LONGEST_REASON, description="why, kept for ever", examples=["台风红色预警"])
