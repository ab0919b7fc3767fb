"""What planners import in a notebook: cities as GeoDataFrames, and pictures of them."""

from gridsvc.planning.frames import areas, past_cases, read_city
from gridsvc.planning.pictures import heat

__all__ = ["areas", "heat", "past_cases", "read_city"]
