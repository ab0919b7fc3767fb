"""Actors, their grants and keys: for administrators, each over what his own grants cover."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from gridsvc.api.auth import Caller
from gridsvc.api.deps import CallerDep, CursorDep, LimitDep, Parts, PartsDep, from_cursor, to_cursor
from gridsvc.api.provider import no_provider
from gridsvc.api.routes.me import shown_grant
from gridsvc.api.schemas.actors import ActorIn, GrantIn, KeyIn, NewPassword, RotationIn, SubjectIn
from gridsvc.api.schemas.common import PROBLEMS, documented
from gridsvc.errors import BadInput, Conflict, FieldError, Forbidden
from gridsvc.rights import Grant
from gridsvc.services import actors as service
from gridsvc.services import keys
from gridsvc.store.actors import StoredActor, StoredGrant, StoredKey

router = APIRouter(tags=["actors"], responses=PROBLEMS | {409: documented("this contradicts what is there")})
Name = Annotated[str, Path(max_length=64, description="name of the actor")]
Number = Annotated[int, Path(ge=1, le=2**62)]


@router.get("/v1/actors")
def actors(parts: PartsDep, caller: CallerDep, limit: LimitDep = 100, cursor: CursorDep = None) -> dict[str, Any]:
    """List actors by name with grants and keys (never the key itself): those over whom the caller administers."""
    after = from_cursor(cursor, 1)
    found = list(islice(_administered(parts, caller, after[0] if after else None), limit + 1))
    following = to_cursor(found[limit - 1][0].name) if len(found) > limit else None
    return {"items": [_shown(*one) for one in found[:limit]], "next": following}


@router.post("/v1/actors", status_code=201)
def add(body: ActorIn, parts: PartsDep, caller: CallerDep) -> dict[str, Any]:
    """Add an actor, who has no rights until a role is granted; with a password or an identity as one may make a key."""
    opens = body.password is not None or body.subject is not None
    if caller.actor.only is not None or (opens and not _may_become(caller, [])):
        raise _beyond("name")
    if (body.issuer is None) != (body.subject is None):
        error = FieldError("subject", body.subject, "issuer 与 subject 一起填写", "give issuer and subject together")
        raise BadInput("统一身份不完整", "the identity is incomplete", [error])
    subject = (body.issuer, body.subject) if body.issuer is not None and body.subject is not None else None
    made = service.add_actor(
        parts.engine, body.name, caller.actor.name, caller.at, kind=body.kind, title=body.title,
        password=body.password, subject=subject,
    )  # fmt: skip
    return _shown(made, [], [])


@router.delete("/v1/actors/{name}", status_code=204)
def end(name: Name, parts: PartsDep, caller: CallerDep) -> Response:
    """End an actor with all grants, keys and sessions; what he did stays under his name."""
    _refuse_oneself(caller, name)
    _refuse_higher(parts, caller, name)
    service.end_actor(parts.engine, name, caller.actor.name, caller.at)
    return Response(status_code=204)


@router.put("/v1/actors/{name}/password", status_code=204)
def password(name: Name, body: NewPassword, parts: PartsDep, caller: CallerDep) -> Response:
    """Set another actor's password; all his sessions end."""
    _refuse_oneself(caller, name)
    _refuse_to_become(parts, caller, name)
    service.set_password(parts.engine, name, body.password, caller.actor.name, caller.at)
    return Response(status_code=204)


@router.put("/v1/actors/{name}/subject", status_code=204)
def subject(name: Name, body: SubjectIn, parts: PartsDep, caller: CallerDep) -> Response:
    """Record who an actor is to the provider of the settings; all his sessions end."""
    # Whoever the provider takes for him acts by his rights; being nobody there any more opens nothing.
    (_refuse_higher if body.subject is None else _refuse_to_become)(parts, caller, name)
    if parts.provider is None:
        raise no_provider()
    known = None if body.subject is None else (parts.provider.about.issuer, body.subject)
    service.set_subject(parts.engine, name, known, caller.actor.name, caller.at)
    return Response(status_code=204)


@router.post("/v1/actors/{name}/grants", status_code=201)
def grant(name: Name, body: GrantIn, parts: PartsDep, caller: CallerDep) -> dict[str, Any]:
    """Grant a role, from now on or from later."""
    fields = body.model_dump(exclude={"everywhere", "district"})
    district = None if body.everywhere else body.district or caller.district
    if district == "":
        mend = ("给出区县，或写 everywhere: true", "give a district, or say everywhere: true")
        raise BadInput("尚无区县", "no district is served yet", [FieldError("district", None, *mend)])
    given = Grant(district=district, **fields)
    if not caller.actor.may_grant(given, caller.at):
        raise _beyond("grant")
    return _grant(service.grant(parts.engine, name, given, caller.actor.name, caller.at))


@router.delete("/v1/actors/{name}/grants/{grant}", status_code=204)
def end_grant(name: Name, grant: Number, parts: PartsDep, caller: CallerDep) -> Response:
    """End a grant now."""
    _refuse_oneself(caller, name)
    given = next((g.grant for g in _grants(parts, name) if g.id == grant), None)
    if given is not None and not caller.actor.administers(given, caller.at):
        raise _beyond("grant")
    service.end_grant(parts.engine, name, grant, caller.actor.name, caller.at)
    return Response(status_code=204)


@router.post("/v1/actors/{name}/keys", status_code=201)
def key(name: Name, body: KeyIn, parts: PartsDep, caller: CallerDep) -> dict[str, Any]:
    """Make a key; ``key`` in the answer is shown here and never again."""
    _refuse_to_become(parts, caller, name)
    made, secret = keys.add_key(
        parts.engine, name, body.name, caller.actor.name, caller.at, permissions=body.permissions,
        rate_per_s=body.rate_per_s, expires_at=body.expires_at,
    )  # fmt: skip
    return _key(made) | {"key": secret}


@router.post("/v1/actors/{name}/keys/{key}/rotate", status_code=201)
def rotate(name: Name, key: Number, body: RotationIn, parts: PartsDep, caller: CallerDep) -> dict[str, Any]:
    """Make a key like this one; the old one goes on for a while, so that nobody is cut off."""
    _refuse_to_become(parts, caller, name)
    overlap = timedelta(hours=body.overlap_h)
    made, secret = keys.rotate_key(parts.engine, name, key, caller.actor.name, caller.at, overlap)
    return _key(made) | {"key": secret}


@router.delete("/v1/actors/{name}/keys/{key}", status_code=204)
def end_key(name: Name, key: Number, parts: PartsDep, caller: CallerDep) -> Response:
    """End a key now."""
    _refuse_higher(parts, caller, name)
    keys.end_key(parts.engine, name, key, caller.actor.name, caller.at)
    return Response(status_code=204)


def _grants(parts: Parts, name: str) -> list[StoredGrant]:
    return service.grants_of(parts.engine, name)


Found = tuple[StoredActor, list[StoredGrant], list[StoredKey]]


def _administered(parts: Parts, caller: Caller, after: str | None) -> Iterator[Found]:
    """Give the actors after a name over whom the caller administers."""
    while found := service.page_of_actors(parts.engine, after, 1000):
        yield from (one for one in found if _administers(caller, one[1]))
        after = found[-1][0].name


def _refuse_higher(parts: Parts, caller: Caller, name: str) -> None:
    """Refuse to touch an actor whose rights go beyond the caller's."""
    if not _administers(caller, _grants(parts, name)):
        raise _beyond("name")


def _refuse_to_become(parts: Parts, caller: Caller, name: str) -> None:
    """Refuse to give out what opens an actor's rights where these go beyond the caller's, also only in time."""
    if not _may_become(caller, _grants(parts, name)):
        raise _beyond("name")


def _refuse_oneself(caller: Caller, name: str) -> None:
    """Refuse to end oneself by mistake, or to pass by one's old password."""
    if name == caller.actor.name:
        mend = ("请另一位管理员办理；改自己的密码用 POST /v1/me/password",
                "let another administrator do it; for one's own password there is POST /v1/me/password")  # fmt: skip
        raise Conflict("不能对自己这样做", "nobody does this to himself", [FieldError("name", name, *mend)])


def _administers(caller: Caller, grants: Iterable[StoredGrant]) -> bool:
    """Whether the caller is an administrator over all that these grants cover now or later, and by no narrow key."""
    going_on = _going_on(caller, grants)
    return caller.actor.only is None and all(caller.actor.administers(g, caller.at) for g in going_on)


def _may_become(caller: Caller, grants: Iterable[StoredGrant]) -> bool:
    """Whether the caller may give out what opens these grants; who holds none counts as one of the whole district.

    He may be granted anything tomorrow, and a key that was made today by an administrator of one grid would open it.
    """
    held = _going_on(caller, grants) or [Grant("viewer", caller.district or None)]
    return caller.actor.only is None and all(caller.actor.may_grant(g, caller.at) for g in held)


def _going_on(caller: Caller, grants: Iterable[StoredGrant]) -> list[Grant]:
    return [g.grant for g in grants if g.grant.valid_to is None or g.grant.valid_to > caller.at]


def _beyond(field: str) -> Forbidden:
    mend = ("请权限更大的管理员办理", "let an administrator over all of it do this")
    return Forbidden("超出您的管理范围", "this goes beyond what you administer", [FieldError(field, None, *mend)])


def _shown(actor: StoredActor, grants: list[StoredGrant], keys: list[StoredKey]) -> dict[str, Any]:
    return {
        "name": actor.name,
        "title": actor.title,
        "kind": actor.kind,
        "has_password": actor.password is not None,
        "issuer": actor.issuer,
        "subject": actor.subject,
        "created_at": actor.created_at.isoformat(),
        "ended_at": actor.ended_at.isoformat() if actor.ended_at else None,
        "grants": [_grant(g) for g in grants],
        "keys": [_key(k) for k in keys],
    }


def _grant(stored: StoredGrant) -> dict[str, Any]:
    return {"id": stored.id} | shown_grant(stored.grant)


def _key(key: StoredKey) -> dict[str, Any]:
    instants = {"created_at": key.created_at, "expires_at": key.expires_at, "used_at": key.used_at}
    return {
        "id": key.id,
        "name": key.name,
        "begins": f"gk_{key.lookup}_",
        "permissions": None if key.permissions is None else list(key.permissions),
        "rate_per_s": key.rate_per_s,
        **{name: at.isoformat() if at else None for name, at in instants.items()},
    }
