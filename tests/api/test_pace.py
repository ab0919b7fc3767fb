"""How fast one caller may go on: the bucket alone, and over HTTP on both ways to an answer."""

import math
from itertools import accumulate
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridsvc.api.pace import SLOWEST_PER_S, Pace, Paces

from .conftest import BODY
from .house import ADMIN, House, soon

PLACE = {"point": BODY["point"]}


@pytest.mark.parametrize(
    ("rate_per_s", "burst_s", "asked_at_s", "waits_s"),
    [
        # A burst at once, then each in its turn.
        (1.0, 3.0, [0, 0, 0, 0], [0, 0, 0, 1]),
        (1.0, 3.0, [0, 0, 0, 0.25, 1, 1], [0, 0, 0, 0.75, 0, 1]),
        # What must wait does not count.
        (1.0, 1.0, [0, 0.5, 0.5, 0.5, 1], [0, 0.5, 0.5, 0.5, 0]),
        (2.0, 1.0, [5, 5, 5, 5.5, 5.5], [0, 0, 0.5, 0, 0.5]),
        # However slow and without a burst, one is always taken from somebody who waited.
        (0.5, 0.0, [0, 1, 2, 3.5, 4], [0, 1, 0, 0.5, 0]),
        # Who waited for long may do no more at once.
        (1.0, 2.0, [0, 1e6, 1e6, 1e6], [0, 0, 0, 1]),
        # As slow as anybody is.
        (5e-324, 3.0, [0, 0, 1000], [0, 1000, 0]),
        (SLOWEST_PER_S, 3.0, [0, 0, 1000], [0, 1000, 0]),
    ],
)
def test_pace(rate_per_s: float, burst_s: float, asked_at_s: list[float], waits_s: list[float]):
    pace = Pace(rate_per_s, burst_s)
    assert [pace.wait_s(at_s) for at_s in asked_at_s] == pytest.approx(waits_s)


STEPS = st.lists(st.floats(0.0, 5.0) | st.just(0.0), min_size=1, max_size=200)


@given(st.floats(0.01, 1000.0), st.floats(0.0, 60.0), st.floats(0.0, 1e6), STEPS)
def test_never_more_than_the_rate_and_a_burst(rate_per_s: float, burst_s: float, start_s: float, steps: list[float]):
    pace = Pace(rate_per_s, burst_s)
    times = [start_s + passed for passed in accumulate(steps)]
    taken = [at_s for at_s in times if pace.wait_s(at_s) == 0.0]
    assert taken[:1] == times[:1]
    ahead = max(1.0, burst_s * rate_per_s)
    for i, first_s in enumerate(taken):
        for j in range(i, len(taken)):
            assert j - i + 1 <= ahead + (taken[j] - first_s) * rate_per_s + 1e-3


@given(st.floats(0.001, 100.0), st.floats(0.0, 10.0), st.floats(0.0, 1e6), st.integers(0, 5))
def test_who_waits_as_told_gets_through(rate_per_s: float, burst_s: float, start_s: float, again: int):
    pace = Pace(rate_per_s, burst_s)
    while (told_s := pace.wait_s(start_s)) == 0.0:
        pass
    # Trying in between changes nothing, nor does it help.
    assert [pace.wait_s(start_s) for _ in range(again)] == [told_s] * again
    # In whole seconds, as it is told over HTTP.
    assert pace.wait_s(start_s + math.ceil(told_s)) == 0.0


def test_each_caller_has_a_pace_of_his_own():
    paces = Paces(most=2)
    chen, li = paces.of("chen", 1.0), paces.of("li", 1.0)
    assert paces.of("chen", 1.0) is chen
    assert chen is not li
    # Where they are too many all are forgotten, and nobody is held up for it.
    assert paces.of("wang", 1.0).wait_s(0.0) == 0.0
    assert paces.of("chen", 1.0) is not chen


def routed(house: House, headers: dict[str, str]) -> Any:
    return house.browser().post("/v1/route", json=PLACE, headers=headers)


def listed(house: House, headers: dict[str, str]) -> Any:
    return house.browser().get("/v1/layers", headers=headers)


@pytest.mark.parametrize("ask", [routed, listed], ids=["hot way", "ordinary way"])
def test_who_asks_too_often_is_told_when_to_go_on(house: House, ask: Any):
    house.add("chen", "viewer")
    slow, other = house.key("chen", rate_per_s=0.002), house.key("chen")
    assert ask(house, slow).status_code == 200
    refused = ask(house, slow)
    assert refused.status_code == 429
    assert 490 <= int(refused.headers["retry-after"]) <= 500
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["type"] == "urn:gridsvc:problem:too-many-requests"
    (error,) = refused.json()["errors"]
    assert error["field"] == "Retry-After"
    assert str(error["value"]) in error["mend_zh"]
    assert str(error["value"]) in error["mend_en"]
    # Another key of the same actor goes on.
    assert ask(house, other).status_code == 200


def test_both_ways_share_one_pace(house: House):
    house.add("chen", "viewer")
    key = house.key("chen", rate_per_s=0.002)
    assert routed(house, key).status_code == 200
    assert listed(house, key).status_code == 429
    assert routed(house, key).status_code == 429


def test_a_key_spelled_otherwise_is_no_faster(house: House):
    house.add("chen", "viewer")
    secret = house.key("chen", rate_per_s=0.002)["Authorization"].removeprefix("Bearer ")
    asked = [
        ask(house, {"Authorization": f"{scheme} {secret}"}).status_code
        for scheme in ("Bearer", "bearer", "BEARER", "Bearer ", "Bearer   ")
        for ask in (routed, listed)
    ]
    assert asked == [200] + [429] * 9


def test_without_a_rate_of_its_own_a_key_has_that_of_the_settings(cluster, small_template: str):
    with House(cluster.make_database("paced", small_template), rate_per_s=0.002) as house:
        house.add("chen", "viewer")
        plain, fast = house.key("chen"), house.key("chen", rate_per_s=1000.0)
        assert [listed(house, plain).status_code for _ in range(2)] == [200, 429]
        assert [listed(house, fast).status_code for _ in range(20)] == [200] * 20
        # A session as well, and each for itself.
        for browser in (house.signed_in("chen"), house.signed_in("chen")):
            assert [browser.get("/v1/layers").status_code for _ in range(2)] == [200, 429]
        assert [routed(house, ADMIN).status_code for _ in range(20)] == [200] * 20


def test_open_access_has_no_limit(cluster, small_template: str):
    with House(cluster.make_database("paced_open", small_template), open_access=True, rate_per_s=0.002) as house:
        browser = house.browser(host="127.0.0.1")
        browser.base_url = "http://127.0.0.1:8000"
        asked = [browser.post("/v1/route", json=PLACE).status_code for _ in range(10)]
        assert asked + [browser.get("/v1/layers").status_code for _ in range(10)] == [200] * 20


def test_guessing_keys_gets_slower_but_holds_up_nobody_else(house: House):
    house.add("chen", "viewer")
    key = house.key("chen")
    wrong = [listed(house, {"Authorization": f"Bearer gk_{n:012x}_{'A' * 43}"}) for n in range(25)]
    assert [answer.status_code for answer in wrong] == [401] * 20 + [429] * 5
    assert 1 <= int(wrong[-1].headers["retry-after"]) <= 10
    # A right key from the same address, and one that was never seen before, are taken.
    assert listed(house, key).status_code == 200
    assert routed(house, house.key("chen")).status_code == 200
    # So is a guess from elsewhere heard, and the way to sign in open.
    assert house.browser(host="192.0.2.8").get("/v1/me", headers={"Authorization": "Bearer x"}).status_code == 401
    assert house.browser().get("/login").status_code == 200


def test_sessions_that_are_over_hold_up_nobody(house: House):
    """An office behind one address comes back in the morning with the cookies of yesterday."""
    html = {"Accept": "text/html", "Cookie": f"__Host-gridsvc={'A' * 43}"}
    asked = [house.browser().get("/maps/heat", headers=html, follow_redirects=False) for _ in range(40)]
    assert {(a.status_code, a.headers["location"]) for a in asked} == {(303, "/login?next=/maps/heat")}


def test_a_rate_that_is_changed_by_a_rotation_stays_the_keys(house: House):
    """The new key begins afresh, at the old one's rate."""
    house.add("chen", "viewer")
    admin = house.browser(**ADMIN)
    made = admin.post("/v1/actors/chen/keys", json={"name": "k", "rate_per_s": 0.002}).json()
    turned = admin.post(f"/v1/actors/chen/keys/{made['id']}/rotate", json={}).json()
    assert turned["rate_per_s"] == 0.002
    sent = {"Authorization": f"Bearer {turned['key']}"}
    assert [listed(house, sent).status_code for _ in range(2)] == [200, 429]
    assert soon(lambda: listed(house, {"Authorization": f"Bearer {made['key']}"}).status_code == 200)
