"""The compiled way to build an overlay."""

from gridsvc.spatial.kernel_corners import corner_sets
from gridsvc.spatial.kernel_records import records_of

__all__ = ["corner_sets", "records_of"]
