"""Numbers that cases have with other platforms: rows in and out."""

from uuid import UUID

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from gridsvc.errors import Conflict, FieldError
from gridsvc.rights import Reach
from gridsvc.store.event_tables import foreign_number
from gridsvc.store.rights import within_reach
from gridsvc.store.tables import case


def keep_number(connection: Connection, platform: str, number: str, case_id: UUID) -> None:
    """Keep the number that a case has with a platform; raises ``Conflict`` where another case has it there."""
    values = {"platform": platform, "number": number, "case_id": case_id}
    connection.execute(insert(foreign_number).values(**values).on_conflict_do_nothing())
    found = foreign_number.c.platform == platform, foreign_number.c.number == number
    if connection.execute(select(foreign_number.c.case_id).where(*found)).scalar_one() != case_id:
        mend = ("核对平台编号", "check the number")
        error = FieldError("number", number, *mend)
        raise Conflict("该平台编号属于另一案件", "another case has this number of the platform", [error])


def cases_of(connection: Connection, number: str, reach: Reach) -> list[tuple[str, UUID]]:
    """Give the platforms that have a case under this number, and the ids of the cases within a reach."""
    of = foreign_number.c
    query = select(of.platform, of.case_id).join(case, case.c.id == of.case_id)
    query = query.where(of.number == number, within_reach(reach, case.c)).order_by(of.platform)
    return [(row.platform, row.case_id) for row in connection.execute(query)]
