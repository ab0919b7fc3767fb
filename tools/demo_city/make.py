"""Makes the whole boundary folder: ground, units, components, people, rules, cases; then the files."""

from collections.abc import Callable
from pathlib import Path

from demo_city.cases import build_cases
from demo_city.city import build_ground
from demo_city.components import build_components
from demo_city.limits import LIMIT_COLUMNS, limit_rows
from demo_city.manifest import FILES, SUBLAYERS, TABLES, manifest
from demo_city.people import PEOPLE_COLUMNS, POST_COLUMNS, build_staff
from demo_city.rule_rows import COLUMNS
from demo_city.rules import build_rules
from demo_city.units import UNIT_COLUMNS, unit_rows
from demo_city.write import write_csv, write_json, write_layer, write_points


def make(out: Path, seed: int, say: Callable[[str], None]) -> None:
    """Write the demo city of a seed below ``out``."""
    out.mkdir(parents=True, exist_ok=True)
    say("network and areas …")
    city = build_ground(seed)
    say(f"{len(city.plane.faces)} unit grids; components …")
    components = build_components(city)
    say(f"{len(components)} components; people and rules …")
    staff = build_staff(city.areas, city.lanes)
    rules = build_rules(city, components)
    say(f"{len(staff.posts)} posts, {len(rules)} rules; cases …")
    cases = build_cases(city, components)
    say(f"{len(cases)} cases; files …")
    for layer, rows in city.layers.items():
        write_layer(out / FILES[layer], rows, SUBLAYERS.get(layer))
    write_csv(out / TABLES["units"], unit_rows(city.areas), UNIT_COLUMNS)
    write_csv(out / TABLES["people"], staff.people, PEOPLE_COLUMNS)
    write_csv(out / TABLES["posts"], staff.posts, POST_COLUMNS)
    write_csv(out / TABLES["rules"], rules, COLUMNS)
    write_csv(out / TABLES["limits"], limit_rows(), LIMIT_COLUMNS)
    write_points(out / TABLES["components"], components, "lon", "lat")
    write_points(out / TABLES["cases"], cases, "lon", "lat")
    write_json(out / "manifest.json", manifest(list(TABLES)))
    say(f"done: {sum(f.stat().st_size for f in out.iterdir()) / 1e6:.2f} MB in {out}")
