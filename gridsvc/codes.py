"""The standard code schemes: which categories there are, and what the digits of an identifier mean.

Knows nothing of rules, areas or cases; local codes that a city adds are rows of the same shape.
"""

import csv
import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Literal, cast

from gridsvc.errors import BadInput, FieldError, UnknownCategory

Kind = Literal["component", "matter"]

CURRENT_SCHEME = "GB/T 47678.5-2026"
LEGACY_COMPONENT_SCHEME = "GB/T 30428.2-2013"
UNIT_GRID_SCHEME = "GB/T 47678.3-2026"
# Deployed for years; which older text prescribes 14 digits is not settled, so the name claims no standard.
LEGACY_UNIT_GRID_SCHEME = "legacy-14"

_KINDS: tuple[Kind, ...] = ("component", "matter")
_KIND_ZH = {"component": "部件类别", "matter": "事项"}
_KIND_EN = {"component": "component class", "matter": "matter"}
COMPONENT_MAJORS = ("01", "02", "03", "04", "05")
# Region, street and community; a unit grid's sequence follows, whose three places may hold capitals.
_AREA = re.compile(r"[1-9][0-9]{5}(?:[0-9]{3}){0,2}")
_UNIT_GRID = re.compile(r"[1-9][0-9]{11}(?:[0-9]{2}|(?!000)[0-9A-Z]{3})")
_PATTERN = re.compile(r"([0-9]+)(\*?)")


@dataclass(frozen=True, slots=True)
class Major:
    """A major class: the first two digits of a category and its titles."""

    code: str
    zh: str
    en: str


MAJORS: Mapping[str, Major] = MappingProxyType(
    {
        "01": Major("01", "市政公用设施类", "municipal utilities"),
        "02": Major("02", "交通设施类", "traffic facilities"),
        "03": Major("03", "市容环卫设施类", "appearance and sanitation facilities"),
        "04": Major("04", "园林绿化设施类", "landscaping facilities"),
        "05": Major("05", "其他管理部件类", "other components"),
        "06": Major("06", "市容环境类", "appearance and environment"),
        "07": Major("07", "宣传广告类", "publicity and advertising"),
        "08": Major("08", "施工管理类", "construction management"),
        "09": Major("09", "街面秩序类", "street order"),
        "10": Major("10", "其他事项类", "other matters"),
    }
)


@dataclass(frozen=True, slots=True)
class Category:
    """One component class or one matter. Its key within a code scheme is (kind, code), never the name."""

    code_scheme: str
    kind: Kind
    code: str
    zh: str
    en: str

    def __post_init__(self) -> None:
        faults = [
            FieldError(name, value, "补全或改正此列", "fill in or mend this column")
            for name, value, good in (
                ("code_scheme", self.code_scheme, bool(self.code_scheme.strip())),
                ("kind", self.kind, self.kind in _KINDS),
                ("code", self.code, re.fullmatch(r"[0-9]{4,6}", self.code) is not None),
                ("zh", self.zh, bool(self.zh.strip())),
                ("en", self.en, bool(self.en.strip())),
            )
            if not good
        ]
        if faults:
            raise BadInput("类别不完整", "the category is incomplete", faults)

    @property
    def major(self) -> str:
        """The first two digits."""
        return self.code[:2]

    @property
    def component_class(self) -> str | None:
        """The component class that this matter calls abnormal, None for every other category."""
        # In older schemes an event with the digits of a component class is something else.
        if self.code_scheme == CURRENT_SCHEME and self.kind == "matter" and self.major in COMPONENT_MAJORS:
            return self.code
        return None


@cache
def load_categories() -> tuple[Category, ...]:
    """Read every packaged category, in the order of the file: by scheme, kind and code."""
    lines = resources.files("gridsvc").joinpath("categories.csv").read_text(encoding="utf-8").splitlines()
    rows = csv.reader(lines[1:])
    return tuple(Category(scheme, cast(Kind, kind), code, zh, en) for scheme, kind, code, zh, en in rows)


@cache
def _index() -> Mapping[tuple[str, str], Mapping[str, Category]]:
    index: dict[tuple[str, str], dict[str, Category]] = {}
    for category in load_categories():
        index.setdefault((category.code_scheme, category.kind), {})[category.code] = category
    return index


def _by_code(kind: Kind, scheme: str) -> Mapping[str, Category]:
    return _index().get((scheme, kind), {})


def matters() -> tuple[str, ...]:
    """Give the code of every matter that can be reported."""
    return tuple(_by_code("matter", CURRENT_SCHEME))


def category_of(code: str, kind: Kind = "matter", scheme: str = CURRENT_SCHEME) -> Category:
    """Find a category by its code; an unknown one is refused with the nearest codes or names."""
    found = _by_code(kind, scheme).get(code)
    if found is None:
        raise _unknown(code, kind, scheme)
    return found


def matches(pattern: str, code: str) -> bool:
    """Tell whether a code is the one written (``06010``) or begins with the prefix (``06*``)."""
    digits, is_prefix = _read_pattern(pattern)
    return code.startswith(digits) if is_prefix else code == digits


def categories_matching(pattern: str, kind: Kind = "matter", scheme: str = CURRENT_SCHEME) -> tuple[Category, ...]:
    """List the categories that a pattern covers, by code; none is an empty tuple, for a check to report."""
    digits, is_prefix = _read_pattern(pattern)
    known = _by_code(kind, scheme)
    return tuple(c for c in known.values() if c.code == digits or (is_prefix and c.code.startswith(digits)))


@cache
def _read_pattern(pattern: str) -> tuple[str, bool]:
    parts = _PATTERN.fullmatch(pattern)
    if parts is None:
        mend = (
            "写数字代码，如 06010，或数字前缀加一个 *，如 06*",
            "write a code in digits, as in 06010, or a prefix of digits and one *, as in 06*",
        )
        refused = FieldError("categories", pattern, *mend)
        raise BadInput("类别式样无法识别", "the category pattern cannot be read", [refused])
    return parts[1], parts[2] == "*"


def _unknown(code: str, kind: Kind, scheme: str) -> UnknownCategory:
    return UnknownCategory(
        f"{scheme} 中没有这个{_KIND_ZH.get(kind, kind)}代码",
        f"{scheme} has no {_KIND_EN.get(kind, kind)} with this code",
        [FieldError("class" if kind == "component" else "category", code, *_mend(code, kind, scheme))],
    )


def _mend(code: str, kind: Kind, scheme: str) -> tuple[str, str]:
    known = _by_code(kind, scheme)
    if not known:
        pairs = "; ".join(f"{its_scheme} {its_kind}" for its_scheme, its_kind in _index())
        return f"编码体系与种类只有：{pairs}", f"the schemes and kinds are: {pairs}"
    for other in _KINDS:
        if (there := _by_code(other, scheme).get(code)) is not None:
            return (
                f"{code} {there.zh}是{_KIND_ZH[other]}，不是{_KIND_ZH[kind]}",
                f"{code} {there.en} is a {_KIND_EN[other]}, not a {_KIND_EN[kind]}",
            )
    near = _neighbours(code, known.values())
    if not near:
        example = next(iter(known.values()))
        return f"请给出代码，如 {example.code} {example.zh}", f"give a code, such as {example.code} {example.en}"
    return (
        "是否指 " + ";".join(f"{c.code} {c.zh}" for c in near) + "?",
        "did you mean " + "; ".join(f"{c.code} {c.en}" for c in near) + "?",
    )


def _neighbours(term: str, known: Iterable[Category]) -> list[Category]:
    """Rank categories by likeness to a code, or to a name where somebody wrote one instead."""
    term = term.strip()[:64]  # no name is longer, and a longer text would only make this slow
    numeric = term.isascii() and term.isdigit()
    matcher = difflib.SequenceMatcher(autojunk=False)
    matcher.set_seq2(term.lower())
    ranked: list[tuple[float, int, str, Category]] = []
    for category in known:
        name = category.en if term.isascii() else category.zh
        matcher.set_seq1(category.code if numeric else name.lower())
        if matcher.real_quick_ratio() >= 0.5 and (likeness := matcher.ratio()) >= 0.5:
            # Equally like codes are many; the numerically next ones are the useful ones.
            distance = abs(int(category.code) - int(term)) if numeric else 0
            ranked.append((-likeness, distance, category.code, category))
    return [entry[3] for entry in sorted(ranked)[:3]]


@dataclass(frozen=True, slots=True)
class UnitGridCode:
    """The parts of a unit-grid code; ``street`` (9) and ``community`` (12) are whole codes of the parents."""

    code_scheme: str
    region: str
    street: str
    community: str
    sequence: str


@dataclass(frozen=True, slots=True)
class ClassedCode:
    """The parts of a component identifier, or of a matter code, which has no ``sequence``."""

    code_scheme: str
    region: str
    category: str
    sequence: str


def is_area_code(code: str) -> bool:
    """Tell whether a code has the digits of a district (6), a street (9) or a community (12)."""
    return _AREA.fullmatch(code) is not None


def is_unit_grid_code(code: str) -> bool:
    """Tell whether a code has the form of a unit grid's: a community's 12 digits and a sequence of 3, or 2."""
    return _UNIT_GRID.fullmatch(code) is not None


def parse_unit_grid_code(code: str, field_name: str = "unit_grid") -> UnitGridCode:
    """Take apart 15 digits, whose sequence may hold capitals as some deployed data does, or the older 14."""
    if not is_unit_grid_code(code):
        layout = (
            "区划6+街道3+社区3+顺序3（自001起；旧码顺序2）",
            "6 region + 3 street + 3 community + 3 sequence from 001 (older: 2)",
        )
        raise _bad_layout(field_name, code, "单元网格代码", "unit-grid code", *layout)
    scheme = UNIT_GRID_SCHEME if len(code) == 15 else LEGACY_UNIT_GRID_SCHEME
    return UnitGridCode(scheme, code[:6], code[:9], code[:12], code[12:])


def parse_component_code(code: str, field_name: str = "component") -> ClassedCode:
    """Take apart the 17 digits of a component identifier, or the 16 of the older scheme."""
    if not re.fullmatch(r"[1-9][0-9]{15,16}", code):
        layout = ("区划6+大类2+小类3（旧码2）+顺序6", "6 region + 2 major + 3 minor (older: 2) + 6 sequence")
        raise _bad_layout(field_name, code, "部件标识码", "component identifier", *layout)
    scheme = CURRENT_SCHEME if len(code) == 17 else LEGACY_COMPONENT_SCHEME
    return ClassedCode(scheme, code[:6], code[6:-6], code[-6:])


def parse_matter_code(code: str, field_name: str = "matter") -> ClassedCode:
    """Take apart the 11 digits of a matter code, which classifies and repeats: it never names one case."""
    if not re.fullmatch(r"[1-9][0-9]{10}", code):
        layout = ("区划6+大类2+小类3", "6 region + 2 major + 3 minor")
        raise _bad_layout(field_name, code, "事项代码", "matter code", *layout)
    return ClassedCode(CURRENT_SCHEME, code[:6], code[6:], "")


def _bad_layout(field_name: str, code: str, what_zh: str, what_en: str, zh: str, en: str) -> BadInput:
    mend = FieldError(field_name, code, f"应为 {zh}", f"the layout is {en}")
    return BadInput(f"{what_zh}的位数或字符不对", f"the {what_en} has a wrong length or character", [mend])
