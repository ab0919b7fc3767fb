"""The requests that show personal data in full."""

from pydantic import Field

from gridsvc.api.schemas.common import Strict
from gridsvc.services.personal import Masked
from gridsvc.values import LONGEST_REASON

REASON = "why it is needed, kept in the audit: 4 Chinese characters or 10 letters at least"


class UnmaskPost(Strict):
    """Why the number of a post's holder is needed."""

    reason: str = Field(max_length=LONGEST_REASON, description=REASON, examples=["核实现场情况"])


class UnmaskCase(UnmaskPost):
    """What of a case is needed in full, and why."""

    what: Masked
