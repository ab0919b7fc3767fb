"""What a check of a ruleset says: one finding a fault, with the row at fault, and one report of them all."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from gridsvc.findings import Counted
from gridsvc.tables import Row
from gridsvc.values import Severity

# The findings that the check of rulesets knows, in the order in which they are told.
RuleCheckId = Literal[
    "dead_row", "contradiction", "precedents_conflict", "rank_order", "unowned_matter", "uncovered_area", "test_point",
    "no_chief", "two_holders", "post_ends", "auxiliary", "grids_per_street", "staff_density", "unused_word",
    "no_worktime", "calendar_year", "softer_rung", "scheme_subject",
]  # fmt: skip
RULE_CHECK_IDS: tuple[RuleCheckId, ...] = get_args(RuleCheckId)
Text = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault: what, how grave, where, and how to mend it.

    ``table`` and ``line`` say which row is at fault: the line of the file, None where no single row is; ``table`` is
    None where the fault is not one of a table. ``codes`` name what it is about: rows, matters, areas or posts.
    """

    id: RuleCheckId
    severity: Severity
    table: str | None
    line: int | None
    codes: tuple[str, ...]
    zh: str
    en: str

    def as_dict(self) -> dict[str, Any]:
        """The finding as the contract has it."""
        return asdict(self) | {"codes": list(self.codes)}


@dataclass(frozen=True, slots=True)
class RulesetReport(Counted):
    """All findings on one ruleset."""

    ruleset: str
    findings: tuple[Finding, ...]

    def as_dict(self) -> dict[str, Any]:
        """The machine-readable report."""
        return self.told("ruleset", self.ruleset)


class Lines:
    """The lines of a table's rows by what identifies them."""

    def __init__(self, tables: Mapping[str, Sequence[Row]], table: str, key: str) -> None:
        self._rows = {row[key]: row for row in tables.get(table, ())}

    def of(self, key: str) -> int | None:
        """Line of a row, None for one that is in no file."""
        row = self._rows.get(key)
        return None if row is None else row.line

    def cell(self, key: str, column: str) -> str:
        """A cell as it was written."""
        return self._rows[key].get(column, "") if key in self._rows else ""
