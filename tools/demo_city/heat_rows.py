"""The classes in which the invented district shows where its load is: the standard ones under a name of its own."""

from gridsvc.spatial.heat_scheme import standard
from gridsvc.tables import COLUMNS

Row = dict[str, str]
HEAT_COLUMNS = list(COLUMNS["heat"])
NAME, SINCE, SOURCE = "yunting-1", "2023-01-01", "热力分级（自拟）"
# Plain numbers of cases need smaller classes where the areas are small.
BREAKS = {
    ("km2", ""): "0;5;10;20;50;100", ("components", ""): "0;1;2;5;10;20", ("residents", ""): "0;1;2;5;10;20",
    ("none", ""): "0;5;10;20;50;100", ("ratio", ""): "0;1/2;2/3;5/6;6/5;3/2;2",
    ("none", "unit_grid"): "0;1;2;3;5;10",
}  # fmt: skip


def heat_rows() -> list[Row]:
    """Give the rows of the table ``heat``."""
    titles = {s.measure: (s.title_zh, s.title_en) for s in standard()}
    return [
        dict(zip(HEAT_COLUMNS, (NAME, measure, by, text, SINCE, *titles[measure], SOURCE), strict=True))
        for (measure, by), text in BREAKS.items()
    ]
