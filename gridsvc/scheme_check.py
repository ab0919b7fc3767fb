"""The check of schemes of assessment over the ground and the units that they are for."""

from collections.abc import Iterator, Mapping, Sequence

from gridsvc.casework.scheme_rows import read_schemes
from gridsvc.responsibility.findings import Finding
from gridsvc.router import Snapshot
from gridsvc.tables import Faults, Row


def check_schemes(snapshot: Snapshot, tables: Mapping[str, Sequence[Row]]) -> Iterator[Finding]:
    """Find schemes that score areas or units that there are none of, and clusters along a layer that is not there.

    Rows that cannot be read were refused before.
    """
    layers, units = snapshot.edition.layers, snapshot.staff.units
    known = set(units) | {unit.kind for unit in units.values() if unit.kind}
    lines = {(row.get("scheme", ""), row.get("id", "")): row.line for row in tables.get("deductions", ())}
    of_scheme = {row.get("scheme", ""): row.line for row in tables.get("schemes", ())}
    for scheme in read_schemes(tables, Faults()).values():
        line = of_scheme[scheme.scheme]
        if scheme.by.kind == "layer" and layers and scheme.by.name not in layers:
            yield _finding("schemes", line, scheme.scheme, scheme.by.name, ("图层", "layer"), layers)
        for unit in scheme.units:
            if unit not in known:
                yield _finding("schemes", line, scheme.scheme, unit, ("单位或单位类别", "unit or kind of units"), known)
        for off in scheme.deductions:
            if off.along and layers and off.along not in layers:
                row = lines[scheme.scheme, off.id]
                yield _finding("deductions", row, scheme.scheme, off.along, ("图层", "layer"), layers)


def _finding(
    table: str, line: int, scheme: str, named: str, what: tuple[str, str], known: Mapping[str, object] | set[str]
) -> Finding:
    shown = ", ".join(sorted(known)[:20])
    zh = f"考核方案 {scheme} 所指的{what[0]} {named} 不存在；可用：{shown}"
    en = f"the scheme {scheme} names the {what[1]} {named}, which there is not; there are {shown}"
    return Finding("scheme_subject", "error", table, line, (scheme, named), zh, en)
