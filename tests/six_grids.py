"""The six-grid plan of a county, as a text describes it by its boundary streets.

Four of the plan's lines say who owns the ground of the street; 卫生路 is the limit of grids 4 and 5 and of 6,
and no grid claims it.
"""

from drawing import layer, line

SIX_GRIDS = """
    1222333
    1222333
    1222333
    1444555
    1444555
    1444555
    1666666
"""
DISTRICTS = """
    NNNNNNN
    NNNNNNN
    NNNNNNN
    NSSSSSS
    NSSSSSS
    NSSSSSS
    NSSSSSS
"""
STREETS = {
    "人民路东": (line((4, 3), (7, 3)), "5"),
    "人民路西": (line((1, 3), (4, 3)), "4"),
    "建设路北": (line((4, 0), (4, 3)), "2"),
    "建设路南": (line((4, 3), (4, 6)), "4"),
    "卫生路": (line((1, 6), (7, 6)), None),
    "环路": (line((0, 0), (0, 7)), "1"),
}
GRID = layer("grid", SIX_GRIDS, within=DISTRICTS, parent="street")
STREET = layer("street", DISTRICTS)


def corridors(streets=STREETS, width_m: float = 8.0):
    shapes = {name: shape for name, (shape, _) in streets.items()}
    props = {name: {"width_m": width_m, "owner": owner} for name, (_, owner) in streets.items()}
    return layer("boundary_street", shapes, geometry="line", coverage="free", settles="grid", props=props)


PLAN = [STREET, GRID, corridors()]
