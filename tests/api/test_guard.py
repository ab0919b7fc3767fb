"""What the guard lets through to an application behind it, and what all bodies together may hold."""

import asyncio
from typing import Any

from starlette.types import Message, Receive, Scope, Send

from gridsvc.api.guard import MIB, MOST_BYTES, Guard

BATCH = "/v1/route/batch"


async def asked(guard: Guard, path: str, *pieces: int, headers: dict[str, str] | None = None) -> list[Message]:
    """Send pieces of a body of these sizes; gives what comes back."""
    coming = [{"type": "http.request", "body": b" " * n, "more_body": i < len(pieces)} for i, n in enumerate(pieces, 1)]
    sent: list[Message] = []
    scope: dict[str, Any] = {
        "type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b"",
        "scheme": "http", "headers": [(k.encode(), v.encode()) for k, v in (headers or {}).items()],
    }  # fmt: skip

    async def receive() -> Message:
        await asyncio.sleep(0)
        return coming.pop(0) if coming else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await guard(scope, receive, send)
    return sent


class Held:
    """An application that reads a body whole, and answers when it may."""

    def __init__(self) -> None:
        self.may_answer = asyncio.Event()
        self.read: list[int] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        n = 0
        while (message := await receive())["type"] == "http.request":
            n += len(message["body"])
            if not message["more_body"]:
                self.read.append(n)
                break
        await self.may_answer.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def test_large_bodies_are_put_off_while_too_many_are_held_and_small_ones_are_not():
    async def run() -> None:
        app = Held()
        guard = Guard(app, most_held=3 * MIB)
        first = asyncio.create_task(asked(guard, BATCH, 2 * MIB))
        while not app.read:
            await asyncio.sleep(0)
        second = asyncio.create_task(asked(guard, BATCH, MIB, MIB))
        small = asyncio.create_task(asked(guard, BATCH, 10))
        while len(app.read) < 2:
            await asyncio.sleep(0)
        app.may_answer.set()
        assert [(await task)[0]["status"] for task in (first, second, small)] == [200, 503, 200]
        put_off = dict((await second)[0]["headers"])
        assert put_off[b"retry-after"] == b"2"
        # All is given back.
        assert (await asked(guard, BATCH, 2 * MIB, MIB))[0]["status"] == 200
        assert app.read == [2 * MIB, 10, 3 * MIB]

    asyncio.run(run())


def test_a_body_is_as_large_as_its_address_allows():
    async def run() -> None:
        app = Held()
        app.may_answer.set()
        guard = Guard(app)
        allowed = [("/v1/cases", MOST_BYTES, 200), ("/v1/cases", MOST_BYTES + 1, 413), (BATCH, MOST_BYTES + 1, 200),
                   (BATCH, 32 * MIB, 200), (BATCH, 32 * MIB + 1, 413)]  # fmt: skip
        for path, n, status in allowed:
            unsaid = await asked(guard, path, n)
            said = await asked(guard, path, n, headers={"content-length": str(n)})
            assert (unsaid[0]["status"], said[0]["status"]) == (status, status), (path, n)
            assert len(unsaid) == len(said) == 2

    asyncio.run(run())


def test_what_is_no_request_goes_by_untouched():
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    async def unused() -> Message:
        raise AssertionError

    asyncio.run(Guard(app)({"type": "lifespan"}, unused, unused))  # type: ignore[arg-type]
    assert seen == ["lifespan"]
