"""Puts the HTTP door together from settings and a database; keeps no state at import."""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from gridsvc import __version__
from gridsvc.api import errors
from gridsvc.api.auth import COOKIE, CSRF, Doorkeeper
from gridsvc.api.deps import POLICED, Parts
from gridsvc.api.guard import MIB, Guard
from gridsvc.api.hot import HotRoute
from gridsvc.api.measures import Measured
from gridsvc.api.policy import document
from gridsvc.api.provider import Provider
from gridsvc.api.routes import (
    actions,
    actors,
    analysis,
    answers,
    areas,
    assessments,
    attachments,
    audit,
    batch,
    bundle,
    cases,
    components,
    console,
    drafts,
    duty,
    editions,
    events,
    exchange,
    field,
    health,
    heat,
    heat_maps,
    maps,
    me,
    metrics,
    modes,
    ogc,
    oidc,
    open311,
    personal,
    places,
    precedents,
    replays,
    requests,
    route,
    rulesets,
    search,
    shifts,
    similar,
    subscriptions,
    successors,
    tiles,
    tracking,
    words,
)
from gridsvc.errors import Unavailable
from gridsvc.services.bundles import Bundles
from gridsvc.services.current import CurrentRouter
from gridsvc.services.edition_changes import Differences
from gridsvc.services.events import Feed
from gridsvc.services.follow import following
from gridsvc.services.identity import Identities
from gridsvc.services.intake import prepare_months
from gridsvc.services.media import MB
from gridsvc.services.outgoing import Sender
from gridsvc.services.relay import MOST_AT_ONCE, Relay, relaying
from gridsvc.services.replay_jobs import CONNECTIONS, Replays
from gridsvc.services.search import Search
from gridsvc.services.summary import Summaries
from gridsvc.services.tiles import Tiles
from gridsvc.settings import Settings
from gridsvc.store.blobs import make_blobs
from gridsvc.store.database_url import normalise_url
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
    timeout_s, pooled = settings.statement_timeout_s, settings.pooler_url is not None
    address = database_url if settings.pooler_url is None else normalise_url(settings.pooler_url, "GRIDSVC_POOLER_URL")
    engine = make_engine(address, settings.pool_size, timeout_s, pooled=pooled)
    current = CurrentRouter(engine, now, settings.district, settings.state_dir / "index")
    drawn = Tiles(engine, current, settings.state_dir / "base")
    feed = Feed(engine, current)
    sender = Sender(settings.webhook_networks)
    # Connections of its own: receivers that are slow to answer keep nobody here waiting.
    outgoing = make_engine(address, 2 * MOST_AT_ONCE + 1, timeout_s, pooled=pooled)
    relay = Relay(outgoing, current, sender, now)
    # And of its own for replays, which take their time. Past any pooler, as the listening: a replay's lock is its
    # connection's.
    slow = make_engine(database_url, CONNECTIONS + 2, timeout_s)
    replays_there = Replays(slow, current, now)
    identities = Identities(engine, settings.admin_key)
    blobs = make_blobs(settings.state_dir, settings.bucket)
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
        with (
            replays_there.running(),
            relaying(relay) as relay_soon,
            following(current, slow, identities.look, of_cases=[feed.look, relay_soon], beforehand=[drawn.prepare]),
        ):
            yield
            feed.end()
        for one in (engine, outgoing, slow):
            one.dispose()

    app = _Documented(
        title="gridsvc", version=__version__, description=DESCRIPTION, lifespan=lifespan, docs_url=None, redoc_url=None,
        dependencies=[POLICED],
        redirect_slashes=False,
        # Nothing leaves the house unasked; and to find out whether it should takes microseconds of each request.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )  # fmt: skip
    doorkeeper = Doorkeeper(settings, identities, provider)
    parts = app.state.parts = Parts(
        settings, engine, current, doorkeeper, now, blobs, feed, Summaries(engine), Search(), sender, replays_there,
        drawn, Bundles(settings.bundle_key), Differences(engine), provider,
    )  # fmt: skip
    errors.install(app)
    for routes in (
        route,
        batch,
        cases,
        attachments,
        actions,
        analysis,
        precedents,
        requests,
        tracking,
        answers,
        duty,
        events,
        areas,
        bundle,
        components,
        health,
        metrics,
        heat,
        heat_maps,
        maps,
        console,
        field,
        successors,
        me,
        oidc,
        actors,
        audit,
        personal,
        tiles,
        rulesets,
        places,
        subscriptions,
        similar,
        modes,
        assessments,
        exchange,
        editions,
        drafts,
        replays,
        words,
        search,
        shifts,
        open311,
        ogc,
    ):
        app.include_router(routes.router)
    # Before everything else, even what answers for errors: that alone takes a tenth of such a request's time.
    guarded: Any = Guard(app, most_in_form=max(settings.photo_mb, settings.file_mb) * MB + MIB)
    measured: Any = Measured(guarded, parts.measures)
    behind: Any = ProxyHeadersMiddleware(measured, list(settings.trusted_proxies))
    return HotRoute(behind, parts)
