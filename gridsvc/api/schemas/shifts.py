"""The requests by which a shift is handed over and taken over."""

from pydantic import Field

from gridsvc.api.schemas.common import Strict
from gridsvc.services.shifts import LONGEST_NOTE

_KEPT = "kept for ever in the audit: telephone numbers in it are masked, name no private person"


class ShiftNoteIn(Strict):
    """What who comes has to know."""

    text: str = Field(
        min_length=1, max_length=LONGEST_NOTE, description=_KEPT, examples=["新民路井盖仍未到货，明早跟进"]
    )


class TakeOverIn(Strict):
    """The signature of who comes."""

    remark: str | None = Field(None, max_length=LONGEST_NOTE, description=_KEPT)
