"""Makes the boundary folders: ground, units, components, people, rules, cases; then what later editions change."""

from collections.abc import Callable
from pathlib import Path

from demo_city.cases import build_cases
from demo_city.city import build_ground
from demo_city.components import build_components
from demo_city.declared import (
    ANSWER_COLUMNS,
    ATTRIBUTE_COLUMNS,
    CALENDAR_COLUMNS,
    DUPLICATE_COLUMNS,
    PERIOD_COLUMNS,
    POWER_COLUMNS,
    SANCTION_COLUMNS,
    declared,
)
from demo_city.editions import CHANGE_COLUMNS, Contents, followed
from demo_city.heat_rows import HEAT_COLUMNS, heat_rows
from demo_city.limits import LIMIT_COLUMNS, limit_rows
from demo_city.manifest import FILES, SUBLAYERS, TABLES, manifest
from demo_city.people import OPENING, PEOPLE_COLUMNS, POST_COLUMNS, build_staff
from demo_city.plans import CLEANED_COLUMNS, TOILET_COLUMNS, deep_cleaned, planned_toilets
from demo_city.planted import LATER, TITLE
from demo_city.rule_rows import COLUMNS
from demo_city.rules import build_rules
from demo_city.scheme_rows import SCHEME_COLUMNS, scheme_tables
from demo_city.units import UNIT_COLUMNS, unit_rows
from demo_city.write import write_csv, write_json, write_layer, write_points

CSV_COLUMNS = {"units": UNIT_COLUMNS, "people": PEOPLE_COLUMNS, "posts": POST_COLUMNS, "rules": COLUMNS,
               "limits": LIMIT_COLUMNS, "attributes": ATTRIBUTE_COLUMNS, "powers": POWER_COLUMNS,
               "calendar": CALENDAR_COLUMNS, "periods": PERIOD_COLUMNS,
               "duplicates": DUPLICATE_COLUMNS, "sanctions": SANCTION_COLUMNS, "answers": ANSWER_COLUMNS,
               **SCHEME_COLUMNS, "heat": HEAT_COLUMNS}  # fmt: skip


def make(out: Path, seed: int, say: Callable[[str], None]) -> None:
    """Write the demo city of a seed below ``out``: the first edition there, each later one in a folder of its own."""
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
    tables = {"components": components, "units": unit_rows(city.areas), "people": staff.people, "posts": staff.posts,
              "rules": rules, "limits": limit_rows(), **declared(), **scheme_tables(),
              "heat": heat_rows(), "cases": cases}  # fmt: skip
    contents, empty = Contents(city.layers, tables, []), Contents({}, {}, [])
    files = write_edition(out, "", contents, empty, {})
    write_json(out / "manifest.json", manifest("2023-1", TITLE.format(2023, 1), OPENING, files))
    write_csv(out / "planned_toilets.csv", planned_toilets(city), TOILET_COLUMNS)
    write_csv(out / "deep_cleaned.csv", deep_cleaned(city), CLEANED_COLUMNS)
    for edition in LATER:
        before, contents = contents, followed(city, contents, edition.changes, edition.valid_from)
        say(f"{edition.code}: {len(contents.changes)} changes; files …")
        above = {name: f"../{path}" for name, path in files.items()}
        own = write_edition(out, edition.code, contents, before, above)
        write_csv(out / edition.code / "changes.csv", contents.changes, CHANGE_COLUMNS)
        write_json(out / edition.code / "manifest.json", manifest(edition.code, edition.title, edition.valid_from, own))
        files |= {name: f"{edition.code}/{path}" for name, path in own.items() if path != above[name]}
    say(f"done: {sum(f.stat().st_size for f in out.rglob('*') if f.is_file()) / 1e6:.2f} MB in {out}")


def write_edition(out: Path, code: str, now: Contents, before: Contents, above: dict[str, str]) -> dict[str, str]:
    """Write the layers and tables that differ from the edition before; gives where each is, seen from the folder."""
    folder, files = out / code, dict(above)
    folder.mkdir(parents=True, exist_ok=True)
    for layer, rows in now.layers.items():
        if rows is not before.layers.get(layer):
            files[layer] = FILES[layer]
            write_layer(folder / FILES[layer], rows, SUBLAYERS.get(layer))
    for table, rows in now.tables.items():
        if rows is not before.tables.get(table):
            files[table] = TABLES[table]
            if table in CSV_COLUMNS:
                write_csv(folder / TABLES[table], rows, CSV_COLUMNS[table])
            else:
                write_points(folder / TABLES[table], rows, degrees=code == "")
    return files
