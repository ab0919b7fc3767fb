"""The whole answer for one point as a value, and the shape in which every door shows it."""

from functools import lru_cache
from typing import Any, Literal, NamedTuple

from gridsvc.areas_at import Settled
from gridsvc.chain import SpelledDict, SpelledList
from gridsvc.chiefs_at import Attached
from gridsvc.responsibility.explain import (
    DESK,
    Step,
    of_area,
    of_component,
    of_decision,
    of_party,
    of_passed,
)
from gridsvc.responsibility.limits import Limits
from gridsvc.responsibility.passed import Context
from gridsvc.responsibility.resolve import Decision
from gridsvc.values import Component, Point

Explain = Literal["none", "short", "full"]


class Match(NamedTuple):
    """How the finest partition met the point: metres to its nearest boundary, candidates with probabilities.

    A candidate's probability is that of the true position lying in it, if the stated accuracy holds 68 % of an error
    that is normally distributed; what the candidates leave to one is that of lying in none. ``confidence`` is the
    probability of the answer itself; ``ask`` says that a person should confirm it.
    """

    how: str
    distance_m: float | None
    candidates: tuple[tuple[str, str, float], ...]
    ask: bool
    confidence: float


class Routing(NamedTuple):
    """Where, whose and why for one point; plain data that can be stored, compared and shown."""

    point: Point
    areas: Settled
    match: Match
    decision: Decision
    chiefs: Attached
    component: Component | None
    component_distance_m: float | None
    limits: Limits
    edition: str
    ruleset: str
    context: Context

    def because(self, explain: Explain = "short") -> list[Step]:
        """The steps that led here, in the order of deciding.

        ``short``: the component, the areas, what settled the case or why the desk must, and the chiefs. ``full``: also
        every row of the table that was passed over, and who assists and evaluates.
        """
        if explain == "none":
            return []
        decision, context = self.decision, self.context
        steps: list[Step] = []
        if self.component is not None:
            steps.append(of_component(self.component, self.component_distance_m or 0.0))
        steps += [of_area(area, context.names) for area in self.areas.values()]
        if explain == "full":
            steps += [of_passed(rule, why, context) for rule, why in decision.trail]
        settled = of_decision(decision, context)
        steps += [settled] if settled else []
        if explain == "full":
            steps += [of_party("assisting", unit) for unit in decision.assisting]
            steps += [of_party("evaluator", decision.evaluator)] if decision.evaluator else []
        steps += self.chiefs.steps
        return steps

    def as_dict(self, explain: Explain = "short") -> dict[str, Any]:
        """The answer in the contract's shape (``POST /v1/route``), in which no telephone number is whole."""
        decision = self.decision
        desk = None
        if decision.desk is not None:
            zh, en = DESK[decision.desk]
            desk = {"reason": decision.desk, "zh": zh, "en": en}
        return {
            "point": {"lon": self.point.lon, "lat": self.point.lat},
            "areas": self.areas.told,
            "match": {
                "how": self.match.how,
                "distance_m": None if self.match.distance_m is None else round(self.match.distance_m, 3),
                "candidates": SpelledList(_candidate(*c) for c in self.match.candidates),
                "ask": self.match.ask,
            },
            "accountable": _accountable(decision),
            "desk": desk,
            "assisting": [_unit(u.code, u.name) for u in decision.assisting],
            "evaluator": _unit(decision.evaluator.code, decision.evaluator.name) if decision.evaluator else None,
            **self.chiefs.told,
            "component": _component(self.component, self.component_distance_m),
            "limits": self.limits.told,
            "confidence": self.match.confidence,
            "because": SpelledList(map(_step, self.because(explain))),
            "edition": self.edition,
            "ruleset": self.ruleset or None,
        }


# A district has few areas, units and chiefs, and each stands in very many answers; so do most sentences.
_often = lru_cache(maxsize=20_000)


@_often
def _step(step: Step) -> SpelledDict:
    return SpelledDict(step.as_dict())


@_often
def _candidate(layer: str, code: str, probability: float) -> SpelledDict:
    return SpelledDict(layer=layer, code=code, probability=probability)


@_often
def _unit(code: str, name: str, via: str | None = None) -> SpelledDict:
    told = {"unit": code, "name": name}
    return SpelledDict(told if via is None else told | {"via": via})


def _accountable(decision: Decision) -> SpelledDict | None:
    if decision.unit is None or decision.rule is None:
        return None
    return _unit(decision.unit.code, decision.unit.name, decision.rule.via)


def _component(component: Component | None, distance_m: float | None) -> dict[str, Any] | None:
    if component is None:
        return None
    distance = None if distance_m is None else round(distance_m, 2)
    return {"code": component.code, "class": component.class_code, "distance_m": distance}
