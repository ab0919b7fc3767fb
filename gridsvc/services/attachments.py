"""Attachments: taken in, given to cases, shown to who may read these, and taken away when nobody has them."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine

from gridsvc.errors import BadInput, FieldError, NotFound, Unavailable
from gridsvc.rights import Reach
from gridsvc.services.cases import need_case
from gridsvc.services.media import Sizes, prepared
from gridsvc.store import attachments as store
from gridsvc.store.attachments import Attachment
from gridsvc.store.blobs import CHUNK_BYTES, Blobs
from gridsvc.store.engine import transaction

# For so long what somebody uploaded waits for a case to have it.
KEPT_UNUSED = timedelta(days=1)
_AT_ONCE = 1000
# What is taken, and how such a file is called where it is saved.
SUFFIXES = {
    "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "application/pdf": "pdf", "video/mp4": "mp4",
}  # fmt: skip


def take_in(engine: Engine, blobs: Blobs, file: Path, sizes: Sizes, actor: str, now: datetime) -> Attachment:
    """Keep an uploaded file and give what is known of it; raises ``BadInput`` for what is no attachment.

    The row comes first and says that the bytes are on their way, then come the bytes, then the row says that they are
    there: whoever is killed in between leaves a row that no case can have, and that the next sweep takes away.
    """
    media = prepared(file, sizes)
    new = Attachment(
        _hash_of(file), media.media_type, file.stat().st_size, media.captured_at, media.width, media.height
    )
    with transaction(engine) as connection:
        store.announce(connection, new, actor, now)
    blobs.put(new.id, file)
    with transaction(engine) as connection:
        return store.confirm(connection, new.id)


def use(connection: Connection, case_id: UUID, ids: Sequence[str], actor: str) -> None:
    """Let a case have these attachments, within the caller's transaction; call it before the history is written.

    Raises ``BadInput`` that names each id of which the actor uploaded none, or so long ago that it is gone.
    """
    if not ids:
        return
    missing = store.attach(connection, case_id, ids, actor)
    if missing:
        mend = (
            "先用 POST /v1/attachments 上传，一天内使用",
            "send it to POST /v1/attachments, use it within a day",
        )
        faults = [FieldError(f"attachments.{n}", id_, *mend) for n, id_ in enumerate(ids) if id_ in missing]
        raise BadInput("没有这个附件", "there is no such attachment of yours", faults)


def read(engine: Engine, blobs: Blobs, id_: str, reach: Reach, actor: str) -> tuple[Attachment, Iterator[bytes]]:
    """Give an attachment and its bytes in pieces; raises the same ``NotFound`` for none and for one out of reach."""
    with transaction(engine) as connection:
        found = store.readable(connection, id_, reach, actor)
    if found is None:
        mend = ("核对附件编号", "check the attachment's id")
        raise NotFound("没有这个附件", "there is no such attachment", [FieldError("id", id_, *mend)])
    try:
        return found, blobs.read(id_)
    except FileNotFoundError:
        # It is on record, so it is not the caller who is wrong.
        raise Unavailable("附件文件缺失", "the bytes of this attachment are missing") from None


def of_case(engine: Engine, id_or_number: str, reach: Reach) -> list[Attachment]:
    """Give the attachments of a case within a reach; raises ``NotFound``."""
    with transaction(engine) as connection:
        return store.of_case(connection, need_case(connection, id_or_number, reach).id)


def sweep_unused(engine: Engine, blobs: Blobs, now: datetime) -> int:
    """Take away what was uploaded a day ago and no case has, and what was erased; gives how many.

    Safe to run twice at once. Each is taken away under a lock on its row: first the bytes, then the row, so that one
    that was killed leaves nothing of which no row knows.
    """
    with transaction(engine) as connection:
        store.disown(connection, now - KEPT_UNUSED)
        ids = store.nobodys(connection)
    removed = 0
    for id_ in ids:
        with transaction(engine) as connection:
            if store.hold_nobodys(connection, id_):
                blobs.remove(id_)
                store.forget(connection, id_)
                removed += 1
    return removed


@dataclass(frozen=True, slots=True)
class Spoilt:
    """An attachment whose bytes are not there, or not those that were stored."""

    id: str
    what: str


def counted(engine: Engine) -> dict[str, Any]:
    """Count attachments, those that a case has, and bytes."""
    with transaction(engine) as connection:
        return store.count(connection)


def verify(engine: Engine, blobs: Blobs, step: Callable[[], None] = lambda: None) -> Iterator[Spoilt]:
    """Read every attachment and give those that are ``missing`` or ``changed``; ``step`` is called after each."""
    last = ""
    while True:
        with transaction(engine) as connection:
            page = store.after(connection, last, _AT_ONCE)
        for found in page:
            what = _fault_of(blobs, found.id)
            # What was taken away in the meantime is missed by nobody.
            if what is not None and _is_kept(engine, found.id):
                yield Spoilt(found.id, what)
            step()
        if not page:
            return
        last = page[-1].id


def _is_kept(engine: Engine, id_: str) -> bool:
    with transaction(engine) as connection:
        return store.is_kept(connection, id_)


def _fault_of(blobs: Blobs, id_: str) -> str | None:
    digest = hashlib.sha256()
    try:
        for piece in blobs.read(id_):
            digest.update(piece)
    except FileNotFoundError:
        return "missing"
    return None if digest.hexdigest() == id_ else "changed"


def _hash_of(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        while piece := opened.read(CHUNK_BYTES):
            digest.update(piece)
    return digest.hexdigest()
