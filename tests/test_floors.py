"""The house stands: a floor imports only from floors below it, and the pure wings know no web and no database."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "gridsvc"
# Higher number, higher floor. ``web`` draws pages for the other doors and therefore lies just below them.
FLOORS = {
    "values": 0, "errors": 0, "settings": 0, "codes": 0, "tables": 0, "carried": 0, "client": 0,
    "rights": 0, "chain": 0, "masking": 0, "far": 0, "findings": 0, "formats": 0, "waves": 0,
    "profile": 0,
    "spatial": 1, "responsibility": 1, "casework": 1,
    "router": 2, "report": 2, "answer": 2, "frames": 2, "certainty": 2, "coded": 2, "bulk": 2, "kinds": 2,
    "areas_at": 2, "chiefs_at": 2, "diff": 2, "essence": 2, "diff_words": 2, "changes": 2, "on_duty": 2, "roster": 2,
    "worktimes": 2, "known": 2, "keepers": 2, "spelled": 2, "bundle": 2,
    "ruleset_check": 2, "scheme_check": 2, "ruleset_ground": 2,
    "store": 3,
    "services": 4,
    "bootstrap": 5,
    "web": 6,
    "api": 7, "cli": 7, "planning": 7,
    "__main__": 8,
}  # fmt: skip
WINGS = ("spatial", "responsibility", "casework")
FORBIDDEN_IN_WINGS = ("fastapi", "starlette", "sqlalchemy", "geoalchemy2", "psycopg2", "os", "time")
# The command line serves the HTTP door; nothing else goes from door to door.
ALLOWED_SIDEWAYS = {("cli", "api")}


def modules() -> list[Path]:
    return sorted(p for p in PACKAGE.rglob("*.py") if "node_modules" not in p.parts)


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_of(path: Path) -> list[tuple[str, ast.stmt]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found: list[tuple[str, ast.stmt]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, node) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            names = [f"{node.module}.{a.name}" for a in node.names] if node.module == "gridsvc" else [node.module]
            found += [(str(name), node) for name in names]
    return found


def rooms_imported(path: Path) -> set[str]:
    return {name.split(".")[1] for name, _ in imports_of(path) if name.startswith("gridsvc.")}


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_module_imports_only_from_floors_below(path):
    room = room_of(path)
    if room == "__init__":
        return
    for other in rooms_imported(path) - {room, "__version__"}:
        assert other in FLOORS, f"{other} has no floor yet"
        if (room, other) in ALLOWED_SIDEWAYS or FLOORS[other] < FLOORS[room]:
            continue
        same_ground = FLOORS[other] == FLOORS[room] and FLOORS[room] in (0, 2)
        assert same_ground, f"{path.name} on floor {FLOORS[room]} imports {other} on floor {FLOORS[other]}"


@pytest.mark.parametrize("path", [p for p in modules() if room_of(p) in WINGS], ids=lambda p: p.stem)
def test_pure_wings_know_no_web_no_database_and_no_clock(path):
    names = {name.split(".")[0] for name, _ in imports_of(path)}
    assert not names & set(FORBIDDEN_IN_WINGS)
    assert "datetime.now" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_no_module_grows_past_three_hundred_lines(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


def test_services_know_no_http():
    for path in modules():
        if room_of(path) in ("services", "store"):
            assert not {n.split(".")[0] for n, _ in imports_of(path)} & {"fastapi", "starlette"}, path
