"""One application behind two listeners, of which one knows the hot ways."""

from contextlib import ExitStack
from typing import Any

import httpx2 as httpx
from starlette.types import Receive, Scope, Send

from gridsvc.api.app import create_app
from gridsvc.api.hot import HotRoute
from tests.conftest import NOON, settings_for
from tests.served import listening

KEY = "a key of the administrator"


class Doors:
    """One application behind two listeners, of which one knows the hot way; and what came to the ordinary one."""

    def __init__(self, url: str, stack: ExitStack, **changes: Any) -> None:
        whole = create_app(settings_for(**changes), url, lambda: NOON)
        app = whole.app
        self.passed_on = 0

        async def counted(scope: Scope, receive: Receive, send: Send) -> None:
            self.passed_on += scope["type"] == "http"
            await app(scope, receive, send)

        self.plain, self.hot = (
            stack.enter_context(httpx.Client(base_url=f"http://127.0.0.1:{stack.enter_context(listening(served))}"))
            for served in (app, HotRoute(counted, whole.parts))
        )

    def ask(self, **request: Any) -> tuple[Any, Any, bool]:
        """Both answers, and whether the hot way passed the request on."""
        plain, before = self.plain.request(**request), self.passed_on
        return plain, self.hot.request(**request), self.passed_on > before
