"""Who may do what and where: grants in time and place, keys that narrow, and the reach they add up to."""

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridsvc.errors import BadInput, Forbidden
from gridsvc.rights import ALL, MEANS, ROLE_NAMES, ROLES, Actor, Grant, Reach, Role, Term, everything

NOON = datetime(2024, 6, 12, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
D = "990999"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"role": "king"}, "role"),
        ({"role": ""}, "role"),
        ({"district": D, "layer": "grid"}, "area"),
        ({"district": D, "area": "A"}, "area"),
        ({"layer": "grid", "area": "A"}, "district"),
        ({"unit": "U1"}, "district"),
        ({"valid_from": NOON, "valid_to": NOON}, "valid_to"),
        ({"valid_from": NOON, "valid_to": NOON - HOUR}, "valid_to"),
    ],
)
def test_a_grant_that_makes_no_sense_is_refused_by_its_field(fields: dict[str, Any], field: str):
    with pytest.raises(BadInput) as refused:
        Grant(**({"role": "viewer"} | fields))
    assert [e.field for e in refused.value.errors] == [field]
    assert all(e.mend_zh and e.mend_en for e in refused.value.errors)


@pytest.mark.parametrize(
    ("start", "end", "holds"),
    [
        (None, None, True),
        (NOON, None, True),
        (NOON + timedelta(microseconds=1), None, False),
        (None, NOON, False),
        (None, NOON + timedelta(microseconds=1), True),
        (NOON - HOUR, NOON + HOUR, True),
        (NOON - 2 * HOUR, NOON - HOUR, False),
        (NOON + HOUR, NOON + 2 * HOUR, False),
    ],
)
def test_a_grant_holds_from_its_beginning_until_just_before_its_end(
    start: datetime | None, end: datetime | None, holds: bool
):
    actor = Actor("li", (Grant("viewer", D, valid_from=start, valid_to=end),))
    assert Grant("viewer", valid_from=start, valid_to=end).holds(NOON) == holds
    assert actor.may("route", D, NOON) == holds
    assert actor.roles(D, NOON) == (["viewer"] if holds else [])


@pytest.mark.parametrize(
    ("grants", "district", "roles"),
    [
        ((), D, []),
        ((Grant("viewer", D),), "", []),
        ((Grant("viewer", D),), "110101", []),
        ((Grant("viewer", D),), D, ["viewer"]),
        ((Grant("viewer"),), D, ["viewer"]),
        ((Grant("viewer"),), "", ["viewer"]),
        ((Grant("dispatcher", D), Grant("viewer", D), Grant("dispatcher", D, unit="U1")), D, ["viewer", "dispatcher"]),
        ((Grant("dispatcher", D), Grant("viewer", "110101")), D, ["dispatcher"]),
    ],
)
def test_the_roles_held_in_a_district_come_once_and_in_order(grants: tuple[Grant, ...], district: str, roles: list):
    assert Actor("li", grants).roles(district, NOON) == roles


@pytest.mark.parametrize(
    ("only", "permissions"),
    [
        (None, ROLES["viewer"]),
        (frozenset(), frozenset()),
        (frozenset({"route"}), frozenset({"route"})),
        (frozenset({"actor:write"}), frozenset()),
        (ALL, ROLES["viewer"]),
    ],
)
def test_a_key_narrows_and_never_widens(only: frozenset | None, permissions: frozenset):
    assert Actor("li", (Grant("viewer", D),), only).permissions(D, NOON) == permissions


A, B = {"street": "S", "grid": "A"}, {"street": "S", "grid": "B"}
BELOW = {"U1": frozenset({"U1", "U11", "U12"}), "U11": frozenset({"U11"}), "U12": frozenset({"U12"})}
IN_A, OF_U1 = Grant("dispatcher", D, "grid", "A"), Grant("dispatcher", D, unit="U1")


@pytest.mark.parametrize(
    ("grants", "areas", "parties", "covered"),
    [
        ([Grant("dispatcher", D)], {}, [], True),
        ([Grant("dispatcher")], {}, [], True),
        ([IN_A], {}, [], False),
        ([IN_A], A, [], True),
        ([IN_A], B, ["U1"], False),
        ([IN_A], {"lane": "A"}, [], False),
        ([Grant("dispatcher", D, "street", "S")], B, [], True),
        ([OF_U1], A, [], False),
        ([OF_U1], A, ["U1"], True),
        ([OF_U1], A, ["U9", "U11"], True),
        ([Grant("dispatcher", D, unit="U11")], A, ["U1"], False),
        ([Grant("dispatcher", D, unit="U9")], A, ["U9"], True),
        ([Grant("dispatcher", D, "grid", "A", "U1")], A, ["U12"], True),
        ([Grant("dispatcher", D, "grid", "A", "U1")], B, ["U12"], False),
        ([Grant("dispatcher", D, "grid", "A", "U1")], A, ["U9"], False),
        ([IN_A, OF_U1], B, ["U1"], True),
        ([IN_A, OF_U1], B, ["U9"], False),
        ([IN_A, Grant("viewer", D, valid_from=NOON + HOUR)], B, [], False),
        ([IN_A, Grant("viewer", D, valid_to=NOON)], B, [], False),
        ([IN_A, Grant("viewer", "110101")], B, [], False),
        ([IN_A, Grant("viewer", D)], B, [], True),
    ],
)
def test_a_reach_covers_what_one_of_the_grants_covers(grants: list[Grant], areas: dict, parties: list, covered: bool):
    reach = Actor("li", tuple(grants)).reach("case:read", D, NOON, BELOW)
    assert reach.covers(areas, frozenset(parties)) == covered


def test_only_grants_with_the_permission_count_for_its_reach():
    actor = Actor("li", (Grant("viewer", D), Grant("dispatcher", D, "grid", "A")))
    assert actor.reach("case:read", D, NOON).is_whole
    assert actor.reach("reporter:see", D, NOON).terms == {Term(("grid", "A"))}


def test_the_whole_district_needs_no_further_terms():
    actor = Actor("li", (IN_A, Grant("viewer", D), OF_U1))
    assert actor.reach("case:read", D, NOON).terms == {Term()}


def test_what_one_reported_oneself_is_within_reach():
    reach = Actor("li", (IN_A,)).reach("case:read", D, NOON)
    assert reach.covers(B, reported_by="li")
    assert not reach.covers(B, reported_by="wang")
    assert not reach.covers(B, reported_by=None)


def test_nobody_reported_what_has_no_reporter():
    assert not Reach(D, frozenset()).covers({}, reported_by=None)


@pytest.mark.parametrize(
    "actor",
    [
        Actor("li"),
        Actor("li", (Grant("administrator", "110101"),)),
        Actor("li", (Grant("administrator", valid_to=NOON),)),
        Actor("li", (Grant("viewer", D),)),
        Actor("li", (Grant("administrator"),), frozenset({"route"})),
    ],
    ids=["nothing", "another district", "over", "another role", "a narrowed key"],
)
def test_a_refusal_names_what_is_missing_and_who_has_it(actor: Actor):
    with pytest.raises(Forbidden) as refused:
        actor.reach("audit:read", D, NOON)
    (error,) = refused.value.errors
    assert "audit:read" in refused.value.zh
    assert "audit:read" in refused.value.en
    assert ("administrator" in error.mend_en, "管理员" in error.mend_zh) == (True, True)
    assert (D in error.mend_en, D in error.mend_zh) == (True, True)


def test_who_sits_at_the_machine_may_do_everything_everywhere():
    assert everything("admin").permissions("anywhere", NOON) == ALL


def test_the_tables_name_every_role_and_permission():
    assert set(ROLES) == set(ROLE_NAMES) == set(get_args(Role))
    assert set(MEANS) == ALL == frozenset().union(*ROLES.values())


# --- for all grants

DISTRICTS = [D, "110101"]
AREAS = [("grid", "A"), ("grid", "B"), ("street", "S"), ("lane", "A")]
UNITS = ["U1", "U11", "U12", "U9"]


@st.composite
def grants(draw: st.DrawFn) -> Grant:
    district = draw(st.sampled_from([None, *DISTRICTS]))
    area = draw(st.none() | st.sampled_from(AREAS)) if district else None
    unit = draw(st.none() | st.sampled_from(UNITS)) if district else None
    start = draw(st.none() | st.integers(-3, 3).map(lambda h: NOON + h * HOUR))
    end = draw(st.none() | st.integers(1, 4).map(lambda h: (start or NOON - 2 * HOUR) + h * HOUR))
    return Grant(draw(st.sampled_from(get_args(Role))), district, *(area or (None, None)), unit, start, end)


several = st.lists(grants(), max_size=4).map(tuple)
permissions = st.sampled_from(sorted(ALL))
keys = st.frozensets(permissions)
things = st.tuples(
    st.fixed_dictionaries({}, optional={"grid": st.sampled_from("ABC"), "street": st.sampled_from("ST")}),
    st.frozensets(st.sampled_from(UNITS)),
    st.sampled_from(["li", "wang", ""]),
)


def covers(actor: Actor, permission: Any, district: str, thing: tuple) -> bool:
    """Whether an actor reaches something; where nothing may be done at all, nothing is reached."""
    try:
        return actor.reach(permission, district, NOON, BELOW).covers(*thing)
    except Forbidden:
        return False


@given(several, grants(), permissions, st.sampled_from(DISTRICTS), things)
def test_a_further_grant_takes_nothing_away(held, further, permission, district, thing):
    before, after = Actor("li", held), Actor("li", (*held, further))
    assert before.permissions(district, NOON) <= after.permissions(district, NOON)
    assert covers(before, permission, district, thing) <= covers(after, permission, district, thing)


@given(several, keys, permissions, st.sampled_from(DISTRICTS), things)
def test_a_narrowed_key_never_does_more(held, only, permission, district, thing):
    whole, narrowed = Actor("li", held), Actor("li", held, only)
    assert narrowed.permissions(district, NOON) == whole.permissions(district, NOON) & only
    assert covers(narrowed, permission, district, thing) == (
        permission in only and covers(whole, permission, district, thing)
    )


@given(several, permissions, st.sampled_from(DISTRICTS), things)
def test_the_order_of_grants_does_not_matter(held, permission, district, thing):
    one, other = Actor("li", held), Actor("li", held[::-1])
    assert covers(one, permission, district, thing) == covers(other, permission, district, thing)


@given(grants(), permissions, things)
def test_a_grant_is_good_for_its_district_and_its_time_only(held, permission, thing):
    actor = Actor("li", (held,))
    for district in DISTRICTS:
        if held.district not in (None, district) or not held.holds(NOON):
            assert not covers(actor, permission, district, thing)


@given(several, grants(), permissions, st.sampled_from(DISTRICTS), things)
def test_nobody_grants_what_lies_beyond_his_own(held, further, permission, district, thing):
    areas, parties, _ = thing
    if Actor("chen", held).may_grant(further, NOON) and covers(
        Actor("li", (further,)), permission, district, (areas, parties)
    ):
        assert covers(Actor("chen", held), permission, district, (areas, parties))


@given(several, keys, grants())
def test_with_a_narrowed_key_nobody_grants(held, only, further):
    assert not Actor("chen", (*held, Grant("administrator")), only).may_grant(further, NOON)
