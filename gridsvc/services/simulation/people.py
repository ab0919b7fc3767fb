"""The people of an invented city: believable, seeded, and better in some places than in others.

Nothing here knows a database: the same people live in whole lives made in memory and in a month that passes through
the services.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from gridsvc.casework.worktime import Worktime

Said = dict[str, Any]
# Whoever reports from the spot has seen it; what others say is verified.
SEEN = frozenset({"patrol", "sensor", "supervision"})
# Who can be asked afterwards whether he is satisfied.
ASKED = frozenset({"app", "hotline_12345", "hotline_12319"})


class Step(NamedTuple):
    """One thing that somebody does: when, which action, and what he says beside the version."""

    at: datetime
    action: str
    said: Said
    actor: str


@dataclass(frozen=True, slots=True)
class View:
    """What whoever acts on a case sees of it."""

    status: str
    unit: str | None
    street: str
    requests: Sequence[Mapping[str, Any]] = ()
    clocks: Sequence[Mapping[str, Any]] = ()


@dataclass(slots=True)
class Life:
    """One case on its way: where it came from, who has done what already, and its own dice."""

    dice: Random
    source: str
    emergency: bool = False
    share: float = 0.0
    done: set[str] = field(default_factory=set)
    grade: str = "simple"

    def once(self, what: str, chance: float) -> bool:
        """Roll once in a life whether something happens."""
        if what in self.done:
            return False
        self.done.add(what)
        return self.dice.random() < chance


@dataclass(frozen=True, slots=True)
class City:
    """Who works there: units that can be asked, how good each is, and the working time.

    ``seed`` makes the units and streets what they are; the same seed makes the same city.
    """

    seed: int
    units: Sequence[str]
    worktime: Worktime

    def quality(self, unit: str, street: str) -> float:
        """How well a unit works in a street, from 0.6 (half of it late) to 1.4 (hardly ever)."""
        own = Random(f"{self.seed}/{unit}").uniform(0.75, 1.3)
        return own * Random(f"{self.seed}/{street}").uniform(0.8, 1.1)

    def other(self, unit: str | None, dice: Random) -> str:
        """Some other unit."""
        return dice.choice([u for u in self.units if u != unit])


def handler(unit: str) -> str:
    """Who acts for a unit."""
    return f"handler.{unit}"


def one_of(role: str, dice: Random) -> str:
    return f"{role}.{dice.randint(1, 3)}"


def collector(view: View, dice: Random) -> str:
    return f"collector.{view.street}.{dice.randint(1, 3)}"


def soon(now: datetime, minutes: float, dice: Random, spread: float = 0.6) -> datetime:
    """Some minutes later, at any hour: half of the time sooner, half of it later."""
    seconds = max(20.0, minutes * 60 * math.exp(dice.gauss(0, spread)))
    return now + timedelta(seconds=round(seconds))
