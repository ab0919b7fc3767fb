"""Sheets and facts worked out for a notebook, beside what the services make of the same histories."""

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from sqlalchemy import Engine

from gridsvc.bootstrap import Folder, past_cases
from gridsvc.casework.facts import Facts
from gridsvc.errors import BadInput, NotFound
from gridsvc.planning.assessed import assessed, sheet_table
from gridsvc.planning.histories import invented, stored
from gridsvc.router import Router
from gridsvc.services.intake import PastCase, import_cases
from gridsvc.services.simulation.lives import with_lives

UNTIL = datetime(2024, 7, 15, tzinfo=UTC)
START, END = datetime(2024, 6, 1, tzinfo=UTC) - timedelta(hours=8), datetime(2024, 7, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def past(demo: Folder) -> list[PastCase]:
    return past_cases(demo)[-120:]


@pytest.fixture(scope="module")
def facts(demo_router: Router, past: list[PastCase]) -> Facts:
    return invented(demo_router, past, UNTIL, seed=3)


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
