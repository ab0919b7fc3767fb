"""What was asked about cases, and how it was answered: the entries of their histories, newest first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Text, and_, cast, func, select
from sqlalchemy import case as when

from gridsvc.rights import Reach
from gridsvc.store.rights import within_reach
from gridsvc.store.tables import case, case_history

Answered = Literal["open", "settled", "lapsed"]


@dataclass(frozen=True, slots=True)
class RequestFilter:
    """Which requests are asked for, of cases within the reach: of these kinds, on these rungs, of which this became.

    ``after`` is the ``seq`` of the last one on the page before.
    """

    reach: Reach
    kind: tuple[str, ...] = ()
    rung: tuple[str, ...] = ()
    state: tuple[Answered, ...] = ()
    after: int | None = None
    limit: int = 100


class FoundRequest(NamedTuple):
    """One request: its case, its entry, and that which settled it, if one did.

    ``seq`` orders them; ``payload`` and ``answer`` are what the entries say.
    """

    seq: int
    case_id: UUID
    number: str
    status: str
    category: str
    decision: Any
    n: int
    at: datetime
    actor: str
    payload: Any
    state: Answered
    answered_at: datetime | None
    answered_by: str | None
    answer: Any


def list_requests(connection: Connection, wanted: RequestFilter) -> list[FoundRequest]:
    """Give one page, newest first, one row more than the limit if there is a next page."""
    entry, settled = case_history, case_history.alias("settled")
    request = entry.c.payload["request"]
    by = and_(
        settled.c.case_id == entry.c.case_id,
        settled.c.kind == "settle",
        settled.c.payload["request"].astext == cast(entry.c.n, Text),
    )
    is_open = case.c.requests.contains(func.jsonb_build_array(func.jsonb_build_object("n", entry.c.n)))
    state = when((is_open, "open"), (settled.c.n.is_not(None), "settled"), else_="lapsed")
    query = (
        select(
            entry.c.seq, entry.c.case_id, case.c.number, case.c.status, case.c.category, case.c.decision, entry.c.n,
            entry.c.at, entry.c.actor, entry.c.payload, state, settled.c.at, settled.c.actor, settled.c.payload,
        )
        .join_from(entry, case, case.c.id == entry.c.case_id)
        .outerjoin(settled, by)
        .where(func.jsonb_typeof(request) == "object", within_reach(wanted.reach, case.c))
    )  # fmt: skip
    for told, values in (
        (request["kind"].astext, wanted.kind),
        (request["rung"].astext, wanted.rung),
        (state, wanted.state),
    ):
        if values:
            query = query.where(told.in_(values))
    if wanted.after is not None:
        query = query.where(entry.c.seq < wanted.after)
    rows = connection.execute(query.order_by(entry.c.seq.desc()).limit(wanted.limit + 1))
    return [FoundRequest._make(row) for row in rows]
