"""What the browser tests share: a page served on loopback, and one that is watched for requests and complaints."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from gridsvc.errors import NotFound
from gridsvc.web.assets import asset, media_type
from gridsvc.web.offline import PAGE_CSP
from tests.chromium import Watched


@contextmanager
def served(html: str) -> Iterator[str]:
    """Serve the page and our files on loopback, with the policy that belongs to them."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            try:
                name = path.removeprefix("/static/")
                body = html.encode() if path == "/" else asset(name)
                kind = "text/html; charset=utf-8" if path == "/" else media_type(name)
                self.send_response(200)
            except NotFound:
                body, kind = b"", "text/plain"
                self.send_response(404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", PAGE_CSP)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Opened(Watched):
    """One page of ours in a window of its own."""

    def __init__(self, browser, width: int) -> None:
        super().__init__(browser.new_page(viewport={"width": width, "height": 844}), timeout_ms=10_000)

    def open(self, url: str) -> "Opened":
        self.page.goto(url)
        self.page.wait_for_selector("html[data-ready]", state="attached")
        return self
