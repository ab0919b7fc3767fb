"""Schemes of assessment as dated rows of a ruleset: who is scored, in which parts, by what, and what follows a rank."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from gridsvc.casework.counting import By
from gridsvc.codes import matches

DIRECTIONS = ("up", "down", "add")
MEASURES = ("indicator", "input", "deductions", "scheme", "frozen")
# Whose judgement a part is: of the count of cases, a third party, the assessment office, the streets, the business
# departments, or the unit itself.
GIVERS = ("system", "third_party", "office", "streets", "departments", "internal")
# The ladder, from the mildest: notice 通报, admonition 诫勉谈话, suspension 停职.
LADDER = ("notice", "admonition", "suspension")


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a scheme: its full marks, what measures it, and who gives that.

    ``direction``: marks by the share itself (``up``), by what is left of one (``down``), or points as they were entered
    (``add``), no more either way than the weight.
    """

    part: str
    title_zh: str
    title_en: str
    weight: Fraction
    kind: str
    name: str
    direction: str
    by: str
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Deduction:
    """Points off a part: for each case that was filed, each cluster of cases, or as many as were entered.

    ``most``: no more points than this for the row. A cluster has ``from_n`` to ``to_n`` cases within ``within_m`` of
    each other along one area of the layer ``along``; its cases count for nothing else in the part.
    """

    part: str
    id: str
    title_zh: str
    title_en: str
    counts: str
    points: Fraction
    most: Fraction | None = None
    categories: tuple[str, ...] = ()
    attributes: tuple[tuple[str, frozenset[str]], ...] = ()
    from_n: int = 1
    to_n: int | None = None
    within_m: float | None = None
    along: str = ""

    def is_about(self, category: str, attributes: Mapping[str, str]) -> bool:
        """Whether it is for a case of this matter in these circumstances."""
        meant = not self.categories or any(matches(p, category) for p in self.categories)
        return meant and all(attributes.get(key) in values for key, values in self.attributes)


@dataclass(frozen=True, slots=True)
class Consequence:
    """What follows a rank, in the whole or in one part (``on``), once it was had so many ``times`` in a row.

    Ranks ``first`` to ``last`` from the top, or from the bottom where ``from_bottom``.
    """

    on: str
    first: int
    last: int
    from_bottom: bool
    times: int
    what: str
    amount: Fraction | None
    title_zh: str
    title_en: str


@dataclass(frozen=True, slots=True)
class Scheme:
    """One scheme: whom it ranks, for which periods, and its rows.

    ``by`` says how cases are counted for a subject, ``units`` which units are ranked (a kind or codes; empty: all that
    have no unit above). ``street_share``: the least share that the streets' judgement must have.
    """

    scheme: str
    title_zh: str
    title_en: str
    by: By
    units: tuple[str, ...]
    every: str
    min_cases: int
    fund_yuan: Fraction | None
    parts: tuple[Part, ...]
    deductions: tuple[Deduction, ...] = ()
    consequences: tuple[Consequence, ...] = ()

    @property
    def full(self) -> Fraction:
        """The full marks."""
        return sum((p.weight for p in self.parts if p.direction != "add"), Fraction(0))
