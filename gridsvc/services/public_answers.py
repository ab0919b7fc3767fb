"""The public answer to an action on a case: what was written for it, else the template that fits best."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from gridsvc.codes import category_of
from gridsvc.masking import mask_text
from gridsvc.responsibility.public_answers import EVENTS, AnswerTemplate, fitting
from gridsvc.rights import Reach
from gridsvc.router import Router
from gridsvc.services.cases import get_case
from gridsvc.store.cases import StoredCase


def public_answer(room: Router, case: StoredCase, action: str, said: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """Give what the entry of an action says to who reported, under ``public``; nothing where there is no answer.

    Of what was written telephone and identity numbers are masked: it is kept for good, and shown without a key.
    """
    if action == "link" and said["as"] == "duplicate":
        action, said = "void", {"cause": "duplicate"}
    if action not in EVENTS:
        return {}
    if text := (said.get("answer") or "").strip():
        return {"public": {"zh": mask_text(text)}}
    condition = said.get({"void": "cause", "close": "grade"}.get(action, ""), "")
    found = fitting(room.snapshot.ruleset.answers, action, case.category, condition or "")
    return {"public": _filled(room, case, found[0], at) | {"template": found[0].key}} if found else {}


def proposals(engine: Engine, room: Router, id_or_number: str, event: str, reach: Reach, at: datetime) -> Any:
    """Give every answer that an event of a case may have, for each condition the best first; raises ``NotFound``."""
    case = get_case(engine, id_or_number, reach)
    answers = room.snapshot.ruleset.answers
    found = [t for condition in ("", *sorted(EVENTS[event])) for t in fitting(answers, event, case.category, condition)]
    return [
        {"template": t.key, "condition": t.condition or None} | {"zh": None, "en": None} | _filled(room, case, t, at)
        for t in dict.fromkeys(found)
    ]


def _filled(room: Router, case: StoredCase, template: AnswerTemplate, at: datetime) -> dict[str, str]:
    matter, zone = category_of(case.category), room.zone
    days = {"reported": f"{case.reported_at.astimezone(zone):%Y-%m-%d}", "date": f"{at.astimezone(zone):%Y-%m-%d}"}
    known = {"number": case.number} | days
    return template.filled({**known, "category": matter.zh}, {**known, "category": matter.en})
