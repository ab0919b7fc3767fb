"""The one file of a form, as far as it comes."""

from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest
from starlette.requests import Request
from starlette.types import Message

from gridsvc.api.upload import receive
from gridsvc.errors import BadInput

BEGUN = b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\n%PDF-1.4'


@pytest.mark.parametrize("came", [[], [BEGUN], [BEGUN, b"\r\n--b--\r\n"]], ids=["nothing", "a part", "all but its end"])
def test_who_goes_away_amid_a_file_is_refused_like_any_other(tmp_path: Path, came: list[bytes]):
    async def told() -> Message:
        return next(messages)

    messages: Iterator[Message] = iter(
        [*({"type": "http.request", "body": piece, "more_body": True} for piece in came), {"type": "http.disconnect"}]
    )
    headers = [(b"content-type", b"multipart/form-data; boundary=b")]
    with pytest.raises(BadInput):
        anyio.run(receive, Request({"type": "http", "headers": headers}, told), tmp_path / "file")
