"""Corrections of what is published: both sets or none, what was known stays known, and every door answers by them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from small_city import GRIDS, IN_A, load_city, write_city
from sqlalchemy import Engine, text

from gridsvc.bootstrap import Router
from gridsvc.errors import BadInput, Conflict, NotFound
from gridsvc.services import editions
from gridsvc.services.catalogue import editions_of, history_of
from gridsvc.services.components import record_component
from gridsvc.services.current import CurrentRouter
from gridsvc.store import dated_sets
from gridsvc.store.engine import transaction
from gridsvc.values import Component, Point

NOW = datetime(2024, 6, 12, 4, tzinfo=UTC)
DAY = timedelta(days=1)
MAY = datetime(2024, 5, 1, tzinfo=UTC)
JUNE = datetime(2024, 6, 1, tzinfo=UTC)
Load = Callable[[str], None]


@pytest.fixture
def load(engine: Engine, tmp_path: Path) -> Load:
    """Load an edition of the small city in which grid A bears the edition's name."""

    def loaded(code: str) -> None:
        grids = [{**GRIDS[0], "properties": {**GRIDS[0]["properties"], "name": code}}, GRIDS[1]]
        load_city(engine, write_city(tmp_path / code, edition=code, grids=grids, valid_from=None))

    return loaded


@pytest.fixture
def two(engine: Engine, load: Load) -> Engine:
    """S1 holds from May and S2 from June on; S3 is a draft."""
    for code in ("S1", "S2", "S3"):
        load(code)
    editions.publish(engine, "S1", NOW, MAY)
    editions.publish(engine, "S2", NOW, JUNE)
    return engine


def held(engine: Engine, at: datetime, known: datetime | None = None) -> list[str | None]:
    """Edition and ruleset that hold at an instant."""
    with transaction(engine) as connection:
        found = [dated_sets.held_at(connection, kind, at, known=known) for kind in ("edition", "ruleset")]
    return [None if one is None else one.code for one in found]


def known_since(engine: Engine) -> datetime:
    """When what is known last came to be known."""
    return max(row["known_from"] for row in history_of(engine, "edition"))


def test_a_late_correction_changes_the_past_but_not_what_was_known(two: Engine):
    before = known_since(two)
    done = editions.publish(two, "S3", NOW, JUNE - 2 * DAY, JUNE + 2 * DAY, correction="gazette of 29 May", by="zhang")
    assert (done.start, done.end) == (JUNE - 2 * DAY, JUNE + 2 * DAY)
    assert [held(two, JUNE + n * DAY)[0] for n in (-3, -2, -1, 0, 1, 2)] == ["S1", "S3", "S3", "S3", "S3", "S2"]
    assert [held(two, JUNE + n * DAY, before)[0] for n in (-3, -2, -1, 0, 1, 2)] == ["S1"] * 3 + ["S2"] * 3


@pytest.mark.parametrize("day", range(-3, 4))
def test_edition_and_ruleset_hold_together(two: Engine, day: int):
    editions.publish(two, "S3", NOW, JUNE - 2 * DAY, JUNE + 2 * DAY, correction="gazette")
    edition, ruleset = held(two, JUNE + day * DAY)
    assert edition == ruleset is not None


def test_a_correction_is_known_of_both_from_one_instant_on(two: Engine):
    editions.publish(two, "S3", NOW, JUNE, correction="gazette")
    new = [
        {row["known_from"] for row in history_of(two, kind) if row["reason"] == "gazette"}
        for kind in ("edition", "ruleset")
    ]
    assert new[0] == new[1] == {known_since(two)}


def test_edition_and_ruleset_are_published_both_or_not_at_all(two: Engine):
    history = history_of(two, "edition")
    with two.begin() as connection:  # a ruleset of nobody's that stands in the way
        connection.execute(
            text("INSERT INTO dated_set (kind, district, code, time_zone, content_hash, checked) "
                 "VALUES ('ruleset', '990999', 'R', 'UTC', '', true)")
        )  # fmt: skip
        connection.execute(
            text("UPDATE tenure SET known = tstzrange(lower(known), clock_timestamp()) "
                 "WHERE kind = 'ruleset' AND upper_inf(valid) AND upper_inf(known)")
        )  # fmt: skip
        connection.execute(
            text("INSERT INTO tenure (set_id, kind, district, valid, known, actor) SELECT id, kind, district, "
                 "'[2024-07-01,)', tstzrange(clock_timestamp(), NULL), '' FROM dated_set WHERE code = 'R'")
        )  # fmt: skip
    with pytest.raises(Conflict):
        editions.publish(two, "S3", NOW, datetime(2024, 7, 1, tzinfo=UTC))
    assert history_of(two, "edition") == history
    assert {e["code"]: e["state"] for e in editions_of(two, "edition")} == {
        "S1": "retired", "S2": "published", "S3": "checked",
    }  # fmt: skip


def test_the_beginning_of_a_published_edition_is_moved_by_a_correction(two: Engine):
    with pytest.raises(Conflict) as refused:
        editions.publish(two, "S2", NOW, JUNE - 2 * DAY)
    assert "--correction" in refused.value.errors[0].mend_en
    done = editions.publish(two, "S2", NOW, JUNE - 2 * DAY, correction="it was two days earlier")
    assert (done.start, done.end) == (JUNE - 2 * DAY, None)
    s2 = next(e for e in editions_of(two, "edition") if e["code"] == "S2")
    assert s2["holds"] == [{"from": JUNE - 2 * DAY, "to": None}]
    editions.publish(two, "S1", NOW, JUNE - 2 * DAY, JUNE + DAY, correction="no, a day later")
    assert [held(two, JUNE + n * DAY) for n in (0, 1)] == [["S1", "S1"], ["S2", "S2"]]


def test_a_correction_of_a_published_edition_must_say_from_when(two: Engine):
    with pytest.raises(BadInput) as refused:
        editions.publish(two, "S1", NOW, correction="why")
    assert [e.field for e in refused.value.errors] == ["from"]


@pytest.mark.parametrize("reason", ["", " \n"])
def test_a_correction_without_words_is_refused(two: Engine, reason: str):
    with pytest.raises(BadInput) as refused:
        editions.publish(two, "S3", NOW, JUNE, correction=reason)
    assert [e.field for e in refused.value.errors] == ["correction"]
    assert held(two, JUNE) == ["S2", "S2"]


def test_a_withdrawn_edition_is_published_again_only_as_a_correction(two: Engine):
    editions.publish(two, "S1", NOW, JUNE, correction="withdrawn")
    assert {e["code"]: e["state"] for e in editions_of(two, "edition")} == {
        "S1": "published", "S2": "retired", "S3": "checked",
    }  # fmt: skip
    with pytest.raises(Conflict, match="published already"):
        editions.publish(two, "S2", NOW)
    editions.publish(two, "S2", NOW, JUNE + DAY, correction="after all")
    assert [held(two, JUNE + n * DAY)[0] for n in (0, 1)] == ["S1", "S2"]


def test_the_router_of_an_instant_follows_the_correction(two: Engine):
    current = CurrentRouter(two, lambda: NOW)
    names = [current.get(at=at).route(*IN_A, crs="wgs84", at=at).areas["grid"].name for at in (MAY, JUNE, NOW)]
    assert names == ["S1", "S2", "S2"]
    editions.publish(two, "S3", NOW, JUNE - DAY, JUNE + DAY, correction="gazette")
    current = CurrentRouter(two, lambda: NOW)
    codes = [current.get(at=JUNE + n * DAY).snapshot.edition.code for n in (-2, -1, 0, 1)]
    assert codes == ["S1", "S3", "S3", "S2"]


def test_a_router_from_the_database_answers_as_was_known(two: Engine):
    url = two.url.render_as_string(hide_password=False)
    before = known_since(two)
    moved = Component("99099901001000001", "GB/T 47678.5-2026", "01001", "井盖", Point(*IN_A), since=MAY)
    record_component(two, "990999", moved, "zhang", NOW)
    editions.publish(two, "S3", NOW, JUNE, correction="gazette")

    def found(known: datetime | None) -> tuple[str, float]:
        router = Router.from_database(url, at=JUNE, known=known)
        return router.snapshot.edition.code, router.components.get(moved.code).point.lon

    assert found(None) == found(known_since(two)) == ("S3", IN_A[0])
    assert found(before) == ("S2", 120.004)
    with pytest.raises(NotFound):
        found(before - timedelta(days=365))
