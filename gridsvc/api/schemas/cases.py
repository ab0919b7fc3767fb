"""The request that reports a case."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from gridsvc.api.schemas.common import POINT, Instant, Number, Part, PointIn, Strict
from gridsvc.api.schemas.route import ACCURACY, Attributes
from gridsvc.casework.case import Source
from gridsvc.casework.reporter import LONGEST_NAME, LONGEST_PHONE, Reporter
from gridsvc.casework.subject import LONGEST_SUBJECT

# Of one report, or of one action.
MOST_ATTACHMENTS = 20
Ids = list[Annotated[str, Field(max_length=64)]]


class ReporterIn(Part):
    """Who reports, as far as he wants to say."""

    name: str | None = Field(None, max_length=LONGEST_NAME)
    phone: str | None = Field(None, max_length=LONGEST_PHONE, description="mobile or landline, written as it may be")


class CapturedIn(Part):
    """When a report was made, and where the device was by its own fix, if it was sent later or moved by hand."""

    at: Instant = Field(description="by the device's clock, as it was then")
    point: PointIn | None = Field(None, description="the fix, where the point of the report was moved from it")
    accuracy_m: Number | None = Field(None, ge=0, le=100_000, description="of the fix")


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
    reporter: ReporterIn | None = Field(None, description="kept apart from the case; leave it out to stay anonymous")
    subject: str | None = Field(
        None, max_length=LONGEST_SUBJECT, description="name or shop that the case is against; kept apart like reporter"
    )
    reward: bool = Field(False, strict=True, description="who reports asks for the reward, if the case is verified")
    attachments: Ids = Field(default=[], max_length=MOST_ATTACHMENTS, description="ids that POST /v1/attachments gave")
    captured: CapturedIn | None = Field(None, description="kept in the history; the case is decided as it arrives")
    vertical: Literal["above", "below"] | None = None
    attributes: Attributes = Field(default_factory=dict)

    def reported_by(self) -> Reporter | None:
        """Who reports; None where nothing was filled in."""
        return None if self.reporter is None else Reporter.of(self.reporter.name, self.reporter.phone)

    def all_attributes(self) -> dict[str, str]:
        """Attributes with the vertical position among them."""
        return self.attributes | ({"vertical": self.vertical} if self.vertical else {})
