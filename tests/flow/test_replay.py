"""The demo city's past, decided again: all of it as it was, under a draft just what the draft moves, killed or not."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from gridsvc.bootstrap import Folder, past_cases, read_all
from gridsvc.carried import carried
from gridsvc.errors import BadInput
from gridsvc.router import Router
from gridsvc.services import editions
from gridsvc.services.components import catch_up, end_component, record_component
from gridsvc.services.intake import PastCase, import_cases
from gridsvc.services.replay import replay
from gridsvc.spatial.topology import check_edition
from gridsvc.store.cluster import Cluster
from gridsvc.store.engine import make_engine, transaction
from gridsvc.store.replays import PastFilter
from gridsvc.values import REMOVED, Component, Point

pytestmark = pytest.mark.slow
NOW = datetime(2026, 1, 5, 4, tzinfo=UTC)


@pytest.fixture(scope="module")
def folders() -> list[Folder]:
    """All editions of the demo city, the oldest first."""
    first = carried("boundaries")
    return [read_all(first), *(read_all(m.parent) for m in sorted(first.glob("*/manifest.json")))]


@pytest.fixture(scope="module")
def city(cluster: Cluster, migrated_template: str, folders: list[Folder]) -> Iterator[Engine]:
    """The demo city with its past in three parts, each under its edition; street objects move in between."""
    engine = make_engine(cluster.make_database("replayed", migrated_template), 5)
    past = past_cases(folders[-1])
    third = len(past) // 3
    for number, folder in enumerate(folders):
        snapshot = folder.snapshot
        editions.load(engine, snapshot, folder.tables, check_edition(snapshot.edition))
        editions.publish(engine, snapshot.edition.code, NOW)
        room = Router(snapshot)
        with transaction(engine) as connection:
            catch_up(connection, room)
        part = past[number * third : None if folder is folders[-1] else (number + 1) * third]
        _import(engine, room, part[: len(part) // 2], f"{number} a")
        _moved_about(engine, folder, number)
        with transaction(engine) as connection:
            catch_up(connection, room)
        _import(engine, room, part[len(part) // 2 :], f"{number} b")
    yield engine
    engine.dispose()


def _import(engine: Engine, room: Router, past: list[PastCase], name: str) -> None:
    """Import cases; one that names an object that is gone by now names none."""
    gone = {c.code for c in _components(room) if c.state == REMOVED and c.since is not None}
    kept = [p if p.new.component not in gone else replace(p, new=replace(p.new, component=None)) for p in past]
    import_cases(engine, room, kept, name)


def _components(room: Router) -> list[Component]:
    found = (room.components.get(c.code) for c in room.snapshot.components)
    return [c for c in found if c is not None]


def _moved_about(engine: Engine, folder: Folder, number: int) -> None:
    """Move some street objects by some metres and remove as many, other ones each time."""
    district = folder.snapshot.edition.district
    there = [c for c in folder.snapshot.components if c.state != REMOVED]
    for i, given in enumerate(there[number::100]):
        if i % 2:
            end_component(engine, district, given.code, "test", NOW)
        else:
            moved = Point(given.point.lon + 3e-5, given.point.lat)
            record_component(engine, district, replace(given, point=moved, since=None), "test", NOW)


def rows_of(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        query = "SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM {} t"
        return [connection.execute(text(query.format(t))).scalar_one() for t in ("case_", "case_history", "dated_set")]


def test_every_decision_is_made_again_over_editions_and_moving_street_objects(city: Engine, folders: list[Folder]):
    with city.connect() as connection:
        sets, seqs, n = connection.execute(
            text("SELECT count(DISTINCT edition), count(DISTINCT components_seq), count(*) FROM case_")
        ).one()
    assert (sets, n) == (len(folders), 5000)
    assert seqs > len(folders)
    found = replay(city, PastFilter(folders[0].snapshot.edition.district))
    assert (found.same, found.changed, found.failed) == (5000, 0, 0)


CASES = """
SELECT c.number, c.reported_at, c.category, c.accuracy_m, ST_X(c.geom) AS lon, ST_Y(c.geom) AS lat, c.decision,
  c.areas ->> 'lane' AS lane, h.payload ->> 'component' AS component, h.payload -> 'attributes' AS attributes
FROM case_ c JOIN case_history h ON h.case_id = c.id AND h.n = 1
"""


def otherwise(cases: Sequence[Any], room: Router) -> set[str]:
    """The cases that the front room, asked one by one, decides otherwise than is stored."""
    found = set()
    for c in cases:
        try:
            answer = room.route(
                c.lon, c.lat, crs="wgs84", at=c.reported_at, category=c.category, component=c.component,
                accuracy_m=c.accuracy_m, attributes=c.attributes,
            ).as_dict("none")  # fmt: skip
        except BadInput:
            found.add(c.number)
            continue
        if told(answer) != told(c.decision):
            found.add(c.number)
    return found


def told(answer: Any) -> list[Any]:
    """Where, whose and who, by hand."""
    unit, component, desk = answer["accountable"], answer["component"], answer["desk"]
    chiefs = [answer[role] and answer[role]["post"] for role in ("grid_chief", "street_chief")]
    return [
        {k: (a["code"], a["how"]) for k, a in answer["areas"].items()}, unit and (unit["unit"], unit["via"]),
        desk and desk["reason"], [u["unit"] for u in answer["assisting"]], chiefs, component and component["code"],
        answer["evaluator"] and answer["evaluator"]["unit"],
    ]  # fmt: skip


def test_a_draft_that_moves_a_lane_to_another_tier_lists_exactly_the_cases_it_moves(
    city: Engine, folders: list[Folder]
):
    with city.connect() as connection:
        cases = connection.execute(text(CASES)).all()
    assert len(cases) == 5000
    newest, district = folders[-1].snapshot, folders[-1].snapshot.edition.district
    lanes = newest.edition.layers["lane"]
    alleys = {code for code, props in zip(lanes.codes, lanes.props, strict=True) if props["tier"] == "alley"}
    ((busiest, _),) = Counter(c.lane for c in cases if c.lane in alleys).most_common(1)
    props = list(lanes.props)
    props[lanes.position_of[busiest]] = {**props[lanes.position_of[busiest]], "tier": "arterial"}
    layers = {**newest.edition.layers, "lane": replace(lanes, props=tuple(props))}
    draft = replace(
        newest,
        edition=replace(newest.edition, code="moved", layers=layers),
        ruleset=replace(newest.ruleset, code="moved"),
    )
    editions.load(city, draft, folders[-1].tables, check_edition(draft.edition))
    listed = {}
    for snapshot in (newest, draft):
        room = Router(snapshot)
        with transaction(city) as connection:
            catch_up(connection, room)
        found = replay(city, PastFilter(district), snapshot.edition.code)
        listed[snapshot.edition.code] = {c.number: c for c in found.changes}
        assert set(listed[snapshot.edition.code]) == otherwise(cases, room)
    lane_of = {c.number: c.lane for c in cases}
    ours, theirs = listed["moved"], listed[newest.edition.code]
    moved = {n for n in ours if n not in theirs or ours[n].after != theirs[n].after}
    assert {lane_of[n] for n in moved} == {busiest}
    assert all(c.kind == "whose" for n, c in ours.items() if n in moved - set(theirs))


def test_killed_in_the_middle_it_leaves_nothing_behind(city: Engine, tmp_path: Path):
    before = rows_of(city)
    url = city.url.render_as_string(hide_password=False)
    environment = {**os.environ, "GRIDSVC_DATABASE_URL": url, "GRIDSVC_STATE_DIR": str(tmp_path)}
    order = [sys.executable, "-m", "gridsvc", "replay", "--json"]
    with subprocess.Popen(order, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
        while not _reading(city):
            assert running.poll() is None, "it was over before it could be killed"
            time.sleep(0.01)
        running.send_signal(signal.SIGKILL)
        assert running.wait() == -signal.SIGKILL
    assert rows_of(city) == before
    done = subprocess.run(order, env=environment, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["same"] == 5000


def _reading(engine: Engine) -> bool:
    """Whether somebody reads cases through a cursor just now."""
    query = (
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE pid <> pg_backend_pid() AND datname = current_database() AND query ~ '^(FETCH|DECLARE)'"
    )
    with engine.connect() as connection:
        return bool(connection.execute(text(query)).scalar_one())
