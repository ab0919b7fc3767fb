"""A sheet of assessment worked out in a notebook, by the same counting and scoring as the service's."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

import pandas as pd

from gridsvc.bootstrap import Folder, Router
from gridsvc.casework.facts import Facts
from gridsvc.casework.marks import Given, Ground, Mark
from gridsvc.casework.period import parse_period
from gridsvc.casework.scheme_rows import read_schemes
from gridsvc.casework.scoring import Sheet, score
from gridsvc.services.assess import above_of, need_scheme, subjects_for
from gridsvc.tables import gathered


def assessed(
    router: Router, contents: Folder, facts: Facts, scheme: str, period: str,
    entered: Mapping[tuple[str, str], float] | None = None, within: Sequence[Sheet] = (),
) -> Sheet:  # fmt: skip
    """Score a scheme of a folder's ruleset for a period.

    Parameters
    ----------
    facts : Facts
        As :mod:`gridsvc.planning.histories` gives them.
    scheme, period : str
        Code of the scheme; ``2024-06``, ``2024-W24`` and so on.
    entered : mapping, optional
        What comes from outside, by (code, subject): scores of 0 to 100, points, or how many. Who has no number where
        one is needed gets no total, and no rank.
    within : sequence of Sheet, optional
        For a scheme that sums up others, their sheets for parts of the period: the weeks of a month.

    Returns
    -------
    Sheet
        Without what was frozen before: everything that is had in a row begins with this period.
    """
    with gathered() as faults:
        schemes = read_schemes(contents.tables, faults)
    when = parse_period(period, router.zone)
    chosen = need_scheme(schemes, scheme, when)
    given = {key: (Given("notebook", Fraction(str(value))),) for key, value in (entered or {}).items()}
    ground = Ground(facts, when, subjects_for(router, chosen, facts), given, above=above_of(router))
    ground = replace(ground, frozen=_shares(within))
    used = [part.name for part in chosen.parts if part.kind == "scheme"]
    return score(chosen, replace(ground, totals={name: score(schemes[name], ground).totals for name in used}))


def _shares(sheets: Sequence[Sheet]) -> dict[str, list[dict[str, Fraction]]]:
    """The share of the full marks of whoever was ranked, sheet by sheet under the code of its scheme."""
    found: dict[str, list[dict[str, Fraction]]] = {}
    for sheet in sheets:
        ranked = ((line.code, line.total) for line in sheet.lines if line.rank is not None)
        shares = {code: total / sheet.scheme.full for code, total in ranked if total is not None}
        found.setdefault(sheet.scheme.scheme, []).append(shares)
    return found


def sheet_table(sheet: Sheet) -> pd.DataFrame:
    """Lay a sheet out, a row for each subject, the best first: ``rank``, ``total``, ``cases`` and the marks of each
    part with what its rank gave besides.

    ``total`` and ``rank`` are missing where a part is, or there were too few cases; ``follows`` says what a rank has
    for a consequence.
    """
    rows = [
        {"code": line.code, "name": line.name, "rank": line.rank,
         "total": None if line.shown is None else float(line.shown), "cases": line.n_cases}
        | {part: _points(mark) for part, mark in line.marks.items()}
        | {"follows": "、".join(f.consequence.title_zh or f.consequence.what for f in line.followed)}
        for line in sheet.lines
    ]  # fmt: skip
    return pd.DataFrame(rows).astype({"rank": "Int64"})


def _points(mark: Mark) -> float | None:
    return None if mark.points is None else round(float(mark.points + mark.bonus), 2)
