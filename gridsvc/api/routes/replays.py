"""Replays of all past cases under an edition, as jobs that go on without whoever asked."""

from typing import Annotated, Any

from fastapi import APIRouter, Path

from gridsvc.api.auth import Caller, require
from gridsvc.api.deps import CallerDep, Parts, PartsDep, named
from gridsvc.api.routes.editions import CodePath
from gridsvc.api.schemas.common import PROBLEMS, documented
from gridsvc.api.schemas.editions import ReplayIn
from gridsvc.services.replay_jobs import whole_past
from gridsvc.store.dated_sets import DatedSet
from gridsvc.store.replay_jobs import Job

router = APIRouter(tags=["editions"], responses=PROBLEMS)


@router.post("/v1/editions/{code}/replays", status_code=202, responses={409: documented("another replay is running")})
def begin(code: CodePath, body: ReplayIn, parts: PartsDep, caller: CallerDep) -> dict[str, Any]:
    """Begin to decide past cases anew under an edition, and the open ones; no case is changed by it."""
    found = _found(code, parts, caller)
    job = parts.replays.begin(found, whole_past(found, body.start, body.end), caller.actor.name)
    return _shown(job, found, parts)


@router.get("/v1/editions/{code}/replays")
def replays(code: CodePath, parts: PartsDep, caller: CallerDep) -> dict[str, Any]:
    """List the replays under an edition that are kept, newest first, without the cases that change."""
    found = _found(code, parts, caller)
    items = [_shown(job, found, parts) for job in parts.replays.jobs(found)]
    for item in items:
        item["result"] = item["result"] and {k: v for k, v in item["result"].items() if k not in ("changes", "shifts")}
    return {"items": items}


@router.get("/v1/editions/{code}/replays/{id}")
def replay(
    code: CodePath, id: Annotated[int, Path(ge=1, le=2**63 - 1)], parts: PartsDep, caller: CallerDep
) -> dict[str, Any]:  # fmt: skip
    """Say how far a replay is and, once it is done, which cases would change and who gains and loses them.

    `current` is false where the edition was changed since.
    """
    found = _found(code, parts, caller)
    return _shown(parts.replays.job(found, id), found, parts)


def _found(code: str, parts: Parts, caller: Caller) -> DatedSet:
    """The edition, for who may know of its cases too."""
    require(caller, "case:read")
    return named(parts, caller, "edition", code)


def _shown(job: Job, found: DatedSet, parts: Parts) -> dict[str, Any]:
    running = parts.replays.is_running(job)
    if job.ended_at is None and not running:
        # It may have ended between the two looks.
        job = parts.replays.job(found, job.id)
    ended = "done" if job.result is not None else "failed"
    state = ended if job.ended_at is not None else "running" if running else "interrupted"
    return {
        "id": job.id, "edition": job.edition, "ruleset": job.ruleset, "state": state,
        "current": job.content_hash == found.content_hash, "done": job.done, "of": job.of, "by": job.actor,
        "started_at": job.started_at, "ended_at": job.ended_at, "result": job.result, "problem": job.problem,
    }  # fmt: skip
