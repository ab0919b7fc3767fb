"""How Open311 asks: the key as a parameter of any request, and reports as the fields of a form."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError

from gridsvc.api.deps import PartsDep
from gridsvc.api.open311.form import XML, Format
from gridsvc.errors import FieldError, NotFound
from gridsvc.services.open311 import Lang

M = TypeVar("M", bound=BaseModel)
_KEY = "api_key"
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
FormatPath = Annotated[Format, Path(description="json or xml")]


class Keyed(APIRoute):
    """A route that takes ``api_key``, in the address or in the form, for what the header ``Authorization`` says."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Handle a request as if its key had come in the header; where both come, the header counts."""
        handle = super().get_route_handler()

        async def keyed(request: Request) -> Response:
            if "authorization" not in request.headers and (key := await _key_of(request)):
                request.scope["headers"] = [*request.scope["headers"], (b"authorization", b"Bearer " + key)]
                # Headers that were read are kept as they were.
                request.__dict__.pop("_headers", None)
            return await handle(request)

        return keyed


async def _key_of(request: Request) -> bytes | None:
    given = request.query_params.get(_KEY)
    if given is None and request.method == "POST":
        given = (await fields_of(request)).get(_KEY)
    # A key is plain text; what cannot stand in a header is none, and is told so like any other wrong one.
    return given.strip().encode("utf-8", "replace") if given and given.strip() else None


async def fields_of(request: Request) -> dict[str, str]:
    """Read the fields of a form, the first of each name; a body of another kind has none, and files are refused."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in _FORMS:
        return {}
    found: dict[str, str] = {}
    for name, value in (await request.form(max_files=0)).multi_items():
        found.setdefault(name, str(value))
    return found


def lang_of(
    parts: PartsDep,
    lang: Annotated[Lang | None, Query(description="language of titles; else the service's own")] = None,
) -> Lang:
    """In which language titles are told."""
    return lang or parts.settings.lang


LangDep = Annotated[Lang, Depends(lang_of)]


def _jurisdiction(
    parts: PartsDep,
    jurisdiction_id: Annotated[
        str | None, Query(max_length=64, description="code of the district; may be left out")
    ] = None,
) -> None:
    refuse_foreign(parts.current.get().snapshot.edition.district, jurisdiction_id)


JURISDICTION = Depends(_jurisdiction)


def refuse_foreign(district: str, jurisdiction: str | None) -> None:
    """Refuse what is asked of another jurisdiction than ours."""
    if jurisdiction and jurisdiction != district:
        mend = (f"可用：{district}，或不填", f"give {district}, or leave it out")
        error = FieldError("jurisdiction_id", jurisdiction, *mend)
        raise NotFound("没有这个辖区", "there is no such jurisdiction", [error])


def read_as(model: type[M], fields: Mapping[str, Any]) -> M:
    """Read the fields of a form; raises what a body that cannot be used raises."""
    try:
        return model.model_validate(dict(fields))
    except ValidationError as e:
        raise RequestValidationError(e.errors()) from None


ERROR: dict[str, Any] = {"type": "array", "items": {
    "type": "object", "required": ["code", "description"],
    "properties": {"code": {"type": "integer"}, "description": {"type": "string"}},
}}  # fmt: skip


def answers(schema: Mapping[str, Any]) -> dict[int | str, dict[str, Any]]:
    """How OpenAPI shows an answer in both forms, and its refusals."""
    xml = {"schema": {"type": "string"}}
    return {
        200: {"content": {"application/json": {"schema": schema}, XML: xml}},
        "4XX": {
            "description": "refused, in Open311's words",
            "content": {"application/json": {"schema": ERROR}, XML: xml},
        },
        503: {"description": "no database or no edition", "content": {"application/json": {"schema": ERROR}, XML: xml}},
    }
