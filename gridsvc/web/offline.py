"""Turns a folium map into a page that asks nothing of any other host, or refuses to.

folium links a dozen files on public servers. Every such link is swapped for our own file or dropped because nothing
here uses it; an unknown one raises, so that a new plugin cannot leak silently. What is left is searched again.
"""

import base64
import html as html_text
import posixpath
import re
from html.parser import HTMLParser
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from branca.element import CssLink, Link

from gridsvc.errors import BadInput, FieldError
from gridsvc.web.assets import asset, media_type, version

Mode = Literal["inline", "linked"]

# Send with every folium page: its scripts run in an origin of their own, so they reach no cookie and no API of ours.
PAGE_CSP = (
    "sandbox allow-scripts; default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
# Inside a file that is sent round there is no header; the browser itself then refuses whatever slipped through.
FILE_CSP = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data:; font-src data:; base-uri 'none'; form-action 'none'"
)
_BRACE = "\ue07b"
_BRACE_IN_SCRIPT = "\\ue07b"  # as JSON spells it
OWN = "gridsvc:"  # a link "gridsvc:own/heat.js" names one of our files directly

_OURS = {
    "leaflet.js": "leaflet/leaflet.js",
    "leaflet.css": "leaflet/leaflet.css",
    "jquery-3.7.1.min.js": "jquery/jquery.min.js",
    "leaflet_heat.min.js": "folium/leaflet_heat.min.js",
}
_DROPPED = {
    "bootstrap.bundle.min.js",
    "bootstrap.min.css",
    "bootstrap-glyphicons.css",
    "all.min.css",
    "leaflet.awesome-markers.js",
    "leaflet.awesome-markers.css",
    "leaflet.awesome.rotate.min.css",
}
_CSS_URL = re.compile(r"url\(\s*(['\"]?)(.*?)\1\s*\)")
_HOST = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:)?[\\/]{2}", re.IGNORECASE)
_CSS_HOST = re.compile(r"(?:url\(\s*|@import\s+)['\"]?\s*(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
_REFRESH = re.compile(r"^[\d.\s]+;\s*url\s*=", re.IGNORECASE)
# What a folium script would fetch: the first argument of a tile or image layer, an icon's picture, a tile template.
_SCRIPT_HOST = re.compile(
    r"(?:L\.(?:tileLayer(?:\.\w+)?|imageOverlay|videoOverlay)|\$\.ajax|fetch)\(\s*['\"](?:https?:)?//"
    r"|['\"](?:iconUrl|iconRetinaUrl|shadowUrl)['\"]\s*:\s*['\"](?:https?:)?//"
    r"|L\.tileLayer|L\.AwesomeMarkers|//[^\s'\"<>]*\{z\}",
    re.IGNORECASE,
)


def render(folium_map: Any, *, mode: Mode, base_url: str = "/static/", lang: str = "zh") -> str:
    """Render a folium map to HTML without any outside link.

    Parameters
    ----------
    folium_map : folium.Map
        Made with ``tiles=None``; it gets a ``maxZoom`` if it has none (without tiles Leaflet knows no limit).
    mode : "inline" or "linked"
        Everything in one file, or links below ``base_url`` (serve those with ``PAGE_CSP``).
    base_url : str
        Path, ending in a slash, below which ``assets.asset`` is served; it cannot name a host.
    lang : str
        Language of the page, ``zh`` or ``en``.
    """
    if not base_url.endswith("/") or _HOST.match(base_url):
        raise _refused("base_url", base_url, "应为以 / 结尾的路径", "give a path that ends in /, without a host")
    folium_map.options.setdefault("maxZoom", 19)
    figure = folium_map.get_root()
    page = figure.render().replace(_BRACE_IN_SCRIPT, "\\u007b").replace(_BRACE, "&#123;")
    links = [child for child in figure.header._children.values() if isinstance(child, Link)]
    swapped = [(link.render(), _our_name(link.url), isinstance(link, CssLink)) for link in links]
    bare = page
    for tag, _, _ in swapped:
        bare = bare.replace(tag, "", 1)
    refuse_hosts(bare)
    for tag, name, is_css in swapped:
        ours = "" if name is None else _inline(name, is_css) if mode == "inline" else _link(name, is_css, base_url)
        page = page.replace(tag, ours, 1)
    return _with_head(page, mode, base_url, lang)


def plain(text: str) -> str:
    """Make a text from outside safe to hand to folium, which compiles what it is given as a template, scripts twice.

    Opening braces are kept aside as a private character, and ``render`` puts them back when no template is left.
    """
    return text.replace("{", _BRACE)


def refuse_hosts(page: str) -> None:
    """Raise if a page would fetch anything from a host by itself; a plain ``<a href>`` is allowed."""
    search = _Search()
    search.feed(page)
    search.close()
    if search.found:
        where, what = search.found[0]
        raise _refused(
            where,
            what[:200],
            "离线页面不能引用外部地址：底图用 tiles=None，图标用 DivIcon 或圆点",
            "an offline page cannot fetch from outside: use tiles=None, DivIcon or circles",
        )


class _Search(HTMLParser):
    """Collects every place of a page that names a host and would be fetched."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag if tag in ("script", "style") else ""
        for name, value in attrs:
            if value is None or (tag == "a" and name == "href") or name.startswith("xmlns"):
                continue
            parts = value.split(",") if name == "srcset" else [value]
            if any(_HOST.match(part) for part in parts) or _CSS_HOST.search(value) or _REFRESH.search(value):
                self.found.append((f"<{tag} {name}>", value))

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        pattern = {"style": _CSS_HOST, "script": _SCRIPT_HOST}.get(self._inside)
        hit = pattern.search(data) if pattern else None
        if hit:
            self.found.append((f"<{self._inside}>", data[hit.start() : hit.start() + 200]))


def _our_name(url: str) -> str | None:
    """Name our file for a link of folium's, or None where the link is to be dropped."""
    if url.startswith(OWN):
        return url.removeprefix(OWN)
    last = posixpath.basename(unquote(urlsplit(url).path))
    if last in _DROPPED:
        return None
    if last not in _OURS:
        raise _refused("link", url, "这个插件没有随附离线文件，请换一种图层", "no offline file comes with this plugin")
    return _OURS[last]


def _link(name: str, is_css: bool, base_url: str) -> str:
    url = html_text.escape(f"{base_url}{name}?v={version(name)}")
    return f'<link rel="stylesheet" href="{url}">' if is_css else f'<script src="{url}"></script>'


def _inline(name: str, is_css: bool) -> str:
    text = asset(name).decode("utf-8")
    if is_css:
        return "<style>" + _CSS_URL.sub(lambda m: _data_url(name, m[2]), text).replace("</", r"<\/") + "</style>"
    # In a string or a regular expression the backslash changes nothing, and the parser no longer sees an end.
    safe = re.sub(r"<(?=/script|!--)", r"<\\", text, flags=re.IGNORECASE)
    return f"<script>{safe}{_marker_pictures() if name == 'leaflet/leaflet.js' else ''}</script>"


def _data_url(css: str, url: str) -> str:
    if url.startswith(("data:", "#")):
        return f"url({url})"
    if _HOST.match(url):
        raise _refused(css, url, "样式表引用了外部地址", "the style sheet names another host")
    return f"url({_as_data(posixpath.normpath(posixpath.join(posixpath.dirname(css), url)))})"


def _as_data(name: str) -> str:
    return f"data:{media_type(name)};base64,{base64.b64encode(asset(name)).decode()}"


def _marker_pictures() -> str:
    """Leaflet finds its marker's picture by the style sheet's address, which an inlined page lacks."""
    pictures = {"iconUrl": "marker-icon", "iconRetinaUrl": "marker-icon-2x", "shadowUrl": "marker-shadow"}
    given = ",".join(f'{key}:"{_as_data(f"leaflet/images/{name}.png")}"' for key, name in pictures.items())
    return f'\nL.Icon.Default.imagePath="";L.Icon.Default.mergeOptions({{{given}}});'


def _with_head(page: str, mode: Mode, base_url: str, lang: str) -> str:
    """Add what folium leaves out: the language, the favicon, the policy; and let people zoom the text."""
    inline = mode == "inline"
    favicon = _as_data("own/favicon.svg") if inline else f"{base_url}own/favicon.svg?v={version('own/favicon.svg')}"
    head = f'<link rel="icon" type="image/svg+xml" href="{html_text.escape(favicon)}">'
    if inline:
        head = f'<meta http-equiv="Content-Security-Policy" content="{FILE_CSP}">{head}'
    page = re.sub(r"initial-scale=1\.0, maximum-scale=1\.0, user-scalable=no", "initial-scale=1", page, count=1)
    opening = f'<html lang="{"zh-CN" if lang == "zh" else "en"}">\n<head>\n<meta charset="utf-8">{head}'
    return page.replace("<html>\n<head>", opening, 1)


def _refused(where: str, value: object, zh: str, en: str) -> BadInput:
    return BadInput("页面不能离线使用", "the page would need another host", [FieldError(where, value, zh, en)])
