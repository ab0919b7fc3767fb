"""Is the process alive, and can it answer: for supervisors and load balancers, without a key."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from gridsvc.api.deps import PartsDep
from gridsvc.api.errors import problem
from gridsvc.errors import Unavailable
from gridsvc.services.health import ping

router = APIRouter(tags=["health"])


@router.get("/health/live")
def live() -> dict[str, str]:
    """Say that the process runs."""
    return {"status": "live"}


@router.get("/health/ready", response_model=None)
def ready(parts: PartsDep) -> dict[str, Any] | JSONResponse:
    """Say that the database answers and an edition is published."""
    try:
        ping(parts.engine)
        edition = parts.current.get().snapshot.edition.code
    except Unavailable as e:
        return problem(503, e.zh, e.en, [])
    return {"status": "ready", "edition": edition}
