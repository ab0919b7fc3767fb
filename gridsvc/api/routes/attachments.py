"""Photos, films and documents: sent before the report or action that names them, and read by who may read the case."""

from pathlib import Path as FilePath
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Path, Request
from fastapi.responses import StreamingResponse

from gridsvc.api.deps import CallerDep, PartsDep
from gridsvc.api.schemas.attachments import AttachmentOut, AttachmentsOut
from gridsvc.api.schemas.common import PROBLEMS, documented
from gridsvc.api.upload import receive
from gridsvc.services import attachments as service
from gridsvc.services.media import MB, Sizes
from gridsvc.store.blobs import incoming_folder

router = APIRouter(tags=["attachments"], responses=PROBLEMS)
_BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"multipart/form-data": {
            "schema": {"type": "object", "required": ["file"], "properties": {"file": _BINARY["schema"]}}
        }},
    }
}  # fmt: skip
BYTES: dict[int | str, dict[str, Any]] = {
    200: {"content": dict.fromkeys(service.SUFFIXES, _BINARY), "description": "the bytes as they are kept"}
}
IdPath = Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="id of an attachment")]


@router.post(
    "/v1/attachments", status_code=201, response_model=AttachmentOut, openapi_extra=FORM,
    responses={413: documented("the file is larger than the service takes")},
)  # fmt: skip
async def upload(request: Request, parts: PartsDep, caller: CallerDep) -> Any:
    """Send one file, to be named in `attachments` of a report or an action within a day.

    What it is is found by its content: JPEG, PNG, WebP, PDF or MP4. Pictures are turned upright and lose what they tell
    of place, device and people; when they were taken is kept as data. The same file again gives the same id.
    """
    parts.doorkeeper.pace_uploads(caller)
    sizes = Sizes(parts.settings.photo_mb * MB, parts.settings.file_mb * MB)
    with TemporaryDirectory(dir=incoming_folder(parts.settings.state_dir)) as folder:
        file = FilePath(folder) / "file"
        await receive(request, file)
        return await run_sync(service.take_in, parts.engine, parts.blobs, file, sizes, caller.actor.name, caller.at)


@router.get("/v1/attachments/{id}", response_class=StreamingResponse, responses=BYTES)
def download(id: IdPath, parts: PartsDep, caller: CallerDep) -> StreamingResponse:
    """Give an attachment of a case within reach, or one that the caller uploaded and no case has yet."""
    reach = caller.reach("case:read", parts.current.get())
    found, pieces = service.read(parts.engine, parts.blobs, id, reach, caller.actor.name)
    shown = "inline" if found.media_type.startswith("image/") else "attachment"
    name = f"{found.id[:12]}.{service.SUFFIXES[found.media_type]}"
    headers = {"Content-Disposition": f'{shown}; filename="{name}"', "Content-Length": str(found.size)}
    return StreamingResponse(pieces, 200, headers, found.media_type)


@router.get("/v1/cases/{case}/attachments", response_model=AttachmentsOut)
def of_case(case: str, parts: PartsDep, caller: CallerDep) -> Any:
    """List the attachments of a case, in the order in which they came to it; its history says with what."""
    reach = caller.reach("case:read", parts.current.get())
    return {"items": service.of_case(parts.engine, case, reach)}
