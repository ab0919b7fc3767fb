"""The build hook decides rightly whether the web files must be made again, and says so when it cannot make them."""

import importlib.util
import shutil
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

pytest.importorskip("hatchling", reason="the build back end is not installed here: pip install hatchling")

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def web(hook, tmp_path) -> Path:
    """A copy of the npm project with its built files."""
    for name in hook.WORKED_ON:
        shutil.copy(ROOT / "gridsvc" / "web" / name, tmp_path / name)
    for folder in hook.OWN:
        shutil.copytree(ROOT / "gridsvc" / "web" / folder, tmp_path / folder)
    shutil.copytree(ROOT / "gridsvc" / "web" / "static", tmp_path / "static")
    return tmp_path


def test_built_files_are_current(hook, web):
    assert hook.is_current(web)


@pytest.mark.parametrize(
    "name", ["package.json", "package-lock.json", "build.mjs", "console/src/main.tsx", "shared/lang.ts"]
)
def test_a_changed_source_makes_them_stale(hook, web, name):
    (web / name).write_text((web / name).read_text() + "\n")
    assert not hook.is_current(web)


def test_a_missing_or_damaged_file_makes_them_stale(hook, web):
    (web / "static" / "leaflet" / "leaflet.js").write_bytes(b"")
    assert not hook.is_current(web)
    (web / "static" / "leaflet" / "leaflet.js").unlink()
    assert not hook.is_current(web)


@pytest.mark.parametrize("content", [None, "", "{}", "[]", '{"source": 1, "packages": [1]}'])
def test_an_inventory_that_cannot_be_read_makes_them_stale(hook, web, content):
    manifest = web / "static" / "manifest.json"
    manifest.unlink() if content is None else manifest.write_text(content)
    assert not hook.is_current(web)


def test_a_failed_fetch_tells_what_npm_said_and_the_mend_without_its_stack(hook):
    said = "npm error code ENOTFOUND\nnpm error     at Socket.emit (node:events:1)\nnpm error network is away\n"
    with pytest.raises(hook.BuildFailed) as e:
        hook.must_work("npm ci", SimpleNamespace(returncode=1, stderr=said, stdout=""), "could not fetch")
    text = str(e.value)
    assert "ENOTFOUND" in text
    assert "network is away" in text
    assert "Socket.emit" not in text
    assert "NPM_CONFIG_REGISTRY" in text
