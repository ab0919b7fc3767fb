"""The files that gridsvc serves to browsers: built third-party ones, the house's own, and those folium carries.

Knows names and bytes, not HTTP. ``leaflet/…``, ``maplibre-gl/…``, ``console/…``, ``field/…`` and the like are built by
the package's build hook.
"""

import gzip
import hashlib
import json
import re
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from gridsvc.errors import FieldError, NotFound, Unavailable

_NAME = re.compile(r"[a-z-]+(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)+")
_MEDIA_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
}


def asset(name: str) -> bytes:
    """Read one file by its served name, as in ``leaflet/leaflet.js``."""
    found = _locate(name) if _NAME.fullmatch(name) else None
    if found is None or not found.is_file():
        raise NotFound(f"没有网页文件 {name}", f"there is no web file {name}")
    return found.read_bytes()


def media_type(name: str) -> str:
    """Give the Content-Type of a served name; licences and unknown endings are plain text."""
    return _MEDIA_TYPES.get(name[name.rfind(".") :], "text/plain; charset=utf-8")


@cache
def version(name: str) -> str:
    """Give a short hash of the content, for a link that may be cached for ever and for an ETag."""
    return hashlib.sha256(asset(name)).hexdigest()[:12]


@cache
def packed(name: str) -> bytes:
    """Read one file packed by gzip, once: a megabyte of scripts is a third of that on the way."""
    return gzip.compress(asset(name), mtime=0)


@cache
def first_scripts() -> tuple[str, ...]:
    """Name the scripts that the console loads before it draws anything, the one that loads the others first."""
    manifest = _built() / "manifest.json"
    packages = json.loads(manifest.read_text(encoding="utf-8"))["packages"]
    return tuple(name for package in packages for name in package.get("first", ()))


def _locate(name: str) -> Traversable:
    folder, _, rest = name.partition("/")
    if folder == "own":
        return files("gridsvc.web") / "own" / rest
    if folder == "folium":
        return files("folium") / "templates" / rest
    return _built() / folder / rest


def _built() -> Traversable:
    static = files("gridsvc.web") / "static"
    if not (static / "manifest.json").is_file():
        raise Unavailable(
            "网页文件尚未构建",
            "the web files have not been built",
            [
                FieldError(
                    "gridsvc/web/static",
                    None,
                    "在源码目录运行 ./run setup 或 pip install .（需要能访问 npm 源），或安装已构建的 wheel",
                    "in the checkout ./run setup or pip install . (needs an npm registry), or install a built wheel",
                )
            ],
        )
    return static
