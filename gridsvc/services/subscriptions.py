"""Administers where messages about cases are sent: who receives what, what failed, and what is sent again."""

import base64
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, Engine

from gridsvc.errors import BadInput, FieldError, NotFound
from gridsvc.rights import Grant
from gridsvc.services.actors import unknown_place
from gridsvc.services.outgoing import Sender
from gridsvc.store import audit
from gridsvc.store import subscriptions as store
from gridsvc.store.engine import transaction
from gridsvc.store.events import last_seq
from gridsvc.store.subscriptions import Letter, Subscription


@dataclass(frozen=True, slots=True)
class Wanted:
    """A subscription as it is asked for: where to, of what kinds (None: all), and whose cases as a grant has it."""

    name: str
    url: str
    kinds: Sequence[str] | None
    over: Grant


def add_subscription(
    engine: Engine, sender: Sender, wanted: Wanted, by: str, now: datetime
) -> tuple[dict[str, Any], str]:  # fmt: skip
    """Send from now on; gives the subscription and the secret of its signatures, which is never given again.

    Raises ``BadInput`` for an address that nothing may be sent to, and ``NotFound`` for an area or unit nobody knows.
    """
    sender.refuse(wanted.url)
    if wanted.kinds is not None and not wanted.kinds:
        mend = ("写出事件种类，或不写以接收全部", "name kinds of events, or leave it out for all of them")
        raise BadInput("没有事件种类", "no kind of event is wanted", [FieldError("kinds", [], *mend)])
    secret = secrets.token_bytes(32)
    over = wanted.over
    with transaction(engine) as connection:
        if (refusal := unknown_place(connection, over, now)) is not None:
            raise refusal
        kinds = None if wanted.kinds is None else sorted(set(wanted.kinds))
        place = {"district": over.district, "layer": over.layer, "area": over.area, "unit": over.unit}
        id_ = store.add_subscription(
            connection, name=wanted.name, url=wanted.url, secret=secret, kinds=kinds, created_at=now, created_by=by,
            seq=last_seq(connection), **place,
        )  # fmt: skip
        # Of the address the host alone: some have a secret in the rest.
        what = {"name": wanted.name, "host": urlsplit(wanted.url).hostname, "kinds": kinds} | place
        audit.record(connection, now, by, "subscription made", str(id_), what, over.district)
        made = shown(_need(connection, id_, over.district or ""), (0, 0), 0)
    return made, f"whsec_{base64.b64encode(secret).decode()}"


def list_subscriptions(engine: Engine, district: str) -> list[tuple[Subscription, dict[str, Any]]]:
    """Give the subscriptions of a district, each with how it is shown."""
    with transaction(engine) as connection:
        found = store.subscriptions_of(connection, district)
        counts, last = store.counted(connection, [s.id for s in found]), last_seq(connection)
    return [(one, shown(one, counts.get(one.id, (0, 0)), last)) for one in found]


def need_subscription(engine: Engine, id_: int, district: str) -> Subscription:
    """Give a subscription; raises ``NotFound``."""
    with transaction(engine) as connection:
        return _need(connection, id_, district)


def pause(engine: Engine, id_: int, district: str, by: str, now: datetime) -> None:
    """Send nothing more until it is resumed; what happens meanwhile is sent then."""
    _change(engine, id_, district, by, now, "subscription paused", {"paused_at": now})


def resume(engine: Engine, id_: int, district: str, by: str, now: datetime) -> None:
    """Go on where it was paused, and try again at once."""
    changed = {"paused_at": None, "failures": 0, "rests_until": None}
    _change(engine, id_, district, by, now, "subscription resumed", changed)


def end_subscription(engine: Engine, id_: int, district: str, by: str, now: datetime) -> None:
    """Remove a subscription, also what it has not delivered."""
    with transaction(engine) as connection:
        _need(connection, id_, district)
        store.end_subscription(connection, id_)
        audit.record(connection, now, by, "subscription ended", str(id_), {}, district)


def dead_letters(engine: Engine, id_: int, district: str, after: int, most: int) -> tuple[int, list[Letter]]:
    """Give how many events were given up, and a page of them after a number."""
    with transaction(engine) as connection:
        _need(connection, id_, district)
        counts = store.counted(connection, [id_])
        return counts.get(id_, (0, 0))[1], store.dead_letters(connection, id_, after, most)


def send_again(
    engine: Engine, id_: int, district: str, seqs: Collection[int] | None, by: str, now: datetime
) -> int:  # fmt: skip
    """Try events again that were given up, these or all, from their first attempt on; gives how many."""
    with transaction(engine) as connection:
        _need(connection, id_, district)
        again = store.revive(connection, id_, seqs, now)
        store.change_subscription(connection, id_, rests_until=None)
        if again:
            audit.record(connection, now, by, "events sent again", str(id_), {"events": again}, district)
        return again


def shown(one: Subscription, counts: tuple[int, int], last: int) -> dict[str, Any]:
    """Give a subscription without its secret; ``last`` is the number of the last event there is."""
    instants = {"created_at": one.created_at, "paused_at": one.paused_at, "rests_until": one.rests_until}
    return {
        "id": one.id,
        "name": one.name,
        "url": one.url,
        "kinds": None if one.kinds is None else list(one.kinds),
        "district": one.district,
        "layer": one.layer,
        "area": one.area,
        "unit": one.unit,
        "created_by": one.created_by,
        **{name: at.isoformat() if at else None for name, at in instants.items()},
        "behind": max(last - one.seq, 0),
        "waiting": counts[0],
        "dead": counts[1],
        "error": one.error,
    }


def _change(
    engine: Engine, id_: int, district: str, by: str, now: datetime, action: str, changed: Mapping[str, Any]
) -> None:  # fmt: skip
    with transaction(engine) as connection:
        _need(connection, id_, district)
        store.change_subscription(connection, id_, **changed)
        audit.record(connection, now, by, action, str(id_), {}, district)


def _need(connection: Connection, id_: int, district: str) -> Subscription:
    found = store.find_subscription(connection, id_, district)
    if found is None:
        mend = ("用 GET /v1/subscriptions 列出的编号", "use a number that GET /v1/subscriptions lists")
        raise NotFound("没有这个订阅", "there is no such subscription", [FieldError("id", id_, *mend)])
    return found
