"""The files of a multipart form, written to disk as they come; nothing of them is kept in memory."""

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Self

from anyio.to_thread import run_sync
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from gridsvc.errors import BadInput, FieldError

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks


async def receive(request: Request, file: Path) -> None:
    """Write the one file of a form to a place on disk; raises ``BadInput`` for any other body."""
    await _take(request, lambda n, _: file if n == 1 else None)


async def receive_all(request: Request, folder: Path, most: int) -> list[tuple[str, Path]]:
    """Write the files of a form into a folder; gives their names as sent, each with where it is now.

    Raises ``BadInput`` for any other body, and for more than ``most`` files.
    """
    names: list[tuple[str, Path]] = []

    def place(n: int, name: str) -> Path | None:
        names.append((name, folder / str(n)))
        return names[-1][1] if n <= most else None

    await _take(request, place)
    return names


async def _take(request: Request, place: Callable[[int, str], Path | None]) -> None:
    with _Form(request.headers.get("content-type"), place) as form:
        try:
            async for piece in request.stream():
                await run_sync(form.take, piece)
        except ClientDisconnect:
            # Phones lose their network every day: nobody is left to be answered, and nothing is wrong here.
            raise _refused() from None


class _Form:
    """Takes a form apart. ``place`` is asked where the next file goes, by its number from 1 and its name as sent.

    What it calls the field does not matter; a file without a place is refused, and so is a form without one.
    """

    def __init__(self, content_type: str | None, place: Callable[[int, str], Path | None]) -> None:
        kind, options = parse_options_header(content_type)
        if kind != b"multipart/form-data" or b"boundary" not in options:
            raise _refused()
        told: MultipartCallbacks = {
            "on_part_begin": self._begun, "on_header_field": self._named, "on_header_value": self._valued,
            "on_header_end": self._headed, "on_headers_finished": self._opened, "on_part_data": self._came,
            "on_end": self._ended,
        }  # fmt: skip
        try:
            self._parser = MultipartParser(options[b"boundary"], told)
        except FormParserError:
            raise _refused() from None
        self._place = place
        self._file: BinaryIO | None = None
        self._parts = 0
        self._is_whole = False
        self._field, self._value, self._name = b"", b"", ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: object, __: TracebackType | None) -> None:
        if self._file is not None:
            self._file.close()
        if kind is None and (self._file is None or not self._is_whole):
            raise _refused()

    def take(self, piece: bytes) -> None:
        """Take the next piece of the body."""
        try:
            self._parser.write(piece)
        except FormParserError:
            raise _refused() from None

    def _begun(self) -> None:
        self._parts += 1
        self._name = ""

    def _named(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _valued(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _headed(self) -> None:
        if self._field.lower() == b"content-disposition":
            self._name = parse_options_header(self._value)[1].get(b"filename", b"").decode("utf-8", "replace")
        self._field, self._value = b"", b""

    def _opened(self) -> None:
        path = self._place(self._parts, self._name)
        if path is None:
            raise _refused()
        if self._file is not None:
            self._file.close()
        self._file = path.open("wb")

    def _came(self, data: bytes, start: int, end: int) -> None:
        assert self._file is not None
        self._file.write(memoryview(data)[start:end])

    def _ended(self) -> None:
        self._is_whole = True


def _refused() -> BadInput:
    mend = (
        "以 multipart/form-data 发送，附件一次只发一个文件 file",
        "send multipart/form-data with a file in it, named file; of attachments one at a time",
    )
    error = FieldError("file", None, *mend)
    return BadInput("请求中没有可用的文件", "there is no file in this request that can be used", [error])
