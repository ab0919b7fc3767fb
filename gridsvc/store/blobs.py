"""Where the bytes of attachments are, each under the SHA-256 of what it is: a folder, or an object store by setting."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from gridsvc.errors import Unavailable
from gridsvc.settings import ObjectStore

if TYPE_CHECKING:
    from obstore import BytesStream
    from obstore.store import RetryConfig, S3Config

CHUNK_BYTES = 256 * 1024
# What came in and was left by a process that was killed is taken away after so long.
_LEFT = timedelta(days=1)
# Whoever waits for an answer had better hear that a bucket is away.
_RETRIES: "RetryConfig" = {"max_retries": 3, "retry_timeout": timedelta(seconds=20)}


class Blobs(Protocol):
    """Bytes by their SHA-256 in hexadecimal. Safe to share between threads and processes."""

    def put(self, id_: str, file: Path) -> None:
        """Keep a file of this hash for good: when this returns it outlives a loss of power. The file itself may go.

        The same bytes twice, even at once, are one.
        """

    def read(self, id_: str) -> Iterator[bytes]:
        """Give the bytes in pieces; raises ``FileNotFoundError`` at once where there are none."""

    def remove(self, id_: str) -> None:
        """Take bytes away, if they are there."""


def make_blobs(state_dir: Path, bucket: ObjectStore | None) -> Blobs:
    """Make the store that the settings mean. Nothing is touched before it is used."""
    return FolderBlobs(state_dir / "attachments") if bucket is None else ObjectBlobs(bucket)


def incoming_folder(state_dir: Path) -> Path:
    """Make and give the folder for what is just coming in; it lies where a finished file need not be copied."""
    folder = state_dir / "attachments" / "incoming"
    with _speaking_ours():
        folder.mkdir(0o700, parents=True, exist_ok=True)
    return folder


def sweep_incoming(state_dir: Path, now: datetime) -> int:
    """Remove what processes that were killed left of what was coming in; gives how many uploads."""
    old = [f for f in incoming_folder(state_dir).iterdir() if f.stat().st_mtime < (now - _LEFT).timestamp()]
    for folder in old:
        shutil.rmtree(folder, ignore_errors=True)
    return len(old)


class FolderBlobs:
    """A folder on disk, with one of 256 folders below it for each beginning of a hash."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, id_: str, file: Path) -> None:
        """Move the file to its place; both must be on one file system."""
        target = self._path(id_)
        with _speaking_ours():
            if not target.parent.is_dir():
                target.parent.mkdir(0o700, parents=True, exist_ok=True)
                _to_disk(target.parent.parent)
            _to_disk(file)
            file.replace(target)
            _to_disk(target.parent)

    def read(self, id_: str) -> Iterator[bytes]:
        """Give the bytes in pieces."""
        with _speaking_ours(reading=True):
            return _pieces(self._path(id_))

    def remove(self, id_: str) -> None:
        """Take the file away."""
        with _speaking_ours():
            self._path(id_).unlink(missing_ok=True)

    def _path(self, id_: str) -> Path:
        return self._folder / id_[:2] / id_


class ObjectBlobs:
    """A bucket of any service that speaks S3; a write that was answered is there for good and for everybody."""

    def __init__(self, bucket: ObjectStore) -> None:
        config: S3Config = {
            "region": bucket.region,
            "access_key_id": bucket.access_key,
            "secret_access_key": bucket.secret_key,
        }
        if bucket.endpoint is not None:
            config["endpoint"] = bucket.endpoint
        # The settings take http for this machine itself alone.
        self._store = S3Store.from_url(
            bucket.url, config=config, client_options={"allow_http": True}, retry_config=_RETRIES
        )

    def put(self, id_: str, file: Path) -> None:
        """Send the file, in parts where it is large; a broken transfer leaves nothing under the name."""
        with _speaking_ours():
            obstore.put(self._store, id_, file)

    def read(self, id_: str) -> Iterator[bytes]:
        """Give the bytes in pieces, as they come."""
        with _speaking_ours(reading=True):
            return _received(obstore.get(self._store, id_).stream(CHUNK_BYTES))

    def remove(self, id_: str) -> None:
        """Take the object away."""
        with _speaking_ours():
            obstore.delete(self._store, id_)


def _pieces(path: Path) -> Iterator[bytes]:
    file = path.open("rb")

    def pieces() -> Iterator[bytes]:
        with file:
            while piece := file.read(CHUNK_BYTES):
                yield piece

    return pieces()


def _received(parts: "BytesStream") -> Iterator[bytes]:
    with _speaking_ours():
        for part in parts:
            yield bytes(part)


def _to_disk(path: Path) -> None:
    """Wait until a file, or the names in a folder, would outlive a loss of power."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _speaking_ours(*, reading: bool = False) -> Iterator[None]:
    """Tell of a full disk or an object store that is away as of a part that must run.

    What is to be read may not be there: that is told as it is.
    """
    try:
        yield
    except (OSError, BaseError) as e:
        if reading and isinstance(e, FileNotFoundError):
            raise
        why = (isinstance(e, OSError) and e.strerror) or type(e).__name__
        raise Unavailable(f"附件存储不可用（{why}）", f"the store of attachments is not available ({why})") from e
