"""gridsvc: which grid is a point in, who answers for it, and why (城市网格化管理的空间服务)."""

from gridsvc import formats as formats  # first: it is too late once GDAL is loaded
from gridsvc.bootstrap import Router
from gridsvc.spatial.datum import convert

__version__ = "0.1.0"
__all__ = ["Router", "__version__", "convert"]
