"""A reward is asked for by a report, due once the case is filed, listed for who pays, and paid once."""

from typing import Any

from .house import House

BODY = {"point": {"x": 120.005, "y": 30.005, "crs": "wgs84"}, "category": "06010", "source": "app"}


def test_a_reward_from_the_report_to_its_payment(house: House):
    house.add("li", "collector")
    house.add("wang", "shift_leader")
    house.add("zhao", "unit_handler")
    browser = house.browser()
    li, wang, zhao = (house.key(name) for name in ("li", "wang", "zhao"))

    def report(key: str, **more: Any) -> Any:
        return browser.post("/v1/cases", json=BODY | more, headers=li | {"Idempotency-Key": key}).json()

    def act(action: str, headers: dict[str, str], **said: Any) -> Any:
        path = f"/v1/cases/{wanted['id']}"
        version = browser.get(path, headers=wang).json()["version"]
        keyed = headers | {"Idempotency-Key": f"{action} {version}"}
        return browser.post(f"{path}/actions/{action}", json={"version": version} | said, headers=keyed)

    def listed(which: str) -> list[str]:
        return [c["id"] for c in browser.get(f"/v1/cases?reward={which}", headers=wang).json()["items"]]

    wanted, bare = report("a", reward=True), report("b")
    assert (wanted["reward"], bare["reward"]) == ("wanted", None)
    assert (listed("wanted"), listed("due")) == ([wanted["id"]], [])
    assert act("pay", wang).status_code == 409
    for action in ("accept", "register"):
        assert act(action, wang).status_code == 200
    assert (listed("wanted"), listed("due")) == ([], [wanted["id"]])
    assert act("pay", zhao).status_code == 403
    paid = act("pay", wang)
    assert (paid.status_code, paid.json()["reward"]) == (200, "paid")
    assert listed("paid,due") == [wanted["id"]]
    assert act("pay", wang).status_code == 409
    assert browser.get("/v1/cases?reward=x", headers=wang).status_code == 422
