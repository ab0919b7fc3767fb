"""Makes the contents of a later edition out of those of the one before; what does not change stays the same object."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from demo_city.areas import ROW_M, melted, subdivide
from demo_city.city import City
from demo_city.frame import stage_rng
from demo_city.people import Staff
from demo_city.planted import Area, Change, Handover, Merge, Rename, Split
from demo_city.units import committee, committee_row
from demo_city.write import Row
from gridsvc.spatial.grid_maker import reading_order

CHANGE_COLUMNS = ["kind", "layer", "before", "after", "was", "now"]


@dataclass
class Contents:
    """What an edition consists of: rows by layer; rows (or a frame of points) by table; and how it came about."""

    layers: dict[str, list[Row]]
    tables: dict[str, Any]
    changes: list[Row]


def followed(city: City, before: Contents, changes: tuple[Change, ...], since: str) -> Contents:
    """Apply planned changes to the contents of the edition before."""
    now = Contents(dict(before.layers), dict(before.tables), [])
    for change in changes:
        match change:
            case Split():
                split(city, now, change, since)
            case Merge():
                merge(now, change)
            case Rename():
                rename(now, change)
            case Handover():
                hand_over(now, change)
    return now


def split(city: City, now: Contents, change: Split, since: str) -> None:
    """Divide a grid along its roads into connected parts of about one size, and staff them."""
    faces = [i for i, code in enumerate(city.areas.grid) if code == change.grid]
    small = {i: city.plane.leaves[i].small for i in faces}
    parts = subdivide(city.plane, small, len(change.into), stage_rng(city.seed, f"split {change.grid}"))
    old = next(row for row in now.layers["grid"] if row["code"] == change.grid)
    new = [
        old | named(area) | {"geometry": melted([city.plane.faces[i] for i in part])}
        for area, part in zip(change.into, parts, strict=True)
    ]
    now.layers["grid"] = replaced(now.layers["grid"], {change.grid}, new)
    staff_parts(now, change, since)
    record(now, "split", "grid", [old], new)


def staff_parts(now: Contents, change: Split, since: str) -> None:
    """End the posts of the old grid: its people go on in the first part, new ones come for the others."""
    staff = Staff([*now.tables["people"]], [])
    mine = [p for p in now.tables["posts"] if (p["layer"], p["area"]) == ("grid", change.grid)]
    last = max(int(p["code"][1:]) for p in now.tables["posts"])
    for area in change.into:
        code_of = {p["code"]: f"P{last + n:04d}" for n, p in enumerate(mine, start=1)}
        last += len(mine)
        staff.posts += [
            p | {"code": code_of[p["code"]], "area": area.code, "deputy_of": code_of.get(p["deputy_of"], ""),
                 "person": p["person"] if area is change.into[0] else staff.person(p["role"]), "valid_from": since}
            for p in mine
        ]  # fmt: skip
    now.tables["people"] = staff.people
    now.tables["posts"] = [*(p for p in now.tables["posts"] if p not in mine), *staff.posts]


def merge(now: Contents, change: Merge) -> None:
    """Melt communities together; their unit grids get codes of the new one, and components are recorded under these."""
    gone = set(change.communities)
    old = [row for row in now.layers["community"] if row["code"] in gone]
    new = (
        old[0]
        | named(change.into)
        | {
            "unit": committee(change.into.code),
            "residents": sum(row["residents"] for row in old),
            "geometry": melted([row["geometry"] for row in old]),
        }
    )
    now.layers["community"] = replaced(now.layers["community"], gone, [new])
    now.tables["units"] = [
        committee_row(change.into.code, change.into.name, change.into.name_en)
        if unit["code"] == committee(change.communities[0])
        else unit
        for unit in now.tables["units"]
        if unit["code"] not in {committee(code) for code in change.communities[1:]}
    ]
    record(now, "merge", "community", old, [new])
    cells = [row for row in now.layers["unit_grid"] if row["code"][:12] in gone]
    order = reading_order(np.array([row["geometry"] for row in cells], dtype=object), ROW_M)
    recoded = [cells[i] | {"code": f"{change.into.code}{n:03d}"} for n, i in enumerate(order, start=1)]
    code_of = {cells[i]["code"]: row["code"] for i, row in zip(order, recoded, strict=True)}
    now.layers["unit_grid"] = replaced(now.layers["unit_grid"], set(code_of), recoded)
    components: pd.DataFrame = now.tables["components"]
    now.tables["components"] = components.assign(unit_grid=components["unit_grid"].replace(code_of))
    now.changes += [change_row("recode", "unit_grid", was, code, "", "") for was, code in code_of.items()]


def rename(now: Contents, change: Rename) -> None:
    """Give an area another name, and a community's committee with it."""
    old = next(row for row in now.layers[change.layer] if row["code"] == change.to.code)
    now.layers[change.layer] = replaced(now.layers[change.layer], {change.to.code}, [old | named(change.to)])
    if change.layer == "community":
        new = committee_row(change.to.code, change.to.name, change.to.name_en)
        now.tables["units"] = [new if unit["code"] == new["code"] else unit for unit in now.tables["units"]]
    record(now, "rename", change.layer, [old], [named(change.to)])


def hand_over(now: Contents, change: Handover) -> None:
    """Give a boundary street to another grid, which now includes it."""
    streets, name_of = now.layers["boundary_street"], {row["code"]: row["name"] for row in now.layers["grid"]}
    old = next(row for row in streets if row["code"] == change.street)
    new = old | {"owner": change.owner, "inclusive": True,
                 "wording": f"{name_of[change.owner]}以{old['name']}为界（含）"}  # fmt: skip
    now.layers["boundary_street"] = replaced(streets, {change.street}, [new])
    row = change_row("owner", "boundary_street", old["code"], old["code"], old["owner"], new["owner"])
    now.changes.append(row)


def replaced(rows: list[Row], gone: set[str], new: list[Row]) -> list[Row]:
    """Give rows with some exchanged for others, ordered by code."""
    return sorted([*(row for row in rows if row["code"] not in gone), *new], key=lambda row: str(row["code"]))


def named(area: Area) -> Row:
    """Give the columns that name an area."""
    return {"code": area.code, "name": area.name, "name_en": area.name_en}


def record(now: Contents, kind: str, layer: str, old: list[Row], new: list[Row]) -> None:
    """Write down one change of areas, their codes and names joined by a semicolon."""
    lists = [";".join(str(row[key]) for row in rows) for key in ("code", "name") for rows in (old, new)]
    now.changes.append(change_row(kind, layer, *lists))


def change_row(*cells: str) -> Row:
    """Give one row of the list of changes."""
    return dict(zip(CHANGE_COLUMNS, cells, strict=True))
