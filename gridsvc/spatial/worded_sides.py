"""On which side of a lane ground lies, where the lane bends, and where it ends before the ground does.

The rule. A lane has two sides, left and right along its course, and they are told apart by the lane itself with each
end led straight on in the direction from its first end to its last. The side called south is the one that this
direction has to the south. A lane that runs within 15 degrees of the side's own direction has no such side (nothing is
south of a street from north to south), nor has one whose ends are nearer together than half its length.
"""

import math
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.ops import substring

from gridsvc.spatial.datum import Floats
from gridsvc.spatial.layer import Objects
from gridsvc.spatial.worded_text import Side

LEAST_CHORD = 0.5
LEAST_ANGLE = math.sin(math.radians(15.0))
# Ground of which so much lies on one side lies there: what a rounding leaves is on no other.
WHOLLY = 0.999
_D = math.sqrt(0.5)
TOWARD: dict[Side, tuple[float, float]] = {
    "north": (0.0, 1.0), "south": (0.0, -1.0), "east": (1.0, 0.0), "west": (-1.0, 0.0),
    "northeast": (_D, _D), "northwest": (-_D, _D), "southeast": (_D, -_D), "southwest": (-_D, -_D),
}  # fmt: skip
YES, NO, UNKNOWN = 1, 0, -1


@dataclass(frozen=True, eq=False)
class Sides:
    """The ground left of a lane, on the plane, and the direction that points to it."""

    left: shapely.Geometry
    toward_left: tuple[float, float]

    def share_left(self, faces: Objects) -> Floats:
        """Which share of each face lies left of the lane."""
        return np.asarray(shapely.area(shapely.intersection(faces, self.left)) / shapely.area(faces))

    def sign(self, side: Side) -> int:
        """Whether a side is the left one (1) or the right one (-1); 0 where the lane has no such side."""
        cosine = float(np.dot(self.toward_left, TOWARD[side]))
        return 0 if abs(cosine) < LEAST_ANGLE else 1 if cosine > 0 else -1

    def word(self, share_left: float) -> Side:
        """Which of the four sides is the one on which ground lies."""
        x, y = self.toward_left if share_left >= 0.5 else (-self.toward_left[0], -self.toward_left[1])
        if abs(y) >= abs(x):
            return "north" if y > 0 else "south"
        return "east" if x > 0 else "west"


def course_in(lane: shapely.Geometry, ground: shapely.Geometry) -> shapely.LineString | None:
    """Give the one course of a lane on the plane, within the ground if that leaves one; None for several."""
    for shape in (shapely.intersection(lane, shapely.envelope(ground)), lane):
        merged = shapely.line_merge(shape)
        if shapely.get_type_id(merged) == 1 and merged.length > 0.0:
            return merged
    return None


def sides_of(lane: shapely.Geometry, ground: shapely.Geometry) -> Sides | None:
    """Give both sides of a lane on the ground; None for a ring, a hairpin or several courses."""
    course = course_in(lane, ground)
    if course is None:
        return None
    xy = shapely.get_coordinates(course)
    chord = xy[-1] - xy[0]
    length = float(np.hypot(*chord))
    if length < LEAST_CHORD * course.length:
        return None
    ahead = chord / length
    across = np.array([-ahead[1], ahead[0]])
    west, south, east, north = shapely.total_bounds([ground, course])
    far = 3.0 * (east - west + north - south)
    begin, end = xy[0] - far * ahead, xy[-1] + far * ahead
    ring = [begin, *xy, end, end + far * across, begin + far * across]
    return Sides(shapely.make_valid(shapely.Polygon(ring)), (float(across[0]), float(across[1])))


def between(lane: shapely.Geometry, first: shapely.Geometry, last: shapely.Geometry) -> shapely.LineString | None:
    """Give the stretch of a lane from where one other comes nearest to where another does; None for none."""
    course = shapely.line_merge(lane)
    if shapely.get_type_id(course) != 1:
        return None
    nearest = [shapely.get_point(shapely.shortest_line(course, x), 0) for x in (first, last)]
    at = sorted(float(shapely.line_locate_point(course, point)) for point in nearest)
    piece = substring(course, *at)
    return piece if shapely.get_type_id(piece) == 1 and piece.length > 0.0 else None


def answers(share_left: Floats, sign: int) -> np.ndarray:
    """Say of each face whether it lies on a side: ``YES``, ``NO``, or ``UNKNOWN`` where the lane ends before it."""
    share = share_left if sign > 0 else 1.0 - share_left
    return np.where(share >= WHOLLY, YES, np.where(share <= 1.0 - WHOLLY, NO, UNKNOWN))
