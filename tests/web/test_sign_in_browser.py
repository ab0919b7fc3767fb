"""Signing in in a real browser, by the keyboard alone: where it leads, what it says, and that it stays at home."""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
import uvicorn
from playwright.sync_api import expect

from gridsvc.api.app import create_app
from gridsvc.bootstrap import Folder, Router, past_cases
from gridsvc.rights import Grant
from gridsvc.services import actors
from gridsvc.services.intake import import_cases
from gridsvc.store.cluster import Cluster
from gridsvc.store.engine import make_engine
from tests.conftest import NOON, settings_for

pytestmark = pytest.mark.slow
NAME, OTHER, PASSWORD = "陈示例", "li", "correct horse battery"
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1366, "height": 768}


@contextmanager
def service(url: str) -> Iterator[int]:
    """The application on a free port of loopback; nobody gets in without a key or a session."""
    app = create_app(settings_for(open_access=False), url, lambda: NOON)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join(timeout=20)


@pytest.fixture(scope="module")
def port(cluster: Cluster, demo_template: str, demo: Folder, demo_router: Router) -> Iterator[int]:
    """The demo city with some of its cases, one who may see them, and one who may do nothing."""
    url = cluster.make_database("sign_in", demo_template)
    engine = make_engine(url, 1)
    import_cases(engine, demo_router, past_cases(demo)[:200], "past")
    for name in (NAME, OTHER):
        actors.add_actor(engine, name, "admin", NOON, password=PASSWORD)
    actors.grant(engine, NAME, Grant("viewer", demo.snapshot.edition.district), "admin", NOON)
    engine.dispose()
    with service(url) as at:
        yield at


class Visitor:
    """A browser of its own with every request and every complaint, those about the page's policy too."""

    def __init__(self, browser: Any, size: dict[str, int] = DESK, **context: Any) -> None:
        self.context = browser.new_context(viewport=size, **context)
        self.page = self.context.new_page()
        self.page.set_default_timeout(60_000)
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda r: self.requests.append(r.url))
        self.page.on("pageerror", lambda e: self.complaints.append(str(e)))
        self.page.on("console", self._said)
        violated = "addEventListener('securitypolicyviolation', (e) => console.error('CSP ' + e.violatedDirective))"
        self.page.add_init_script(violated)

    def _said(self, message: Any) -> None:
        # That an answer was a refusal is what some of these tests are about.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    def hosts(self) -> set[str]:
        return {urlsplit(u).hostname or "" for u in self.requests if not u.startswith(("data:", "blob:"))}

    def type(self, *texts: str) -> None:
        """Type into the field that has the focus, one field after the other, and send it off."""
        # The page takes the focus a moment after it is there; what a script types before that is lost.
        self.page.wait_for_function("() => document.activeElement instanceof HTMLInputElement")
        for n, text in enumerate(texts):
            if n:
                self.page.keyboard.press("Tab")
            self.page.keyboard.type(text)
        self.page.keyboard.press("Enter")


@pytest.fixture
def visitor(browser: Any) -> Iterator[Visitor]:
    made = Visitor(browser)
    yield made
    made.context.close()


def arrived(visitor: Visitor, port: int, path: str) -> None:
    visitor.page.wait_for_url(f"http://127.0.0.1:{port}{path}")


def test_who_asks_for_the_map_signs_in_by_keyboard_and_arrives(visitor: Visitor, port: int):
    page = visitor.page
    page.goto(f"http://127.0.0.1:{port}/maps/heat?from=2024-01-01T00:00:00Z")
    assert urlsplit(page.url).path == "/login"
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    assert page.title() == "登录 · 城市网格化管理"
    assert page.evaluate("document.activeElement.id") == "name"
    visitor.type(NAME, PASSWORD)
    arrived(visitor, port, "/maps/heat?from=2024-01-01T00:00:00Z")
    page.wait_for_selector("html[data-ready]", state="attached")
    # A browser keeps such a cookie on this machine's own address too, and shows it to no script.
    (cookie,) = visitor.context.cookies()
    assert (cookie["name"], cookie["secure"], cookie["httpOnly"]) == ("__Host-gridsvc", True, True)
    page.goto(f"http://127.0.0.1:{port}/login")
    assert page.evaluate("document.cookie") == ""
    assert visitor.hosts() == {"127.0.0.1"}
    assert visitor.complaints == []


def test_what_is_wrong_is_said_and_can_be_mended(visitor: Visitor, port: int):
    page = visitor.page
    page.goto(f"http://127.0.0.1:{port}/login?lang=en&next=/maps/heat")
    visitor.type(NAME, "a wrong guess")
    expect(page.locator("#told")).to_have_text("The name or the password is wrong. Check name and password.")
    assert page.get_attribute("#told", "role") == "alert"
    # The password is marked, ready to be typed over.
    assert page.evaluate("document.activeElement.id") == "password"
    visitor.type(PASSWORD)
    arrived(visitor, port, "/maps/heat")
    assert visitor.complaints == []


def test_the_pause_after_many_failures_is_told(visitor: Visitor, port: int):
    page = visitor.page
    page.goto(f"http://127.0.0.1:{port}/login")
    told = page.locator("#told")
    page.fill("#name", OTHER)
    for n in range(5):
        page.fill("#password", f"wrong guess {n}")
        page.keyboard.press("Enter")
        expect(told).to_contain_text("账号或密码不对")
    page.keyboard.press("Enter")
    expect(told).to_have_text("失败次数过多。1 秒后再试。")


def test_the_language_is_changed_and_the_way_kept(visitor: Visitor, port: int):
    page = visitor.page
    page.goto(f"http://127.0.0.1:{port}/login?next=/maps/heat%3Flang%3Den")
    page.click("#other")
    page.wait_for_url(f"http://127.0.0.1:{port}/login?lang=en**")
    assert page.evaluate("document.documentElement.lang") == "en"
    assert (page.inner_text("h1"), page.inner_text("button")) == ("Sign in · city grid management", "Sign in")
    page.focus("#name")
    visitor.type(NAME, PASSWORD)
    arrived(visitor, port, "/maps/heat?lang=en")


ELSEWHERE = ["//evil.example/", "https://evil.example/", "/%5Cevil.example", "%5C%5Cevil.example", "/.//evil.example",
             "javascript:document.title=1", "data:text/html,x", "http://%5B", "%09//evil.example", ""]  # fmt: skip


@pytest.mark.parametrize("wanted", ELSEWHERE)
def test_signing_in_leads_nowhere_else(visitor: Visitor, port: int, wanted: str):
    visitor.page.goto(f"http://127.0.0.1:{port}/login?next={wanted}")
    visitor.type(NAME, PASSWORD)
    visitor.page.wait_for_url(lambda url: "/login" not in url)
    visitor.page.wait_for_load_state()
    assert visitor.page.url.startswith(f"http://127.0.0.1:{port}/")
    assert visitor.hosts() == {"127.0.0.1"}


def test_where_others_could_listen_the_page_says_so(visitor: Visitor, port: int):
    """By a name that stands for some machine, and without TLS, a browser keeps no cookie of a session."""
    page = visitor.page
    page.goto(f"http://grid.example:{port}/login?lang=en")
    assert page.inner_text("#told") == "Open this page by https://, or the browser will not keep you signed in."
    visitor.type(NAME, PASSWORD)
    page.wait_for_url(lambda url: "next=" in url)
    assert visitor.context.cookies() == []
    assert "https://" in page.inner_text("#told")


def test_the_documentation_offers_to_sign_in(visitor: Visitor, port: int):
    visitor.page.goto(f"http://127.0.0.1:{port}/docs")
    visitor.page.locator(".btn.authorize").click()
    expect(visitor.page.locator(".auth-container h4")).to_contain_text(["key", "session", "csrf"])
    assert visitor.complaints == []


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_fits_and_can_be_read(browser: Any, port: int, size: dict[str, int], scheme: str, lang: str):
    visitor = Visitor(browser, size, color_scheme=scheme)
    page = visitor.page
    page.goto(f"http://127.0.0.1:{port}/login?lang={lang}")
    assert page.evaluate(
        "document.documentElement.scrollWidth <= innerWidth && document.body.scrollHeight <= innerHeight"
    )
    for part in ("#name", "#password", "button"):
        assert page.locator(part).bounding_box()["height"] >= 44
    for part in ("h1", "label", "button", "#other"):
        assert contrast(page, part) >= 4.5, part
    assert contrast(page, "#name", "borderTopColor") >= 3.0
    assert visitor.complaints == []
    visitor.context.close()


def contrast(page: Any, part: str, of: str = "color") -> float:
    """The contrast of a part's text, or of its edge, to what it stands on, after WCAG 2.2."""
    ground = """(e) => {
      const ground = getComputedStyle(e).backgroundColor;
      return ground === "rgba(0, 0, 0, 0)" ? null : ground;
    }"""
    found = page.locator(part).first
    own = found.evaluate(f"(e) => getComputedStyle(e).{of}")
    under = found.evaluate(ground) or page.locator("main").evaluate(ground)
    light, dark = sorted((luminance(own), luminance(under)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(color: str) -> float:
    parts = [int(v) / 255 for v in re.findall(r"\d+", color)[:3]]
    r, g, b = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
