"""What a proxy says of a caller is believed of those that are named, and opens nothing that would be closed."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from .conftest import BODY, open_client

PROXY, ELSEWHERE = "127.0.0.1", "192.0.2.7"
SAID: dict[str, tuple[str, dict[str, str], int]] = {
    "nothing, from here": (PROXY, {}, 200),
    "nothing, from elsewhere": (ELSEWHERE, {}, 401),
    "from here, for somebody elsewhere": (PROXY, {"X-Forwarded-For": ELSEWHERE}, 401),
    "from here, for somebody who says to be here": (PROXY, {"X-Forwarded-For": f"127.0.0.1, {ELSEWHERE}"}, 401),
    "from elsewhere, as if from here": (ELSEWHERE, {"X-Forwarded-For": "127.0.0.1"}, 401),
    "from elsewhere, by other names": (ELSEWHERE, {"Forwarded": "for=127.0.0.1", "X-Real-IP": "127.0.0.1"}, 401),
    "from elsewhere, for our name": (ELSEWHERE, {"X-Forwarded-Host": "localhost"}, 401),
    "from here, for nobody who has an address": (PROXY, {"X-Forwarded-For": "unknown"}, 401),
    "from here, under a foreign name": (PROXY, {"Host": "city.example"}, 401),
    "from here, under a foreign name said to be ours": (
        PROXY,
        {"Host": "city.example", "X-Forwarded-Host": "localhost"},
        401,
    ),
}


@pytest.mark.parametrize(("caller", "headers", "status"), SAID.values(), ids=SAID)
def test_open_access_cannot_be_forged(reader_url: str, caller: str, headers: dict[str, str], status: int):
    with open_client(reader_url, caller) as client:
        assert client.get("/v1/layers", headers=headers).status_code == status
        hot = client.post("/v1/route", json={"point": BODY["point"]}, headers=headers)
        assert hot.status_code == status


@pytest.mark.parametrize(("proxies", "secure"), [((f"{ELSEWHERE}/32",), True), (("192.0.2.0/24",), True), ((), False)])
def test_a_proxy_is_believed_where_it_is_named(reader_url: str, proxies: tuple[str, ...], secure: bool):
    with open_client(reader_url, ELSEWHERE, trusted_proxies=proxies) as client:
        answer: Any = client.get("/health/live", headers={"X-Forwarded-Proto": "https"})
    assert ("strict-transport-security" in answer.headers) == secure


def test_a_scheme_of_no_meaning_is_no_scheme(reader: TestClient):
    for scheme in ("ws", "javascript", "", "https\x00"):
        assert reader.get("/health/live", headers={"X-Forwarded-Proto": scheme}).status_code == 200
