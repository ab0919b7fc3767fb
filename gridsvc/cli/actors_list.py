"""``gridsvc actors list | roles``: who there is with which grants and keys, and what each role may do."""

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, get_args

import typer
from rich.table import Table
from rich.text import Text
from sqlalchemy import Engine

from gridsvc.cli.database import migrated
from gridsvc.cli.terminal import lang, now, pick, results, settings
from gridsvc.rights import MEANS, ROLE_NAMES, ROLES, Grant, Role
from gridsvc.services import actors
from gridsvc.store.actors import StoredActor, StoredGrant, StoredKey

PAGE = 500


def list_actors(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """列出账号、授权和密钥 · actors with their grants and keys; grants whose area or unit is gone are marked."""
    at = now()
    with migrated(settings()) as engine:
        found = _everybody(engine)
        lost = actors.lost_grants(engine, [g for _, grants, _ in found for g in grants], at)
    if as_json:
        plain = [_plain(*one, lost) for one in found]
        sys.stdout.write(json.dumps({"actors": plain}, ensure_ascii=False, default=datetime.isoformat) + "\n")
        return
    table = Table(show_lines=True)
    for head in (("账号", "actor"), ("授权", "grants"), ("密钥", "keys"), ("停用于", "ended")):
        table.add_column(pick(*head), overflow="fold", no_wrap=not results.is_terminal)
    for actor, grants, keys in found:
        about = " ".join(filter(None, (actor.name, actor.title, actor.kind if actor.kind == "program" else "")))
        ended = actor.ended_at.isoformat(timespec="seconds") if actor.ended_at else ""
        # What is over is left to --json.
        lines = [_said(g, g.id in lost) for g in grants if g.grant.valid_to is None or g.grant.valid_to > at]
        of_keys = [_said_key(k) for k in keys if k.expires_at is None or k.expires_at > at]
        table.add_row(*map(Text, (about, "\n".join(lines), "\n".join(of_keys), ended)))
    results.print(table)


def roles() -> None:
    """列出角色及其权限 · the roles, what each may do, and what that means."""
    table = Table(show_lines=True)
    for head in ("role", "角色", "permissions · 权限"):
        table.add_column(head, overflow="fold")
    for role in get_args(Role):
        table.add_row(role, ROLE_NAMES[role], ", ".join(p for p in MEANS if p in ROLES[role]))
    results.print(table)
    meanings = Table()
    for head in ("permission · 权限", "含义", "what it means"):
        meanings.add_column(head, overflow="fold")
    for permission, (zh, en) in MEANS.items():
        meanings.add_row(permission, zh, en)
    results.print(meanings)


def told_grant(given: Grant) -> str:
    """Tell a grant in one line: role, district, area, unit, and the time if it has an end or a later beginning."""
    zh = lang() == "zh"
    role = f"{ROLE_NAMES[given.role]}（{given.role}）" if zh else given.role
    district = given.district or pick("全部区县", "every district")
    area = f"{given.layer}:{given.area}" if given.area is not None else ""
    start, end = (at.isoformat(timespec="seconds") if at else "" for at in (given.valid_from, given.valid_to))
    return " ".join(filter(None, (role, district, area, given.unit, f"{start} –" if start or end else "", end)))


def _everybody(engine: Engine) -> list[tuple[StoredActor, list[StoredGrant], list[StoredKey]]]:
    found: list[tuple[StoredActor, list[StoredGrant], list[StoredKey]]] = []
    while len(page := actors.page_of_actors(engine, found[-1][0].name if found else None, PAGE)) > PAGE:
        found += page[:PAGE]
    return found + page


def _said(stored: StoredGrant, is_lost: bool) -> str:
    gone = pick("（区域或单位已不在现行版次中）", " (its area or unit is not in the edition that holds)")
    return f"#{stored.id} {told_grant(stored.grant)}{gone if is_lost else ''}"


def _said_key(stored: StoredKey) -> str:
    used = (
        f"{pick('最近使用', 'used')} {stored.used_at:%Y-%m-%d %H:%M}"
        if stored.used_at
        else pick("未使用", "never used")
    )
    until = f"{pick('到', 'until')} {stored.expires_at.isoformat(timespec='seconds')}" if stored.expires_at else ""
    only = ", ".join(stored.permissions or ())
    return " ".join(filter(None, (f"#{stored.id}", stored.name, f"gk_{stored.lookup}_…", only, used, until)))


def _plain(
    actor: StoredActor, grants: list[StoredGrant], keys: list[StoredKey], lost: frozenset[int]
) -> Mapping[str, Any]:
    """An actor as a program reads it: neither password nor key is in it."""
    own = ("name", "title", "kind", "issuer", "subject", "created_at", "ended_at")
    of_key = ("id", "name", "permissions", "rate_per_s", "created_at", "expires_at", "used_at")
    return {
        **{n: getattr(actor, n) for n in own},
        "has_password": actor.password is not None,
        "grants": [{"id": g.id, **asdict(g.grant), "lost": g.id in lost} for g in grants],
        "keys": [{**{n: getattr(k, n) for n in of_key}, "begins": f"gk_{k.lookup}_"} for k in keys],
    }
