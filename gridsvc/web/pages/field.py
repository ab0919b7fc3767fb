"""The field page, and the worker that opens it without a network; everything else of it are files."""

import hashlib
import json
from html import escape

from gridsvc.values import Lang
from gridsvc.web.assets import asset, version
from gridsvc.web.pages.console import PAGE_CSP

ADDRESS, WORKER = "/field", "/field/worker.js"
# What it loads; kept on the phone together with the page itself.
FILES = ("field/main.js", "field/main.css", "field/icon.svg", "field/icon-192.png")
# A worker is bound by its own policy: it fetches what it keeps and sends what waits, all from here.
WORKER_CSP = "default-src 'none'; script-src 'self'; connect-src 'self'"
_WORDS = {
    "zh": {"title": "网格现场", "script": "本页需要 JavaScript。", "loading": "正在打开…"},
    "en": {"title": "Grid field", "script": "This page needs JavaScript.", "loading": "Opening…"},
}

__all__ = ["ADDRESS", "FILES", "PAGE_CSP", "WORKER", "WORKER_CSP", "field_page", "field_worker"]


def field_page(lang: Lang, zone: str) -> str:
    """Write the page; ``zone`` is the city's time zone, in which it shows every instant, if known."""
    words = {name: escape(text) for name, text in _WORDS[lang].items()}
    return f"""<!doctype html>
<html lang="{"zh-CN" if lang == "zh" else "en"}" data-lang="{lang}" data-zone="{escape(zone)}" data-theme="light">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="theme-color" content="#FFFFFF"><title>{words["title"]}</title>
<link rel="icon" href="{_served("field/icon.svg")}"><link rel="apple-touch-icon" href="{_served("field/icon-192.png")}">
<link rel="manifest" href="/static/field/{lang}.webmanifest">
<link rel="stylesheet" href="{_served("field/main.css")}">
<script type="module" src="{_served("field/main.js")}"></script></head>
<body><div id="app"><main><p role="status">{words["loading"]}</p></main></div>
<noscript><p>{words["script"]}</p></noscript></body></html>"""


def field_worker(page: str) -> bytes:
    """Give the worker's script, which names what it keeps: whatever changes makes it another worker."""
    script = asset("field/worker.js")
    files = [_served(name) for name in FILES]
    digest = hashlib.sha256("\n".join([page, *files]).encode() + script).hexdigest()[:12]
    shell = json.dumps({"version": digest, "page": ADDRESS, "files": files})
    return f"const SHELL={shell};\n".encode() + script


def _served(name: str) -> str:
    return f"/static/{name}?v={version(name)}"
