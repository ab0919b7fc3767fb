"""Of which case a precedent was made, and by whom: the histories of cases tell."""

from collections.abc import Sequence

from sqlalchemy import Connection, select

from gridsvc.store.tables import case, case_history


def makers(connection: Connection, district: str, ids: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Give the case's number and the actor by the ids of precedents, for those that were made of a case here."""
    id_ = case_history.c.payload["precedent"].astext
    query = select(id_, case.c.number, case_history.c.actor).join_from(
        case, case_history, case_history.c.case_id == case.c.id
    )
    query = query.where(case.c.district == district, case_history.c.kind.in_(("decided", "settle")), id_.in_(ids))
    # By their numbers, which have an index; the payload has none.
    query = query.where(case.c.number.in_([i.removeprefix("J-") for i in ids]))
    return {row[0]: (row[1], row[2]) for row in connection.execute(query)} if ids else {}
