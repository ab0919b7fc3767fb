"""A replica is killed, and the database: no acknowledged case is lost, none doubled, no edition outlives its end."""

import pytest

from .two_replicas import LIMIT_S, Drilled, drill

pytestmark = [pytest.mark.slow, pytest.mark.alone]

# One replica, the other, the database.
ROUNDS = 3


@pytest.fixture(scope="module")
def drilled() -> Drilled:
    return drill(ROUNDS)


def test_everything_was_killed_while_clients_asked_and_reported(drilled: Drilled):
    assert drilled.killed == {"replica": 2, "database": 1}
    assert drilled.seen.lost.total() > 0
    assert len(drilled.seen.reports) > 50
    assert drilled.seen.repeated > 0


def test_nothing_is_lost_doubled_torn_or_broken(drilled: Drilled):
    assert {what: found[:3] for what, found in drilled.faults.items() if found} == {}


def test_no_replica_answered_by_a_retired_edition_for_long(drilled: Drilled):
    # Both were there for most editions, and so had most of them to let go of.
    assert min(drilled.editions[replica] for replica in (0, 1)) > drilled.published // 2
    assert max(drilled.latest_s.values()) < LIMIT_S
