"""What is done next with a case: the way from report to close, with what goes wrong on it."""

import math
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from random import Random

from gridsvc.casework.clocks import Clock, from_dicts
from gridsvc.casework.requests import RUNGS
from gridsvc.services.simulation.people import (
    ASKED,
    SEEN,
    City,
    Life,
    Said,
    Step,
    View,
    collector,
    handler,
    one_of,
    soon,
)
from gridsvc.services.simulation.requested import answered

_GRADES = ("simple", "general", "complex", "hard")
_RESULTS = (
    "已到场清理完毕，恢复整洁",
    "已劝离并告知规定",
    "已修复，经试用正常",
    "已责令整改，当场改正",
    "已加装警示并完成维修",
)
_WHY_RETURNED = (
    ("不在本单位辖区，属地不符", "责任区划分图"),
    ("权属不清，非本单位设施", "设施移交清单"),
    ("职能交叉，主责在其他部门", "部门职责清单第三条"),
)


def next_step(city: City, life: Life, view: View, now: datetime) -> Step | None:
    """Give what is done next, at or after ``now``; None where nobody does anything any more."""
    if (answer := answered(city, life, view, now)) is not None:
        return answer
    return _NEXT[view.status](city, life, view, now) if view.status in _NEXT else None


def _reported(city: City, life: Life, view: View, now: datetime) -> Step:
    at = soon(now, 2 if life.emergency else 7, life.dice)
    if life.once("out of scope", 0.015):
        said = {"reason": "反映事项不在受理范围，已告知反映人", "cause": "out_of_scope"}
        return Step(at, "void", said, one_of("leader", life.dice))
    return Step(at, "accept", {}, one_of("receptionist", life.dice))


def _accepted(city: City, life: Life, view: View, now: datetime) -> Step:
    if life.source not in SEEN and life.once("verify", 0.75):
        return Step(soon(now, 5, life.dice), "verify", {}, one_of("receptionist", life.dice))
    return _register(life, now)


def _verifying(city: City, life: Life, view: View, now: datetime) -> Step:
    if "looked" not in life.done:
        life.done.add("looked")
        found = life.dice.random() < 0.95
        life.done |= set() if found else {"nothing there"}
        said = {"result": "confirmed" if found else "not_found"}
        return Step(soon(now, 12 if life.emergency else 45, life.dice), "verify", said, collector(view, life.dice))
    if "nothing there" in life.done:
        said = {"reason": "现场核实未发现问题", "cause": "not_found"}
        return Step(soon(now, 10, life.dice), "void", said, one_of("leader", life.dice))
    return _register(life, now)


def _register(life: Life, now: datetime) -> Step:
    return Step(soon(now, 3 if life.emergency else 12, life.dice), "register", {}, one_of("leader", life.dice))


def _undecided(city: City, life: Life, view: View, now: datetime) -> Step:
    if life.once("escalate", 0.6):
        said = {"reason": "两家单位均认为不属其职责", "rung": RUNGS[0]}
        return Step(soon(now, 60, life.dice), "escalate", said, one_of("leader", life.dice))
    said = {"unit": city.other(None, life.dice), "reason": "现场核实，按属地兜底由该单位负责"}
    return Step(soon(now, 90, life.dice), "decide", said, one_of("leader", life.dice))


def _registered(city: City, life: Life, view: View, now: datetime) -> Step:
    minutes = 4.0 if life.emergency else 150.0 if life.dice.random() < 0.06 else 14.0
    return Step(soon(now, minutes, life.dice), "dispatch", {}, one_of("dispatcher", life.dice))


def _dispatched(city: City, life: Life, view: View, now: datetime) -> Step:
    dice, unit = life.dice, view.unit or ""
    if not life.emergency and life.once("return", 0.08):
        reason, basis = dice.choice(_WHY_RETURNED)
        said: Said = {"reason": reason, "basis": basis, "unit": city.other(unit, dice)}
        return Step(soon(now, 50, dice), "return", said, handler(unit))
    if not life.emergency and life.once("transfer", 0.012):
        said = {"reason": "经现场确认属其他部门职权范围", "unit": city.other(unit, dice)}
        return Step(soon(now, 70, dice), "transfer", said, handler(unit))
    slow = 1.0 / city.quality(unit, view.street)
    if life.once("arrive", 0.55):
        settled = dice.random() < 0.75
        life.done |= set() if settled else {"officer"}
        said = {"settled": settled, "role": "persuader"}
        return Step(soon(now, 17 * slow, dice), "arrive", said, handler(unit))
    return Step(soon(now, 12 * slow if life.emergency else 35 * slow, dice), "take", {}, handler(unit))


def _in_progress(city: City, life: Life, view: View, now: datetime) -> Step:
    dice, unit = life.dice, view.unit or ""
    if "officer" in life.done:
        life.done.discard("officer")
        said: Said = {"settled": True, "role": "officer"}
        return Step(soon(now, 8, dice), "arrive", said, handler(unit))
    if life.once("whistle", 0.012):
        about = dice.choice(["joint_enforcement", "key_work", "emergency"])
        asked = dice.sample([u for u in city.units if u != unit], dice.randint(2, 4))
        said = {"reason": "街道一家难以解决，请相关部门到场", "for": about, "asked": asked}
        return Step(soon(now, 40, dice), "whistle", said, f"chief.{view.street}")
    clock = next((c for c in from_dicts(view.clocks) if c.stage == "disposal" and c.state == "running"), None)
    if clock is not None and not life.emergency:
        if life.once("extend", 0.06):
            said = {
                "reason": "所需配件正在采购，无法按期完成",
                "amount": max(1, round(clock.amount / 2)),
                "unit": clock.unit,
            }
            return Step(soon(now, 60, dice), "extend", said, handler(unit))
        if life.once("hold", 0.02):
            said = {"reason": "涉及产权纠纷，待法院判决后方能处置"}
            return Step(soon(now, 120, dice), "hold", said, handler(unit))
    return _finish(city, life, view, clock, now)


def _finish(city: City, life: Life, view: View, clock: Clock | None, now: datetime) -> Step:
    """Report it done after a share of the time that the limit gives; the worse the unit, the more often late."""
    dice, unit = life.dice, view.unit or ""
    share = Random(f"{life.share}/{clock.n if clock else 0}").lognormvariate(math.log(0.5), 0.6)
    share /= city.quality(unit, view.street) * (1.5 if life.emergency else 1.0)
    if clock is None:
        at = city.worktime.add(now, 6 * share, "working_hour")
    else:
        since = clock.resumed_at or clock.started_at
        run_s = max(clock.left_s, 600.0) * share
        # Some work on while their clock rests: squads are out at night and on Sundays.
        on_duty = Random(f"{life.share}/on duty").random() < 0.4
        at = since + timedelta(seconds=run_s) if on_duty else city.worktime.add_s(since, run_s, clock.unit)
        if at > clock.due_at and life.once(f"supervise {clock.n}", 0.35):
            way = dice.choice(["phone", "phone", "written", "on_site"])
            said: Said = {"reason": "案件已超时限，请立即处置", "way": way}
            return Step(max(soon(clock.due_at, 40, dice), now), "supervise", said, one_of("leader", dice))
    life.grade = dice.choices(_GRADES, (60, 28, 10, 2))[0]
    return Step(max(at, soon(now, 5, dice)), "finish", {"result": dice.choice(_RESULTS)}, handler(unit))


def _on_hold(city: City, life: Life, view: View, now: datetime) -> Step:
    return Step(soon(now, 3 * 24 * 60, life.dice), "resume", {}, handler(view.unit or ""))


def _done(city: City, life: Life, view: View, now: datetime) -> Step:
    return Step(soon(now, 40, life.dice), "check", {}, one_of("leader", life.dice))


def _checking(city: City, life: Life, view: View, now: datetime) -> Step:
    dice = life.dice
    if "checked" not in life.done:
        life.done.add("checked")
        bad = dice.random() < 0.07 / city.quality(view.unit or "", view.street) ** 3
        life.done |= {"failed"} if bad else set()
        said: Said = {"result": "failed" if bad else "passed"}
        return Step(soon(now, 90, dice), "check", said, collector(view, dice))
    life.done.discard("checked")
    if "failed" in life.done:
        life.done.discard("failed")
        return Step(soon(now, 15, dice), "rework", {"reason": "现场核查仍有遗留，整改不彻底"}, one_of("leader", dice))
    return Step(soon(now, 15, dice), "close", {"grade": life.grade}, one_of("leader", dice))


def _rework(city: City, life: Life, view: View, now: datetime) -> Step:
    return Step(soon(now, 5 * 60, life.dice), "take", {}, handler(view.unit or ""))


def _closed(city: City, life: Life, view: View, now: datetime) -> Step | None:
    if life.source in ASKED and life.once("rate", 0.4):
        middle = 4.2 if "supervise 1" not in life.done else 3.0
        rating = min(max(round(life.dice.gauss(middle, 0.9)), 1), 5)
        return Step(soon(now, 8 * 60, life.dice), "rate", {"rating": rating}, "reporter")
    if life.once("reopen", 0.006):
        reason = "反映人来电，问题再次出现"
        return Step(soon(now, 30 * 60, life.dice), "reopen", {"reason": reason}, one_of("leader", life.dice))
    return _over(city, life, view, now)


def _over(city: City, life: Life, view: View, now: datetime) -> Step:
    return Step(soon(now, 9 * 24 * 60, life.dice, 0.2), "archive", {}, one_of("leader", life.dice))


_NEXT: Mapping[str, Callable[[City, Life, View, datetime], Step | None]] = {
    "reported": _reported, "accepted": _accepted, "verifying": _verifying, "registered": _registered,
    "undecided": _undecided, "dispatched": _dispatched, "in_progress": _in_progress, "on_hold": _on_hold,
    "done": _done, "checking": _checking, "rework": _rework, "closed": _closed, "void": _over,
}  # fmt: skip
