"""Past cases brought in at once: decided like reports, all or nothing, and never twice."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from small_city import IN_A, IN_B, TABLES, area, box, write_city
from sqlalchemy import Engine, text

from gridsvc.bootstrap import Folder, Router, past_cases
from gridsvc.casework.reporter import Reporter
from gridsvc.errors import BadTable
from gridsvc.services.audit import verify
from gridsvc.services.cases import get_history
from gridsvc.services.heat import points_between
from gridsvc.services.intake import PastCase, import_cases, report_case
from gridsvc.values import Point

from .conftest import CITY, NOW, Answer, new_case

HOUR = timedelta(hours=1)


def past(n: int, **changes: object) -> list[PastCase]:
    """Cases of the past days, an hour apart, newest first."""
    return [PastCase(new_case(**changes), NOW - HOUR * i) for i in range(n)]


def column(engine: Engine, query: str) -> list:
    with engine.connect() as connection:
        return list(connection.execute(text(query)).scalars())


def test_no_cases_are_imported_as_none(engine: Engine, router: Router):
    assert import_cases(engine, router, [], "n") == 0


def test_every_case_is_added_with_its_own_instant(engine: Engine, router: Router):
    assert import_cases(engine, router, past(30), "n") == 30
    assert column(engine, "SELECT reported_at FROM case_ ORDER BY 1 DESC") == [p.reported_at for p in past(30)]


def test_cases_are_numbered_by_day_in_order_of_their_instants(engine: Engine, router: Router):
    import_cases(engine, router, past(30), "n")
    numbers = column(engine, "SELECT number FROM case_ ORDER BY reported_at")
    days = [(p.reported_at + 8 * HOUR).strftime("%y%m%d") for p in reversed(past(30))]
    assert numbers == [f"{day}-{days[: i + 1].count(day):04d}" for i, day in enumerate(days)]


def test_the_same_import_again_adds_nothing(engine: Engine, router: Router):
    import_cases(engine, router, past(3), "n")
    assert import_cases(engine, router, past(3), "n") == 0
    assert column(engine, "SELECT count(*) FROM case_") == [3]


def test_another_import_adds_its_own(engine: Engine, router: Router):
    import_cases(engine, router, past(3), "n")
    assert import_cases(engine, router, past(2), "m") == 2
    assert column(engine, "SELECT count(DISTINCT id) FROM case_") == [5]


def test_reports_go_on_counting_where_the_import_ended(engine: Engine, router: Router, report: Callable[..., Answer]):
    import_cases(engine, router, past(3), "n")
    assert report("k")["number"] == "240612-0004"


@pytest.mark.parametrize(
    ("at", "bad"),
    [
        (0, {"category": "99999"}),
        (599, {"category": "99999"}),
        (700, {"point": Point(0.0, 0.0)}),
        (3, {"component": "nothing"}),
    ],
    ids=["first row", "second chunk", "far away", "unknown component"],
)
def test_a_bad_row_stops_all_of_it_and_is_named(engine: Engine, router: Router, at: int, bad: dict):
    cases = past(701)
    cases[at] = PastCase(new_case(**bad), NOW)
    with pytest.raises(BadTable, match=f"case {at + 1}:") as refused:
        import_cases(engine, router, cases, "n")
    assert f"第 {at + 1} 个" in refused.value.zh
    assert refused.value.errors
    for table in ("case_", "case_history", "case_number", "idempotency"):
        assert column(engine, f"SELECT count(*) FROM {table}") == [0]


def test_a_mended_import_of_the_same_name_is_taken(engine: Engine, router: Router):
    with pytest.raises(BadTable):
        import_cases(engine, router, past(2, category="99999"), "n")
    assert import_cases(engine, router, past(2), "n") == 2


@pytest.fixture
def successor(tmp_path: Path) -> Router:
    """The router of an edition in which grid A is called by another code."""
    grids = [area("A2", box(0), parent="S", unit="U1"), area("B", box(1), parent="S", unit="U2")]
    tables = {name: rows for name, rows in TABLES.items() if name in ("units", "components")}
    return Router.from_folder(write_city(tmp_path / "later", edition="S2", grids=grids, tables=tables))


def test_each_case_is_decided_by_the_router_of_its_instant(engine: Engine, router: Router, successor: Router):
    begin = NOW - 600 * HOUR
    cases = past(1201)
    assert import_cases(engine, lambda at: router if at < begin else successor, cases, "n") == 1201
    decided = "SELECT areas->>'grid' || ' ' || (decision->>'edition') FROM case_ WHERE reported_at {} '{}'"
    assert set(column(engine, decided.format("<", begin))) == {"A S1"}
    assert set(column(engine, decided.format(">=", begin))) == {"A2 S2"}


def test_a_bad_row_is_named_by_its_place_whatever_router_refuses_it(engine: Engine, router: Router, successor: Router):
    cases = past(701)
    cases[650] = PastCase(new_case(category="99999"), NOW)
    routers = [router, successor]
    with pytest.raises(BadTable, match="case 651:"):
        import_cases(engine, lambda at: routers[at.hour % 2], cases, "n")


def test_progress_adds_up_to_the_number_of_cases(engine: Engine, router: Router):
    steps: list[int] = []
    import_cases(engine, router, past(1201), "n", progress=steps.append)
    assert sum(steps) == 1201
    assert len(steps) > 1


def test_every_imported_history_is_intact(engine: Engine, router: Router):
    import_cases(engine, router, past(5, description="\t\n\\N\"'"), "n")
    for number in column(engine, "SELECT number FROM case_"):
        history = get_history(engine, number, router.zone, CITY)
        assert [e["kind"] for e in history["items"]] == ["reported", "decided"]
        assert history["intact"]


def test_points_of_a_period_begin_with_it_and_end_before_its_end(engine: Engine, router: Router):
    cases = [PastCase(new_case(point=Point(*p)), NOW + HOUR * i) for i, p in enumerate((IN_A, IN_B, IN_A))]
    import_cases(engine, router, cases, "n")
    found = points_between(engine, CITY, NOW + HOUR, NOW + 2 * HOUR)
    assert list(found.lon) == [IN_B[0]]
    assert found.first == found.last == NOW + HOUR


SAME = """
SELECT c.reported_at, c.district, c.version, c.status, c.source, c.code_scheme, c.category, c.component, c.description,
  c.address, c.accuracy_m, c.raw, c.areas, c.unit, c.parties, c.decision, c.desk, c.edition, c.ruleset,
  c.components_seq, c.fingerprint, ST_AsEWKB(c.geom), p.reporter, p.subject,
  (SELECT jsonb_agg(jsonb_build_array(h.n, h.at, h.kind, h.payload - 'private' - 'clocks') ORDER BY h.n)
   FROM case_history h WHERE h.case_id = c.id)
FROM case_ c LEFT JOIN case_private p ON p.case_id = c.id ORDER BY c.number
"""


def test_what_is_imported_is_what_would_have_been_reported(engine: Engine, router: Router):
    """Beside the salt, who reported it, and clocks that nobody promised."""
    cases = [
        PastCase(new_case(**changes), NOW + HOUR * i)
        for i, changes in enumerate([
            {},
            {"point": Point(*IN_B), "accuracy_m": 8.0},
            {"accuracy_m": 500.0, "description": "\x01 \t\n\\N\"'，", "address": ""},
            {"reporter": Reporter("王", "13800000000"), "source": "patrol"},
            {"accuracy_m": 0.0, "attributes": {}},
        ])
    ]  # fmt: skip
    for i, p in enumerate(cases):
        report_case(engine, router, p.new, "a", f"k{i}", b"", p.reported_at)
    with engine.connect() as connection:
        reported = [tuple(row) for row in connection.execute(text(SAME))]
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("TRUNCATE case_, case_history, case_private, case_number, idempotency"))
    import_cases(engine, router, cases, "n", actor="a")
    with engine.connect() as connection:
        imported = [tuple(row) for row in connection.execute(text(SAME))]
    assert imported == reported
    assert not verify(engine).flaws


def test_a_case_may_come_with_its_life(engine: Engine, router: Router):
    life = [("accept", {"to": "accepted"}, "b", NOW + HOUR), ("void", {"to": "void"}, "c", NOW + 900 * HOUR)]
    import_cases(engine, router, [PastCase(new_case(), NOW, life), PastCase(new_case(), NOW - HOUR)], "n")
    told = column(engine, "SELECT kind FROM case_history ORDER BY seq")
    assert told == ["reported", "decided", "reported", "decided", "accept", "void"]
    assert column(engine, "SELECT status || version FROM case_ ORDER BY reported_at") == ["reported2", "void4"]
    assert not verify(engine).flaws


def test_what_is_past_stands_before_all_that_was_lived_through(
    engine: Engine, router: Router, report: Callable[..., Answer]
):
    import_cases(engine, router, past(2), "n")
    report("k")
    import_cases(engine, router, past(3), "m")
    told = column(engine, "SELECT seq FROM case_history ORDER BY seq")
    assert told[:10] == list(range(told[0], told[0] + 10))
    assert told[9] < 1 <= told[10]


@pytest.mark.slow
def test_the_past_of_the_demo_city_is_imported_whole(engine: Engine, demo: Folder, demo_router: Router):
    cases = past_cases(demo)
    assert import_cases(engine, demo_router, cases, "demo") == len(cases) == 5000
    assert column(engine, "SELECT count(*) FROM case_history") == [10_000]
    gaps = "SELECT max(substr(number, 8)::int) - count(*) AS gap FROM case_ GROUP BY substr(number, 1, 6)"
    assert set(column(engine, gaps)) == {0}
    assert column(engine, "SELECT min(reported_at) FROM case_")[0] > datetime(2000, 1, 1, tzinfo=UTC)
