"""What a reporter is shown of his case, and what he says of it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from gridsvc.api.schemas.common import Strict

Stage = Literal["received", "accepted", "handling", "closed", "void"]


class Words(BaseModel):
    """A text in both languages, as far as there is one."""

    zh: str | None
    en: str | None


class Step(BaseModel):
    """A stage and when it began."""

    stage: Stage
    zh: str
    en: str
    at: str


class TrackedOut(BaseModel):
    """A case as its reporter sees it."""

    number: str
    stage: Stage
    zh: str
    en: str
    steps: list[Step]
    answer: Words | None = Field(description="the latest public answer")
    rating: int | None
    may_rate: bool


class RatingIn(Strict):
    """How content the reporter is, and as far as he says so whether he was answered and whether it is solved."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"rating": 5, "responded": True, "solved": True}]})

    rating: int = Field(ge=1, le=5, strict=True, description="1 bad, 5 good; 4 and 5 count as content")
    responded: bool | None = None
    solved: bool | None = None
    comment: str | None = Field(None, max_length=1000, description="kept apart from the case, and erased with it")
