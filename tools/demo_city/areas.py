"""The administrative chain: streets, communities, responsibility grids and unit grids with their codes."""

from dataclasses import dataclass
from itertools import permutations

import numpy as np
import shapely
from shapely import Polygon

from demo_city.names import COMMUNITY_WORDS, DISTRICT, DISTRICT_CODE, NUMERALS, STREETS
from demo_city.planar import Plane
from demo_city.regions import Blocks, gather, group
from gridsvc.spatial.numbering import reading_order

# Where the centre of each sub-district ought to be, in metres, in the order of names.STREETS.
STREET_AT = [(-350, -150), (-1300, 1100), (500, 1200), (1400, 300), (900, -1400), (-1250, -1100)]
GRIDS_PER_STREET = [5, 4, 5, 4, 5, 4]
ROW_M = 100.0
# Ground south-west of this diagonal (x + y in metres) is fields, outside the planning area.
RURAL_BELOW_M = -2330.0


@dataclass(frozen=True)
class Areas:
    """Which street, community and grid each face (unit grid) belongs to, and all codes and names."""

    street: list[str]
    community: list[str]
    grid: list[str]
    unit_grid: list[str]
    names: dict[str, tuple[str, str]]
    rural: list[bool]

    def union(self, plane: Plane, of: list[str], code: str) -> Polygon:
        """Melt the unit grids of one area together; shared vertices stay as they are."""
        return melted([plane.faces[i] for i, c in enumerate(of) if c == code])


def melted(faces: list[Polygon]) -> Polygon:
    """Union neighbouring faces without moving anything; refuse what is not one piece without holes."""
    whole = shapely.coverage_union_all(faces)
    if whole.geom_type != "Polygon" or len(whole.interiors):
        raise RuntimeError("a region is not one piece without holes")
    return shapely.normalize(whole)


def build_areas(plane: Plane, rng: np.random.Generator) -> Areas:
    """Group unit grids into streets, and within each street into communities and, apart from these, grids."""
    n = len(plane.faces)
    street, community, grid = [""] * n, [""] * n, [""] * n
    names = {DISTRICT_CODE: DISTRICT}
    blocks = gather(plane, {i: leaf.big for i, leaf in enumerate(plane.leaves)})
    label = group(blocks, len(STREETS), rng, spread=1.6, tries=30)
    for s, region in enumerate(placed(blocks, label)):
        code = f"{DISTRICT_CODE}{s + 1:03d}"
        names[code] = (STREETS[s][0], f"{STREETS[s][1]} Sub-district")
        faces = [f for b, r in enumerate(label) if r == region for f in blocks.members[b]]
        for f in faces:
            street[f] = code
        small = {f: plane.leaves[f].small for f in faces}
        towns = subdivide(plane, small, 5, rng)
        cells = subdivide(plane, small, GRIDS_PER_STREET[s], rng)
        name_communities(plane, towns, s, code, community, names)
        name_grids(cells, s, code, grid, names)
    unit_grid = numbered(plane, community)
    quarters = gather(plane, {i: leaf.small for i, leaf in enumerate(plane.leaves)})
    fields = {f for at, m in zip(quarters.at, quarters.members, strict=True) if at.sum() < RURAL_BELOW_M for f in m}
    rural = [i in fields for i in range(n)]
    return Areas(street, community, grid, unit_grid, names, rural)


def placed(blocks: Blocks, label: list[int]) -> tuple[int, ...]:
    """Say which region becomes which sub-district, so that all lie nearest to where they ought to be."""
    at = np.array([blocks.at[[i for i, r in enumerate(label) if r == q]].mean(axis=0) for q in range(len(STREETS))])
    away = np.hypot(*(at[:, None, :] - np.asarray(STREET_AT, dtype=float)[None, :, :]).transpose(2, 0, 1))
    return min(permutations(range(len(STREETS))), key=lambda p: sum(away[r, s] ** 2 for s, r in enumerate(p)))


def subdivide(plane: Plane, small: dict[int, int], k: int, rng: np.random.Generator) -> list[list[int]]:
    """Divide the faces of one street into k connected sets, ordered by rows from north to south, west to east."""
    blocks = gather(plane, small)
    label = group(blocks, k, rng)
    sets = [[f for b, r in enumerate(label) if r == q for f in blocks.members[b]] for q in range(k)]
    return sorted(sets, key=lambda m: place_in_rows(plane, m, 700.0))


def place_in_rows(plane: Plane, faces: list[int], row_m: float) -> tuple[int, float]:
    """Give the key that sorts by rows from north to south and from west to east within a row."""
    x, y = shapely.get_coordinates(shapely.centroid(shapely.MultiPoint(
        shapely.get_coordinates(shapely.centroid([plane.faces_m[f] for f in faces])))))[0]  # fmt: skip
    return int((5000.0 - y) // row_m), float(x)


def name_communities(plane: Plane, sets: list[list[int]], s: int, code: str, community: list[str],
                     names: dict[str, tuple[str, str]]) -> None:  # fmt: skip
    """Give the communities of one street codes and names; one that is mostly fields is a village (from 201)."""
    count = [0, 200]
    for k, faces in enumerate(sets):
        centre = shapely.get_coordinates(shapely.centroid([plane.faces_m[f] for f in faces])).mean(axis=0)
        village = bool(centre.sum() < RURAL_BELOW_M)
        zh, en = COMMUNITY_WORDS[s * 5 + k]
        count[village] += 1
        own = f"{code}{count[village]:03d}"
        names[own] = (f"{zh}{'村' if village else '社区'}", f"{en} {'Village' if village else 'Community'}")
        for f in faces:
            community[f] = own


def name_grids(sets: list[list[int]], s: int, code: str, grid: list[str], names: dict[str, tuple[str, str]]) -> None:
    """Give the responsibility grids of one street codes and names."""
    for k, faces in enumerate(sets):
        own = f"{code}G{k + 1:02d}"
        names[own] = (f"{STREETS[s][0]}{NUMERALS[k]}网格", f"{STREETS[s][1]} Grid {k + 1}")
        for f in faces:
            grid[f] = own


def numbered(plane: Plane, community: list[str]) -> list[str]:
    """Number the unit grids of each community as the grid maker does, by rows of 100 m."""
    code = [""] * len(community)
    for own in sorted(set(community)):
        faces = np.flatnonzero(np.array(community) == own)
        order = reading_order(np.array(plane.faces, dtype=object)[faces], ROW_M)
        for number, f in enumerate(faces[order], start=1):
            code[f] = f"{own}{number:03d}"
    return code
