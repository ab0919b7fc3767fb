"""Shows a case to who has its code, and takes his rating once it is closed."""

import hmac
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from gridsvc.casework.tracking import Rating, code_of, is_new, no_such_code, number_in, public
from gridsvc.rights import whole_district
from gridsvc.services.appending import append_to
from gridsvc.services.cases import need_case
from gridsvc.store import private
from gridsvc.store.engine import transaction
from gridsvc.store.histories import read_history
from gridsvc.store.months import need_months
from gridsvc.store.private import Named
from gridsvc.store.secrets import secret_of

# No actor can be called so.
REPORTER = "(reporter)"


@lru_cache(maxsize=8)
def tracking_secret(engine: Engine) -> bytes:
    """Give the installation's secret for codes; asked of a database once in a process."""
    with transaction(engine) as connection:
        return secret_of(connection, "tracking")


def with_code(case: Mapping[str, Any], secret: bytes) -> Mapping[str, Any]:
    """Add to a case as it is shown the code for its reporter, and for nobody else."""
    return {**case, "tracking": code_of(case["number"], UUID(case["id"]), secret)}


def track(engine: Engine, code: str, zone: ZoneInfo) -> dict[str, Any]:
    """Show the case of a code; raises the same ``NotFound`` for every other."""
    secret = tracking_secret(engine)
    with transaction(engine) as connection:
        found = _case_of(connection, code, secret)
        return public(found.number, read_history(connection, found.id), zone)


def rate(
    engine: Engine, code: str, rating: Rating, comment: str | None, at: datetime, zone: ZoneInfo
) -> dict[str, Any]:
    """Take the rating of a closed case and show the case; the same again changes nothing.

    The comment is kept with what is private of the case, and erased with it. Raises ``NotFound`` and ``Conflict``.
    """
    secret = tracking_secret(engine)
    need_months(engine, [at])
    with transaction(engine) as connection:
        found = _case_of(connection, code, secret)
        case = need_case(connection, str(found.id), whole_district(found.district), alone=True)
        entries = read_history(connection, case.id)
        if is_new(entries, rating):
            if comment is not None:
                private.write_comment(connection, case.id, comment)
            # Clocks of several machines differ a little; a history goes on in time.
            then = max(at, entries[-1].at)
            append_to(connection, case, entries, "rated", rating.as_dict(), REPORTER, then)
    return track(engine, code, zone)


def _case_of(connection: Connection, code: str, secret: bytes) -> Named:
    number, spelled = number_in(code)
    for found in private.named(connection, number, None):
        if hmac.compare_digest(code_of(found.number, found.id, secret), spelled):
            return found
    raise no_such_code()
