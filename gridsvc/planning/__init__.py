"""What planners import in a notebook: cities as GeoDataFrames, tables between areas, drafts of unit grids, pictures."""

from gridsvc.planning.calibration import anywhere, asking, errors_m, reliability, scores, simulate
from gridsvc.planning.crosswalks import correspondence, crosswalk
from gridsvc.planning.frames import areas, past_cases, pileups, read_city
from gridsvc.planning.grids import unit_grids
from gridsvc.planning.pictures import heat
from gridsvc.planning.wording import compile_wording, describe_grids, difference

__all__ = [
    "anywhere", "areas", "asking", "compile_wording", "correspondence", "crosswalk", "describe_grids", "difference",
    "errors_m", "heat", "past_cases", "pileups", "read_city", "reliability", "scores", "simulate", "unit_grids",
]  # fmt: skip
