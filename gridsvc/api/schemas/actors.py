"""Requests about who may do what."""

from typing import Literal

from pydantic import ConfigDict, Field

from gridsvc.api.pace import SLOWEST_PER_S
from gridsvc.api.schemas.common import Instant, Number, Strict
from gridsvc.rights import Permission, Role

Name = Field(max_length=64, description="for life, and never given to another")
Password = Field(max_length=200, description="at least 12 characters, and not with the name in it")


class SignIn(Strict):
    """Name and password of an actor."""

    name: str = Field(max_length=200)
    password: str = Field(max_length=1000)


class PasswordChange(Strict):
    """One's own password, and the one that takes its place."""

    old: str = Field(max_length=1000)
    new: str = Password


class NewPassword(Strict):
    """A password that an administrator sets."""

    password: str = Password


class ActorIn(Strict):
    """A new actor, who has no rights yet."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "chen", "title": "陈示例"}]})

    name: str = Name
    title: str = Field("", max_length=200, description="as people call the actor")
    kind: Literal["person", "program"] = "person"
    password: str | None = Field(None, max_length=200)
    issuer: str | None = Field(None, max_length=500, description="address of an OpenID provider")
    subject: str | None = Field(None, max_length=500, description="who the actor is to that provider")


class SubjectIn(Strict):
    """Who an actor is to the city's OpenID provider; null: nobody any more."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"subject": "8d1f-zhang-wei"}]})

    subject: str | None = Field(min_length=1, max_length=500)


class GrantIn(Strict):
    """A role over the district, or over one area or one unit of it (both: where both are)."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"role": "dispatcher"}]})

    role: Role
    district: str | None = Field(None, max_length=64, description="the one that is served if none is named")
    everywhere: bool = Field(False, description="every district of the installation")
    layer: str | None = Field(None, max_length=64)
    area: str | None = Field(None, max_length=64)
    unit: str | None = Field(None, max_length=64)
    valid_from: Instant | None = None
    valid_to: Instant | None = None


class KeyIn(Strict):
    """A key for a program or a person; ``permissions`` narrow what it can be used for."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "field app", "permissions": ["route"]}]})

    name: str = Field(max_length=200, description="what it is for")
    permissions: list[Permission] | None = Field(None, max_length=50)
    rate_per_s: Number | None = Field(None, ge=SLOWEST_PER_S, le=1_000_000)
    expires_at: Instant | None = None


class RotationIn(Strict):
    """How long the old key goes on beside the new one."""

    overlap_h: Number = Field(24.0, ge=0, le=24 * 90)
