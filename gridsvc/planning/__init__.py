"""What planners import in a notebook: cities as GeoDataFrames, tables between areas, drafts of unit grids, pictures."""

from gridsvc.planning.calibration import anywhere, asking, errors_m, reliability, scores, simulate
from gridsvc.planning.crosswalks import correspondence, crosswalk
from gridsvc.planning.frames import areas, past_cases, pileups, read_city
from gridsvc.planning.grids import unit_grids
from gridsvc.planning.hotspots import counted, emerging, hot_spots
from gridsvc.planning.loads import hours, quiet, rated, recurring
from gridsvc.planning.patrols import overlooked, posted
from gridsvc.planning.pictures import heat, offline
from gridsvc.planning.quality import checked
from gridsvc.planning.sources import City, read
from gridsvc.planning.wording import compile_wording, describe_grids, difference

__all__ = [
    "City", "anywhere", "areas", "asking", "checked", "compile_wording", "correspondence", "counted", "crosswalk",
    "describe_grids", "difference", "emerging", "errors_m", "heat", "hot_spots", "hours", "offline", "overlooked",
    "past_cases", "pileups", "posted", "quiet", "rated", "read", "read_city", "recurring", "reliability",
    "scores", "simulate", "unit_grids",
]  # fmt: skip
