"""Editions: a boundary folder that is sent becomes a draft, which is checked, compared and published, or called off."""

from pathlib import Path as FilePath
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Path, Request, Response

from gridsvc.api.auth import Caller
from gridsvc.api.deps import CallerDep, Parts, PartsDep, named
from gridsvc.api.routes.areas import permitted
from gridsvc.api.schemas.common import PROBLEMS, documented
from gridsvc.api.schemas.editions import CallOffIn, PublishEditionIn
from gridsvc.api.upload import receive_all
from gridsvc.bootstrap import load_folder, read_all
from gridsvc.errors import BadInput, FieldError
from gridsvc.rights import forbidden
from gridsvc.services import editions as service
from gridsvc.services.catalogue import editions_of
from gridsvc.services.drafts import call_off, is_ahead
from gridsvc.services.edition_check import full_report
from gridsvc.services.succession import edition_before_code
from gridsvc.spatial.folder_zip import MOST_FILES, home_of, put, unzip
from gridsvc.store.blobs import incoming_folder
from gridsvc.values import reason_of

router = APIRouter(tags=["editions"], responses=PROBLEMS)
CodePath = Annotated[str, Path(max_length=200, description="code of an edition")]
_FILE: dict[str, Any] = {"type": "array", "items": {"type": "string", "format": "binary"}}
FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"multipart/form-data": {
            "schema": {"type": "object", "required": ["file"], "properties": {"file": _FILE}}
        }},
    }
}  # fmt: skip
TAKEN = documented("it is published already, planned no more, or would rewrite what is on record")


@router.post(
    "/v1/editions", status_code=201, openapi_extra=FORM,
    responses={409: TAKEN, 413: documented("the files are larger than the service takes")},
)  # fmt: skip
async def upload(request: Request, parts: PartsDep, caller: CallerDep) -> dict[str, Any]:
    """Send a boundary folder, as one zip or file by file; it is checked and stored as a draft, or nothing is.

    A draft of its name is replaced; what is published never is. `GET …/check` has the findings.
    """
    parts.doorkeeper.pace_uploads(caller)
    with TemporaryDirectory(dir=incoming_folder(parts.settings.state_dir)) as name:
        folder = FilePath(name)
        sent = await receive_all(request, folder, MOST_FILES)
        return await run_sync(_load, parts, caller, sent, folder / "boundaries")


def _load(parts: Parts, caller: Caller, sent: list[tuple[str, FilePath]], folder: FilePath) -> dict[str, Any]:
    folder.mkdir()
    if len(sent) == 1 and not sent[0][0].endswith("manifest.json"):
        unzip(sent[0][1], folder)
    else:
        for name, file in sent:
            put(file, name, folder)
    contents = read_all(home_of(folder))
    district = contents.snapshot.edition.district
    if not caller.actor.reach("edition:write", district, caller.at).is_whole:
        raise forbidden("edition:write", district)
    if district != (parts.current.district() or district):
        mend = ("上传本区县的边界", "send the boundaries of the district that is served")
        error = FieldError("manifest.district", district, *mend)
        raise BadInput("这是另一个区县的边界", "these are boundaries of another district", [error])
    outcome, report, rules = load_folder(parts.engine, contents, caller.at, caller.actor.name)
    counts = dict(report.counts)
    for finding in rules:
        counts[finding["severity"]] += 1
    return {"code": contents.snapshot.edition.code, "outcome": outcome, "counts": counts}


@router.get("/v1/editions/{code}")
def edition(code: CodePath, parts: PartsDep, caller: CallerDep) -> dict[str, Any]:
    """Give an edition as the list does, with the one before it, and whether it is planned and may be called off."""
    found = named(parts, caller, "edition", code)
    items = permitted(caller, editions_of(parts.engine, "edition"))
    about = next(i for i in items if (i["code"], i["district"]) == (found.code, found.district))
    before = edition_before_code(parts.engine, found, caller.at)
    return about | {"before": before, "planned": is_ahead(found, caller.at)}


@router.get("/v1/editions/{code}/check")
def check(code: CodePath, parts: PartsDep, caller: CallerDep) -> dict[str, Any]:
    """Give the findings on an edition with their shapes, and those on the rules that came with it.

    Those on a draft that was drawn in are found anew. An error has a `name`, by which publication may waive it.
    """
    return full_report(parts.engine, named(parts, caller, "edition", code), caller.at)


@router.get("/v1/editions/{code}/changes/{to}", response_model=dict[str, Any])
def changes(
    code: CodePath,
    to: Annotated[str, Path(max_length=200, description="code of the later edition")],
    parts: PartsDep,
    caller: CallerDep,
) -> Response:
    """Say what changed from one edition to another, change by change, with the shapes before and after."""
    pair = [named(parts, caller, "edition", one) for one in (code, to)]
    written = parts.differences.between(*pair, drafts=caller.may("draft:read"))
    return Response(written, media_type="application/json")


@router.post("/v1/editions/{code}/publish", responses={409: TAKEN})
def publish(code: CodePath, body: PublishEditionIn, parts: PartsDep, caller: CallerDep) -> dict[str, Any]:
    """Let a draft hold from an instant on, else from now; refused with its findings while errors are not waived."""
    found = named(parts, caller, "edition", code)
    _must_confirm(found.code, body.confirm)
    reason = reason_of(body.reason)
    done = service.publish(
        parts.engine, code, caller.at, body.start, correction=reason if body.correction else None,
        waived={name: reason_of(text, f"waive.{name}") for name, text in body.waive.items()}, reason=reason,
        by=caller.actor.name, district=found.district,
    )  # fmt: skip
    return {"code": done.code, "from": done.start, "to": done.end, "waived": list(done.waived)}


@router.post("/v1/editions/{code}/cancel", responses={409: TAKEN})
def cancel(code: CodePath, body: CallOffIn, parts: PartsDep, caller: CallerDep) -> dict[str, Any]:
    """Let an edition that was published for later never hold; what held before goes on."""
    found = named(parts, caller, "edition", code)
    _must_confirm(found.code, body.confirm)
    call_off(parts.engine, code, body.reason, caller.at, caller.actor.name, found.district)
    return {"code": code}


def _must_confirm(code: str, typed: str) -> None:
    if typed.strip() != code:
        mend = (f"输入版次号 {code}", f"type the code {code}")
        raise BadInput("版次号不符", "this is not its code", [FieldError("confirm", typed, *mend)])
