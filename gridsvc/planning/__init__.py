"""What planners import in a notebook: cities as GeoDataFrames, drafts of unit grids, and pictures of them."""

from gridsvc.planning.calibration import anywhere, asking, errors_m, reliability, scores, simulate
from gridsvc.planning.frames import areas, past_cases, pileups, read_city
from gridsvc.planning.grids import unit_grids
from gridsvc.planning.pictures import heat

__all__ = [
    "anywhere", "areas", "asking", "errors_m", "heat", "past_cases", "pileups", "read_city", "reliability", "scores",
    "simulate", "unit_grids",
]  # fmt: skip
