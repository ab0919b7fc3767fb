"""A small city in which cases live over HTTP: everybody who has a part in it, and limits for every stage."""

from typing import Any

from small_city import IN_A, TABLES

from gridsvc.rights import Grant, Reach, whole_district
from gridsvc.services.audit import verify
from gridsvc.store.engine import make_engine
from gridsvc.values import STAGES
from tests.api.desk import DESK_RULES
from tests.api.house import DISTRICT, House

# U2's by a rule in grid A, the locality's (U2) in grid B; nobody's.
RULED, NOBODYS = "06010", "09001"
WHY = "现场核实，情况属实"
THIRD = {"code": "U3", "name": "丙处", "name_en": "Office three", "parent": "", "kind": "department"}
LIMITS = [
    {"category": category, "condition": "", "stage": stage, "amount": "8", "unit": "urgent_hour", "source": "自拟"}
    for category in ("06*", "09*")
    for stage in STAGES
]
THIRD = {"code": "U3", "name": "丙处", "name_en": "Office three", "parent": "", "kind": "department"}
CITY = {**TABLES, "rules": DESK_RULES, "units": [*TABLES["units"], THIRD], "limits": LIMITS}
CAST: dict[str, Grant] = {
    name: Grant(role, DISTRICT, unit=unit)  # type: ignore[arg-type]
    for name, role, unit in (
        ("collector", "collector", None), ("receptionist", "receptionist", None), ("leader", "shift_leader", None),
        ("dispatcher", "dispatcher", None), ("chief", "chief", None), ("looker", "viewer", None),
        ("editor", "rule_editor", None),
        ("boss", "administrator", None), ("u1", "unit_handler", "U1"), ("u2", "unit_handler", "U2"),
        ("u3", "unit_handler", "U3"),
    )
}  # fmt: skip
# Who does what, and what it takes in its plainest form.
WHO = {
    **dict.fromkeys(("accept", "verify", "correct", "link", "unlink"), "receptionist"),
    **dict.fromkeys(("take", "arrive", "return", "extend", "hold", "transfer", "resume", "finish"), "u2"),
    **dict.fromkeys(("dispatch", "settle", "supervise", "escalate", "decide"), "dispatcher"),
    "whistle": "chief",
}
SAID: dict[str, dict[str, Any]] = {
    "verify:found": {"result": "confirmed"}, "check:found": {"result": "passed"},
    "void": {"reason": WHY, "cause": "false"}, "decide": {"unit": "U2", "reason": WHY},
    "return": {"reason": WHY, "basis": "职责清单第 3 条"},
    "extend": {"reason": WHY, "amount": 4, "unit": "urgent_hour"},
    "hold": {"reason": WHY}, "transfer": {"reason": WHY, "unit": "U3"}, "finish": {"result": "已清理"},
    "rework": {"reason": WHY}, "close": {"grade": "simple"}, "reopen": {"reason": WHY},
    "supervise": {"reason": WHY, "way": "phone"}, "escalate": {"reason": WHY, "rung": "joint_meeting"},
    "whistle": {"reason": WHY, "for": "joint_enforcement", "asked": ["U1", "U3"]},
    "settle": {"request": 1, "verdict": "granted", "reason": WHY}, "correct": {"reason": WHY, "category": "06020"},
    "link": {"case": "240612-0001", "as": "related"}, "unlink": {"case": "240612-0001"},
}  # fmt: skip
WAY = {
    "reported": "", "accepted": "accept", "verifying": "accept verify", "registered": "accept register",
    "dispatched": "accept register dispatch", "in_progress": "accept register dispatch take",
    "done": "accept register dispatch take finish", "checking": "accept register dispatch take finish check",
    "rework": "accept register dispatch take finish check rework",
    "closed": "accept register dispatch take finish check check:found close", "void": "void",
    "archived": "void archive", "undecided": "accept register",
    "on_hold": "accept register dispatch take hold settle",
}  # fmt: skip


class Living:
    """One city, and whoever acts in it; every request has a key of its own unless one is given."""

    def __init__(self, house: House) -> None:
        self.house, self.browser = house, house.browser()
        self._n = 0
        self._keys = {name: house.key(house.add(name, granted)) for name, granted in CAST.items()}

    def ask(self, who: str, method: str, path: str, key: str | None = None, **how: Any) -> Any:
        self._n += 1
        headers = self._keys[who] | {"Idempotency-Key": key or f"key {self._n}"}
        return self.browser.request(method, path, headers=headers, **how)

    def case(self, category: str = RULED, where: tuple[float, float] = IN_A, **more: Any) -> "Case":
        body = {"point": {"x": where[0], "y": where[1], "crs": "wgs84"}, "category": category, "source": "app"} | more
        answer = self.ask("collector", "POST", "/v1/cases", json=body)
        assert answer.status_code == 201, answer.text
        return Case(self, answer.json())

    def come_to(self, status: str) -> "Case":
        """A case that came to a status in the plainest way."""
        case = self.case(NOBODYS if status == "undecided" else RULED)
        for step in WAY[status].split():
            case.go(step)
        assert case.now["status"] == status
        return case

    def routed(self, category: str, where: tuple[float, float]) -> Any:
        body = {"point": {"x": where[0], "y": where[1], "crs": "wgs84"}, "category": category}
        return self.ask("looker", "POST", "/v1/route", json=body).json()

    def reach(self) -> Reach:
        """All of the city."""
        return whole_district(DISTRICT)

    def listed(self, query: str, who: str = "leader") -> list[str]:
        answer = self.ask(who, "GET", f"/v1/cases?{query}")
        assert answer.status_code == 200, answer.text
        return sorted(case["number"] for case in answer.json()["items"])

    def verified(self) -> bool:
        """Whether every history is whole and every case says what its history adds up to."""
        engine = make_engine(self.house.url, 1)
        try:
            return not verify(engine).flaws
        finally:
            engine.dispose()


class Case:
    """One case as it was answered last."""

    def __init__(self, city: Living, answer: Any) -> None:
        self.city, self.now, self.by = city, answer, "collector"

    def __getitem__(self, name: str) -> Any:
        return self.now[name]

    def ask(self, who: str, action: str, key: str | None = None, **said: Any) -> Any:
        """Send an action; a name that is a word of Python has ``_`` after it."""
        body = {"version": self.now["version"]} | {name.rstrip("_"): value for name, value in said.items()}
        return self.city.ask(who, "POST", f"/v1/cases/{self.now['id']}/actions/{action}", key, json=body)

    def do(self, who: str, action: str, **said: Any) -> "Case":
        """Do an action, which must be legal."""
        answer = self.ask(who, action, **said)
        assert answer.status_code == 200, answer.text
        self.now, self.by = answer.json(), who
        return self

    def go(self, *steps: str) -> "Case":
        """Do steps in their plainest form; ``verify:found`` and ``check:found`` are what the collector says."""
        for step in steps:
            action, _, second = step.partition(":")
            who = "collector" if second else WHO.get(action, "leader")
            said = SAID.get(step, {})
            if action == "settle":
                said = said | {"request": self.now["requests"][-1]["n"]}
            self.do(who, action, **said)
        return self

    def refused(self, who: str, action: str, **said: Any) -> tuple[int, list[str]]:
        """Send what is refused: the status and the fields; nothing may have changed."""
        answer = self.ask(who, action, **said)
        assert answer.status_code >= 400, answer.text
        assert self.read()["version"] == self.now["version"]
        return answer.status_code, [e["field"] for e in answer.json()["errors"]]

    def read(self, who: str = "leader") -> Any:
        return self.city.ask(who, "GET", f"/v1/cases/{self.now['id']}").json()

    def history(self) -> list[Any]:
        told = self.city.ask("leader", "GET", f"/v1/cases/{self.now['id']}/history").json()
        assert told["intact"]
        return list(told["items"])

    def clocks(self, state: str = "running") -> dict[str, Any]:
        return {c["stage"]: c for c in self.now["clocks"] if c["state"] == state}

    def may(self) -> list[str]:
        """All that it allows, as an administrator is told."""
        return [a["action"] for a in self.read("boss")["actions"]]
