"""Sheets and facts worked out for a notebook, beside what the services make of the same histories."""

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from sqlalchemy import Engine

from gridsvc.bootstrap import Folder, past_cases
from gridsvc.casework.facts import Facts
from gridsvc.casework.period import parse_period
from gridsvc.casework.scheme_rows import read_schemes
from gridsvc.errors import BadInput, NotFound
from gridsvc.planning.assessed import assessed, sheet_table
from gridsvc.planning.histories import invented, stored
from gridsvc.router import Router
from gridsvc.services.assess import subjects_for
from gridsvc.services.intake import PastCase, import_cases
from gridsvc.services.simulation.lives import with_lives
from gridsvc.tables import Faults

UNTIL = datetime(2024, 7, 15, tzinfo=UTC)
MONTH = {
    "digital": "2024-06", "streets": "2024-06", "departments": "2024-06", "order": "2024-06", "grids_week": "2024-W24",
    "grids_month": "2024-06", "dispatchers": "2024-06",
}  # fmt: skip
START, END = datetime(2024, 6, 1, tzinfo=UTC) - timedelta(hours=8), datetime(2024, 7, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def past(demo: Folder) -> list[PastCase]:
    return past_cases(demo)[-120:]


@pytest.fixture(scope="module")
def facts(demo_router: Router, past: list[PastCase]) -> Facts:
    return invented(demo_router, past, UNTIL, seed=3)


@pytest.fixture(scope="module")
def month(demo: Folder, demo_router: Router) -> Facts:
    """The facts of June, with the cases of May that may still be open in it."""
    both = parse_period("2024-05-01/2024-07-01", demo_router.zone)
    return invented(demo_router, [p for p in past_cases(demo) if both.start <= p.reported_at < both.end], UNTIL)


def same(facts: Facts) -> pd.DataFrame:
    """Facts in an order of their own, with the place of a case instead of its number, which the import gives."""
    named = facts.cases.reset_index(drop=True)
    rows = facts.rows.assign(
        lon=named["lon"].to_numpy()[facts.rows["case"]], lat=named["lat"].to_numpy()[facts.rows["case"]],
        street=facts.areas("street"),
    ).drop(columns=["case", "place"])  # fmt: skip
    return rows.sort_values(["at", "lon", "lat", "fact", "detail", "unit"], ignore_index=True)


def test_invented_facts_are_those_that_a_database_has_after_the_import(
    demo_router: Router, past: list[PastCase], facts: Facts, demo_engine: Engine
):
    lived = with_lives(lambda _: demo_router, past, UNTIL, seed=3)
    import_cases(demo_engine, lambda _: demo_router, lived, "planning")
    district = demo_router.snapshot.edition.district
    found = stored(demo_engine, district, START, END, UNTIL)
    pd.testing.assert_frame_equal(same(found), same(facts), check_dtype=False)


def test_streets_are_ranked_by_what_was_counted(demo: Folder, demo_router: Router, facts: Facts):
    table = sheet_table(assessed(demo_router, demo, facts, "order", "2024-06"))
    assert len(table) == 6
    ranked = table[table["rank"].notna()]
    assert list(ranked["total"]) == sorted(ranked["total"], reverse=True)
    assert (table["total"] == table[["disorder", "stalls", "facades"]].sum(axis=1)).all()


@pytest.mark.parametrize(("scheme", "period"), list(MONTH.items()))
def test_every_scheme_ranks_whom_it_is_about(demo: Folder, demo_router: Router, month: Facts, scheme: str, period: str):
    assert {row["scheme"] for row in demo.tables["schemes"]} == set(MONTH)
    of_demo = read_schemes(demo.tables, Faults())
    inputs = {part.name for made in of_demo.values() for part in made.parts if part.kind == "input"}
    subjects = subjects_for(demo_router, of_demo[scheme], month)
    entered = {(code, s): 70.0 + n % 20 for code in inputs for n, s in enumerate(subjects)}
    weeks = [assessed(demo_router, demo, month, "grids_week", f"2024-W{n}") for n in (23, 24, 25)]
    sheet = assessed(demo_router, demo, month, scheme, period, entered, weeks)
    ranked = [line for line in sheet.lines if line.rank is not None]
    assert len(ranked) >= 3
    assert {line.code for line in ranked} == {
        line.code for line in sheet.lines if line.total is not None and line.n_cases >= of_demo[scheme].min_cases
    }
    assert [line.shown for line in ranked] == sorted((line.shown for line in ranked), reverse=True)
    assert sum(line.n_cases for line in ranked) >= 100 or scheme == "grids_week"


def test_dispatchers_are_those_who_dispatch_and_not_units_that_hand_over(
    demo: Folder, demo_router: Router, month: Facts
):
    table = sheet_table(assessed(demo_router, demo, month, "dispatchers", "2024-06"))
    assert (month.rows["fact"] == "transferred").any()
    assert list(table["code"].str.split(".").str[0].unique()) == ["dispatcher"]
    assert (table["cases"] >= 20).all()
    assert table["rank"].notna().all()


def test_without_the_scores_of_others_nobody_has_a_total(demo: Folder, demo_router: Router, facts: Facts):
    bare = sheet_table(assessed(demo_router, demo, facts, "streets", "2024-06"))
    assert bare["total"].isna().all()
    assert bare["digital"].notna().any()
    entered = {(code, s): 90.0 for s in bare["code"] for code in ("third_party", "departments", "office")}
    full = sheet_table(assessed(demo_router, demo, facts, "streets", "2024-06", entered))
    assert full["total"].notna().all()
    assert (full["third"] == 36.0).all()


def test_what_is_no_scheme_or_no_period_of_it_is_refused(demo: Folder, demo_router: Router, facts: Facts):
    with pytest.raises(NotFound, match="no such scheme"):
        assessed(demo_router, demo, facts, "nothing", "2024-06")
    with pytest.raises(BadInput, match="not for such a period"):
        assessed(demo_router, demo, facts, "streets", "2024-W24")
