"""A small city with actors of its own, and browsers and programs that call it over HTTPS from elsewhere."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi.testclient import TestClient

from gridsvc.api.app import create_app
from gridsvc.api.auth import COOKIE, CSRF, csrf_of
from gridsvc.rights import Grant, Role
from gridsvc.services import actors, keys
from gridsvc.services.sessions import open_session
from gridsvc.store import actors as stored
from gridsvc.store.engine import make_engine, transaction
from tests.conftest import NOON, settings_for

DISTRICT = "990999"  # of the small city
HOME = "https://grid.example"
PASSWORD = "correct horse battery"
ADMIN = {"Authorization": "Bearer the settings' own key"}


class Clock:
    """What the service takes for the time."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def go_on(self, **for_: float) -> None:
        self.now += timedelta(**for_)


class Running(Clock):
    """The time as it is, or as it will be once it has gone on: what is published now holds from now on."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    @property
    def now(self) -> datetime:  # type: ignore[override]
        return datetime.now(UTC) + self._ahead

    def go_on(self, **for_: float) -> None:
        self._ahead += timedelta(**for_)


class House:
    """One database, and applications on it; closed at the end of a ``with``."""

    def __init__(self, url: str, clock: Clock | None = None, **changes: Any) -> None:
        self.clock = clock or Clock()
        self.url = url
        self._engine = make_engine(url, 5)
        self._changes = {"open_access": False, "admin_key": ADMIN["Authorization"].removeprefix("Bearer ")} | changes
        self._open = ExitStack()
        self.app: Any = None

    def __enter__(self) -> "House":
        self.app = self.another_process()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()
        self._engine.dispose()

    def another_process(self) -> Any:
        """One more application on the same database, which knows of the others only what the database tells it."""
        app = create_app(settings_for(**self._changes), self.url, self.clock)
        self._open.enter_context(TestClient(app))
        return app

    def browser(self, app: Any = None, host: str = "192.0.2.7", **headers: str) -> TestClient:
        """A client with a jar of cookies of its own."""
        return TestClient(
            app or self.app, base_url=HOME, client=(host, 50000), raise_server_exceptions=False, headers=headers
        )

    def add(self, name: str, *granted: Grant | Role, password: str | None = None) -> str:
        """An actor with these grants; a bare role is over the whole district."""
        actors.add_actor(self._engine, name, "admin", self.clock.now, password=password)
        for grant in granted:
            self.grant(name, grant)
        return name

    def grant(self, name: str, granted: Grant | Role) -> int:
        given = granted if isinstance(granted, Grant) else Grant(granted, DISTRICT)
        return actors.grant(self._engine, name, given, "admin", self.clock.now).id

    def key(self, name: str, **how: Any) -> dict[str, str]:
        """The header of a new key."""
        _, key = keys.add_key(self._engine, name, "for a test", "admin", self.clock.now, **how)
        return {"Authorization": f"Bearer {key}"}

    def cookie(self, name: str) -> str:
        """The cookie of a new session, as if the actor had signed in."""
        with transaction(self._engine) as connection:
            holder = stored.find_actor(connection, name)
            assert holder is not None
            return open_session(connection, holder, self.clock.now)

    def signed_in(self, name: str, app: Any = None) -> TestClient:
        """A browser in which the actor is signed in, and which says the session's word with everything."""
        cookie = self.cookie(name)
        browser = self.browser(app, **{CSRF: csrf_of(cookie)})
        browser.cookies.set(COOKIE, cookie)
        return browser

    def end(self, name: str) -> None:
        actors.end_actor(self._engine, name, "admin", self.clock.now)


def soon(holds: Callable[[], bool], most_s: float = 20.0) -> bool:
    """Wait until something holds, or at most so long: what one process changes the others hear in a moment."""
    until_s = time.monotonic() + most_s
    while not (held := holds()) and time.monotonic() < until_s:
        time.sleep(0.005)
    return held
