"""The guide's ten points say what the router says today, in both languages, and show what they should.

Where the router speaks otherwise on purpose: ``python tools/explained_points.py``, and read what it wrote.
"""

import sys

import pytest
from demo_city_folder import ROOT

sys.path.insert(0, str(ROOT / "tools"))

from explained_points import CITY, GUIDES, POINTS, as_text, ask, told

from gridsvc import Router
from gridsvc.values import Lang


@pytest.fixture(scope="module")
def router() -> Router:
    return Router.from_folder(CITY)


@pytest.mark.parametrize("lang", GUIDES)
def test_the_guide_ends_with_what_the_router_says(lang: Lang, router: Router) -> None:
    assert GUIDES[lang].read_text(encoding="utf-8").endswith(as_text(router, lang))


def test_ten_points_show_what_the_source_texts_ask_for(router: Router) -> None:
    answers = [ask(router, point, question) for point in POINTS for question in point.questions]
    vias = {a.decision.rule.via for a in answers if a.decision.rule}
    assert len(POINTS) == 10
    assert vias == {"zone", "vertical", "lane_tier", "strip", "component", "rule", "precedent", "locality"}
    assert {a.decision.desk for a in answers} == {None, "rules_conflict"}
    assert {area.how for a in answers for area in a.areas.values()} >= {"inside", "edge", "street"}
    assert {why for a in answers for _, why in a.decision.trail} >= {"no_power", "window", "attributes", "disputed"}


def test_every_answer_is_explained_by_its_row_its_source_and_its_chief(router: Router) -> None:
    for point in POINTS:
        for question in point.questions:
            answer = ask(router, point, question)
            steps = told(answer)
            kinds = {step.step for step in steps}
            assert kinds >= {"area", "chief"}
            if answer.decision.rule is not None:
                assert any(answer.decision.rule.source in step.zh for step in steps if step.step == "rule")
            else:
                assert "desk" in kinds
