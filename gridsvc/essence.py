"""What of an answer counts when two are compared: where, whose and who is attached, without prose, names or distances.

A decision's *fingerprint* stands for its essence. It is stored with the case, so that a replay need not read a million
decisions to find that none of them changed.
"""

import hashlib
import json
from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from gridsvc.answer import Routing
from gridsvc.areas_at import Settled
from gridsvc.bulk import Decided
from gridsvc.chiefs_at import Attached
from gridsvc.responsibility.resolve import Decision
from gridsvc.router import CHIEF_ROLES, Router

_SIZE = 16


def essence(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Give the essence of an answer in the contract's shape, stored or new: codes and ways, nothing else."""
    accountable, desk, evaluator, component = (answer[k] for k in ("accountable", "desk", "evaluator", "component"))
    return {
        "areas": {layer: [area["code"], area["how"]] for layer, area in answer["areas"].items()},
        "accountable": accountable and [accountable["unit"], accountable["via"]],
        "desk": desk and desk["reason"],
        "assisting": [unit["unit"] for unit in answer["assisting"]],
        "evaluator": evaluator and evaluator["unit"],
        **{role: answer[role] and answer[role]["post"] for role in CHIEF_ROLES},
        "component": component and component["code"],
    }


def essence_of_row(room: Router, decided: Decided, row: int, instant: datetime) -> dict[str, Any]:
    """Give the essence of one of the rows that were routed, which must have no error."""
    areas, component = room.areas_of(decided.found.at(row)), decided.components.get(row)
    decision, chiefs = decided.decisions[decided.decision[row]], room.chiefs_at(areas, instant)
    unit, rule, evaluator = decision.unit, decision.rule, decision.evaluator
    posts = {role: chiefs[role] for role in CHIEF_ROLES}
    return {
        "areas": {layer: [area.code, area.how] for layer, area in areas.items()},
        "accountable": None if unit is None or rule is None else [unit.code, rule.via],
        "desk": decision.desk,
        "assisting": [u.code for u in decision.assisting],
        "evaluator": None if evaluator is None else evaluator.code,
        **{role: None if chief is None else chief.post.code for role, chief in posts.items()},
        "component": None if component is None else component.code,
    }


def fingerprint(answer: Routing) -> bytes:
    """Give the fingerprint of an answer: 16 bytes of SHA-256 over its essence, the same as in :func:`fingerprints`."""
    told = _areas(answer.areas), _decision(answer.decision), _chiefs(answer.chiefs)
    return _hashed(*told, None if answer.component is None else answer.component.code)


def fingerprints(room: Router, decided: Decided, at: Sequence[datetime]) -> list[bytes | None]:
    """Give the fingerprint of each of n rows that were routed, None for one with an error; ``at`` has their instants.

    There are far fewer places, decisions and chiefs than rows; each is spelled once.
    """
    decisions = [_decision(decision) for decision in decided.decisions]
    places: dict[int, tuple[Settled, bytes, Hashable]] = {}
    attached: dict[Hashable, bytes] = {}
    out: list[bytes | None] = []
    numbers = decided.found.place.tolist(), decided.decision.tolist()
    for row, (number, decision, instant) in enumerate(zip(*numbers, at, strict=True)):
        if decision < 0:
            out.append(None)
            continue
        place = places.get(number)
        if place is None:
            areas = room.areas_of(decided.found.at(row))
            whose = tuple(areas[c].code if c in areas else None for c in room.chief_layers)
            place = places[number] = areas, _areas(areas), whose
        alike = place[2], room.duties.of(instant)
        chiefs = attached.get(alike)
        if chiefs is None:
            chiefs = attached[alike] = _chiefs(room.chiefs_at(place[0], instant))
        component = decided.components.get(row)
        out.append(_hashed(place[1], decisions[decision], chiefs, None if component is None else component.code))
    return out


def _areas(areas: Settled) -> bytes:
    return _spelled(tuple(sorted(areas.ways)))


def _decision(decision: Decision) -> bytes:
    unit, rule, evaluator = decision.unit, decision.rule, decision.evaluator
    accountable = None if unit is None or rule is None else (unit.code, rule.via)
    assisting = tuple([u.code for u in decision.assisting])
    return _spelled((accountable, decision.desk, assisting, None if evaluator is None else evaluator.code))


def _chiefs(chiefs: Attached) -> bytes:
    return _spelled(chiefs.posts)


@lru_cache(maxsize=20_000)
def _spelled(told: Hashable) -> bytes:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def _hashed(areas: bytes, decision: bytes, chiefs: bytes, component: str | None) -> bytes:
    whole = b"\n".join((areas, decision, chiefs, b"" if component is None else component.encode()))
    return hashlib.sha256(whole).digest()[:_SIZE]
