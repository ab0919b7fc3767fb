"""What changed from one snapshot to another: areas by layer, rows of tables by key, and what that does to figures."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gridsvc.diff_words import sentence
from gridsvc.responsibility.people import Staff
from gridsvc.responsibility.resolve import Ruleset
from gridsvc.router import Snapshot
from gridsvc.spatial.crosswalk import case_pairs, loss_of_cases
from gridsvc.spatial.layer import Edition
from gridsvc.spatial.locate import Locator
from gridsvc.spatial.succession import KINDS, NOTHING, TOLERANCE_M, Change, Succession, successions
from gridsvc.tables import COLUMNS, DECLARED, key_of

Rules = tuple[Ruleset, Staff, Mapping[str, Sequence[Mapping[str, str]]]]


@dataclass(frozen=True, slots=True)
class CarriedCases:
    """Past cases of one layer, located exactly in both editions.

    ``n``: those that lie in an area before. ``loss``: see :func:`gridsvc.spatial.crosswalk.loss_of_cases`; None where
    the layer is no partition, or without cases. ``elsewhere``: (code before, code after, number) of the cases that
    are now in an area of another code; None stands for no area.
    """

    n: int
    loss: float | None
    elsewhere: tuple[tuple[str | None, str | None, int], ...]


@dataclass(frozen=True, slots=True)
class RowChanges:
    """Rows of one table by key: those only after, those only before, and the columns that differ in the others."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: Mapping[str, tuple[str, ...]]

    @property
    def n(self) -> int:
        """How many rows differ."""
        return len(self.added) + len(self.removed) + len(self.changed)


@dataclass(frozen=True, eq=False)
class Diff:
    """All that changed between two snapshots. ``cases`` is by layer, and empty where no cases were given."""

    before: Edition
    after: Edition
    layers: tuple[Succession, ...]
    tables: Mapping[str, RowChanges]
    cases: Mapping[str, CarriedCases] = field(default_factory=dict)

    @property
    def changes(self) -> list[Change]:
        """Changes of every layer, those drawn again within the tolerance among them."""
        return [c for layer in self.layers for c in layer.changes]

    @property
    def counts(self) -> dict[str, int]:
        """Number of changes by kind, of kinds that occur."""
        return _counts(self.changes)

    @property
    def equal(self) -> bool:
        """True if nothing differs but what was drawn again within the tolerance."""
        return not any(c.real for c in self.changes) and not any(t.n for t in self.tables.values())

    def as_dict(self) -> dict[str, Any]:
        """The machine-readable difference; ``docs/boundaries.md`` names its keys."""
        return {
            "before": self.before.code, "after": self.after.code, "equal": self.equal, "counts": self.counts,
            "layers": [self._layer(x) for x in self.layers],
            "changes": [_change(c, x) for x in self.layers for c in x.changes],
            "tables": {name: asdict(t) for name, t in self.tables.items() if t.n},
        }  # fmt: skip

    def _layer(self, one: Succession) -> dict[str, Any]:
        carried = self.cases.get(one.before.spec.code)
        cases = None
        if carried is not None:
            pairs = [{"before": a, "after": b, "n": n} for a, b, n in carried.elsewhere]
            cases = {"n": carried.n, "loss": carried.loss, "elsewhere": pairs}
        return {
            "layer": one.before.spec.code, "before": len(one.before), "after": len(one.after),
            "unchanged": one.unchanged, "counts": _counts(one.changes), "tolerance_m": one.tolerance_m,
            "not_compared": list(one.not_compared), "ground_loss": one.ground_loss, "cases": cases,
        }  # fmt: skip


def diff(
    before: Snapshot,
    after: Snapshot,
    tolerance_m: float = TOLERANCE_M,
    of_layer_m: Mapping[str, float] = NOTHING,
    cases: tuple[ArrayLike, ArrayLike] | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Diff:
    """Compare two snapshots: layers, and the rows of rules, limits, units, people and posts.

    ``tolerance_m``: within what a boundary counts as drawn again, in metres; ``of_layer_m`` says otherwise for some
    layers. ``cases``: longitudes and latitudes of past cases in WGS 84 degrees, each of shape (n,), whose way from
    area to area is counted. ``progress`` is told each layer's code before its turn.
    """
    layers = tuple(successions(before.edition, after.edition, tolerance_m, of_layer_m, progress))
    carried = _carried(before.edition, after.edition, layers, *cases) if cases is not None else {}
    return Diff(before.edition, after.edition, layers, _tables(before, after), carried)


def row_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> RowChanges:
    """Compare rows by key; a row is a dataclass, whose columns are its public fields, or a row of text."""
    changed = {key: _differing(row, after[key]) for key, row in before.items() if key in after and row != after[key]}
    return RowChanges(tuple(k for k in after if k not in before), tuple(k for k in before if k not in after), changed)


def _differing(row: Any, other: Any) -> tuple[str, ...]:
    if isinstance(row, Mapping):
        return tuple(column for column in row if row[column] != other[column])
    return tuple(f.name for f in fields(row) if f.compare and getattr(row, f.name) != getattr(other, f.name))


def rule_changes(before: Rules, after: Rules) -> dict[str, RowChanges]:
    """Compare every table of two rulesets: each is the ruleset, its staff, and the rows of text they were read from."""
    old, new = (_rule_rows(ruleset, staff) | _declared(tables) for ruleset, staff, tables in (before, after))
    return {name: row_changes(old[name], new[name]) for name in old}


def _declared(tables: Mapping[str, Sequence[Mapping[str, str]]]) -> dict[str, dict[str, Any]]:
    """The rows that a ruleset declares, by table and key, as text; several of one key are told apart by number."""
    found: dict[str, dict[str, Any]] = {}
    for name in DECLARED:
        rows, met = found.setdefault(name, {}), Counter[str]()
        for row in tables.get(name, ()):
            key = " ".join(filter(None, key_of(name, row)))
            met[key] += 1
            shown = key if met[key] == 1 else f"{key}#{met[key]}"
            rows[shown] = {column: row.get(column, "") for column in COLUMNS[name]}
    return found


def _tables(before: Snapshot, after: Snapshot) -> dict[str, RowChanges]:
    old, new = (_rows(snapshot) for snapshot in (before, after))
    return {name: row_changes(old[name], new[name]) for name in old}


def _rows(snapshot: Snapshot) -> dict[str, dict[str, Any]]:
    """Every table that is compared, by name and key; the declarations of the layers are one of them."""
    layers = {"layers": {layer.spec.code: layer.spec for layer in snapshot.edition}}
    return layers | _rule_rows(snapshot.ruleset, snapshot.staff)


def _rule_rows(ruleset: Ruleset, staff: Staff) -> dict[str, dict[str, Any]]:
    return {
        "units": dict(staff.units),
        "people": dict(staff.people),
        "posts": {post.code: post for post in staff.posts},
        "rules": {rule.id: rule for rule in ruleset.rules},
        "limits": {" ".join(filter(None, (x.category, x.condition, x.stage, x.places))): x for x in ruleset.limits},
    }


def _carried(
    before: Edition, after: Edition, layers: Iterable[Succession], lon: ArrayLike, lat: ArrayLike
) -> dict[str, CarriedCases]:
    """Locate cases in both editions, and count by layer where they went."""
    polygon = [x for x in layers if x.walk is not None]
    asked = [x.before.spec.code for x in polygon]
    if not asked:
        return {}
    old, new = (Locator(e).locate(lon, lat, "wgs84", layers=asked).position for e in (before, after))
    found = {}
    for one, code in zip(polygon, asked, strict=True):
        # The position of no area, -1, finds the last of these.
        codes = [np.array([*layer.codes, None], dtype=object) for layer in (one.before, one.after)]
        pairs = zip(*case_pairs(old[code], new[code]), strict=True)
        elsewhere = [(codes[0][i], codes[1][j], int(n)) for i, j, n in pairs if codes[0][i] != codes[1][j]]
        by_share = one.walk if one.ground_loss is not None else None
        loss = None if by_share is None else loss_of_cases(by_share, old[code], new[code])
        found[code] = CarriedCases(int((old[code] >= 0).sum()), loss, tuple(elsewhere))
    return found


def _counts(changes: Iterable[Change]) -> dict[str, int]:
    n = Counter(c.kind for c in changes)
    return {kind: n[kind] for kind in KINDS if n[kind]}


def _change(change: Change, layer: Succession) -> dict[str, Any]:
    zh, en = sentence(change, layer)
    return {
        "layer": change.layer, "kind": change.kind, "before": list(change.before), "after": list(change.after),
        "shares": [share._asdict() for share in change.shares],
        "columns": {name: list(values) for name, values in change.columns.items()},
        "moved_m": change.moved_m, "changed_m2": change.changed_m2, "lon": change.lon, "lat": change.lat,
        "zh": zh, "en": en,
    }  # fmt: skip
