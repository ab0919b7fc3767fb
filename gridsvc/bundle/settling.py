"""How ties are settled, as plain numbers: chains, owners of boundary streets, and which grid holds a unit grid."""

from typing import Any

import numpy as np
import shapely

from gridsvc.bundle.packing import Array, whole
from gridsvc.router import Router
from gridsvc.spatial.chains import NOWHERE, partition_chains


def write_settling(router: Router) -> tuple[dict[str, Any], dict[str, Array]]:
    """Give what a phone needs beside the layers to settle a point as the router does."""
    edition, number = router.snapshot.edition, router.locator.number
    chains = partition_chains(edition)
    owners = []
    for layer in edition:
        if layer.spec.settles is not None:
            target = layer.spec.settles
            areas = edition.layers[target].position_of
            owner = [areas.get(str(of.get("owner") or ""), NOWHERE) for of in layer.props]
            chain = [number[code] for code in (target, *edition.ancestors(target))]
            owners.append({"layer": number[layer.spec.code], "chain": chain, "owners": owner})
    arrays = {f"{number[chain[0]]}.home": _homes(router, chain[0], chains[0][0]) for chain in chains[1:]}
    chiefs = {role: [number[code] for code in codes] for role, codes in router.layers_of_chiefs.items()}
    told = {"chains": [[number[code] for code in chain] for chain in chains], "owners": owners, "chiefs": chiefs}
    return told, arrays


def _homes(router: Router, layer: str, finest: str) -> Array:
    """Row of the area of a layer that holds each area of the finest partition, -1 where none does."""
    geometries = router.snapshot.edition.layers[finest].geometries
    inner = shapely.point_on_surface(geometries)
    row, area = router.locator.index.covering(shapely.get_x(inner), shapely.get_y(inner), router.locator.number[layer])
    homes = np.full(len(geometries), NOWHERE)
    first = np.flatnonzero(np.diff(row, prepend=-1) != 0)
    homes[row[first]] = area[first]
    return whole(homes)
