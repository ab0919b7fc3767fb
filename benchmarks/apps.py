"""Services to measure ours by: ``python -m benchmarks.apps echo|postgis PORT``, settings in the environment.

``nothing_kept`` is ours, but that it makes every tile anew.
"""

import hmac
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import asyncpg
import uvicorn
from fastapi import FastAPI, Header, HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from gridsvc.api import app as app_module
from gridsvc.api.app import create_app
from gridsvc.api.schemas.route import RouteIn
from gridsvc.services.tiles import Tiles
from gridsvc.settings import Settings

KEY, ANSWER, DSN = "BENCH_KEY", "BENCH_ANSWER", "BENCH_DSN"
AREAS = """
SELECT DISTINCT ON (l.code) l.code AS layer, a.code, a.name, a.unit
FROM area a JOIN layer l ON l.id = a.layer_id
WHERE l.geometry = 'polygon' AND ST_Intersects(a.geom, ST_SetSRID(ST_MakePoint($1, $2), 4326))
ORDER BY l.code, a.code"""


def echo() -> ASGIApp:
    """A bare ASGI application: reads the body and sends a constant answer, as long as one of ours."""
    answer = Path(os.environ[ANSWER]).read_bytes()
    length = str(len(answer)).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", length)]

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    return app


def postgis() -> FastAPI:
    """The usual service: same request, same key check, one query a request for the areas, and their unit.

    It decides nothing, so it does less than ours. Its pool is warm and its statement prepared.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.pool = await asyncpg.create_pool(os.environ[DSN], min_size=8, max_size=8)
        yield
        await app.state.pool.close()

    app = FastAPI(lifespan=lifespan)
    key = f"Bearer {os.environ[KEY]}".encode()

    @app.post("/v1/route")
    async def route(body: RouteIn, authorization: Annotated[str, Header()] = "") -> dict[str, Any]:
        if not hmac.compare_digest(authorization.encode(), key):
            raise HTTPException(401)
        rows = await app.state.pool.fetch(AREAS, body.point.x, body.point.y)
        units = {row["layer"]: row["unit"] for row in rows}
        return {
            "point": {"lon": body.point.x, "lat": body.point.y},
            "areas": {row["layer"]: {"code": row["code"], "name": row["name"], "how": "inside"} for row in rows},
            "accountable": units.get("grid") or units.get("street"),
        }

    return app


def nothing_kept() -> ASGIApp:
    """Our own service with no memory for tiles."""
    settings = Settings.from_env(os.environ)
    app_module.Tiles = partial(Tiles, most_bytes=0)  # type: ignore[misc,assignment]
    assert settings.database_url is not None
    return create_app(settings, settings.database_url)


if __name__ == "__main__":
    chosen = {"echo": echo, "postgis": postgis, "nothing_kept": nothing_kept}[sys.argv[1]]()
    uvicorn.run(chosen, host="127.0.0.1", port=int(sys.argv[2]), log_level="warning", server_header=False)
