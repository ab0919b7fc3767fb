"""The request that hands over a post."""

from pydantic import Field

from gridsvc.api.schemas.common import Instant, Strict
from gridsvc.values import LONGEST_REASON


class HandOverIn(Strict):
    """Who follows, from when on, and why."""

    to: str = Field(min_length=1, max_length=200, description="code of the person who follows")
    at: Instant | None = Field(None, description="from when on he holds the post, past or to come; else now")
    reason: str = Field(max_length=LONGEST_REASON, description="why, kept in the audit", examples=["岗位调整"])
