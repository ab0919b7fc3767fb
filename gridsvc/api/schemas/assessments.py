"""Requests about assessment: a sheet, its freezing, scores from outside."""

from decimal import Decimal
from typing import Annotated

from pydantic import ConfigDict, Field

from gridsvc.api.schemas.common import Instant, Number, Part, Strict
from gridsvc.store.assessments import Input
from gridsvc.values import LONGEST_REASON

PERIOD = "2024, 2024-H1, 2024-Q2, 2024-06, 2024-W24, 2024-06-12 or 2024-06-01/2024-07-01 (without the last day)"
Code = Annotated[str, Field(min_length=1, max_length=64)]
PeriodText = Annotated[str, Field(min_length=1, max_length=24, description=PERIOD)]


class SheetIn(Strict):
    """Which sheet is to be made."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"scheme": "streets", "period": "2024-06"}]})

    scheme: Code = Field(description="a scheme of the ruleset that holds at the end of the period")
    period: PeriodText
    known: Instant | None = Field(None, description="only what had happened by then counts; now if left out")


class FreezeIn(Strict):
    """Why another sheet follows one that is frozen already."""

    reason: str | None = Field(None, max_length=LONGEST_REASON)


class InputIn(Part):
    """One score, points or a number."""

    period: PeriodText
    code: Code = Field(description="what it is, as the scheme's rows call it after input:")
    subject: Code = Field(description="the area or unit that it is about")
    value: Number = Field(ge=-1e6, le=1e6, description="a score of 0 to 100, points, or how many")
    giver: str = Field("", max_length=64, description="who gives it, as a street among many; else who enters it")
    note: str = Field("", max_length=LONGEST_REASON)

    def as_input(self) -> Input:
        """What is entered, as the house knows it."""
        value = Decimal(repr(self.value))
        return Input(self.period, self.code, self.subject, self.giver, value, self.note)


class InputsIn(Strict):
    """Scores that come from outside."""

    inputs: list[InputIn] = Field(min_length=1, max_length=1000)
