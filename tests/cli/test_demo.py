"""``gridsvc demo`` where an older demo city is published already: nothing is lost, nothing is done twice."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, text

from gridsvc.bootstrap import Folder, Router, past_cases
from gridsvc.cli.demo import prepare
from gridsvc.services import editions
from gridsvc.services.intake import import_cases
from gridsvc.spatial.topology import check_edition

pytestmark = pytest.mark.slow
NOON = datetime(2024, 6, 12, 4, tzinfo=UTC)


@pytest.fixture
def older(engine: Engine, demo: Folder) -> Engine:
    """A database in which a demo city of other contents was published and has its past cases."""
    snapshot = replace(demo.snapshot, edition=replace(demo.snapshot.edition, title="旧版"))
    editions.load(engine, snapshot, demo.tables, check_edition(snapshot.edition))
    editions.publish(engine, "2023-1", NOON)
    import_cases(engine, Router(snapshot), past_cases(demo)[:10], "demo:2023-1")
    return engine


def held(engine: Engine) -> list[tuple[str, str, str]]:
    """Code, title and first day of each published edition, in the order of time."""
    query = """SELECT s.code, s.title, (lower(t.valid) AT TIME ZONE 'Asia/Shanghai')::date::text
               FROM dated_set s JOIN tenure t ON t.set_id = s.id
               WHERE s.kind = 'edition' AND upper_inf(t.known) ORDER BY t.valid"""
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def test_the_editions_that_are_missing_follow_the_older_one(older: Engine):
    newest = prepare(older)
    assert newest.snapshot.edition.code == "2024-2"
    assert [(code, day) for code, _, day in held(older)] == [
        ("2023-1", "2023-01-01"),
        ("2024-1", "2024-01-01"),
        ("2024-2", "2024-04-01"),
    ]
    assert held(older)[0][1] == "旧版"
    with older.connect() as connection:
        # The past is not brought in again; those of the last days are others.
        past = "SELECT count(*) FROM case_ WHERE reported_at < '2024-07-01'"
        assert connection.execute(text(past)).scalar_one() == 10


def test_an_older_newest_edition_is_followed_under_another_name(engine: Engine, demo: Folder):
    start = datetime(2024, 4, 1, tzinfo=UTC)
    edition = replace(demo.snapshot.edition, code="2024-2", title="旧版", valid_from=start)
    snapshot = replace(demo.snapshot, edition=edition)
    editions.load(engine, snapshot, demo.tables, check_edition(snapshot.edition))
    editions.publish(engine, "2024-2", NOON)
    code = prepare(engine).snapshot.edition.code
    assert code.startswith("2024-2+")
    assert [row[0] for row in held(engine)] == ["2024-2", code]
    assert prepare(engine).snapshot.edition.code == code
    assert [row[0] for row in held(engine)] == ["2024-2", code]
