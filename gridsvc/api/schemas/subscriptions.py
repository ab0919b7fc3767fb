"""Requests about where messages are sent."""

from pydantic import ConfigDict, Field

from gridsvc.api.schemas.common import Strict

KIND = "as in a case's history; after a colon the rung of an escalation: `escalate:district`"


class SubscriptionIn(Strict):
    """Where messages go, of what kinds, and of which cases: all of the district, or of one area, one unit or both."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "短信网关", "url": "https://sms.example/gridsvc", "kinds": ["dispatch", "noted"]}]
        }
    )

    name: str = Field(min_length=1, max_length=200, description="what it is for")
    url: str = Field(max_length=2000, description="https; private addresses where the settings allow them")
    kinds: list[str] | None = Field(None, max_length=100, description=f"leave it out for all; {KIND}")
    layer: str | None = Field(None, max_length=64)
    area: str | None = Field(None, max_length=64)
    unit: str | None = Field(None, max_length=64)


class AgainIn(Strict):
    """Which events that were given up are sent again; all of them where none is named."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"events": [4711]}, {}]})

    events: list[int] | None = Field(None, max_length=10_000, description="their ids")
