"""A case's history: sealed entry by entry, so that a changed, missing or exchanged one is found; and its fold."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest

from gridsvc.casework.case import Entry, NewCase, State, append, first_broken, fold
from gridsvc.errors import BadInput
from gridsvc.values import Point

CASE, OTHER = UUID(int=1), UUID(int=2)
NOON = datetime(2024, 6, 12, 4, 0, tzinfo=UTC)


def history(n: int, case_id: UUID = CASE) -> list[Entry]:
    entries: list[Entry] = []
    for k in range(n):
        kind, payload = ("decided", {"answer": {"k": k, "名": "甲"}}) if k else ("reported", {})
        entries.append(append(entries, case_id, NOON + timedelta(minutes=k), "demo", kind, payload))
    return entries


@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_an_untouched_history_is_whole(n):
    assert first_broken(history(n)) is None


def test_entries_count_from_one_and_name_the_seal_before_them():
    entries = history(3)
    assert [e.n for e in entries] == [1, 2, 3]
    assert [e.previous for e in entries] == [None, entries[0].hash, entries[1].hash]


CHANGES = {
    "at": NOON,
    "actor": "somebody",
    "kind": "reported",
    "payload": {"answer": {"k": 9}},
    "previous": b"\0" * 32,
    "hash": b"\0" * 32,
    "case_id": OTHER,
    "n": 7,
}


@pytest.mark.parametrize("field", CHANGES)
def test_a_changed_field_breaks_the_history_at_its_entry(field):
    entries = history(4)
    entries[2] = replace(entries[2], **{field: CHANGES[field]})
    assert first_broken(entries) == 3


def test_a_change_that_was_sealed_anew_breaks_the_entry_after_it():
    entries = history(4)
    entries[1] = append(entries[:1], CASE, NOON, "forger", "decided", {"answer": {"k": 9}})
    assert first_broken(entries) == 3


@pytest.mark.parametrize(("missing", "broken"), [(0, 1), (1, 2), (2, 3)])
def test_a_missing_entry_breaks_the_history_where_it_was(missing, broken):
    entries = history(4)
    del entries[missing]
    assert first_broken(entries) == broken


def test_a_missing_last_entry_leaves_a_whole_but_shorter_history():
    assert first_broken(history(4)[:3]) is None


def test_exchanged_entries_break_the_history():
    entries = history(4)
    entries[1], entries[2] = entries[2], entries[1]
    assert first_broken(entries) == 2


def test_an_entry_twice_breaks_the_history():
    entries = history(3)
    assert first_broken([*entries, entries[2]]) == 4


def test_an_entry_of_another_case_breaks_the_history():
    assert first_broken([*history(2), history(3, OTHER)[2]]) == 3


def test_a_whole_history_of_another_case_before_ones_own_is_not_whole():
    assert first_broken([*history(1, OTHER), *history(2)[1:]]) == 2


def test_the_same_instant_in_another_zone_has_the_same_seal():
    one = append([], CASE, NOON, "demo", "reported", {})
    other = append([], CASE, NOON.astimezone(timezone(timedelta(hours=8))), "demo", "reported", {})
    assert one.hash == other.hash


def test_the_order_of_keys_in_a_payload_does_not_change_the_seal():
    one = append([], CASE, NOON, "demo", "reported", {"a": 1, "b": 2})
    assert one.hash == append([], CASE, NOON, "demo", "reported", {"b": 2, "a": 1}).hash


def test_instants_a_microsecond_apart_have_different_seals():
    one = append([], CASE, NOON, "demo", "reported", {})
    assert one.hash != append([], CASE, NOON + timedelta(microseconds=1), "demo", "reported", {}).hash


def test_no_history_is_a_report_without_a_decision():
    assert fold([]) == State("reported", 0, None)


def test_the_decision_that_stands_is_the_last_one_and_the_version_the_length():
    assert fold(history(1)) == State("reported", 1, None)
    assert fold(history(3)) == State("reported", 3, {"k": 2, "名": "甲"})


NOBODY = {"answer": {"accountable": None, "desk": {"reason": "no_rule"}}}
ANSWERS: dict[str, tuple[dict, str | None]] = {
    "nobody answers": (NOBODY, "no_rule"),
    "nobody answers after a dispute": ({"answer": {"desk": {"reason": "rules_conflict"}}, "trail": [["R", "disputed"]]},
                                       "rules_conflict"),
    "the locality stands in": ({"answer": {"accountable": {"via": "locality"}}, "trail": [["R", "disputed"]]},
                               "disputed"),
    "the locality as ever": ({"answer": {"accountable": {"via": "locality"}}, "trail": [["R", "place"]]}, None),
    "a precedent settled it": ({"answer": {"accountable": {"via": "precedent"}}, "trail": [["R", "disputed"]]}, None),
    "the desk settled it": ({"answer": {"accountable": {"via": "desk"}, "desk": None}}, None),
    "no rules at all": ({"answer": {"accountable": None, "desk": None}, "trail": []}, None),
}  # fmt: skip


@pytest.mark.parametrize(("decided", "desk"), ANSWERS.values(), ids=ANSWERS)
def test_what_the_desk_has_to_do_follows_from_the_last_decision(decided: dict, desk: str | None):
    first = append([], CASE, NOON, "demo", "decided", NOBODY)
    assert fold([first, append([first], CASE, NOON, "demo", "decided", decided)]).desk == desk


@pytest.mark.parametrize("source", ["", None, "phone", "App"])
def test_a_case_of_an_unknown_source_is_refused_by_that_field(source):
    with pytest.raises(BadInput) as e:
        NewCase(Point(120, 30), {}, "06010", source)
    assert (e.value.errors[0].field, e.value.errors[0].value) == ("source", source)


def told(*said: tuple[str, dict]) -> State:
    """What a history of a report and these entries adds up to."""
    entries: list[Entry] = [append([], CASE, NOON, "demo", "reported", {})]
    for k, (kind, payload) in enumerate(said, start=1):
        entries.append(append(entries, CASE, NOON + timedelta(minutes=k), "王", kind, payload))
    return fold(entries)


def clock(state: str = "running", amber: str = "12:00", due: str = "13:00") -> dict:
    return {"stage": "accept", "state": state, "amber_at": f"2024-06-12T{amber}+00:00",
            "due_at": f"2024-06-12T{due}+00:00"}  # fmt: skip


def hour(h: int) -> datetime:
    return NOON.replace(hour=h)


def test_a_status_stands_until_another_entry_says_one():
    assert told(("accept", {"to": "accepted"}), ("supervise", {"reason": "r"})).status == "accepted"


@pytest.mark.parametrize("kind", ["noted", "rated"])
def test_a_light_or_an_answer_of_the_reporter_makes_nobody_stale(kind: str):
    assert told(("accept", {}), (kind, {}), (kind, {})).version == 2
    assert told((kind, {}), ("accept", {})).version == 3


@pytest.mark.parametrize(
    ("clocks", "amber_at", "due_at"),
    [
        ([], None, None),
        ([clock("stopped"), clock("paused")], None, None),
        ([clock(), clock("paused", "09:00", "10:00"), clock(amber="11:00", due="14:00")], hour(11), hour(13)),
    ],
)
def test_amber_and_due_are_those_of_the_first_running_clock(clocks: list, amber_at: datetime, due_at: datetime):
    state = told(("accept", {"clocks": clocks}))
    assert (state.clocks, state.amber_at, state.due_at) == (tuple(clocks), amber_at, due_at)


@pytest.mark.parametrize(
    ("until", "turn_at"), [(None, 12), ("11:59", 12), ("12:00", 13), ("12:59", 13), ("13:00", None), ("23:00", None)]
)
def test_the_next_turn_is_the_first_that_was_not_noted(until: str | None, turn_at: int | None):
    noted = () if until is None else (("noted", {"until": f"2024-06-12T{until}+00:00"}),)
    assert told(("accept", {"clocks": [clock()]}), *noted).turn_at == (turn_at and hour(turn_at))


ASKED = {"request": {"kind": "return", "asked": ["CENTRE"], "unit": "U2"}, "reason": "属地不符"}
OPEN = {"n": 2, "by": "王", "at": "2024-06-12T04:01:00+00:00", "reason": "属地不符", **ASKED["request"]}  # type: ignore[dict-item]
SETTLED = ("settle", {"request": 2, "verdict": "refused"})
WHISTLE = {"request": {"kind": "whistle", "asked": ["U1", "U2"]}}


def arrived(unit: str, request: int = 2) -> tuple[str, dict]:
    return "arrive", {"unit": unit, "request": request, "settled": True}


@pytest.mark.parametrize(
    ("said", "open_", "waits"),
    [
        ([], [], ()),
        ([("return", ASKED)], [2], ("return",)),
        ([("return", ASKED), SETTLED], [], ()),
        ([("return", ASKED), ("hold", {"request": {"kind": "hold", "asked": []}}), SETTLED], [3], ("hold",)),
        ([("return", ASKED), ("finish", {"lapsed": [2]})], [], ()),
        ([("whistle", WHISTLE), arrived("U1")], [2], ("whistle",)),
        ([arrived("U1")], [], ()),
        ([("return", ASKED), ("return", ASKED)], [2, 3], ("return",)),
    ],
)
def test_a_request_is_open_until_it_is_settled_or_lapses(said: list, open_: list[int], waits: tuple[str, ...]):
    state = told(*said)
    assert ([r["n"] for r in state.requests], state.waits) == (open_, waits)


def test_an_open_request_says_who_asked_what_and_why():
    assert told(("return", ASKED)).requests == (OPEN,)


def test_the_first_arrival_of_each_unit_counts():
    (whistle,) = told(("whistle", WHISTLE), arrived("U2"), arrived("U1"), arrived("U2")).requests
    assert whistle["arrived"] == {"U2": "2024-06-12T04:02:00+00:00", "U1": "2024-06-12T04:03:00+00:00"}


WHOSE = {"accountable": {"unit": "U1"}, "assisting": [{"unit": "U2"}], "evaluator": {"unit": "U3"}, "desk": None}


def test_it_concerns_who_answers_assists_evaluates_and_is_asked():
    assert (told().unit, told().parties) == (None, ())
    state = told(("decided", {"answer": WHOSE}), ("whistle", {"request": {"kind": "whistle", "asked": ["U4", "U2"]}}))
    assert (state.unit, state.parties) == ("U1", ("U1", "U2", "U3", "U4"))


def test_links_last_until_they_are_taken_away():
    one, other = ({"case": id_, "number": f"n{id_}", "as": "repeat"} for id_ in "ab")
    state = told(("link", one), ("link", other), ("unlink", {"case": "a"}))
    assert state.links == ({"n": 3, **other},)


def test_what_was_corrected_is_what_it_is_decided_by():
    assert told().corrected is None
    said = {"component": "C1", "attributes": {"vertical": "below"}, "category": "06010", "lon": 120.0, "lat": 30.0}
    found = told(("correct", said)).corrected
    assert found == {"at": "2024-06-12T04:01:00+00:00", "component": "C1", "attributes": {"vertical": "below"}}
