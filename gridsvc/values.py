"""Frozen values that every floor shares. Each refuses nonsense when made, so nobody below checks again."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from gridsvc.errors import BadCoordinate, BadInput, FieldError
from gridsvc.waves import PI, cosine

# The margin also keeps every offset within what dates can hold.
YEARS = (1900, 2200)
_UNSTORABLE = re.compile("[\\x00\\ud800-\\udfff]")
Lang = Literal["zh", "en"]
Geometry = Literal["polygon", "line", "point"]
Coverage = Literal["partition", "cover", "free"]
Via = Literal["zone", "vertical", "lane_tier", "strip", "component", "rule", "precedent", "locality"]
REMOVED = "removed"
How = Literal["inside", "edge", "overlap", "street", "near", "outside", "none"]
Severity = Literal["error", "warning"]
LimitUnit = Literal["urgent_hour", "working_hour", "working_day", "natural_day"]
LIMIT_UNITS: tuple[LimitUnit, ...] = get_args(LimitUnit)
# The stages of a case that may have a limit and a clock: its way, what one party asks of another, and two duties.
STAGES = (
    "accept", "verify", "register", "dispatch", "arrival", "enforcement", "disposal", "check", "whole",
    "return", "extension", "hold", "transfer", "supervision", "whistle", "escalation",
    "hand_over", "publish",
)  # fmt: skip
# No limit of a city is longer; what is above is a slip of the keyboard.
LONGEST_LIMIT_DAYS = 3650
# The findings that the checks of boundaries know, in the contract's order.
CheckId = Literal[
    "invalid", "gap", "overlap", "sliver", "nesting", "exclave", "duplicate_code", "duplicate_name", "code_prefix",
    "numbering", "size", "unowned_street", "contested_street", "shifted_datum",
]  # fmt: skip
CHECK_IDS: tuple[CheckId, ...] = get_args(CheckId)


@dataclass(frozen=True, slots=True)
class Point:
    """A position in WGS 84 (EPSG:4326), degrees, longitude first."""

    lon: float
    lat: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.lon) and math.isfinite(self.lat)):
            raise BadCoordinate(
                "坐标不是有限数",
                "the coordinate is not a finite number",
                [FieldError("point", [self.lon, self.lat], "请给出两个有限数", "give two finite numbers")],
            )
        if not (-180.0 <= self.lon <= 180.0 and -90.0 <= self.lat <= 90.0):
            raise BadCoordinate(
                "坐标超出经纬度范围",
                "the coordinate is outside the range of longitude and latitude",
                [
                    FieldError(
                        "point",
                        [self.lon, self.lat],
                        "先经度（-180~180）后纬度（-90~90）；是否把两轴颠倒了？",
                        "longitude (-180..180) first, then latitude (-90..90); are the axes swapped?",
                    )
                ],
            )


def metres_per_degree(lat_deg: float) -> tuple[float, float]:
    """Length in metres of one degree of longitude and of latitude on the WGS 84 ellipsoid (series of 1984).

    The same doubles on every machine, and for each of an array of latitudes too; phones repeat it.
    """
    once = cosine(PI * lat_deg / 180.0)
    # Cosines of the multiples of an angle, from that of the angle.
    twice = 2.0 * once * once - 1.0
    thrice = 2.0 * once * twice - once
    four = 2.0 * twice * twice - 1.0
    five = 2.0 * once * four - thrice
    north_m = 111132.954 - 559.822 * twice + 1.175 * four
    east_m = 111412.84 * once - 93.5 * thrice + 0.118 * five
    return east_m, north_m


@dataclass(frozen=True, slots=True)
class LayerChecks:
    """What a layer asks of the checks of boundaries; it changes no answer and is no part of an edition's contents.

    ``tolerance_m``: what is thinner on average is drawing noise, and what is smaller than a square of twice this side
    is rounding. ``severity`` overrules by finding; ``off`` leaves it out. ``size_m2``: least and greatest area.
    ``equals``: the layer whose areas must hold the same ground, area by area.
    """

    tolerance_m: float = 0.5
    severity: Mapping[str, Severity | Literal["off"]] = field(default_factory=dict)
    size_m2: tuple[float, float] | None = None
    equals: str | None = None

    def __post_init__(self) -> None:
        ids = ", ".join(CHECK_IDS)
        size = self.size_m2
        tests = (
            ("tolerance_m", _number(self.tolerance_m) and 0.01 <= self.tolerance_m <= 100.0,
             "写成 0.01 到 100 之间的米数", "give metres, from 0.01 to 100"),
            ("severity", isinstance(self.severity, Mapping) and not set(self.severity) - set(CHECK_IDS),
             f"写成 {{检查: 级别}}，检查可用：{ids}", f"write {{finding: severity}}; the findings are {ids}"),
            ("severity", not isinstance(self.severity, Mapping)
             or all(v in ("error", "warning", "off") for v in self.severity.values()),
             "级别可用：error、warning、off", "a severity is error, warning or off"),
            ("size_m2", size is None or (isinstance(size, tuple) and len(size) == 2 and all(map(_number, size))
                                         and 0.0 <= size[0] < size[1]),
             "写成 [最小, 最大] 平方米", "write [least, greatest] in square metres"),
            ("equals", self.equals is None or (isinstance(self.equals, str) and self.equals != ""),
             "写图层代号", "give the name of a layer"),
        )  # fmt: skip
        if faults := [FieldError(name, getattr(self, name), zh, en) for name, good, zh, en in tests if not good]:
            raise BadInput("图层的检查要求无效", "what the layer asks of the checks cannot be so", faults)

    @property
    def rounding_m2(self) -> float:
        """Faults up to this area come from rounding in drawing tools and hold nobody's case."""
        return (2.0 * self.tolerance_m) ** 2


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


@dataclass(frozen=True, slots=True)
class LayerSpec:
    """What a layer is, apart from its areas.

    ``coverage``: in a *partition* every point has at most one area; a *cover* may overlap; a *free* layer may
    also leave ground uncovered. ``chief_role``: the role of the posts that answer for areas of this layer.
    ``settles``: this layer's corridors hand their ground to the named layer's area in the property ``owner``.
    ``priority``: where several layers offer a chief of one role, the least number is asked first.
    ``checks``: what the layer asks of the checks of boundaries; two specs that differ in it alone are equal.
    """

    code: str
    title_zh: str = ""
    title_en: str = ""
    geometry: Geometry = "polygon"
    coverage: Coverage = "free"
    parent: str | None = None
    priority: int = 100
    chief_role: str | None = None
    settles: str | None = None
    checks: LayerChecks = field(default=LayerChecks(), compare=False)

    def __post_init__(self) -> None:
        for field_name, allowed in (("geometry", get_args(Geometry)), ("coverage", get_args(Coverage))):
            value = getattr(self, field_name)
            if value not in allowed:
                mend = ("可用：" + "、".join(allowed), "one of " + ", ".join(allowed))
                raise BadInput("图层声明无效", "the layer cannot be so", [FieldError(field_name, value, *mend)])


@dataclass(frozen=True, slots=True)
class AreaAt:
    """One area at a point: how the point came to it, and what the area's own record says."""

    layer: str
    code: str
    name: str
    how: How
    unit: str | None = None
    props: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Component:
    """A catalogued street object. Units are unit codes; ``class_code`` is the five-digit component class.

    In the state ``removed`` it stands there no more: its record and its code stay, and no report is matched to it.
    """

    code: str
    code_scheme: str
    class_code: str
    name: str
    point: Point
    competent: str | None = None
    owner: str | None = None
    maintainer: str | None = None
    unit_grid: str | None = None
    state: str = "intact"
    accuracy_class: Literal["A", "B", "C"] = "B"
    # From when the record says so; None where it came with an edition. No part of an edition's contents or its hash.
    since: datetime | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.accuracy_class not in ("A", "B", "C"):
            error = FieldError("accuracy_class", self.accuracy_class, "A、B 或 C", "A, B or C")
            raise BadInput("精度等级无效", "the accuracy class is unknown", [error])


def storable(text: str) -> bool:
    """Tell whether a database and a file name can hold a text; JSON can spell NUL and half a surrogate pair."""
    return _UNSTORABLE.search(text) is None


def parse_instant(text: str, field_name: str = "at") -> datetime:
    """Read an ISO 8601 instant that states its offset; a time without one is refused, never guessed."""
    mend = (
        "写成带时区的 ISO 8601，如 2024-05-01T08:30:00+08:00",
        "ISO 8601 with an offset, as in 2024-05-01T08:30:00+08:00",
    )
    try:
        instant = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise BadInput("时刻无法识别", "the instant cannot be read", [FieldError(field_name, text, *mend)]) from None
    if instant.tzinfo is None:
        raise BadInput("时刻没有时区", "the instant has no offset", [FieldError(field_name, text, *mend)])
    return in_years(instant, field_name)


def in_years(instant: datetime, field_name: str) -> datetime:
    """Give the instant in UTC if it lies in the years 1900 to 2199; others are slips that databases cannot hold."""
    if not YEARS[0] <= instant.year < YEARS[1]:
        mend = (f"年份在 {YEARS[0]} 与 {YEARS[1]} 之间", f"a year between {YEARS[0]} and {YEARS[1]}")
        raise BadInput("年份超出范围", "the year is out of range", [FieldError(field_name, instant.isoformat(), *mend)])
    return instant.astimezone(UTC)


LONGEST_REASON = 500
_IDEOGRAPH = re.compile("[\u3400-\u9fff]")


def reason_of(text: str, field_name: str = "reason") -> str:
    """Give a reason without the blanks around it; one that says nothing is refused.

    Four Chinese characters say something, or ten letters; of a mixture one character counts as two letters and a half.
    """
    reason = text.strip()
    ideographs = len(_IDEOGRAPH.findall(reason))
    letters = sum(c.isalpha() for c in reason) - ideographs
    if 10 * ideographs + 4 * letters < 40 or len(reason) > LONGEST_REASON:
        mend = (
            f"至少 4 个汉字或 10 个字母，至多 {LONGEST_REASON} 字",
            f"at least 4 Chinese characters or 10 letters, {LONGEST_REASON} characters at most",
        )
        raise BadInput("请写明理由", "a reason must be given", [FieldError(field_name, text, *mend)])
    return reason
