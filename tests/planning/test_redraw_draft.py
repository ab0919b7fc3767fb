"""The demo district redrawn: balanced, and a draft that checks, replays and publishes like any other."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import shapely
from sqlalchemy import Engine

from gridsvc import Router
from gridsvc.bootstrap import Folder, load_folder, past_cases, read_all
from gridsvc.carried import carried
from gridsvc.planning import frames
from gridsvc.planning.plans import Plan, compare, redraw, today
from gridsvc.planning.redraw import Ground, bound_of, ground, loads_of, numbers_of_grids
from gridsvc.planning.redraw_draft import Draft, write_draft
from gridsvc.planning.replayed import moved_work, replayed
from gridsvc.planning.unit_load import unit_loads
from gridsvc.services import editions
from gridsvc.services.intake import import_cases
from gridsvc.services.replay import replay
from gridsvc.services.succession import page_of_successors
from gridsvc.spatial.topology import check_edition
from gridsvc.store import dated_sets
from gridsvc.store.engine import transaction
from gridsvc.store.replays import PastFilter

NOW = datetime(2024, 7, 1, 4, tzinfo=UTC)
STARTS = datetime(2024, 8, 1, tzinfo=UTC)
# Promised of the demo: the heaviest grid of the whole district and of every street, over the mean.
PROMISED = 1.15


@dataclass(frozen=True)
class Redrawn:
    """The demo city's last edition, its redraw, and the folder of the draft."""

    source: Path
    before: Folder
    router: Router
    ground: Ground
    plan: Plan
    draft: Draft
    after: Folder


@pytest.fixture(scope="module")
def redrawn(tmp_path_factory: pytest.TempPathFactory) -> Redrawn:
    source = carried("boundaries") / "2024-2"
    before = read_all(source)
    router = Router(before.snapshot)
    made = ground(router, unit_loads(router, frames.past_cases(before)))
    plan = redraw(made, numbers=numbers_of_grids(made), used=["990101004G02"])
    out = tmp_path_factory.mktemp("draft") / "2024-3"
    draft = write_draft(before, source, made, plan, out, "2024-3", "重划草案")
    return Redrawn(source, before, router, made, plan, draft, read_all(out))


def test_the_demo_district_is_balanced_in_every_street_and_over_all(redrawn: Redrawn):
    naive = redraw(redrawn.ground, "k-means", numbers_of_grids(redrawn.ground))
    table = compare(redrawn.ground, [today(redrawn.ground), redrawn.plan, naive])
    now, new = table.loc["today"], table.loc["local search"]
    assert new["overall"] <= PROMISED < min(now["overall"], table.loc["k-means", "overall"])
    assert new["within"] <= 1.03
    assert new[["pieces", "outside"]].tolist() == [0, 0]
    assert new["changed"] < table.loc["k-means", "changed"] / 2
    assert new["chiefs"] > 0.9
    numbers = [len(set(redrawn.plan.labels[rows])) for _, rows in redrawn.ground.parts()]
    assert set(numbers) <= {4, 5}


def test_no_numbers_of_grids_would_do_that_with_one_grid_fewer_taken_back(redrawn: Redrawn):
    loads = loads_of(redrawn.ground, redrawn.ground.inside)
    held = {c: len(redrawn.ground.grids_of(c)) for c in loads}
    assert bound_of(loads, held) > PROMISED >= bound_of(loads, numbers_of_grids(redrawn.ground))


def test_grids_of_the_draft_are_whole_unit_grids_inside_their_streets(redrawn: Redrawn):
    edition = redrawn.after.snapshot.edition
    report = check_edition(edition, before=redrawn.before.snapshot.edition)
    assert report.counts == {"error": 0, "warning": 0}
    grid, units = edition.layers["grid"], edition.layers["unit_grid"].geometries
    for code, parent, shape in zip(grid.codes, grid.parents, grid.geometries, strict=True):
        own = redrawn.plan.labels == code
        assert shapely.coverage_union_all(units[own]).symmetric_difference(shape).is_empty
        assert set(redrawn.ground.inside[own]) == {parent}


def test_what_goes_on_keeps_its_name_and_its_people(redrawn: Redrawn):
    old, new = (f.snapshot.edition.layers["grid"] for f in (redrawn.before, redrawn.after))
    names = dict(zip(old.codes, old.names, strict=True))
    assert {c: names.get(c) for c in new.codes} == dict(zip(new.codes, new.names, strict=True))
    gone = set(old.codes) - set(new.codes)
    ended = {p.code for p in redrawn.before.snapshot.staff.posts if p.area in gone}
    assert (len(gone), set(redrawn.draft.posts)) == (1, ended)
    assert redrawn.draft.vacant == ()


def test_boundary_streets_stay_just_where_they_run_beside_their_owner(redrawn: Redrawn):
    streets = redrawn.after.snapshot.edition.layers["boundary_street"]
    was = redrawn.before.snapshot.edition.layers["boundary_street"]
    assert set(streets.codes) | set(redrawn.draft.streets) == set(was.codes)
    assert set(streets.codes) & set(redrawn.draft.streets) == set()
    assert len(streets) > 0
    border = shapely.boundary(redrawn.after.snapshot.edition.layers["grid"].geometries)
    for line in streets.geometries:
        middle = line.interpolate(0.5, normalized=True)
        assert (shapely.distance(border, middle) < 1e-7).sum() >= 2


@pytest.fixture
def city(engine: Engine, redrawn: Redrawn) -> Iterator[Engine]:
    load_folder(engine, redrawn.before, NOW, "planner")
    editions.publish(engine, "2024-2", NOW, datetime(2023, 1, 1, tzinfo=UTC))
    import_cases(engine, redrawn.router, past_cases(redrawn.before), "past")
    return engine


@pytest.mark.slow
def test_the_draft_is_loaded_replayed_and_published(city: Engine, redrawn: Redrawn):
    outcome, report, rules = load_folder(city, redrawn.after, NOW, "planner")
    assert (outcome, report.counts["error"]) == ("loaded", 0)
    assert [f for f in rules if f["severity"] == "error"] == []
    found = replay(city, PastFilter("990101"), "2024-3")
    assert found.failed == 0
    here = replayed(redrawn.router, Router(redrawn.after.snapshot), past_cases(redrawn.before))
    assert found.changed == len(here) > 0
    work = moved_work(here)
    at_grid = work[work["by"] == "grid"]
    # Every case that one grid loses another gains, and who loses most was among the heaviest.
    assert at_grid["lost"].sum() == at_grid["gained"].sum() > 0
    heavy = loads_of(redrawn.ground, redrawn.ground.today)
    most = at_grid.sort_values("lost")["code"].iloc[-1]
    assert heavy[most] > np.median(list(heavy.values()))
    published = editions.publish(city, "2024-3", NOW, STARTS)
    assert published is not None
    with transaction(city) as connection:
        now = dated_sets.held_at(connection, "edition", STARTS, "990101")
        assert now is not None
        assert now.code == "2024-3"
    before, _, rows = page_of_successors(city, now, "grid", 0, 500)
    assert before == "2024-2"
    gone = set(redrawn.before.snapshot.edition.layers["grid"].codes) - set(redrawn.plan.labels)
    assert gone <= {row.before for _, row in rows}
