"""Every package that gridsvc installs is pinned to one version, and the pins are versions that it may have."""

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
LINES = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
PINS = {name: Version(version) for name, _, version in (line.partition("==") for line in LINES)}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PROJECT["project"]["optional-dependencies"]
DIRECT = [*PROJECT["project"]["dependencies"], *(line for lines in EXTRAS.values() for line in lines)]


def needed(lines: list[str], extras: frozenset[str] = frozenset()) -> Iterator[Requirement]:
    """The requirements that hold on this machine."""
    for requirement in map(Requirement, lines):
        held = ("", *extras)
        if requirement.marker is None or any(requirement.marker.evaluate({"extra": extra}) for extra in held):
            yield requirement


def installed() -> dict[str, Requirement]:
    """Everything that comes with gridsvc and all its extras, by name."""
    found: dict[str, Requirement] = {}
    waiting = [r for r in needed(DIRECT) if r.name != "gridsvc"]
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name in found and requirement.extras <= found[name].extras:
            continue
        found[name] = requirement
        try:
            lines = distribution(name).requires or []
        except PackageNotFoundError:
            continue  # an extra's that is not installed here
        waiting += needed(lines, frozenset(requirement.extras))
    return found


def test_every_line_pins_one_version_of_one_package():
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*==[0-9][0-9a-z.+!]*", line) for line in LINES)
    assert sorted(PINS) == sorted(line.partition("==")[0] for line in LINES)


def test_every_package_that_is_installed_is_pinned():
    names = set(installed())
    assert {"fastapi", "starlette", "cryptography", "cffi", "numba", "pytest"} <= names
    assert not names - set(PINS)


@pytest.mark.parametrize("line", DIRECT)
def test_the_pins_are_what_the_project_asks_for(line: str):
    requirement = Requirement(line)
    if requirement.name != "gridsvc":
        assert PINS[canonicalize_name(requirement.name)] in requirement.specifier
