"""Hand-overs of posts in the real store: who held a seat is known for any instant, and nobody holds it beside him."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_city import PEOPLE, POSTS, TABLES, changed, load_city, write_city
from sqlalchemy import Engine, text

from gridsvc.errors import BadInput, Conflict, NotFound
from gridsvc.responsibility.duty import duty_at
from gridsvc.responsibility.people import Staff
from gridsvc.rights import Reach, Term
from gridsvc.services import editions
from gridsvc.services.posts import HandedOver, hand_over
from gridsvc.services.rulesets import load_ruleset, publish_ruleset
from gridsvc.store import dated_sets
from gridsvc.store.areas import read_edition
from gridsvc.store.cluster import Cluster
from gridsvc.store.engine import make_engine, transaction
from gridsvc.store.people import read_staff
from gridsvc.store.rules import read_texts
from gridsvc.tables import Row

HOUR = timedelta(hours=1)
START = datetime(2023, 12, 31, 16, tzinfo=UTC)  # 2024-01-01 in Shanghai
SEAT = ("grid_chief", ("grid", "A"))
WHY = "岗位调整"
NAMES = ("R1", "R2", "R3", "R4")
# A chief of each grid and a deputy in grid A, all without an end, and two more people.
CITY = dict(TABLES) | {
    "people": [*PEOPLE, {"code": "R3", "name": "王五", "phone": ""}, {"code": "R4", "name": "赵六", "phone": ""}],
    "posts": [
        *changed(changed(POSTS, 0, duty=""), 1, person="R4", valid_to="", acting="false"),
        POSTS[0] | {"code": "B1", "person": "R4", "area": "B"},
    ],
}
_serial = count()
_read: dict[tuple[str, int], Staff] = {}


@pytest.fixture
def city(engine: Engine, tmp_path: Path) -> Engine:
    load_city(engine, write_city(tmp_path, tables=CITY))
    editions.publish(engine, "S1", START, START)
    return engine


def now() -> datetime:
    """The wall clock, as the store's own clock says when something came to be known."""
    return datetime.now(UTC)


def over(engine: Engine, post: str, to: str, at: datetime, **more: Any) -> HandedOver:
    return hand_over(engine, post, to, at, WHY, **({"by": "chen", "now": now()} | more))


def chief(engine: Engine, at: datetime, known: datetime | None = None, district: str = "990999") -> list[str]:
    """The people who hold the seat of grid A at an instant, as was known at another: principals, then deputies."""
    with transaction(engine) as connection:
        held = dated_sets.held_at(connection, "ruleset", at, district, known)
        assert held is not None
        key = str(engine.url), held.id
        # What is published never changes.
        staff = _read[key] = _read.get(key) or read_staff(connection, held.id)
    duty = duty_at(staff, *SEAT, at, ZoneInfo(held.time_zone))
    holders = () if duty is None else duty.holders
    return [h.person.code for h in sorted(holders, key=lambda h: h.post.deputy_of is not None)]


def test_who_follows_begins_when_who_went_before_ends_and_the_deputy_stays(city: Engine):
    before, at = now(), now() + 24 * HOUR
    made = over(city, "P1", "R3", at)
    assert (made.ended, made.begun, made.at) == ("P1", "P1-2", at)
    tick = timedelta(microseconds=1)
    assert [chief(city, t) for t in (at - tick, at)] == [["R1", "R4"], ["R3", "R4"]]
    # As was known before, nothing was to change.
    assert chief(city, at, known=before) == ["R1", "R4"]
    with transaction(city) as connection:
        held = dated_sets.held_at(connection, "ruleset", at, "990999")
        rows = {row["code"]: row for row in read_texts(connection, held.id)["posts"]}
    assert (held.code, rows["P1-2"]["duty"], rows["P2"]["deputy_of"]) == (made.ruleset, rows["P1"]["duty"], "P1")


def test_a_seat_passes_on_and_back_and_each_time_it_is_another_post(city: Engine):
    at = now() + HOUR
    made = [over(city, post, to, at + n * HOUR) for n, (post, to) in enumerate((("P1", "R2"), ("P1-2", "R1")))]
    assert [m.begun for m in made] == ["P1-2", "P1-3"]
    assert [chief(city, at + (n - 0.5) * HOUR)[0] for n in range(3)] == ["R1", "R2", "R1"]


def test_between_two_hand_overs_a_third_may_come(city: Engine):
    at = now() + 10 * HOUR
    over(city, "P1", "R2", at)
    assert over(city, "P1", "R3", at - 5 * HOUR).begun == "P1-3"
    assert [chief(city, at + n * HOUR)[0] for n in (-6, -5, -1, 0)] == ["R1", "R3", "R3", "R2"]


def test_a_deputy_hands_over_as_a_deputy(city: Engine):
    at = now() - HOUR
    assert over(city, "P2", "R3", at).begun == "P2-2"
    assert [chief(city, at + n * HOUR) for n in (-1, 1)] == [["R1", "R4"], ["R1", "R3"]]


@pytest.mark.parametrize(
    ("post", "to", "at", "error", "field"),
    [
        ("P9", "R3", 1, NotFound, "post"),
        ("P1", "R9", 1, NotFound, "to"),
        ("P1", "R1", 1, BadInput, "to"),
        ("P1", "R3", 4, Conflict, "at"),  # handed over already
        ("P1", "R3", 3, Conflict, "at"),
        ("P1-2", "R3", 3, Conflict, "at"),  # nothing would be left of the post
        ("P1-2", "R3", 2, Conflict, "at"),
        ("P1", "R3", -30_000, Conflict, "at"),  # before there were any rules
    ],
)
def test_a_hand_over_that_cannot_be_is_refused_and_changes_nothing(city: Engine, post, to, at, error, field):
    begin = now()
    over(city, "P1", "R2", begin + 3 * HOUR)
    with transaction(city) as connection:
        before = len(dated_sets.listing(connection, "ruleset"))
    with pytest.raises(error) as e:
        over(city, post, to, begin + at * HOUR)
    assert e.value.errors[0].field == field
    with transaction(city) as connection:
        assert len(dated_sets.listing(connection, "ruleset")) == before


def test_who_asks_for_an_ended_post_is_told_whose_seat_it_is_by_then(city: Engine):
    begin = now()
    over(city, "P1", "R2", begin + HOUR)
    with pytest.raises(Conflict) as e:
        over(city, "P1", "R3", begin + 2 * HOUR)
    assert e.value.errors[0].mend_en.endswith(": P1-2")


def test_before_a_ruleset_that_knows_nothing_of_it_a_hand_over_is_refused(city: Engine):
    begin = now()
    over(city, "P1", "R2", begin - HOUR)
    with pytest.raises(Conflict) as e:
        over(city, "P1", "R3", begin - 2 * HOUR)
    assert e.value.errors[0].field == "at"
    assert chief(city, begin - 1.5 * HOUR)[0] == "R1"


def test_within_a_reach_other_posts_are_not_there(city: Engine):
    with transaction(city) as connection:
        edition = read_edition(connection, dated_sets.need(connection, "edition", "S1"))
    for area, reached in ((("grid", "B"), False), (("street", "S"), True)):
        within = Reach("990999", frozenset({Term(area)})), edition
        if reached:
            assert over(city, "P1", "R3", now() + HOUR, within=within).begun == "P1-2"
        else:
            with pytest.raises(NotFound):
                over(city, "P1", "R3", now() + HOUR, within=within)


def test_the_audit_names_who_handed_over_and_why(city: Engine):
    made = over(city, "P1", "R3", now() + HOUR)
    with transaction(city) as connection:
        actor, what = connection.execute(
            text("SELECT actor, payload FROM audit WHERE subject = :code AND action = 'ruleset amended'"),
            {"code": made.ruleset},
        ).one()
    assert (actor, what["reason"], what["rows"]) == ("chen", WHY, {"posts": ["P1", "P1-2"]})


@pytest.fixture(scope="module")
def shared(cluster: Cluster, migrated_template: str) -> Iterator[Engine]:
    """One database for all random histories, each of which has a district of its own."""
    engine = make_engine(cluster.make_database("post_histories", migrated_template), 2)
    yield engine
    engine.dispose()


# Hours before or after now; the first are hand-overs, the others say that somebody else held a post all the while.
STEPS = st.lists(
    st.tuples(st.sampled_from(["over", "over", "correct"]), st.integers(-60, 60), st.sampled_from(NAMES)),
    min_size=1, max_size=5,
)  # fmt: skip


def seat_rows(engine: Engine, district: str, at: datetime) -> tuple[list[Row], str | None, datetime]:
    """The rows of the ruleset that holds, the post of the seat at an instant, and since when that ruleset holds."""
    with transaction(engine) as connection:
        held = dated_sets.held_at(connection, "ruleset", at, district)
        posts = read_staff(connection, held.id).posts_at(*SEAT)
        rows = read_texts(connection, held.id)["posts"]
    code = next((p.code for p in posts if p.deputy_of is None and p.holds_at(at)), None)
    return rows, code, held.holds_from


def correct(engine: Engine, district: str, at: datetime, to: str) -> None:
    """Publish, from some earlier instant on, that another person held the post which is the seat's now."""
    rows, code, since = seat_rows(engine, district, now())
    tables = {"posts": [Row(row | {"person": to}, row.line) if row["code"] == code else row for row in rows]}
    name = f"C{next(_serial)}"
    load_ruleset(engine, name, tables, now(), district=district, by="chen")
    publish_ruleset(engine, name, now(), max(since, at), correction=WHY, district=district, by="chen")


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_at_no_instant_and_by_no_knowledge_does_a_seat_have_two_holders_or_none(
    shared: Engine, tmp_path: Path, steps: list[tuple[str, int, str]]
):
    district = f"98{next(_serial):04}"
    code = f"S{district}"
    load_city(shared, write_city(tmp_path / district, edition=code, district=district, tables=CITY))
    editions.publish(shared, code, START, START, district=district)
    begin = now()
    # What was told at each stage, by hand-overs alone: from when on who holds the seat.
    stages, told = [(now(), {START: "R1"})], {START: "R1"}
    pure = True
    for kind, hours, to in steps:
        at = begin + hours * HOUR
        try:
            if kind == "over":
                _, post, _ = seat_rows(shared, district, at)
                over(shared, post, to, at, district=district)
                told = told | {at: to}
            else:
                correct(shared, district, begin - abs(hours) * HOUR, to)
                pure = False
        except (BadInput, Conflict):
            continue
        finally:
            stages.append((now(), told))
    for known, timeline in stages:
        for at in sorted({START, begin, *(begin + sign * h * HOUR for _, h, _ in steps for sign in (1, -1))}):
            principal, *deputies = chief(shared, at, known, district)
            assert deputies == ["R4"]
            if pure:
                assert principal == timeline[max(t for t in timeline if t <= at)]
