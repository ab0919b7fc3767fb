"""Which partitions stand above which, and how a position in one becomes the position of its parent in the next."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridsvc.spatial.layer import Edition, Layer

Settled = NDArray[np.int32]
NOWHERE = -1


def lift(parent: Settled, position: NDArray[Any]) -> Settled:
    """Follow one step of parents; -1 stays -1."""
    if not len(parent):
        return np.full(len(position), NOWHERE, dtype=np.int32)
    return np.where(position >= 0, parent[position], NOWHERE).astype(np.int32)


def parent_positions(edition: Edition, layer: Layer) -> Settled:
    """Position of each area's parent in the parent layer, -1 where it has none or the code is unknown."""
    if layer.spec.parent is None:
        return np.full(len(layer), NOWHERE, dtype=np.int32)
    above = edition.layers[layer.spec.parent].position_of
    return np.array([above.get(code, NOWHERE) if code else NOWHERE for code in layer.parents], dtype=np.int32)


def partition_chains(edition: Edition) -> list[tuple[str, ...]]:
    """List each partition that is nobody's parent with its ancestors: longest chain first, then most areas."""
    partitions = [x for x in edition if x.spec.coverage == "partition" and x.spec.geometry == "polygon"]
    parents = {x.spec.parent for x in partitions}
    leaves = [x for x in partitions if x.spec.code not in parents]
    leaves.sort(key=lambda x: (-len(edition.ancestors(x.spec.code)), -len(x), x.spec.code))
    return [(x.spec.code, *edition.ancestors(x.spec.code)) for x in leaves]
