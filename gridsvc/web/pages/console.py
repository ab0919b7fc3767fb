"""The console's one page: everything else of it are files, and what it shows it asks the API for."""

from html import escape

from gridsvc.values import Lang
from gridsvc.web.assets import first_scripts, version

# Nothing inline, nothing from elsewhere; the map's workers and pictures are made from our own files.
PAGE_CSP = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; font-src 'self'; manifest-src 'self'; media-src 'self' blob:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
# First words of the addresses that are screens; a test holds them against the console's own table.
SCREENS = (
    "live", "case", "desk", "returns", "duplicates", "overdue", "whistles", "heat", "board",
    "editions", "rules", "people", "roster", "shift", "keys", "wall",
)  # fmt: skip
ADDRESSES = ("/", *(f"/{screen}{rest}" for screen in SCREENS for rest in ("", "/{rest:path}")))
_MAP = ("maplibre-gl/maplibre-gl.mjs", "maplibre-gl/maplibre-gl-shared.mjs")
_WORDS = {
    "zh": {
        "title": "城市网格运行中心", "script": "本页需要 JavaScript。不用它也可以看：",
        "heat": "案件热力图", "docs": "接口文档", "loading": "正在载入页面…",
    },
    "en": {
        "title": "City grid operations", "script": "This page needs JavaScript. Without it there are:",
        "heat": "the heat map of cases", "docs": "the API's documentation", "loading": "Loading the page…",
    },
}  # fmt: skip


def console_page(lang: Lang, zone: str) -> str:
    """Write the page; ``zone`` is the city's time zone, in which the console shows every instant, if known."""
    words = {name: escape(text) for name, text in _WORDS[lang].items()}
    # Asked for at once, not each when the one before it has been read.
    soon = "".join(f'<link rel="modulepreload" href="/static/{name}">' for name in (*first_scripts()[1:], *_MAP))
    return f"""<!doctype html>
<html lang="{"zh-CN" if lang == "zh" else "en"}" data-lang="{lang}" data-zone="{escape(zone)}"
 data-map-worker="{_served("maplibre-gl/maplibre-gl-worker.mjs")}"
 data-stream-worker="{_served("console/stream-worker.js")}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{words["title"]}</title><link rel="icon" href="/static/own/favicon.svg">
<link rel="stylesheet" href="{_served("maplibre-gl/maplibre-gl.css")}">
<link rel="stylesheet" href="{_served("console/main.css")}">
{soon}
<script type="module" src="{_served("console/main.js")}"></script></head>
<body><div id="app"><p class="loading" role="status">{words["loading"]}</p></div>
<noscript><p>{words["script"]} <a href="/maps/heat">{words["heat"]}</a>,
<a href="/docs">{words["docs"]}</a></p></noscript></body></html>"""


def _served(name: str) -> str:
    return f"/static/{name}?v={version(name)}"
