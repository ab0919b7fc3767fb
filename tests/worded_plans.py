"""Plans in words over drawn lanes: the six grids of a county, whose text leaves much open."""

from drawing import areas, layer, line

from gridsvc.spatial.layer import Layer
from gridsvc.spatial.worded_draft import Plan, compile_plan
from gridsvc.spatial.worded_ground import Wording

# Three streets of the source have one name by now, and the names of two more are their beginnings.
COUNTY_LANES = {
    "N": ("财运来大道", line((-1, 1), (9, 1))),
    "W": ("财运来大道", line((1, -1), (1, 10))),
    "E": ("财运来大道", line((7, -1), (7, 10))),
    "R": ("人民路", line((-1, 3), (9, 3))),
    "J": ("建设路", line((4, -1), (4, 10))),
    "H": ("卫生路", line((-1, 6), (9, 6))),
    "D": ("东西大街", line((-1, 7), (9, 7))),
    "S": ("财运来公路", line((-1, 8), (9, 8))),
}
COUNTY_TEXTS = {
    "1": "财运来大道以南(含)、财运来公路以北(含)、财运来大道以西(含)",
    "2": "财运来大道以南(含)、人民路以北、财运来大道以东、建设路以西(含)",
    "3": "财运来大道以南(含)、人民路以北、建设路以东、财运来大道以西(含)",
    "4": "人民路以南(含)、卫生路以北、财运来大道以东、建设路以西(含)",
    "5": "人民路以南(含)、卫生路以北、建设路以东、财运来大道以西(含)",
    "6": "东西大街以南(含)、财运来大道以东、财运来以西",
}
# What somebody who knows the county would settle of its names.
COUNTY_SETTLED = {
    ("", "财运来大道", "south"): "N",
    ("1", "财运来大道", "west"): "W",
    ("", "财运来大道", "west"): "E",
    ("", "财运来大道", "east"): "W",
    ("6", "财运来", "west"): "E",
}
COUNTY_GRIDS = """
    ........
    1222333.
    1222333.
    1444555.
    1444555.
    1444555.
    1.......
    1666666.
    .666666.
"""
COUNTY = areas("\n".join(["CCCCCCCC"] * 9))["C"]


def lanes(drawn: dict[str, tuple[str, object]], **props: object) -> Layer:
    """A layer of named lanes, 8 m wide."""
    shapes = {code: shape for code, (_, shape) in drawn.items()}
    return layer(
        "lane", shapes, geometry="line", coverage="free",
        names={code: name for code, (name, _) in drawn.items()}, props={c: {"width_m": 8.0} | props for c in drawn},
    )  # fmt: skip


def words(texts: dict[str, str]) -> list[Wording]:
    """One wording a grid."""
    return [Wording(code, f"第{code}网格", text) for code, text in texts.items()]


def county(**how: object) -> Plan:
    """The county's plan, compiled."""
    return compile_plan(words(COUNTY_TEXTS), COUNTY, [lanes(COUNTY_LANES)], **how)
