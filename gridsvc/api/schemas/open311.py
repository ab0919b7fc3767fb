"""The form by which Open311 reports, and what its answers hold, for the documentation."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field, field_validator

from gridsvc.api.schemas.common import Strict

_Degrees = Annotated[float, Field(allow_inf_nan=False)]
_TEXT: dict[str, Any] = {"type": ["string", "null"]}
REQUEST: dict[str, Any] = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["service_request_id", "status", "service_code", "requested_datetime"],
        "properties": {
            **dict.fromkeys((
                "status_notes", "service_name", "description", "agency_responsible", "service_notice", "address",
                "address_id", "zipcode", "media_url", "updated_datetime", "expected_datetime"), _TEXT),
            "service_request_id": {"type": "string"}, "service_code": {"type": "string"},
            "status": {"enum": ["open", "closed"]}, "requested_datetime": {"type": "string", "format": "date-time"},
            "lat": {"type": "number"}, "long": {"type": "number"},
        },
    },
}  # fmt: skip
TAKEN: dict[str, Any] = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["service_request_id", "service_notice"],
        "properties": {"service_request_id": {"type": "string"}, "service_notice": _TEXT, "account_id": _TEXT},
    },
}
TOKEN: dict[str, Any] = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["service_request_id", "token"],
        "properties": {"service_request_id": {"type": "string"}, "token": {"type": "string"}},
    },
}
SERVICES: dict[str, Any] = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["service_code", "service_name", "metadata", "type"],
        "properties": {
            "service_code": {"type": "string"}, "service_name": {"type": "string"}, "description": _TEXT,
            "metadata": {"type": "boolean"}, "type": {"enum": ["realtime"]}, "keywords": _TEXT, "group": _TEXT,
        },
    },
}  # fmt: skip
DEFINITION: dict[str, Any] = {
    "type": "object",
    "required": ["service_code", "attributes"],
    "properties": {"service_code": {"type": "string"}, "attributes": {"type": "array", "items": {"type": "object"}}},
}


class ReportForm(Strict):
    """The fields of a report. Others that apps send, as device and account, are read by nobody and not kept."""

    model_config = ConfigDict(extra="ignore")

    service_code: str = Field(max_length=20, description="code of a service: our matter code")
    lat: _Degrees = Field(description="latitude in degrees of WGS 84")
    long: _Degrees = Field(description="longitude in degrees of WGS 84")
    jurisdiction_id: str | None = Field(None, max_length=64)
    address_string: str | None = Field(None, max_length=500)
    description: str | None = Field(None, max_length=4000)
    media_url: str | None = Field(None, max_length=1000, description="kept as a line of the description; never fetched")
    first_name: str | None = Field(None, max_length=100)
    last_name: str | None = Field(None, max_length=100)
    phone: str | None = Field(None, max_length=40)

    @field_validator("lat", "long", mode="before")
    @classmethod
    def _told(cls, given: object) -> object:
        # Forms say nothing where JSON leaves out; that is missing, not a number that cannot be read.
        return None if given == "" else given

    def told(self) -> str | None:
        """The description with the address of a picture that somebody keeps elsewhere."""
        lines = [self.description, f"media_url: {self.media_url}" if self.media_url else None]
        return "\n".join(line for line in lines if line) or None
