"""A code that nobody can guess shows its reporter where his case stands, and lets him say once how that was."""

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridsvc.casework.case import Status, append
from gridsvc.casework.tracking import STAGES, Rating, code_of, is_new, number_in, public, rated
from gridsvc.errors import BadInput, Conflict, NotFound

SECRET = b"s" * 32
AT = datetime(2024, 6, 12, 4, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")
ID = UUID(int=7)


def history(*told: tuple[str, dict]) -> list:
    entries: list = []
    for n, (kind, said) in enumerate((("reported", {"lon": 120.0}), *told)):
        entries.append(append(entries, ID, AT + timedelta(hours=n), "li", kind, said))
    return entries


def to(*statuses: str) -> list:
    return history(*(("x", {"to": s}) for s in statuses))


CLOSED = ("x", {"to": "closed"})


@given(st.uuids(), st.integers(1, 999_999_999))
def test_a_code_is_read_as_it_was_given(case_id: UUID, n: int):
    number = f"240612-{n:04d}"
    code = code_of(number, case_id, SECRET)
    assert number_in(code) == (number, code)
    assert number_in(f" {code.lower().replace('0', 'o').replace('1', 'l')} ") == (number, code)
    assert code_of(number, case_id, SECRET) == code
    assert code_of(number, case_id, b"t" * 32) != code != code_of(number, UUID(int=case_id.int ^ 1), SECRET)


def test_codes_of_cases_in_a_row_have_nothing_in_common():
    codes = [code_of("240612-0001", UUID(int=n), SECRET)[-12:] for n in range(500)]
    assert len(set(codes)) == 500
    for place in range(12):
        assert len({code[place] for code in codes}) == 32


@pytest.mark.parametrize(
    "code",
    ["", "240612-0001", "240612-0001-", "240612-0001-ABC", "0001-ABCDEFGHJKMN", "240612-0001-ABCDEFGHJKMU", "x" * 999],
)
def test_what_is_no_code_is_as_unknown_as_one_of_nobody(code: str):
    with pytest.raises(NotFound) as e:
        number_in(code)
    assert e.value.errors[0].value is None


def test_every_status_but_the_archive_has_words():
    for status in Status.__args__:
        shown = public("n", to(status), SHANGHAI)
        assert shown["stage"] in STAGES
        assert (shown["zh"], shown["en"]) == STAGES[shown["stage"]]
    assert public("n", to("void", "archived"), SHANGHAI)["stage"] == "void"
    assert public("n", to("closed", "archived"), SHANGHAI)["stage"] == "closed"


def test_a_reporter_sees_stages_and_dates_and_nothing_of_the_inside():
    entries = history(
        ("decided", {"answer": {"accountable": {"unit": "U1"}}, "trail": []}),
        ("accept", {"to": "accepted", "public": {"zh": "已受理", "en": "taken up", "template": "a"}}),
        ("register", {"to": "registered"}),
        ("dispatch", {"to": "dispatched", "unit": {"unit": "U1", "name": "某队"}, "reason": "内部意见"}),
        ("take", {"to": "in_progress"}),
        ("rework", {"to": "rework", "reason": "没做好"}),
        ("close", {"to": "closed", "public": {"zh": "已清理"}}),
        ("archive", {"to": "archived"}),
    )
    shown = public("240612-0001", entries, SHANGHAI)
    assert [s["stage"] for s in shown["steps"]] == ["received", "accepted", "handling", "closed"]
    assert shown["steps"][1]["at"] == "2024-06-12T14:00:00+08:00"
    assert shown["answer"] == {"zh": "已清理", "en": None}
    assert (shown["stage"], shown["rating"], shown["may_rate"]) == ("closed", None, True)
    for inside in ("U1", "某队", "内部意见", "没做好", "'li'", "120"):
        assert inside not in str(shown)


def test_a_report_alone_is_received():
    shown = public("n", history(), SHANGHAI)
    assert (shown["stage"], shown["answer"], shown["may_rate"], len(shown["steps"])) == ("received", None, False, 1)


@pytest.mark.parametrize("rating", [0, 6, -1])
def test_what_is_no_rating_is_refused(rating: int):
    with pytest.raises(BadInput):
        Rating(rating)


@pytest.mark.parametrize("statuses", [(), ("accepted",), ("void",), ("closed", "registered"), ("checking",)])
def test_only_a_closed_case_is_rated(statuses):
    with pytest.raises(Conflict):
        is_new(to(*statuses), Rating(5))


def test_a_case_is_rated_once_each_time_it_is_closed():
    assert is_new(history(CLOSED), Rating(5))
    assert is_new(history(CLOSED, ("archive", {"to": "archived"})), Rating(5))
    once = history(CLOSED, ("rated", {"rating": 2, "solved": False}))
    assert not is_new(once, Rating(2, solved=False))
    for other in (Rating(3, solved=False), Rating(2), Rating(2, True, False)):
        with pytest.raises(Conflict):
            is_new(once, other)
    assert rated(once) == {"rating": 2, "solved": False}
    again = history(CLOSED, ("rated", {"rating": 2}), ("reopen", {"to": "registered"}), CLOSED)
    assert rated(again) is None
    assert is_new(again, Rating(4))
    assert public("n", once, SHANGHAI)["may_rate"] is False
