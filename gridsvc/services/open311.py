"""Cases and categories as Open311 GeoReport v2 has them: services, service requests, and two statuses for fourteen."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from gridsvc.casework.case import OVER
from gridsvc.casework.titles import LINKS, STATUSES
from gridsvc.codes import CURRENT_SCHEME, MAJORS, Category, category_of, load_categories, matches
from gridsvc.errors import NotFound, UnknownCategory
from gridsvc.masking import mask_text
from gridsvc.responsibility.resolve import Ruleset
from gridsvc.rights import Reach
from gridsvc.services.cases import need_case
from gridsvc.services.modes import ATTRIBUTE as MODE
from gridsvc.services.once import hash_body
from gridsvc.store import answers, histories
from gridsvc.store.case_lists import CaseFilter, list_cases
from gridsvc.store.cases import StoredCase
from gridsvc.store.engine import transaction

Lang = Literal["zh", "en"]
Told = dict[str, Any]
# Whoever sends the same report again within so long sends it again, not a second one; see `key_of`.
SAME_S = 600
_IDEOGRAPHS = re.compile("[\u3400-\u9fff·]+")


def services(ruleset: Ruleset, lang: Lang) -> list[Told]:
    """List what can be reported: every matter of the current code scheme."""
    return [
        _service(c, ruleset, lang) for c in load_categories() if (c.kind, c.code_scheme) == ("matter", CURRENT_SCHEME)
    ]


def definition(ruleset: Ruleset, code: str, lang: Lang) -> Told:
    """Give the attributes of a service; raises ``NotFound`` for a code that is none."""
    try:
        category = category_of(code)
    except UnknownCategory as e:
        raise NotFound(e.zh, e.en, e.errors) from None
    words = ruleset.vocabulary
    return {
        "service_code": category.code,
        "attributes": [
            {
                "variable": True, "code": key, "datatype": "singlevaluelist", "required": False, "order": order,
                "datatype_description": None, "description": _in(words.title(key), lang),
                "values": [{"key": v, "name": _in(t, lang)} for v, t in words.words[key].values.items()],
            }
            for order, key in enumerate(_asked(ruleset, category), start=1)
        ],
    }  # fmt: skip


def _service(category: Category, ruleset: Ruleset, lang: Lang) -> Told:
    major = MAJORS[category.major]
    return {
        "service_code": category.code,
        "service_name": _in((category.zh, category.en), lang),
        "description": _in((category.en, category.zh), lang),
        "metadata": bool(_asked(ruleset, category)),
        "type": "realtime",
        "keywords": f"{category.zh},{category.en}",
        "group": _in((major.zh, major.en), lang),
    }


def _asked(ruleset: Ruleset, category: Category) -> list[str]:
    """The circumstances by which rules or limits tell cases of a category apart, as far as they are declared."""
    rules = (r.attributes or {} for r in ruleset.rules if _is_for(r.categories, category))
    limits = (one.asked() for one in ruleset.limits if _is_for((one.category,) if one.category else (), category))
    asked = {key for wanted in (*rules, *limits) for key in wanted}
    # In which mode the city is, the city says.
    return sorted(k for k in asked - {MODE} if k in ruleset.vocabulary.words and ruleset.vocabulary.words[k].values)


def _is_for(patterns: Sequence[str], category: Category) -> bool:
    return not patterns or any(matches(pattern, category.code) for pattern in patterns)


def _in(titles: tuple[str, str], lang: Lang) -> str:
    return titles[0] if lang == "zh" else titles[1]


@dataclass(frozen=True, slots=True)
class Wording:
    """In which zone instants, and in which language texts are told."""

    zone: ZoneInfo
    lang: Lang


def page(engine: Engine, wanted: CaseFilter, words: Wording) -> tuple[list[Told], StoredCase | None]:
    """Give one page of service requests, newest first, and its last case if another page follows."""
    with transaction(engine) as connection:
        found = list_cases(connection, wanted)
        cases = found[: wanted.limit]
        changed = histories.last_changes(connection, [c.id for c in cases])
    return [_told(c, changed, words) for c in cases], cases[-1] if len(found) > wanted.limit else None


def some(engine: Engine, ids: Sequence[str], reach: Reach, words: Wording) -> list[Told]:
    """Give the service requests with these ids, without those that are not there, or not for this caller."""
    with transaction(engine) as connection:
        cases = list(_found(connection, ids, reach))
        changed = histories.last_changes(connection, [c.id for c in cases])
    return [_told(c, changed, words) for c in cases]


def one(engine: Engine, id_: str, reach: Reach, words: Wording) -> Told:
    """Give one service request; raises ``NotFound``."""
    with transaction(engine) as connection:
        case = need_case(connection, id_, reach)
        changed = histories.last_changes(connection, [case.id])
    return _told(case, changed, words)


def _found(connection: Any, ids: Sequence[str], reach: Reach) -> Iterator[StoredCase]:
    for id_ in ids:
        try:
            yield need_case(connection, id_, reach)
        except NotFound:
            continue


def _told(case: StoredCase, changed: Mapping[UUID, datetime], words: Wording) -> Told:
    unit = case.decision.get("accountable")
    return {
        "service_request_id": case.number,
        "status": "closed" if case.status in OVER else "open",
        "status_notes": _notes(case, words.lang),
        "service_name": _name(case, words.lang),
        "service_code": case.category,
        "description": mask_text(case.description),
        "agency_responsible": unit["name"] if unit else None,
        "service_notice": None,
        "requested_datetime": case.reported_at.astimezone(words.zone).isoformat(),
        "updated_datetime": changed.get(case.id, case.reported_at).astimezone(words.zone).isoformat(),
        "expected_datetime": _expected(case, words.zone),
        "address": case.address,
        "address_id": None,
        "zipcode": None,
        "lat": case.lat,
        "long": case.lon,
        "media_url": None,
    }


def _name(case: StoredCase, lang: Lang) -> str | None:
    try:
        category = category_of(case.category, "matter", case.code_scheme)
    except UnknownCategory:
        return None
    return _in((category.zh, category.en), lang)


def _notes(case: StoredCase, lang: Lang) -> str:
    """The status as it is with us, which two words cannot tell, and of which case this one is a repetition."""
    said = f"{_in(STATUSES[case.status], lang)} ({case.status})"
    links = [f"{_in(LINKS[link['as']], lang)}: {link['number']}" for link in case.links]
    return "; ".join([said, *links])


def _expected(case: StoredCase, zone: ZoneInfo) -> str | None:
    """By when the unit that has it is to have dealt with it: what was promised, while that clock runs."""
    runs = [c for c in case.clocks if c["stage"] == "disposal" and c["state"] == "running"]
    return datetime.fromisoformat(runs[-1]["due_at"]).astimezone(zone).isoformat() if runs else None


def token(engine: Engine, id_: str, reach: Reach) -> Told:
    """Give the request of a token, which is the case's own id; raises ``NotFound``."""
    with transaction(engine) as connection:
        case = need_case(connection, id_, reach)
    return {"service_request_id": case.number, "token": str(case.id)}


def key_of(engine: Engine, actor: str, sent: Mapping[str, Any], at: datetime) -> tuple[str, bytes]:
    """Make the idempotency key and the hash of a report whose sender has no key.

    Open311 knows none, and an app that heard no answer sends the same again. What is the same to the last digit and
    from the same actor is the same report, if it comes again within ``SAME_S`` to twice that; later it is another.
    """
    digest, period = hash_body(sent), int(at.timestamp() // SAME_S)
    keys = [f"open311 {digest.hex()} {n}" for n in (period - 1, period)]
    with transaction(engine) as connection:
        is_again = answers.remembered(connection, actor, keys[0]) is not None
    return keys[0] if is_again else keys[1], digest


def name_of(first: str | None, last: str | None) -> str | None:
    """Put a name together as it is said: the family's first, and without a blank, where it is Chinese."""
    given, family = (first or "").strip(), (last or "").strip()
    if _IDEOGRAPHS.fullmatch(given) and _IDEOGRAPHS.fullmatch(family):
        return family + given
    return f"{given} {family}".strip() or None


def answered(answer: Mapping[str, Any], base: str, lang: Lang) -> Told:
    """What a reporter is told: the number of his case, and where he can look how it goes, without a key."""
    where = f"{base}v1/tracking/{answer['tracking']}"
    notice = _in(("办理进度：", "how it goes: "), lang) + where
    return {"service_request_id": answer["number"], "service_notice": notice, "account_id": None}
