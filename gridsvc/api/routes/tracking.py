"""What who reported a case may see of it by its code alone, and his rating. No key; few tries."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request

from gridsvc.api.deps import PartsDep
from gridsvc.api.schemas.common import PROBLEMS, documented
from gridsvc.api.schemas.tracking import RatingIn, TrackedOut
from gridsvc.casework.tracking import Rating
from gridsvc.services import tracking as service

router = APIRouter(tags=["tracking"], responses=PROBLEMS)
CodePath = Annotated[str, Path(max_length=100, description="the `tracking` of a report's first answer")]


@router.get("/v1/tracking/{code}", response_model=TrackedOut)
def track(code: CodePath, request: Request, parts: PartsDep) -> Any:
    """Show who reported a case how it stands: stages in plain words, dates, the public answer. Needs no key."""
    zone = parts.current.get().zone
    with parts.doorkeeper.pacing_codes(request):
        return service.track(parts.engine, code, zone)


@router.post(
    "/v1/tracking/{code}/rating", response_model=TrackedOut,
    responses={409: documented("not closed yet, or rated otherwise already")},
)  # fmt: skip
def rate(code: CodePath, body: RatingIn, request: Request, parts: PartsDep) -> Any:
    """Rate how a case was closed, once each time that it is. The same rating again gives the same answer."""
    zone = parts.current.get().zone
    rating = Rating(body.rating, body.responded, body.solved)
    with parts.doorkeeper.pacing_codes(request):
        return service.rate(parts.engine, code, rating, (body.comment or "").strip() or None, parts.now(), zone)
