"""Publishing an edition keeps what became of the areas of the one before it, for good."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import shapely
from small_city import GRIDS, area, box, load_city, write_city
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from gridsvc.errors import RefusedToPublish
from gridsvc.services import editions, succession
from gridsvc.services.succession import page_of_successors
from gridsvc.spatial.layer import Edition
from gridsvc.spatial.succession import Succession, successions
from gridsvc.store import dated_sets, tenures
from gridsvc.store.engine import transaction

NOW = datetime(2024, 6, 12, 4, tzinfo=UTC)
MERGED = [area("A", [[120.0, 30.0], [120.01, 30.0], [120.02, 30.0], [120.02, 30.01], [120.01, 30.01], [120.0, 30.01],
                     [120.0, 30.0]], parent="S", unit="U1")]  # fmt: skip
MERGES = [("grid", "merge", "A", "A", 1.0, 0.5), ("grid", "merge", "B", "A", 1.0, 0.5)]
TABLES = {"units": [{"code": "U1", "name": "甲"}, {"code": "U2", "name": "乙"}]}


def published(engine: Engine, folder: Path, code: str, day: int, **city: object) -> None:
    load_city(engine, write_city(folder / code, edition=code, tables=TABLES, **city))
    editions.publish(engine, code, NOW, NOW + timedelta(days=day))


def kept(engine: Engine, code: str, layer: str | None = None) -> tuple[object, object, list]:
    """The edition before, the one that was compared, and what became of its areas."""
    with transaction(engine) as connection:
        found = dated_sets.need(connection, "edition", code)
    before, compared, rows = page_of_successors(engine, found, layer, 0, 100)
    return before, compared, [(*r[:4], round(r.share_before, 4), round(r.share_after, 4)) for _, r in rows]


def test_the_first_edition_comes_from_nowhere(engine: Engine, tmp_path: Path):
    published(engine, tmp_path, "S1", 0)
    assert kept(engine, "S1") == (None, None, [])


def test_what_became_of_each_area_goes_back_to_the_edition_that_held_until_then(engine: Engine, tmp_path: Path):
    published(engine, tmp_path, "S1", 0)
    published(engine, tmp_path, "S2", 10, grids=MERGED)
    published(engine, tmp_path, "S3", 20, grids=[GRIDS[0], area("C", box(1), parent="S", unit="U2")])
    assert kept(engine, "S2") == ("S1", "S1", MERGES)
    split = [("grid", "split", "A", "A", 0.5, 1.0), ("grid", "split", "A", "C", 0.5, 1.0)]
    assert kept(engine, "S3") == ("S2", "S2", split)
    assert kept(engine, "S3", layer="street") == ("S2", "S2", [])


def test_an_edition_in_which_every_area_was_kept_was_compared_all_the_same(engine: Engine, tmp_path: Path):
    published(engine, tmp_path, "S1", 0)
    published(engine, tmp_path, "S2", 10, title="anders")
    assert kept(engine, "S2") == ("S1", "S1", [])


def test_where_an_edition_came_in_between_later_the_answer_says_what_was_compared(engine: Engine, tmp_path: Path):
    published(engine, tmp_path, "S1", 0)
    published(engine, tmp_path, "S3", 20, grids=MERGED)
    published(engine, tmp_path, "S2", 10, title="anders")
    assert kept(engine, "S2") == ("S1", "S1", [])
    assert kept(engine, "S3") == ("S2", "S1", MERGES)


def test_where_a_correction_moved_an_edition_the_answer_says_what_was_compared(engine: Engine, tmp_path: Path):
    published(engine, tmp_path, "S1", 0)
    published(engine, tmp_path, "S2", 10, title="anders")
    published(engine, tmp_path, "S3", 20, grids=MERGED)
    editions.publish(engine, "S1", NOW, NOW + timedelta(days=5), NOW + timedelta(days=20), correction="S2 never held")
    assert kept(engine, "S3") == ("S1", "S2", MERGES)


def test_a_draft_has_nothing_before_it(engine: Engine, tmp_path: Path):
    published(engine, tmp_path, "S1", 0)
    load_city(engine, write_city(tmp_path / "S2", edition="S2", tables=TABLES, grids=MERGED))
    assert kept(engine, "S2") == (None, None, [])


@pytest.fixture
def while_comparing(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Do something after each comparison, before its result is there; gives which were made, as they are made."""

    def hooked(*then: Callable[[], object]) -> list[str]:
        made, left = [], list(then)

        def compare(before: Edition, after: Edition, **how: Any) -> list[Succession]:
            found = successions(before, after, **how)
            made.append(f"{before.code}-{after.code}")
            if left:
                left.pop(0)()
            return found

        monkeypatch.setattr(succession, "successions", compare)
        return made

    return hooked


def test_a_long_comparison_delays_nobody_and_is_over_before_the_publication_is_known(
    engine: Engine, tmp_path: Path, while_comparing: Callable[..., list[str]]
):
    published(engine, tmp_path, "S1", 0)
    load_city(engine, write_city(tmp_path / "S2", edition="S2", tables=TABLES, grids=MERGED, valid_from=None))
    meanwhile: list[datetime] = []

    def elsewhere() -> None:
        published(engine, tmp_path, "T1", 0, district="990998")  # would wait for ever if the comparison kept the lock
        with transaction(engine) as connection:
            meanwhile.append(connection.execute(text("SELECT clock_timestamp()")).scalar_one())

    made = while_comparing(elsewhere)
    start = editions.publish(engine, "S2", NOW).start
    with transaction(engine) as connection:
        (found,) = tenures.history(connection, "edition", at=start, district="990999")
        assert (found.code, found.holds_from) == ("S2", start)
        assert meanwhile[0] < found.known_from == start
        (before,) = tenures.history(connection, "edition", at=start, known=meanwhile[0], district="990999")
        assert before.code == "S1"
    assert made == ["S1-S2"]
    assert kept(engine, "S2") == ("S1", "S1", MERGES)


def test_an_edition_before_that_is_another_one_meanwhile_is_compared_again(
    engine: Engine, tmp_path: Path, while_comparing: Callable[..., list[str]]
):
    published(engine, tmp_path, "S1", 0)
    made = while_comparing(lambda: published(engine, tmp_path, "S2", 10, grids=MERGED))
    published(engine, tmp_path, "S3", 20, grids=MERGED)
    assert made == ["S1-S3", "S1-S2", "S2-S3"]
    assert kept(engine, "S3") == ("S2", "S2", [])


def test_a_draft_that_is_replaced_meanwhile_is_compared_again(
    engine: Engine, tmp_path: Path, while_comparing: Callable[..., list[str]]
):
    published(engine, tmp_path, "S1", 0)
    merged = write_city(tmp_path / "merged", edition="S2", tables=TABLES, grids=MERGED)
    made = while_comparing(lambda: load_city(engine, merged))
    published(engine, tmp_path, "S2", 10)
    assert made == ["S1-S2", "S1-S2"]
    assert kept(engine, "S2") == ("S1", "S1", MERGES)


def test_a_comparison_that_fails_is_logged_and_stops_no_publication(
    engine: Engine, tmp_path: Path, while_comparing: Callable[..., list[str]], caplog: pytest.LogCaptureFixture
):
    def fails() -> None:
        raise shapely.errors.GEOSException("side location conflict")

    published(engine, tmp_path, "S1", 0)
    while_comparing(fails)
    published(engine, tmp_path, "S2", 10, grids=MERGED)
    assert kept(engine, "S2") == ("S1", None, [])
    assert "S1 and S2 cannot be compared" in caplog.text


def test_nothing_is_kept_of_a_refused_publication_and_what_is_kept_stays(engine: Engine, tmp_path: Path):
    published(engine, tmp_path, "S1", 0)
    load_city(engine, write_city(tmp_path / "bad", edition="S2", tables=TABLES, grids=GRIDS[:1]))
    with pytest.raises(RefusedToPublish):
        editions.publish(engine, "S2", NOW, NOW + timedelta(days=10))
    assert kept(engine, "S2") == (None, None, [])
    published(engine, tmp_path, "S3", 10, grids=MERGED)
    for statement in (
        "UPDATE successor SET kind = 'split'",
        "DELETE FROM successor",
        "TRUNCATE successor",
        "INSERT INTO successor (set_id, before_id, layer, kind, after) SELECT id, id, 'grid', 'new', 'X' "
        "FROM dated_set WHERE kind = 'edition'",
    ):
        with pytest.raises(IntegrityError, match="published"), engine.begin() as connection:
            connection.execute(text(statement))
    assert len(kept(engine, "S3")[2]) == 2


def test_pages_go_on_where_the_last_one_ended(engine: Engine, tmp_path: Path):
    published(engine, tmp_path, "S1", 0)
    published(engine, tmp_path, "S2", 10, grids=MERGED)
    with transaction(engine) as connection:
        found = dated_sets.need(connection, "edition", "S2")
    *_, first = page_of_successors(engine, found, None, 0, 1)
    assert len(first) == 2  # one more than asked for: there is a next page
    *_, second = page_of_successors(engine, found, None, first[0][0], 1)
    assert second == first[1:]
