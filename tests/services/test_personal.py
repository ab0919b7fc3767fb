"""Names and numbers in full: what is shown, to whom, and that no look goes unrecorded."""

from collections.abc import Callable
from typing import Any

import pytest
from small_city import IN_B, load_city, write_city
from sqlalchemy import Engine, text

from gridsvc.bootstrap import Router
from gridsvc.casework.reporter import Reporter
from gridsvc.errors import BadInput, NotFound
from gridsvc.rights import Reach, Term
from gridsvc.services.personal import unmask_case, unmask_post
from gridsvc.store import audit
from gridsvc.store.engine import transaction
from gridsvc.values import Point

from .conftest import NOW, Answer

Report = Callable[..., Answer]
DISTRICT = "990999"
WHOLE = Reach(DISTRICT, frozenset({Term()}))
WHY = "核实现场情况"
WANG = Reporter("王大锤", "13800000001")
NUMBER = "0571-00000001"


def over(layer: str, area: str) -> Reach:
    return Reach(DISTRICT, frozenset({Term((layer, area))}))


def of(*units: str) -> Reach:
    return Reach(DISTRICT, frozenset({Term(units=frozenset(units))}))


def audited(engine: Engine) -> list[tuple[Any, ...]]:
    with transaction(engine) as connection:
        return [
            (e.at, e.actor, e.action, e.subject, e.district, dict(e.payload))
            for e in audit.chain(connection)
            if e.action == "personal data shown"
        ]


@pytest.fixture
def staffed(engine: Engine, tmp_path) -> Engine:
    """A database that has the staff of the small city."""
    load_city(engine, write_city(tmp_path / "city"))
    return engine


@pytest.mark.parametrize(
    ("what", "shown"),
    [
        ("reporter", {"name": "王大锤", "phone": "13800000001"}),
        ("description", {"text": "回电 13800000001"}),
        ("grid_chief", {"post": "P1", "name": "张三", "phone": NUMBER}),
    ],
)
def test_one_thing_is_shown_in_full_and_the_look_is_recorded(staffed: Engine, report: Report, what: Any, shown: dict):
    number = report("k", description="回电 13800000001", reporter=WANG)["number"]
    assert unmask_case(staffed, WHOLE, number, what, WHY, "li", NOW) == {"case": number, "what": what} | shown
    said = {"what": what, "reason": WHY}
    assert audited(staffed) == [(NOW, "li", "personal data shown", number, DISTRICT, said)]


@pytest.mark.parametrize(
    ("what", "place"),
    [("reporter", {}), ("description", {}), ("street_chief", {}), ("grid_chief", {"point": Point(*IN_B)})],
)
def test_where_there_is_nothing_it_says_so_and_records_no_look(staffed: Engine, report: Report, what: Any, place: dict):
    with pytest.raises(NotFound) as refused:
        unmask_case(staffed, WHOLE, report("k", **place)["id"], what, WHY, "li", NOW)
    assert [(e.field, e.value) for e in refused.value.errors] == [("what", what)]
    assert audited(staffed) == []


def test_an_anonymous_part_is_none(engine: Engine, report: Report):
    id_ = report("k", reporter=Reporter(None, "110"))["id"]
    shown = unmask_case(engine, WHOLE, id_, "reporter", WHY, "li", NOW)
    assert (shown["name"], shown["phone"]) == (None, "110")


@pytest.mark.parametrize("reason", ["", "因为", "a" * 9])
def test_without_a_reason_nothing_is_shown(engine: Engine, router: Router, report: Report, reason: str):
    id_ = report("k", reporter=WANG)["id"]
    for look in (
        lambda: unmask_case(engine, WHOLE, id_, "reporter", reason, "li", NOW),
        lambda: unmask_post(engine, router.snapshot, WHOLE, "P1", reason, "li", NOW),
    ):
        with pytest.raises(BadInput) as refused:
            look()
        assert [e.field for e in refused.value.errors] == ["reason"]
    assert audited(engine) == []


def test_what_cannot_be_recorded_is_not_shown(engine: Engine, router: Router, report: Report):
    id_ = report("k", reporter=WANG)["id"]
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE audit ADD CONSTRAINT full_disk CHECK (actor <> 'li') NOT VALID"))
    for look in (
        lambda: unmask_case(engine, WHOLE, id_, "reporter", WHY, "li", NOW),
        lambda: unmask_post(engine, router.snapshot, WHOLE, "P1", WHY, "li", NOW),
    ):
        with pytest.raises(Exception, match="full_disk"):
            look()
    assert audited(engine) == []


# A case in grid A of street S; U2 answers for it and U1 evaluates.
SEEN = [
    (WHOLE, True),
    (over("grid", "A"), True),
    (over("street", "S"), True),
    (over("grid", "B"), False),
    (of("U2"), True),
    (of("U9"), False),
    (Reach(DISTRICT, frozenset({Term(("grid", "B"), frozenset({"U2"}))})), False),
    (Reach(DISTRICT, frozenset(), own="demo"), True),
    (Reach(DISTRICT, frozenset(), own="li"), False),
    (Reach("990998", frozenset({Term()})), False),
]


@pytest.mark.parametrize(("reach", "seen"), SEEN, ids=[str(i) for i in range(len(SEEN))])
def test_a_case_is_shown_within_the_reach_alone(engine: Engine, report: Report, reach: Reach, seen: bool):
    number = report("k", reporter=WANG)["number"]
    if seen:
        assert unmask_case(engine, reach, number, "reporter", WHY, "li", NOW)["name"] == "王大锤"
    else:
        with pytest.raises(NotFound) as refused:
            unmask_case(engine, reach, number, "reporter", WHY, "li", NOW)
        with pytest.raises(NotFound) as nowhere:
            unmask_case(engine, WHOLE, "240612-9999", "reporter", WHY, "li", NOW)
        assert (refused.value.zh, refused.value.en) == (nowhere.value.zh, nowhere.value.en)
    assert len(audited(engine)) == int(seen)


# Post P1 is of grid A, whose unit is U1.
POSTS = [
    (WHOLE, True),
    (over("grid", "A"), True),
    (over("street", "S"), True),
    (over("grid", "B"), False),
    (of("U1"), True),
    (of("U2"), False),
    (Reach(DISTRICT, frozenset(), own="li"), False),
]


@pytest.mark.parametrize(("reach", "seen"), POSTS, ids=[str(i) for i in range(len(POSTS))])
def test_a_post_is_shown_where_its_area_or_unit_is_within_the_reach(
    engine: Engine, router: Router, reach: Reach, seen: bool
):
    if seen:
        shown = unmask_post(engine, router.snapshot, reach, "P1", WHY, "li", NOW)
        assert shown == {"post": "P1", "name": "张三", "phone": NUMBER}
    else:
        with pytest.raises(NotFound):
            unmask_post(engine, router.snapshot, reach, "P1", WHY, "li", NOW)
    said = {"what": "post", "reason": WHY}
    assert audited(engine) == [(NOW, "li", "personal data shown", "P1", DISTRICT, said)] * seen


@pytest.mark.parametrize(("code", "at"), [("P9", NOW), ("", NOW), ("P2", NOW.replace(year=2025))])
def test_a_post_that_nobody_holds_now_is_none(engine: Engine, router: Router, code: str, at: Any):
    with pytest.raises(NotFound) as refused:
        unmask_post(engine, router.snapshot, WHOLE, code, WHY, "li", at)
    assert [(e.field, e.value) for e in refused.value.errors] == [("post", code)]
    assert audited(engine) == []
