"""Puts the HTTP door together from settings and a database; keeps no state at import."""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, cast

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from gridsvc import __version__
from gridsvc.api import errors
from gridsvc.api.auth import COOKIE, CSRF, Doorkeeper
from gridsvc.api.deps import POLICED, Parts
from gridsvc.api.guard import Guard
from gridsvc.api.hot import HotRoute
from gridsvc.api.policy import document
from gridsvc.api.provider import Provider
from gridsvc.api.routes import (
    actors,
    areas,
    audit,
    batch,
    cases,
    components,
    desk,
    duty,
    health,
    maps,
    me,
    oidc,
    personal,
    route,
    rulesets,
    successors,
    tiles,
)
from gridsvc.errors import Unavailable
from gridsvc.services.current import CurrentRouter
from gridsvc.services.follow import following
from gridsvc.services.identity import Identities
from gridsvc.services.intake import prepare_months
from gridsvc.settings import Settings
from gridsvc.store.engine import make_engine

log = logging.getLogger("gridsvc")
DESCRIPTION = """For any point in a city, at any moment: which grid is it in, who answers for it, and why.
Coordinates always declare their reference (`crs`); errors are problem documents in Chinese and English."""


def _clock() -> datetime:
    return datetime.now(UTC)


class _Documented(FastAPI):
    """An application that says of each operation what it needs."""

    def openapi(self) -> dict[str, Any]:
        """Describe the API, once."""
        if self.openapi_schema is None:
            document(super().openapi(), COOKIE, CSRF)
        return super().openapi()


def create_app(settings: Settings, database_url: str, now: Callable[[], datetime] = _clock) -> HotRoute:
    """Make the application. It starts without a database or an edition and says so at ``/health/ready``."""
    engine = make_engine(database_url, settings.pool_size, settings.statement_timeout_s)
    current = CurrentRouter(engine, now, settings.district, settings.state_dir / "index")
    identities = Identities(engine, settings.admin_key)
    provider = None if settings.provider is None else Provider(settings.provider)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        # As many requests at once as there are connections; more threads would only wait for one.
        current_default_thread_limiter().total_tokens = settings.pool_size
        try:
            prepare_months(engine, now())
            identities.look()
            current.get()
        except Unavailable as e:
            log.warning("not ready yet: %s", e.en)
        with following(current, engine, identities.look):
            yield
        engine.dispose()

    app = _Documented(
        title="gridsvc", version=__version__, description=DESCRIPTION, lifespan=lifespan, docs_url=None, redoc_url=None,
        dependencies=[POLICED],
        redirect_slashes=False,
        # Nothing leaves the house unasked; and to find out whether it should takes microseconds of each request.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )  # fmt: skip
    doorkeeper = Doorkeeper(settings, identities, provider)
    parts = app.state.parts = Parts(settings, engine, current, doorkeeper, now, provider)
    errors.install(app)
    for routes in (
        route, batch, cases, desk, duty, areas, components, health, maps, successors, me, oidc, actors, audit, personal,
        tiles, rulesets,
    ):  # fmt: skip
        app.include_router(routes.router)
    # Before everything else, even what answers for errors: that alone takes a tenth of such a request's time.
    behind: Any = ProxyHeadersMiddleware(cast(Any, Guard(app)), list(settings.trusted_proxies))
    return HotRoute(behind, parts)
