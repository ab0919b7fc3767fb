"""What every report of a check has: how many errors and warnings, and whether anything stands against publishing."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Protocol

from gridsvc.values import Severity


class Found(Protocol):
    """One fault, as far as every check has it."""

    @property
    def severity(self) -> Severity:
        """How grave it is."""

    def as_dict(self) -> dict[str, Any]:
        """The finding as the contract has it."""


class Counted:
    """A report with ``findings``: what it adds up to."""

    __slots__ = ()
    findings: Sequence[Found]

    @property
    def counts(self) -> dict[str, int]:
        """Number of errors and of warnings."""
        seen = Counter(f.severity for f in self.findings)
        return {"error": seen["error"], "warning": seen["warning"]}

    @property
    def ok(self) -> bool:
        """True if nothing stands against publishing."""
        return self.counts["error"] == 0

    def told(self, kind: str, code: str) -> dict[str, Any]:
        """Give the machine-readable report on an edition or a ruleset."""
        found = [f.as_dict() for f in self.findings]
        return {kind: code, "ok": self.ok, "counts": self.counts, "findings": found}
