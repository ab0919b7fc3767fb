"""Administering actors, grants and keys: what is refused, what ends with what, and that all of it is audited."""

import math
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from small_city import GRIDS, UNITS, area, box, load_city, write_city
from sqlalchemy import Engine

from gridsvc.errors import BadInput, Conflict, GridsvcError, NotFound
from gridsvc.rights import Grant
from gridsvc.services import actors, editions, keys
from gridsvc.store import audit
from gridsvc.store.actors import StoredGrant
from gridsvc.store.audit import Audited
from gridsvc.store.engine import transaction

from .conftest import NOW

BY, D = "cli:root", "990999"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

pytestmark = pytest.mark.usefixtures("quick_hashes")


@pytest.fixture
def li(engine: Engine) -> str:
    actors.add_actor(engine, "li", BY, NOW)
    return "li"


@pytest.fixture
def city(engine: Engine, tmp_path: Path) -> str:
    """The small city's first edition holds; gives its district."""
    load_city(engine, write_city(tmp_path / "S1"))
    editions.publish(engine, "S1", NOW)
    return D


def audited(engine: Engine) -> list[Audited]:
    with transaction(engine) as connection:
        return list(audit.chain(connection))


def last(engine: Engine) -> tuple[Any, ...]:
    entry = audited(engine)[-1]
    return entry.at, entry.actor, entry.action, entry.subject, entry.district, entry.payload


def grants(engine: Engine, name: str = "li") -> list[StoredGrant]:
    return next(g for a, g, _ in actors.page_of_actors(engine, None, 100) if a.name == name)


def test_an_actor_is_added_without_any_right(engine: Engine):
    made = actors.add_actor(engine, "li", BY, NOW, title="李四", subject=("https://id", "42"))
    assert (made.name, made.title, made.kind, made.password) == ("li", "李四", "person", None)
    assert (made.issuer, made.subject, made.created_at, made.ended_at) == ("https://id", "42", NOW, None)
    assert actors.page_of_actors(engine, None, 10) == [(made, [], [])]
    what = {"kind": "person", "title": "李四", "issuer": "https://id", "subject": "42"}
    assert last(engine) == (NOW, BY, "actor added", "li", None, what)


def test_an_actor_comes_with_a_first_grant_or_not_at_all(engine: Engine, city: str):
    actors.add_actor(engine, "li", BY, NOW, given=Grant("dispatcher", D, "grid", "A"))
    assert [g.grant for g in grants(engine)] == [Grant("dispatcher", D, "grid", "A", valid_from=NOW)]
    before = len(audited(engine))
    with pytest.raises(NotFound):
        actors.add_actor(engine, "wang", BY, NOW, given=Grant("dispatcher", D, "grid", "Z"))
    assert [a.name for a, _, _ in actors.page_of_actors(engine, None, 10)] == ["li"]
    assert len(audited(engine)) == before


@pytest.mark.parametrize("name", ["ab", "a1", "李四", "li@city.gov", "li.si-2", "x" * 64, "Li"])
def test_a_name_that_can_be_used(engine: Engine, name: str):
    assert actors.add_actor(engine, name, BY, NOW).name == name


@pytest.mark.parametrize(
    "name",
    ["", "a", "x" * 65, "_li", "-li", ".li", "li si", "li\n", "li:root", "cli:root", "li/..", "<b>li", "\x00li",
     "\ud800li", "admin", "Admin", "SYSTEM", "demo", "import"],
    ids=repr,
)  # fmt: skip
def test_a_name_that_cannot_be_used_is_refused(engine: Engine, name: str):
    with pytest.raises(BadInput) as refused:
        actors.add_actor(engine, name, BY, NOW)
    assert [e.field for e in refused.value.errors] == ["name"]
    assert audited(engine) == []


def test_a_name_is_never_given_again(engine: Engine, li: str):
    actors.end_actor(engine, li, BY, NOW)
    with pytest.raises(Conflict) as refused:
        actors.add_actor(engine, li, BY, NOW)
    assert [(e.field, e.value) for e in refused.value.errors] == [("name", "li")]


def test_an_identity_is_one_persons(engine: Engine):
    actors.add_actor(engine, "li", BY, NOW, subject=("https://id", "42"))
    with pytest.raises(Conflict) as refused:
        actors.add_actor(engine, "wang", BY, NOW, subject=("https://id", "42"))
    assert [(e.field, e.value) for e in refused.value.errors] == [("subject", "42")]
    assert actors.add_actor(engine, "zhao", BY, NOW, subject=("https://other", "42")).name == "zhao"


def test_actors_are_listed_by_name_in_pages(engine: Engine):
    for name in ("wang", "li", "zhao"):
        actors.add_actor(engine, name, BY, NOW)
    first = actors.page_of_actors(engine, None, 2)
    assert [a.name for a, _, _ in first] == ["li", "wang", "zhao"]
    assert [a.name for a, _, _ in actors.page_of_actors(engine, "wang", 2)] == ["zhao"]
    assert actors.page_of_actors(engine, "zhao", 2) == []


NOBODY: dict[str, Callable[[Engine, str], object]] = {
    "password": lambda e, n: actors.set_password(e, n, "correct horse 9", BY, NOW),
    "end": lambda e, n: actors.end_actor(e, n, BY, NOW),
    "grant": lambda e, n: actors.grant(e, n, Grant("viewer"), BY, NOW),
    "ungrant": lambda e, n: actors.end_grant(e, n, 1, BY, NOW),
    "key": lambda e, n: keys.add_key(e, n, "", BY, NOW),
    "rotate": lambda e, n: keys.rotate_key(e, n, 1, BY, NOW),
    "unkey": lambda e, n: keys.end_key(e, n, 1, BY, NOW),
}


@pytest.mark.parametrize("act", NOBODY.values(), ids=NOBODY)
@pytest.mark.parametrize("name", ["nobody", "x" * 10_000])
def test_nobody_of_that_name_is_refused(engine: Engine, act: Callable[[Engine, str], object], name: str):
    with pytest.raises(NotFound) as refused:
        act(engine, name)
    assert [(e.field, e.value) for e in refused.value.errors] == [("name", name)]
    assert audited(engine) == []


@pytest.mark.parametrize("act", ["password", "grant", "key"])
def test_who_has_ended_is_given_nothing(engine: Engine, li: str, act: str):
    actors.end_actor(engine, li, BY, NOW)
    before = len(audited(engine))
    with pytest.raises(Conflict) as refused:
        NOBODY[act](engine, li)
    assert [(e.field, e.value) for e in refused.value.errors] == [("name", "li")]
    assert len(audited(engine)) == before


def test_an_end_is_the_end_of_everything_and_is_told_once(engine: Engine, li: str):
    actors.grant(engine, li, Grant("viewer"), BY, NOW)
    actors.grant(engine, li, Grant("viewer", valid_from=NOW + DAY), BY, NOW)
    keys.add_key(engine, li, "", BY, NOW)
    keys.add_key(engine, li, "", BY, NOW, expires_at=NOW + HOUR / 2)
    actors.end_actor(engine, li, BY, NOW + HOUR)
    assert last(engine)[2:] == ("actor ended", "li", None, {"grants": 2, "keys": 1, "sessions": 0})
    ((ended, held, kept),) = actors.page_of_actors(engine, None, 10)
    assert ended.ended_at == NOW + HOUR
    # That which was still to come never was.
    assert [(g.grant.valid_from, g.grant.valid_to) for g in held] == [(NOW, NOW + HOUR)]
    assert [k.expires_at for k in kept] == [NOW + HOUR, NOW + HOUR / 2]
    before = audited(engine)
    actors.end_actor(engine, li, BY, NOW + 2 * HOUR)
    assert audited(engine) == before


# --- grants


def test_a_grant_holds_from_now_on_and_is_audited_in_its_district(engine: Engine, li: str, city: str):
    made = actors.grant(engine, li, Grant("dispatcher", D, "grid", "A", "U1", valid_to=NOW + DAY), BY, NOW)
    assert grants(engine) == [made]
    assert (made.grant.valid_from, made.grant.valid_to) == (NOW, NOW + DAY)
    assert last(engine)[:5] == (NOW, BY, "role granted", "li", D)
    assert last(engine)[5] == {
        "grant": made.id, "role": "dispatcher", "layer": "grid", "area": "A", "unit": "U1",
        "valid_from": NOW.isoformat(), "valid_to": (NOW + DAY).isoformat(),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "error", "field"),
    [
        (Grant("viewer", valid_from=NOW - timedelta(microseconds=1)), BadInput, "valid_from"),
        (Grant("viewer", valid_to=NOW), BadInput, "valid_to"),
        (Grant("viewer", D, "grid", "Z"), NotFound, "grid"),
        (Grant("viewer", D, "lane", "A"), NotFound, "lane"),
        (Grant("viewer", D, "", ""), NotFound, ""),
        (Grant("viewer", D, unit="U9"), NotFound, "unit"),
        (Grant("viewer", D, unit=""), NotFound, "unit"),
        (Grant("viewer", D, "grid", "A", "U9"), NotFound, "unit"),
        (Grant("viewer", "110101", "grid", "A"), NotFound, "district"),
        (Grant("viewer", D, "grid", "A", valid_from=NOW - 1000 * DAY), BadInput, "valid_from"),
    ],
)
def test_a_grant_that_cannot_hold_is_refused(
    engine: Engine, li: str, city: str, given: Grant, error: type[GridsvcError], field: str
):
    before = len(audited(engine))
    with pytest.raises(error) as refused:
        actors.grant(engine, li, given, BY, NOW)
    assert [e.field for e in refused.value.errors] == [field]
    assert (grants(engine), len(audited(engine))) == ([], before)


def test_a_grant_that_begins_later_is_asked_of_the_edition_of_then(engine: Engine, li: str, city: str, tmp_path: Path):
    grids = [*GRIDS[:1], area("C", box(1), parent="S", unit="U2")]
    load_city(engine, write_city(tmp_path / "S2", edition="S2", grids=grids))
    editions.publish(engine, "S2", NOW, NOW + 10 * DAY)
    in_c = Grant("viewer", D, "grid", "C", valid_from=NOW + 10 * DAY)
    with pytest.raises(NotFound):
        actors.grant(engine, li, Grant("viewer", D, "grid", "C"), BY, NOW)
    assert actors.grant(engine, li, in_c, BY, NOW).grant == in_c


def test_grants_whose_area_or_unit_is_gone_are_told(engine: Engine, li: str, city: str, tmp_path: Path):
    later = NOW + 10 * DAY
    made = [
        actors.grant(engine, li, given, BY, NOW).id
        for given in (
            Grant("viewer"), Grant("viewer", "110101"), Grant("viewer", D, "grid", "A"),
            Grant("viewer", D, "grid", "B"), Grant("viewer", D, unit="U2"), Grant("viewer", D, unit="U1"),
            Grant("viewer", D, "grid", "B", valid_to=later),
        )
    ]  # fmt: skip
    assert actors.lost_grants(engine, grants(engine), NOW) == frozenset()
    grids = [GRIDS[0], area("C", box(1), parent="S", unit="U1")]
    load_city(engine, write_city(tmp_path / "S2", edition="S2", grids=grids, tables={"units": UNITS[:1]}))
    editions.publish(engine, "S2", NOW, later)
    assert actors.lost_grants(engine, grants(engine), NOW) == frozenset()
    assert actors.lost_grants(engine, grants(engine), later) == {made[3], made[4]}
    assert actors.lost_grants(engine, [], later) == frozenset()


def test_a_grant_is_ended_once(engine: Engine, li: str):
    made = actors.grant(engine, li, Grant("viewer"), BY, NOW)
    actors.end_grant(engine, li, made.id, BY, NOW + HOUR)
    assert [g.grant.valid_to for g in grants(engine)] == [NOW + HOUR]
    assert last(engine)[2:] == ("grant ended", "li", None, {"grant": made.id})
    before = audited(engine)
    actors.end_grant(engine, li, made.id, BY, NOW + 2 * HOUR)
    assert audited(engine) == before


def test_a_grant_that_was_ended_before_it_began_is_gone(engine: Engine, li: str):
    made = actors.grant(engine, li, Grant("viewer", valid_from=NOW + DAY), BY, NOW)
    actors.end_grant(engine, li, made.id, BY, NOW)
    assert grants(engine) == []


def test_the_grant_or_key_of_another_is_not_ended(engine: Engine, li: str):
    actors.add_actor(engine, "wang", BY, NOW)
    held = actors.grant(engine, "wang", Grant("viewer"), BY, NOW)
    key, _ = keys.add_key(engine, "wang", "", BY, NOW)
    for act in (
        lambda: actors.end_grant(engine, li, held.id, BY, NOW),
        lambda: keys.end_key(engine, li, key.id, BY, NOW),
        lambda: keys.rotate_key(engine, li, key.id, BY, NOW),
    ):
        with pytest.raises(NotFound):
            act()
    (_, (kept,), (same,)) = actors.page_of_actors(engine, None, 10)[1]
    assert (kept, same) == (held, key)


# --- keys


def test_a_key_is_made_once_and_audited_without_itself(engine: Engine, li: str):
    made, key = keys.add_key(engine, li, "大屏", BY, NOW)
    assert key.startswith(f"gk_{made.lookup}_")
    assert last(engine)[2:] == ("key made", "li", None, {"key": made.id, "title": "大屏", "lookup": made.lookup})
    assert key[16:] not in repr(audited(engine))
    assert actors.page_of_actors(engine, None, 10)[0][2] == [made]


def test_no_two_keys_are_alike(engine: Engine, li: str):
    made = [keys.add_key(engine, li, "", BY, NOW) for _ in range(5)]
    assert len({key for _, key in made}) == len({k.lookup for k, _ in made}) == 5


@pytest.mark.parametrize(
    ("how", "field"),
    [
        ({"permissions": ["route", "everything"]}, "permissions"),
        ({"permissions": [""]}, "permissions"),
        ({"expires_at": NOW}, "expires_at"),
        ({"expires_at": NOW - DAY}, "expires_at"),
        ({"rate_per_s": 0.0}, "rate_per_s"),
        ({"rate_per_s": -1.0}, "rate_per_s"),
        ({"rate_per_s": math.nan}, "rate_per_s"),
        ({"rate_per_s": math.inf}, "rate_per_s"),
    ],
)
def test_a_key_that_makes_no_sense_is_refused(engine: Engine, li: str, how: dict[str, Any], field: str):
    with pytest.raises(BadInput) as refused:
        keys.add_key(engine, li, "", BY, NOW, **how)
    assert [e.field for e in refused.value.errors] == [field]
    assert actors.page_of_actors(engine, None, 10)[0][2] == []


def test_the_key_in_the_place_of_another_is_like_it(engine: Engine, li: str):
    end = NOW + 90 * DAY
    how = {"permissions": ["route", "map:read"], "rate_per_s": 5.0, "expires_at": end}
    old, _ = keys.add_key(engine, li, "大屏", BY, NOW, **how)
    new, _ = keys.rotate_key(engine, li, old.id, BY, NOW + DAY)
    assert (new.name, new.permissions, new.rate_per_s, new.expires_at) == ("大屏", ["map:read", "route"], 5.0, end)
    (_, _, (kept, _)) = actors.page_of_actors(engine, None, 10)[0]
    assert (kept.id, kept.expires_at) == (old.id, NOW + DAY + keys.OVERLAP)
    assert last(engine)[2:] == ("key rotated", "li", None, {"key": new.id, "old": old.id, "lookup": new.lookup})


def test_no_overlap_makes_a_key_last_longer(engine: Engine, li: str):
    old, _ = keys.add_key(engine, li, "", BY, NOW, expires_at=NOW + HOUR)
    keys.rotate_key(engine, li, old.id, BY, NOW, 5 * HOUR)
    assert actors.page_of_actors(engine, None, 10)[0][2][0].expires_at == NOW + HOUR


@pytest.mark.parametrize("act", [keys.rotate_key, keys.end_key])
def test_a_key_that_is_not_there_is_refused_with_those_that_are(engine: Engine, li: str, act: Callable[..., object]):
    made, _ = keys.add_key(engine, li, "", BY, NOW)
    with pytest.raises(NotFound) as refused:
        act(engine, li, made.id + 1, BY, NOW)
    assert str(made.id) in refused.value.errors[0].mend_en


def test_a_key_that_is_over_has_no_successor(engine: Engine, li: str):
    made, _ = keys.add_key(engine, li, "", BY, NOW)
    keys.end_key(engine, li, made.id, BY, NOW)
    with pytest.raises(NotFound):
        keys.rotate_key(engine, li, made.id, BY, NOW)
    before = audited(engine)
    keys.end_key(engine, li, made.id, BY, NOW + HOUR)
    assert audited(engine) == before


def test_the_password_is_not_in_the_audit(engine: Engine, li: str):
    actors.set_password(engine, li, "correct horse 9", BY, NOW)
    assert last(engine)[2:] == ("password set", "li", None, {"sessions": 0})
