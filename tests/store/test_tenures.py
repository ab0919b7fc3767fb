"""What holds when, as was known when: never two, never none where one held, and what was known stays known."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from gridsvc.errors import BadInput, Conflict
from gridsvc.store import dated_sets
from gridsvc.store.engine import transaction

from .calendars import DAY, DAYS, FIRST, TODAY, Calendars

INSTANT = timedelta(microseconds=1)


@pytest.fixture
def planned(calendars: Engine) -> Calendars:
    """A holds from day 1, P is going to from day 7, and C could."""
    return Calendars(calendars, "ACP", A=1, P=7)


def test_before_anything_is_published_nothing_holds(calendars: Engine):
    assert Calendars(calendars, "A").line() == "-----------"


def test_one_ends_where_the_next_begins_and_not_an_instant_earlier(abc: Calendars):
    assert abc.line() == "-AABBBBBBBB"
    assert abc.line(after=DAY - INSTANT) == "-AABBBBBBBB"


@pytest.mark.parametrize(
    ("start", "end", "line"),
    [(6, None, "-AABBBCCCCC"), (5, None, "-AABBCCCCCC"), (4, None, "-AABCCCCCCC"), (6, 8, "-AABBBCCBBB")],
    ids=["for later", "now", "late", "for a while"],
)
def test_a_draft_that_takes_the_rest_of_the_last_needs_no_reason(
    abc: Calendars, start: int, end: int | None, line: str
):
    abc.publish("C", start, end)
    assert abc.line() == abc.line(after=DAY - INSTANT) == line


CORRECTIONS = [
    ("C", 3, None, "-AACCCCCCCC"),
    ("C", 2, None, "-ACBBBBBBBB"),
    ("C", 0, None, "CAABBBBBBBB"),
    ("C", 2, 4, "-ACCBBBBBBB"),
    ("C", 1, 3, "-CCBBBBBBBB"),
    ("C", 4, 5, "-AABCBBBBBB"),
    ("C", 2, 9, "-ACCCCCCCBB"),
    ("C", 0, 10, "CCCCCCCCCCB"),
    ("A", 3, 4, "-AAABBBBBBB"),
    ("A", 5, 6, "-AABBABBBBB"),
    ("A", 3, None, "-AAAAAAAAAA"),
    ("A", 0, None, "AAABBBBBBBB"),
    ("B", 2, None, "-ABBBBBBBBB"),
    ("B", 0, 2, "BBABBBBBBBB"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "start", "end", "line"), CORRECTIONS)
def test_what_rewrites_history_needs_a_reason(abc: Calendars, code: str, start: int, end: int | None, line: str):
    before = abc.history()
    with pytest.raises(Conflict, match="would rewrite") as refused:
        abc.publish(code, start, end)
    assert [e.field for e in refused.value.errors] == ["from"]
    assert "--correction" in refused.value.errors[0].mend_zh
    assert abc.history() == before
    known = abc.publish(code, start, end, "the gazette says so")
    assert abc.line() == abc.line(after=DAY - INSTANT) == line
    assert abc.line(known - INSTANT) == "-AABBBBBBBB"


@pytest.mark.parametrize(("code", "start", "end", "line"), CORRECTIONS)
def test_the_history_says_who_changed_what_and_why_and_when(
    abc: Calendars, code: str, start: int, end: int | None, line: str
):
    before = abc.history()
    known = abc.publish(code, start, end, "the gazette says so")
    after = abc.history()
    new = [t for t in after if t.known_from == known]
    assert new
    assert all((t.actor, t.reason, t.known_to) == ("zhang", "the gazette says so", None) for t in new)
    kept = [t for t in after if t.known_from < known]
    assert [t.id for t in kept] == [t.id for t in before]
    assert {t.known_to for t in kept} <= {None, known, *(t.known_to for t in before)}
    # A span is one row, however many corrections made it.
    found = [(t.code, t.holds_to) for t in abc.history(known=known)]
    assert not any((t.code, t.holds_from) in found for t in abc.history(known=known))


@pytest.mark.parametrize(
    ("code", "start", "end", "line"),
    [("C", 6, None, "-AAAAACPPPP"), ("C", 6, 7, "-AAAAACPPPP")],
    ids=["until the planned one begins", "told so"],
)
def test_a_draft_before_a_planned_one_leaves_that_in_its_place(
    planned: Calendars, code: str, start: int, end: int | None, line: str
):
    planned.publish(code, start, end)
    assert planned.line() == line


@pytest.mark.parametrize(
    ("code", "start", "end", "line"),
    [("C", 7, None, "-AAAAAACCCC"), ("A", 7, None, "-AAAAAAAAAA"), ("C", 6, 9, "-AAAAACCCPP")],
    ids=["another in its place", "none in its place", "over its beginning"],
)
def test_a_planned_one_is_withdrawn_only_for_a_reason(
    planned: Calendars, code: str, start: int, end: int | None, line: str
):
    with pytest.raises(Conflict):
        planned.publish(code, start, end)
    planned.publish(code, start, end, "decided otherwise")
    assert planned.line() == line


def test_states_follow_from_what_holds(calendars: Engine):
    ours = Calendars(calendars, "ABCP", A=1)
    assert [ours.get(c).state for c in "AB"] == ["published", "checked"]
    ours.publish("B", 3)
    ours.publish("P", 70_000)
    assert [ours.get(c).state for c in "ABP"] == ["retired", "published", "published"]
    ours.publish("C", 3, reason="wrong one")
    assert [ours.get(c).state for c in "ABCP"] == ["retired", "retired", "published", "published"]
    assert (ours.get("B").holds, ours.get("B").holds_from, ours.get("B").holds_to) == ([], None, None)


def test_a_set_in_two_pieces_says_so_and_holds_only_in_the_piece_asked_for(abc: Calendars):
    abc.publish("C", 5, 7)
    b = abc.get("B")
    pieces = [(FIRST + 3 * DAY, FIRST + 5 * DAY), (FIRST + 7 * DAY, None)]
    assert [(r.lower, r.upper) for r in b.holds] == pieces
    assert (b.holds_from, b.holds_to) == (FIRST + 3 * DAY, None)
    with transaction(abc.engine) as connection:
        for day, piece in ((4, pieces[0]), (8, pieces[1])):
            held = dated_sets.held_at(connection, "calendar", FIRST + day * DAY, abc.district)
            assert (held.holds_from, held.holds_to) == piece


def test_publishing_what_holds_already_writes_nothing(abc: Calendars):
    before = abc.history()
    for start, end in ((3, None), (4, 8)):
        abc.publish("B", start, end, "again")
    assert abc.history() == before


@pytest.mark.parametrize("end", [6, 5])
def test_a_span_without_an_instant_is_refused(abc: Calendars, end: int):
    with pytest.raises(BadInput) as refused:
        abc.publish("C", 6, end, "slip")
    assert [e.field for e in refused.value.errors] == ["to"]


def test_the_first_published_time_is_kept_though_nothing_of_it_is_left(abc: Calendars):
    published_at = abc.get("B").published_at
    abc.publish("C", 3, reason="wrong one")
    assert abc.get("B").published_at == published_at


# --- the same over random histories, beside a model

CODES = "ABCD"
Action = tuple[str, int, int | None, str | None]


def actions() -> st.SearchStrategy[list[Action]]:
    start = st.integers(0, DAYS - 1)
    span = st.tuples(start, st.none() | start).filter(lambda s: s[1] is None or s[0] < s[1])
    one = st.tuples(st.sampled_from(CODES), span, st.sampled_from([None, "why", "why"]))
    return st.lists(one.map(lambda a: (a[0], *a[1], a[2])), min_size=1, max_size=7)


def expected(line: str, seen: set[str], action: Action) -> str | None:
    """The line after an action, None if it must be refused: letters are overwritten, day by day."""
    code, start, end, reason = action
    begins = [day for day in range(DAYS + 1) if line[day] != "-" and line[day] != ("-" + line)[day]]
    if end is None:
        end = min([day for day in begins if day > start], default=DAYS + 1)
    if set(line[start:end]) == {code}:
        return line
    overrun = [day for day in begins if start <= day < end and line[day] != code]
    if reason is None and (code in seen or overrun or end <= TODAY):
        return None
    return line[:start] + code * (end - start) + line[end:]


@settings(max_examples=25, deadline=None)
@given(actions=actions())
def test_any_history_answers_as_a_line_that_is_written_over(calendars: Engine, actions: list[Action]):
    ours, line, seen = Calendars(calendars, CODES), "-" * (DAYS + 1), set[str]()
    known_lines = []
    for action in actions:
        after = expected(line, seen, action)
        if after is None:
            with pytest.raises(Conflict):
                ours.publish(*action)
            continue
        known_lines.append((ours.publish(*action) - INSTANT, line))
        line, seen = after, seen | {action[0]}
        assert ours.line() == line
    for known, then in known_lines:
        assert ours.line(known) == then
    for code in CODES:
        spans = [(r.lower, r.upper) for r in ours.get(code).holds]
        days = [FIRST + day * DAY for day in range(DAYS + 1)]
        held = [any(a <= day and (b is None or day < b) for a, b in spans) for day in days]
        assert held == [letter == code for letter in line]


# --- several at once


def test_of_two_who_publish_at_once_the_second_sees_the_first(calendars: Engine):
    ours = Calendars(calendars, "ABC", A=1)
    with ThreadPoolExecutor(1) as pool:
        with transaction(calendars) as connection:
            first = ours.publish_within(connection, "B", 6)
            refused = pool.submit(ours.publish, "C", 6)
            wait_until_held_up(calendars)
        with pytest.raises(Conflict):
            refused.result()
        assert ours.line() == "-AAAAABBBBB"
        with transaction(calendars) as connection:
            ours.publish_within(connection, "A", 6, reason="not yet")
            second = pool.submit(ours.publish, "C", 7)
            wait_until_held_up(calendars)
        assert second.result() > first
    assert ours.line() == "-AAAAAACCCC"


def test_readers_do_not_wait_for_who_publishes(calendars: Engine):
    ours = Calendars(calendars, "AB", A=1)
    with transaction(calendars) as connection:
        ours.publish_within(connection, "B", 6)
        assert ours.line() == "-AAAAAAAAAA"
    assert ours.line() == "-AAAAABBBBB"


def test_a_transaction_that_began_before_another_is_known_after_it(calendars: Engine):
    ours = Calendars(calendars, "ABC", A=1)
    with transaction(calendars) as slow:
        slow.execute(text("SELECT now()"))
        first = ours.publish("B", 6)
        assert ours.publish_within(slow, "C", 7) > first
    assert ours.line() == "-AAAAABCCCC"


def test_after_a_clock_that_ran_ahead_everything_is_known_later_still(engine: Engine):
    ours = Calendars(engine, "AB", A=1)
    ahead = (
        "INSERT INTO tenure (set_id, kind, district, valid, known, actor) "
        "SELECT set_id, kind, district, '[2023-01-01,2023-02-01)', '[2100-01-01,)', '' FROM tenure"
    )
    with transaction(engine) as connection:
        connection.execute(text(ahead))
    known = [ours.publish("B", 6), ours.publish("A", 7, reason="no")]
    assert datetime(2100, 1, 1, tzinfo=UTC) < known[0] < known[1]
    assert ours.line(known[1] - INSTANT) == "-AAAAABBBBB"


def wait_until_held_up(engine: Engine) -> None:
    """Return once somebody waits for a lock on the table."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'tenure'::regclass")
    with engine.connect() as connection:
        for _ in range(6000):
            if connection.execute(waiting).scalar_one():
                return
            connection.execute(text("SELECT pg_sleep(0.01)"))
    pytest.fail("nobody waits")


def test_a_publication_that_breaks_off_leaves_nothing(abc: Calendars):
    before = abc.history()
    with abc.engine.connect() as connection:
        abc.publish_within(connection, "C", 2, 4, "slip")
        backend = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with abc.engine.connect() as other:
            other.execute(text(f"SELECT pg_terminate_backend({backend})"))
        connection.invalidate()
    assert abc.history() == before
    abc.publish("C", 2, 4, "meant")
    assert abc.line() == "-ACCBBBBBBB"
