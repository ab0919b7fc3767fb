"""A small city in which some matters are for the desk, and who may settle them there."""

from typing import Any

from fastapi.testclient import TestClient
from small_city import IN_A, RULES, TABLES, UNITS

from .house import House

# By the rules below: nobody's; the locality's until the desk has settled it; and that of a rule.
NOBODYS, DISPUTED, RULED = "09001", "07001", "06010"
_MORE = dict.fromkeys(RULES[0], "") | {"disputed": "false"}
DESK_RULES = [
    RULES[0],
    _MORE | {"rank": "20", "id": "NOISE", "via": "rule", "categories": "07*", "lead": "unit:U1", "disputed": "true"},
    _MORE | {"rank": "900", "id": "LOCAL", "via": "locality", "categories": "06*;07*", "lead": "area:grid"},
]
# Beside a unit and the one under it there is one that has nothing to do with them.
DESK_TABLES = TABLES | {"rules": DESK_RULES, "units": [*UNITS, UNITS[0] | {"code": "U3", "name": "丙处"}]}
WHY = "现场核实过，由该单位负责"


class Desk:
    """One city, and what is asked of it by name; every request has a key of its own unless one is given."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.browser: TestClient = house.browser()
        self._keys: dict[str, dict[str, str]] = {}
        self._n = 0
        for name, role in (("leader", "shift_leader"), ("dispatcher", "dispatcher"), ("looker", "viewer"),
                           ("editor", "rule_editor"), ("collector", "collector")):  # fmt: skip
            house.add(name, role)

    def ask(self, who: str, method: str, path: str, key: str | None = None, **how: Any) -> Any:
        if who not in self._keys:
            self._keys[who] = self.house.key(who)
        self._n += 1
        headers = self._keys[who] | {"Idempotency-Key": key or f"key {self._n}"}
        return self.browser.request(method, path, headers=headers, **how)

    def report(self, category: str = NOBODYS, where: tuple[float, float] = IN_A, **more: Any) -> Any:
        body = {"point": {"x": where[0], "y": where[1], "crs": "wgs84"}, "category": category, "source": "app"} | more
        answer = self.ask("collector", "POST", "/v1/cases", json=body)
        assert answer.status_code == 201, answer.text
        # As whoever leads the shift reads it: who reports may do less, and is told more.
        return self.case(answer.json())

    def decide(self, case: Any, who: str = "leader", key: str | None = None, **more: Any) -> Any:
        body = {"version": case["version"], "unit": "U2", "reason": WHY} | more
        return self.ask(who, "POST", f"/v1/cases/{case['id']}/actions/decide", key, json=body)

    def routed(self, category: str = NOBODYS, where: tuple[float, float] = IN_A) -> Any:
        body = {"point": {"x": where[0], "y": where[1], "crs": "wgs84"}, "category": category}
        return self.ask("looker", "POST", "/v1/route", json=body).json()

    def via(self, category: str = NOBODYS, where: tuple[float, float] = IN_A) -> tuple[str, str] | str:
        """Unit and way of a route that somebody answers for, else the reason of the desk."""
        found = self.routed(category, where)
        one = found["accountable"]
        return found["desk"]["reason"] if one is None else (one["unit"], one["via"])

    def precedents(self, who: str = "looker") -> list[Any]:
        return self.ask(who, "GET", "/v1/precedents").json()["items"]

    def ruleset(self) -> str:
        """The newest ruleset there is."""
        return self.ask("editor", "GET", "/v1/rulesets").json()["items"][0]["code"]

    def case(self, case: Any) -> Any:
        return self.ask("leader", "GET", f"/v1/cases/{case['id']}").json()

    def history(self, case: Any) -> Any:
        return self.ask("leader", "GET", f"/v1/cases/{case['id']}/history").json()

    def listed(self, query: str) -> list[str]:
        items = self.ask("leader", "GET", f"/v1/cases?{query}").json()["items"]
        return sorted(case["number"] for case in items)
