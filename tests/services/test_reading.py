"""Cases as every door shows them, and whether the database answers."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from small_city import IN_B
from sqlalchemy import Engine

from gridsvc.bootstrap import Router
from gridsvc.errors import NotFound, Unavailable
from gridsvc.rights import Reach, Term
from gridsvc.services.cases import get_case, get_history, page_of_cases, shown
from gridsvc.services.health import ping
from gridsvc.store.case_lists import CaseFilter
from gridsvc.store.engine import make_engine
from gridsvc.values import Point

from .conftest import CITY, NOW, Answer

Report = Callable[..., Answer]


@pytest.mark.parametrize("name", ["", "240612-0001", "5f1b6c1e-0a57-4a6c-9d5e-3b7c2f8e4a10"])
def test_a_case_that_is_not_there_is_named(engine: Engine, name: str):
    with pytest.raises(NotFound) as refused:
        get_case(engine, name, CITY)
    assert [(e.field, e.value) for e in refused.value.errors] == [("id", name)]


def test_a_history_of_no_case_is_not_found(engine: Engine, router: Router):
    with pytest.raises(NotFound):
        get_history(engine, "240612-0001", router.zone, CITY)


@pytest.mark.parametrize(("area", "seen"), [(("grid", "A"), True), (("grid", "B"), False), (("street", "A"), False)])
def test_a_case_out_of_reach_is_refused_as_one_that_does_not_exist(
    engine: Engine, report: Report, router: Router, area: tuple[str, str], seen: bool
):
    answer = report("k", actor="somebody")
    near, unknown = Reach("990999", frozenset({Term(area)})), str(uuid4())
    for name in (answer["id"], answer["number"]):
        if seen:
            assert get_case(engine, name, near).number == answer["number"]
            assert get_history(engine, name, router.zone, near)["intact"]
            continue
        for read in (lambda n: get_case(engine, n, near), lambda n: get_history(engine, n, router.zone, near)):
            refusals = []
            for asked in (name, unknown):
                with pytest.raises(NotFound) as refused:
                    read(asked)
                refusals.append((refused.value.text("en") + refused.value.text("zh")).replace(asked, "-"))
            assert refusals[0] == refusals[1]


def test_a_case_read_again_is_shown_as_it_was_answered(engine: Engine, report: Report, router: Router):
    answer = report("k", description="x", accuracy_m=3.5)
    told = shown(get_case(engine, answer["id"], CITY), router.zone, None, NOW)
    # What only who reported it is told, and only then.
    assert answer == told | {name: answer[name] for name in ("tracking", "similar")}


@pytest.mark.parametrize(("limit", "more"), [(2, True), (3, False), (4, False)])
def test_a_page_says_whether_another_follows(engine: Engine, report: Report, limit: int, more: bool):
    for i in range(3):
        report(str(i), at=NOW + timedelta(hours=i))
    found, last = page_of_cases(engine, CaseFilter(CITY, limit=limit))
    assert len(found) == min(limit, 3)
    assert (last == found[-1]) if more else last is None


def test_an_empty_list_is_a_page(engine: Engine):
    assert page_of_cases(engine, CaseFilter(CITY)) == ([], None)


def test_cases_are_found_by_any_layer_of_the_decision(engine: Engine, report: Report):
    report("a")
    other = report("b", point=Point(*IN_B))
    found, _ = page_of_cases(engine, CaseFilter(CITY, areas=(("grid", ("B",)),)))
    assert [str(c.id) for c in found] == [other["id"]]


def test_a_database_that_answers_is_well(engine: Engine):
    ping(engine)


def test_a_database_that_does_not_answer_is_unavailable():
    with pytest.raises(Unavailable):
        ping(make_engine("postgresql+psycopg2://nobody@/none?host=/nonexistent&port=5442"))
