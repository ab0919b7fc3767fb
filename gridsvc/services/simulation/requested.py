"""How open requests are answered: granted or refused, scored, or taken one rung up."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from gridsvc.casework.requests import RUNGS
from gridsvc.services.simulation.people import City, Life, Said, Step, View, handler, one_of, soon

Request = Mapping[str, Any]
Answer = Callable[[City, Life, View, Request, datetime], Step]


def answered(city: City, life: Life, view: View, now: datetime) -> Step | None:
    """Give the answer to the first open request, or who comes where a whistle calls; None where nothing is open."""
    for request in view.requests:
        return _ANSWERS[request["kind"]](city, life, view, request, now)
    return None


def _whistle(city: City, life: Life, view: View, request: Request, now: datetime) -> Step:
    dice, n, arrived = life.dice, request["n"], request.get("arrived", {})
    # One of six calls is not heeded.
    while absent := [u for u in request["asked"] if u not in arrived and f"{n} {u}" not in life.done]:
        if life.once(f"{n} {absent[0]}", 5 / 6):
            said: Said = {"unit": absent[0], "request": request["n"]}
            return Step(soon(now, 25, dice), "arrive", said, handler(absent[0]))
    scores = {u: dice.gauss(85, 8) if u in arrived else dice.uniform(30, 60) for u in request["asked"]}
    said = {
        "request": n, "verdict": "answered", "reason": "现场联合处置完毕，逐一评价",
        "scores": {u: min(float(round(score)), 100.0) for u, score in scores.items()},
    }  # fmt: skip
    return Step(soon(now, 90, dice), "settle", said, f"chief.{view.street}")


def _answer_return(city: City, life: Life, view: View, request: Request, now: datetime) -> Step:
    at, who = soon(now, 60, life.dice), one_of("dispatcher", life.dice)
    if life.dice.random() < 0.55:
        said = {"verdict": "granted", "reason": "核对职责清单，同意退单"}
        proposed = request.get("proposed")
        return Step(
            at, "settle", {"request": request["n"], **said} | ({"unit": proposed["unit"]} if proposed else {}), who
        )
    return Step(
        at, "settle", {"request": request["n"], "verdict": "refused", "reason": "属地和职责均相符，不予退单"}, who
    )


def _answer_plain(chance: float, minutes: float, granted: str, refused: str, role: str) -> Answer:
    def answer(city: City, life: Life, view: View, request: Request, now: datetime) -> Step:
        yes = life.dice.random() < chance
        said = {
            "request": request["n"],
            "verdict": "granted" if yes else "refused",
            "reason": granted if yes else refused,
        }
        who = one_of(role, life.dice) if role else handler(request["asked"][0])
        return Step(soon(now, minutes, life.dice), "settle", said, who)

    return answer


def _answer_supervision(city: City, life: Life, view: View, request: Request, now: datetime) -> Step:
    said = {"request": request["n"], "verdict": "answered", "reason": "已加派人员，今日内处置完毕"}
    return Step(soon(now, 45, life.dice), "settle", said, handler(request["asked"][0]))


def _answer_escalation(city: City, life: Life, view: View, request: Request, now: datetime) -> Step:
    """Settle a dispute on the rung where it is, or let it go one rung up; on the last one it is settled."""
    above = RUNGS[RUNGS.index(request["rung"]) + 1 :]
    at = soon(now, 20 * 60, life.dice)
    if above and life.dice.random() < 0.5:
        reason = "协商未达成一致，提请上一级协调"
        return Step(at, "escalate", {"reason": reason, "rung": above[0]}, one_of("leader", life.dice))
    said: Said = {
        "request": request["n"],
        "verdict": "granted",
        "reason": "会商明确：由该单位负责",
        "unit": city.other(None, life.dice),
    }
    if life.once("precedent", 0.5):
        said["precedent"] = True
    return Step(at, "settle", said, one_of("leader", life.dice))


_ANSWERS: Mapping[str, Answer] = {
    "whistle": _whistle,
    "return": _answer_return,
    "extension": _answer_plain(0.8, 90, "情况属实，同意延期", "可在时限内完成，不予延期", "dispatcher"),
    "hold": _answer_plain(0.85, 180, "短期内确无法解决，同意挂账", "具备处置条件，不予挂账", "dispatcher"),
    "transfer": _answer_plain(0.7, 240, "属我单位职责，接收", "不属我单位职责，退回", ""),
    "supervision": _answer_supervision,
    "escalation": _answer_escalation,
}
