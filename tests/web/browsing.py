"""What the browser tests share: a page served on loopback, and one that is watched for requests and complaints."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from gridsvc.errors import NotFound
from gridsvc.web.assets import asset, media_type
from gridsvc.web.offline import PAGE_CSP


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


class Watched:
    """One page with every request and every complaint it made."""

    def __init__(self, browser, width: int) -> None:
        self.page = browser.new_page(viewport={"width": width, "height": 844})
        self.page.set_default_timeout(10_000)
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda r: self.requests.append(r.url))
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda e: self.complaints.append(str(e)))

    def open(self, url: str) -> "Watched":
        self.page.goto(url)
        self.page.wait_for_selector("html[data-ready]", state="attached")
        return self

    def hosts(self) -> set[str]:
        return {urlsplit(url).hostname or "" for url in self.requests if not url.startswith("data:")}
