"""Lives of cases without a database: each step is an action, made and appended as the service does."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from gridsvc.casework.case import Entry, State, append, fold
from gridsvc.casework.deed import first_clocks
from gridsvc.casework.deeds import deed
from gridsvc.casework.desk import Party
from gridsvc.casework.worktime import Worktime
from gridsvc.errors import BadInput, FieldError
from gridsvc.values import STAGES

CASE = UUID(int=1)
# A Wednesday, 10:00 in the city.
START = datetime(2024, 6, 12, 2, 0, tzinfo=UTC)
WORKDAY = [(8 * 3600 + 1800, 12 * 3600), (13 * 3600, 17 * 3600 + 1800)]
WORKTIME = Worktime(ZoneInfo("Asia/Shanghai"), lambda day: WORKDAY if day.isoweekday() < 6 else [])
WHY = "现场核实，情况属实"
UNITS = {code: f"{code} 处" for code in ("U1", "U2", "U3")}
LIMITS = [{"stage": stage, "amount": 8, "unit": "urgent_hour", "due_at": None} for stage in STAGES]


def whose(unit: str | None = "U1", limits: list[dict[str, Any]] = LIMITS) -> dict[str, Any]:
    """A decision by a rule, or of nobody."""
    nobody = unit is None
    return {
        "accountable": None if nobody else {"unit": unit, "name": UNITS[str(unit)], "via": "rule"},
        "desk": {"reason": "no_rule"} if nobody else None, "assisting": [], "evaluator": None, "because": [],
        "limits": limits,
    }  # fmt: skip


def party(code: str, field: str) -> Party:
    if code not in UNITS:
        raise BadInput("没有这个单位", "there is no such unit", [FieldError(field, code, "-", "-")])
    return Party(code, UNITS[code])


class Life:
    """One case; an hour goes by before every step."""

    def __init__(self, decision: Mapping[str, Any] | None = None, *, clocks: bool = True) -> None:
        decision = decision or whose()
        self.at = START
        self.entries: list[Entry] = []
        self._append("reported", {"lon": 120.0, "lat": 30.0})
        started = {"clocks": first_clocks(decision, self.at, WORKTIME)} if clocks else {}
        self._append("decided", {"answer": decision, "trail": []} | started)

    def _append(self, kind: str, payload: Mapping[str, Any]) -> None:
        self.entries.append(append(self.entries, CASE, self.at, "demo", kind, payload))

    def do(self, action: str, **said: Any) -> "Life":
        """Let an hour go by and do an action; a name that is a word of Python has ``_`` after it."""
        told = {name.rstrip("_"): value for name, value in said.items()}
        self.at += timedelta(hours=1)
        self._append(*deed(action, told, self.entries, party, WORKTIME, "demo", self.at))
        return self

    def go(self, *actions: str) -> "Life":
        """Do several actions with what they require."""
        for action in actions:
            name = action.partition(":")[0]
            self.do(name, **SAID.get(action, SAID.get(name, {})))
        return self

    @property
    def state(self) -> State:
        return fold(self.entries)

    @property
    def payload(self) -> Mapping[str, Any]:
        return self.entries[-1].payload

    @property
    def n(self) -> int:
        """The number of the last entry, by which a request is called."""
        return self.entries[-1].n

    def running(self, state: str = "running") -> set[str]:
        return {c["stage"] for c in self.state.clocks if c["state"] == state}


SAID: Mapping[str, dict[str, Any]] = {
    "verify:result": {"result": "confirmed"}, "check:result": {"result": "passed"},
    "void": {"reason": WHY, "cause": "false"}, "decide": {"unit": "U2", "reason": WHY},
    "return": {"reason": WHY, "basis": "职责清单"}, "extend": {"reason": WHY, "amount": 4, "unit": "urgent_hour"},
    "hold": {"reason": WHY}, "transfer": {"reason": WHY, "unit": "U2"}, "finish": {"result": "已清理"},
    "rework": {"reason": WHY}, "close": {"grade": "simple"}, "reopen": {"reason": WHY},
    "supervise": {"reason": WHY, "way": "phone"},
    "whistle": {"reason": WHY, "for": "emergency", "asked": ["U2", "U3"]},
    "escalate": {"reason": WHY, "rung": "negotiate"},
    "correct": {"reason": WHY, "category": "06020", "answer": whose("U1"), "trail": []},
    "link": {"case": "2", "number": "n2", "as": "related"}, "unlink": {"case": "2"},
}  # fmt: skip
# How a case with somebody accountable comes to each status.
WAY: Mapping[str, tuple[str, ...]] = {
    "reported": (),
    "accepted": ("accept",),
    "verifying": ("accept", "verify"),
    "registered": ("accept", "verify", "verify:result", "register"),
    "dispatched": ("accept", "register", "dispatch"),
    "in_progress": ("accept", "register", "dispatch", "take"),
    "done": ("accept", "register", "dispatch", "take", "finish"),
    "checking": ("accept", "register", "dispatch", "take", "finish", "check"),
    "rework": ("accept", "register", "dispatch", "take", "finish", "check", "check:result", "rework"),
    "closed": ("accept", "register", "dispatch", "take", "finish", "check", "check:result", "close"),
    "void": ("accept", "void"),
    "archived": ("accept", "void", "archive"),
}


def come_to(status: str) -> Life:
    """A case that came to a status in the ordinary way."""
    if status == "undecided":
        return Life(whose(None)).go("accept", "register")
    if status == "on_hold":
        life = come_to("in_progress").go("hold")
        return life.do("settle", request=life.n, verdict="granted", reason=WHY)
    return Life().go(*WAY[status])
