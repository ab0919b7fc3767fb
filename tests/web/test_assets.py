"""The files served to browsers: complete, licensed, hashed, and nothing beside them."""

import hashlib
import json
import re
from pathlib import Path

import pytest

from gridsvc.errors import NotFound, Unavailable
from gridsvc.web import assets

WEB = Path(assets.__file__).parent


def built() -> dict:
    return json.loads((WEB / "static" / "manifest.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "name",
    [
        *("", "/", "leaflet", "leaflet/", "leaflet/nothing.js", "leaflet/../manifest.json", "own/../assets.py"),
        *("../errors.py", "/etc/passwd", "own/.hidden", "leaflet//leaflet.js", "folium/../folium.py"),
        *("own\\heat.js", "own/heat.js\n"),
    ],
)
def test_a_name_that_is_not_a_file_of_ours_is_not_found(name):
    with pytest.raises(NotFound):
        assets.asset(name)


def test_files_that_were_never_built_are_named_with_their_mend(tmp_path, monkeypatch):
    monkeypatch.setattr(assets, "files", lambda package: tmp_path)
    with pytest.raises(Unavailable) as e:
        assets.asset("leaflet/leaflet.js")
    assert "./run setup" in e.value.text("zh")
    assert "./run setup" in e.value.text("en")


def test_every_built_file_is_the_one_the_inventory_names():
    files = {name: digest for package in built()["packages"] for name, digest in package["files"].items()}
    assert len(files) >= 12
    for name, digest in files.items():
        assert hashlib.sha256(assets.asset(name)).hexdigest() == digest


def test_every_package_brings_its_licence():
    for package in built()["packages"]:
        assert any("LICENSE" in name and "LICENSE.txt" not in name[:-11] for name in package["files"]), package["name"]
        assert package["licence"]


def test_the_lock_file_records_hashes_and_no_addresses():
    lock = json.loads((WEB / "package-lock.json").read_text(encoding="utf-8"))
    locked = [entry for path, entry in lock["packages"].items() if path]
    assert all("integrity" in entry and "resolved" not in entry for entry in locked)
    assert "://" not in (WEB / "package-lock.json").read_text(encoding="utf-8") + (WEB / ".npmrc").read_text()


def test_every_dependency_is_pinned_exactly():
    pins = json.loads((WEB / "package.json").read_text(encoding="utf-8"))["dependencies"].values()
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", pin) for pin in pins)


def test_no_install_script_of_a_package_may_run():
    assert "ignore-scripts=true" in (WEB / ".npmrc").read_text().splitlines()


def test_built_scripts_name_no_source_map():
    assert b"sourceMappingURL" not in assets.asset("leaflet/leaflet.js") + assets.asset("swagger-ui/swagger-ui.css")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("own/favicon.svg", "image/svg+xml"),
        ("leaflet/leaflet.js", "text/javascript; charset=utf-8"),
        ("leaflet/LICENSE", "text/plain; charset=utf-8"),
        ("leaflet/images/layers.png", "image/png"),
    ],
)
def test_media_types(name, expected):
    assert assets.media_type(name) == expected


def test_the_version_changes_with_the_content():
    assert assets.version("own/heat.js") != assets.version("own/heat.css")
    assert re.fullmatch(r"[0-9a-f]{12}", assets.version("own/heat.js"))
