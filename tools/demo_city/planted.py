"""The editions that follow the first and what is planted in each: plain values, read by the generator and by tests."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Area:
    """A new or renamed area: its code and its names."""

    code: str
    name: str
    name_en: str


@dataclass(frozen=True)
class Split:
    """One responsibility grid becomes several of whole unit grids; its code is not used again."""

    grid: str
    into: tuple[Area, ...]


@dataclass(frozen=True)
class Merge:
    """Several communities become one, numbered from 601; their unit grids are numbered anew within it."""

    communities: tuple[str, ...]
    into: Area


@dataclass(frozen=True)
class Rename:
    """Another name for the same ground and code."""

    layer: str
    to: Area


@dataclass(frozen=True)
class Handover:
    """The ground of a boundary street goes to the grid on its other side."""

    street: str
    owner: str


Change = Split | Merge | Rename | Handover


@dataclass(frozen=True)
class Edition:
    """A later edition: from when it holds and how it differs from the one before."""

    code: str
    title: str
    valid_from: str
    changes: tuple[Change, ...]


TITLE = "云汀区（虚构示范区）网格 {} 年第 {} 版"
LATER = (
    Edition("2024-1", TITLE.format(2024, 1), "2024-01-01", (
        Rename("community", Area("990101001002", "米市巷社区", "Mishixiang Community")),
        Handover("BS03", "990101003G02"),
    )),
    Edition("2024-2", TITLE.format(2024, 2), "2024-04-01", (
        Split("990101004G02", (Area("990101004G05", "东湾街道第五网格", "Dongwan Grid 5"),
                               Area("990101004G06", "东湾街道第六网格", "Dongwan Grid 6"))),
        Merge(("990101003001", "990101003002"), Area("990101003601", "锦站社区", "Jinzhan Community")),
        Rename("grid", Area("990101001G01", "云汀街道湿地公园网格", "Yunting Wetland Park Grid")),
        Handover("BS06", "990101005G01"),
    )),
)  # fmt: skip
