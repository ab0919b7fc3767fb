"""The titles of what a case, its actions and its people may have, gathered from where each is declared."""

from collections.abc import Mapping
from typing import Any

from gridsvc.casework import titles
from gridsvc.casework.lifecycle import PHASE_OF, ROWS
from gridsvc.casework.requests import KINDS
from gridsvc.responsibility.explain import VIA
from gridsvc.responsibility.roles import ROLES as POST_ROLES
from gridsvc.rights import MEANS, ROLE_NAMES


def words() -> dict[str, Any]:
    """Give Chinese and English titles by kind and value; a status has its phase beside them."""
    # Of an action with several rows the one that ends it says what it is.
    actions = {row.name: (row.zh, row.en) for row in ROWS if row.only != "whistle"}
    told = {kind: _told(of) for kind, of in _WORDS.items()}
    for status, phase in PHASE_OF.items():
        told["status"][status]["phase"] = phase
    return told | {
        "action": _told(actions),
        "entry": _told({**actions, **titles.ENTRIES}),
        "request": _told({kind.name: (kind.zh, kind.en) for kind in KINDS.values()}),
        "post": _told({role.code: (role.title_zh, role.title_en) for role in POST_ROLES.values()}),
        "role": _told({role: (name, role.replace("_", " ")) for role, name in ROLE_NAMES.items()}),
    }


_WORDS: Mapping[str, Mapping[Any, tuple[str, str]]] = {
    "status": titles.STATUSES, "phase": titles.PHASES, "source": titles.SOURCES, "light": titles.LIGHTS,
    "grade": titles.GRADES, "stage": titles.STAGES, "limit_unit": titles.LIMIT_UNITS, "desk": titles.DESK,
    "via": VIA, "cause": titles.CAUSES, "verdict": titles.VERDICTS, "link": titles.LINKS, "way": titles.WAYS,
    "for": titles.PURPOSES, "rung": titles.RUNGS, "reward": titles.REWARDS, "verified": titles.VERIFIED,
    "checked": titles.CHECKED, "permission": MEANS,
}  # fmt: skip


def _told(of: Mapping[Any, tuple[str, str]]) -> dict[str, dict[str, str]]:
    return {value: {"zh": zh, "en": en} for value, (zh, en) in of.items()}
