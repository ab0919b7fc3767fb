"""Bytes under their hash, on disk and in an object store: whole or not there, the same twice is one."""

import hashlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest

from gridsvc.errors import Unavailable
from gridsvc.settings import ObjectStore
from gridsvc.store.blobs import CHUNK_BYTES, Blobs, FolderBlobs, ObjectBlobs, make_blobs

KINDS = ["folder", "bucket"]


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """The address of a service that speaks S3, in a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], **quiet)
    address, until_s = f"http://127.0.0.1:{port}", time.monotonic() + 60.0
    try:
        while True:
            with suppress(httpx2.TransportError):
                assert httpx2.put(f"{address}/city").status_code == 200
                break
            assert server.poll() is None
            assert time.monotonic() < until_s
            time.sleep(0.1)
        yield address
    finally:
        server.kill()
        server.wait()


def bucket_at(address: str, name: str = "city/photos") -> ObjectStore:
    return ObjectStore(f"s3://{name}", "an access key", "a secret key", address)


@pytest.fixture(params=KINDS)
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    if request.param == "folder":
        return make_blobs(tmp_path, None)
    return make_blobs(tmp_path, bucket_at(request.getfixturevalue("s3"), f"city/{tmp_path.name}"))


def put(blobs: Blobs, folder: Path, content: bytes) -> str:
    id_ = hashlib.sha256(content).hexdigest()
    file = folder / f"{threading.get_ident()}"
    file.write_bytes(content)
    blobs.put(id_, file)
    return id_


def got(blobs: Blobs, id_: str) -> bytes:
    return b"".join(blobs.read(id_))


@pytest.mark.parametrize("n", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, 3 * CHUNK_BYTES + 7, 12_000_000])
def test_what_is_put_is_read(blobs: Blobs, tmp_path: Path, n: int):
    content = os.urandom(n)
    id_ = put(blobs, tmp_path, content)
    assert got(blobs, id_) == content
    pieces = list(blobs.read(id_))
    assert len(pieces) == 0 or max(map(len, pieces)) <= 40 * CHUNK_BYTES


def test_what_is_not_there_is_missing_at_once(blobs: Blobs, tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        blobs.read("0" * 64)
    put(blobs, tmp_path, b"x")
    with pytest.raises(FileNotFoundError):
        blobs.read("0" * 64)


def test_what_is_removed_is_gone_and_may_be_removed_again(blobs: Blobs, tmp_path: Path):
    one, other = put(blobs, tmp_path, b"one"), put(blobs, tmp_path, b"other")
    for _ in range(2):
        blobs.remove(one)
        with pytest.raises(FileNotFoundError):
            blobs.read(one)
    assert got(blobs, other) == b"other"
    put(blobs, tmp_path, b"one")
    assert got(blobs, one) == b"one"


def test_the_same_at_once_is_one_and_whole_for_every_reader(blobs: Blobs, tmp_path: Path):
    content = os.urandom(400_000)
    id_, wrong = put(blobs, tmp_path, content), []

    def work(turns: int) -> None:
        for _ in range(turns):
            put(blobs, tmp_path, content)
            if got(blobs, id_) != content:
                wrong.append(1)

    threads = [threading.Thread(target=work, args=(4,)) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert wrong == []


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path):
    (tmp_path / "taken").write_bytes(b"")
    with pytest.raises(Unavailable):
        put(FolderBlobs(tmp_path / "taken"), tmp_path, b"x")


def test_a_bucket_that_is_not_there_is_told(s3: str, tmp_path: Path):
    with pytest.raises(Unavailable):
        put(ObjectBlobs(bucket_at(s3, "nowhere/x")), tmp_path, b"x")


def test_two_prefixes_of_a_bucket_know_nothing_of_each_other(s3: str, tmp_path: Path):
    one, other = (ObjectBlobs(bucket_at(s3, f"city/{name}")) for name in ("a", "b"))
    id_ = put(one, tmp_path, b"x")
    with pytest.raises(FileNotFoundError):
        other.read(id_)
