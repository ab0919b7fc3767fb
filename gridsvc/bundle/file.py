"""Bundles as a whole: made of a router, and read back into the snapshot that a router is made of."""

from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gridsvc.bundle.ground import read_layers, write_layers
from gridsvc.bundle.instants import instant_of, micros, write_time, years_of
from gridsvc.bundle.objects import read_components, write_components
from gridsvc.bundle.packing import pack, unpack
from gridsvc.bundle.seal import Head, broken, opened, public_of, seal
from gridsvc.bundle.settling import write_settling
from gridsvc.bundle.staff import read_staff, write_staff
from gridsvc.bundle.table import asked_of, read_table, write_table
from gridsvc.codes import CURRENT_SCHEME, load_categories
from gridsvc.router import Router, Snapshot
from gridsvc.spatial.layer import Edition


class Bundle(NamedTuple):
    """What a bundle holds: its head, and the rows that a decision rests on."""

    head: Head
    snapshot: Snapshot


def make_bundle(router: Router, key: Ed25519PrivateKey, as_of: datetime, expires: datetime) -> bytes:
    """Make the bundle of a router's ground, rules, chiefs and components, as of an instant and until another."""
    edition, ruleset = router.snapshot.edition, router.snapshot.ruleset
    head = Head(edition.code, ruleset.code, edition.district, edition.title, as_of, expires, public_of(key))
    return seal(head, pack_body(router, as_of, expires), key)


def pack_body(router: Router, as_of: datetime, expires: datetime) -> bytes:
    """Pack all that the bundle of a router holds, without its head."""
    snapshot, edition, ruleset = router.snapshot, router.snapshot.edition, router.snapshot.ruleset
    layers, arrays = write_layers(edition, asked_of(ruleset))
    settling, homes = write_settling(router)
    components, columns = write_components(router.components.all())
    bounds = edition.bounds_deg
    content: dict[str, Any] = {
        "edition": {
            "code": edition.code, "title": edition.title, "district": edition.district, "time_zone": edition.time_zone,
            "valid_from": None if edition.valid_from is None else micros(edition.valid_from),
            "local_crs": dict(edition.local_crs),
        },
        "bounds": list(bounds) if np.isfinite(bounds[0]) else None,
        "layers": layers,
        "settling": settling,
        "table": write_table(ruleset, edition),
        "staff": write_staff(snapshot.staff, router.layers_of_chiefs),
        "components": components,
        "categories": [
            [c.code, c.component_class] for c in load_categories()
            if (c.code_scheme, c.kind) == (CURRENT_SCHEME, "matter")
        ],
        "time": write_time(router.zone, ruleset.calendar, years_of(as_of, expires, router.zone)),
    }  # fmt: skip
    return pack(content, {**arrays, **homes, **columns})


def read_bundle(data: bytes, now: datetime, public_key: str | None = None) -> Bundle:
    """Read a bundle; raises ``BadInput`` for one that is not whole, changed, expired, or of another signer.

    ``public_key`` as for :func:`gridsvc.bundle.seal.opened`.
    """
    head, body = opened(data, now, public_key)
    content, arrays = unpack(body)
    try:
        of = content["edition"]
        edition = Edition(
            of["code"], read_layers(content["layers"], arrays), of["title"], of["district"], of["time_zone"],
            instant_of(of["valid_from"]), of["local_crs"],
        )  # fmt: skip
        ruleset = read_table(content["table"])
        staff = read_staff(content["staff"], ruleset.calendar)
        components = read_components(content["components"], arrays)
    except (KeyError, ValueError, TypeError, IndexError, StopIteration) as e:
        raise broken() from e
    return Bundle(head, Snapshot(edition, ruleset, staff, components))
