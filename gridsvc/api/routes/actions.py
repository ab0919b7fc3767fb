"""The actions on a case: one address for each action of the table, made from it."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter

from gridsvc.api.deps import CallerDep, IdempotencyKeyDep, PartsDep
from gridsvc.api.schemas.actions import MODELS, ActionIn
from gridsvc.api.schemas.common import PROBLEMS, Illegal, PointIn, documented
from gridsvc.casework.lifecycle import NEEDS, ROWS
from gridsvc.casework.requests import KINDS
from gridsvc.router import Router
from gridsvc.services.progress import act
from gridsvc.spatial.datum import convert, parse_datum

router = APIRouter(tags=["cases"], responses=PROBLEMS)
REFUSED = documented("not legal now (`legal` names what is), a stale version, or this key with another body", Illegal)


def _told(name: str) -> str:
    """Describe an action by its rows in the table."""
    lines = []
    for row in (row for row in ROWS if row.name == name):
        parts = [f"{row.zh}: {row.en}.", f"From {', '.join(s for s in _STATES if s in row.since)}"]
        parts[-1] += "." if row.to is None else f" to {row.to}."
        parts += [f"Requires {', '.join(f'`{r}`' for r in row.requires)}."] if row.requires else []
        parts += [f"Opens a request, which is settled with `{KINDS[row.opens].settles}`."] if row.opens else []
        parts += [f"This step needs `{row.permission}`."] if row.permission != NEEDS[name] else []
        lines.append(" ".join(parts))
    return "\n\n".join([*lines, "Gives the case. The same key and body again give the first answer."])


_STATES = list(dict.fromkeys(state for row in ROWS for state in sorted(row.since)))


def _door(name: str, model: type[ActionIn]) -> Callable[..., Any]:
    def do(case: str, body: ActionIn, parts: PartsDep, caller: CallerDep, idempotency_key: IdempotencyKeyDep) -> Any:
        room = parts.current.get()
        said = body.said()
        if isinstance(point := getattr(body, "point", None), PointIn):
            said |= _placed(point, room)
        return act(
            parts.engine, room, case, name, said, caller.where(room), caller.actor.name, idempotency_key,
            body.model_dump(mode="json", by_alias=True), caller.at,
        )  # fmt: skip

    do.__annotations__["body"] = model
    return do


def _placed(point: PointIn, room: Router) -> dict[str, Any]:
    """A corrected place as it was handed in, and in WGS 84."""
    local = room.snapshot.edition.local_crs
    lon, lat = convert(point.x, point.y, parse_datum(point.crs, local, "point.crs"), "wgs84", local)
    return {"point": point.model_dump(), "lon": lon, "lat": lat}


for _name, _model in MODELS.items():
    router.add_api_route(
        f"/v1/cases/{{case}}/actions/{_name}", _door(_name, _model), methods=["POST"], name=_name,
        summary=next(row.en for row in ROWS if row.name == _name).capitalize(), description=_told(_name),
        responses={409: REFUSED},
    )  # fmt: skip
