"""Compiled steps of a batch whose rows are mostly known: the component each row means, and its kind in a table."""

import numpy as np

from gridsvc.spatial.kernel_columns import slot_of
from gridsvc.spatial.kernel_steps import compiled

# Instead of a component: a row means none, and one for which another way must find it.
NO_COMPONENT, ASK = -1, -2
# A key's parts: what was asked, who keeps the component, the discs, and the kind of place; 63 bits together.
ASKED_BITS, KEEPER_BITS, DISCS_BITS, PLACE_BITS = 16, 14, 12, 21
_KEEPER = PLACE_BITS + DISCS_BITS
_ASKED = _KEEPER + KEEPER_BITS


@compiled
def near_rows(
    lon: np.ndarray, lat: np.ndarray, west: float, south: float, east: float, north: float, most_deg: float,
    out: np.ndarray,
) -> None:  # fmt: skip
    """Tell which positions are within so many degrees of a box, and positions at all."""
    for i in range(len(lon)):
        x, y = lon[i], lat[i]
        beside, above = max(west - x, x - east, 0.0), max(south - y, y - north, 0.0)
        near = beside * beside + above * above <= most_deg * most_deg
        out[i] = near and -180.0 <= x <= 180.0 and -90.0 <= y <= 90.0


@compiled
def components_of(
    lon: np.ndarray, lat: np.ndarray, whose: np.ndarray, class_of: np.ndarray, start: np.ndarray,
    wide_deg: np.ndarray, reach_m: float, there: np.ndarray, out: np.ndarray,
) -> bool:  # fmt: skip
    """Find the nearest component of each row's class within reach; True where a row must be asked another way.

    ``class_of`` has by category the class it is about, -1 for none and -2 for one to be asked another way. Class c has
    the rows of ``there`` (longitude, which ascends, latitude, metres a degree of both, accuracy) from ``start[c]`` on.
    """
    is_asked = False
    for i in range(len(lon)):
        found, of = NO_COMPONENT, class_of[whose[i]]
        if of == ASK or lon[i] != lon[i] or lat[i] != lat[i]:
            found = ASK
        elif of >= 0:
            low, high, west = start[of], start[of + 1], lon[i] - wide_deg[of]
            last = high
            while low < high:
                middle = (low + high) >> 1
                if there[0, middle] < west:
                    low = middle + 1
                else:
                    high = middle
            best_m = np.inf
            while low < last and there[0, low] <= lon[i] + wide_deg[of]:
                east_m = (lon[i] - there[0, low]) * there[2, low]
                north_m = (lat[i] - there[1, low]) * there[3, low]
                metres = np.sqrt(east_m * east_m + north_m * north_m)
                if metres <= there[4, low] + reach_m and metres <= best_m:
                    # Of equally near ones the least code counts, which is not told here.
                    found = ASK if metres == best_m else low
                    best_m = metres
                low += 1
        out[i] = found
        is_asked |= found == ASK
    return is_asked


@compiled
def known_rows(
    place: np.ndarray, whose: np.ndarray, component: np.ndarray, discs: np.ndarray, kind_of: np.ndarray,
    asked: np.ndarray, keeper: np.ndarray, keys: np.ndarray, values: np.ndarray, key: np.ndarray, out: np.ndarray,
) -> int:  # fmt: skip
    """Look up each row by its kind, and count those that are not known; a row whose ``out`` is -2 is left out.

    ``key`` gets each row's key, -1 where it has none; ``out`` its value, -1 where the key is new.
    """
    missing = 0
    for i in range(len(place)):
        kind, by = kind_of[place[i]], asked[whose[i]]
        kept_by = 0 if component[i] < 0 else keeper[component[i]]
        key[i] = -1
        if out[i] != -2 and kind >= 0 and by >= 0 and kept_by >= 0 and component[i] != ASK:
            key[i] = by << _ASKED | kept_by << _KEEPER | discs[i] << PLACE_BITS | kind
            at = slot_of(keys, key[i])
            out[i] = values[at] if keys[at] == key[i] else -1
        elif out[i] != -2:
            out[i] = -1
        missing += out[i] < 0
    return missing


@compiled
def put_key(keys: np.ndarray, values: np.ndarray, key: int, value: int) -> bool:
    """Write down a value; True where its key is new."""
    at = slot_of(keys, key)
    is_new = bool(keys[at] == -1)
    keys[at], values[at] = key, value
    return is_new


@compiled
def in_boxes(lon: np.ndarray, lat: np.ndarray, boxes: np.ndarray, out: np.ndarray) -> int:
    """Tell which positions lie in one of some boxes (west, south, east, north), and how many do."""
    n = 0
    for i in range(len(lon)):
        out[i] = 0
        for k in range(len(boxes)):
            if boxes[k, 0] <= lon[i] <= boxes[k, 2] and boxes[k, 1] <= lat[i] <= boxes[k, 3]:
                out[i] = 1
                n += 1
                break
    return n
