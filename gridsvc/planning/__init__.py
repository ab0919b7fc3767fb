"""What planners import in a notebook: cities as GeoDataFrames, and pictures of them."""

from gridsvc.planning.calibration import anywhere, asking, errors_m, reliability, scores, simulate
from gridsvc.planning.frames import areas, past_cases, read_city
from gridsvc.planning.pictures import heat

__all__ = [
    "anywhere", "areas", "asking", "errors_m", "heat", "past_cases", "read_city", "reliability", "scores", "simulate",
]  # fmt: skip
