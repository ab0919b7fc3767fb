"""How much a run does: all of it, or just enough to see that everything runs and every answer is right."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """``grids`` the cities, ``points`` for bulk work, ``sample`` for slow controls, ``hard`` points of each kind."""

    grids: tuple[int, int]
    points: int
    sample: int
    single: int
    hard: int
    rounds: int
    load_s: float
    quick: bool


FULL = Size((20_000, 200_000), 1_000_000, 100_000, 3_000, 200_000, 5, 3.0, False)
QUICK = Size((400, 2_000), 20_000, 2_000, 200, 2_000, 5, 1.0, True)
