"""A filter in CQL2 as a condition of SQL: columns that may be asked for, values always bound."""

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Literal, NamedTuple

import cql2
import shapely
from geoalchemy2 import Geometry
from shapely.errors import ShapelyError
from sqlalchemy import ColumnElement, and_, bindparam, cast, false, func, not_, or_, true

from gridsvc.errors import BadInput, FieldError
from gridsvc.values import parse_instant, storable

Kind = Literal["string", "number", "boolean", "instant", "date", "geometry"]
# Told in a reference, a shape becomes one of WGS 84.
Place = Callable[[Any], Any]
MOST_CHARACTERS = 4000
# The parser is native code that goes down with the process where too much is nested or chained: with 1 000 of them on
# a large stack, 100 on a small one. Words are counted that nest without a sign.
_MOST_SIGNS, _DEEPEST = 60, 20
_QUOTED = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"")
_SIGNS = re.compile(r"[^\w\s.,]|\b(?:not|div)\b", re.IGNORECASE)
_COMPARED: Mapping[str, Callable[[Any, Any], Any]] = {
    "=": lambda a, b: a == b, "<>": lambda a, b: a != b, "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
}  # fmt: skip
_SPATIAL = ("intersects", "equals", "disjoint", "touches", "within", "overlaps", "crosses", "contains")


class Queryable(NamedTuple):
    """A property that filters may ask for, and where its value is."""

    kind: Kind
    value: ColumnElement[Any]


class Value(NamedTuple):
    """One side of a comparison."""

    kind: Kind
    value: Any


def parsed(text: str, lang: Literal["cql2-text", "cql2-json"]) -> Any:
    """Read a filter as the tree that CQL2 has in JSON; raises ``BadInput``."""
    if len(text) > MOST_CHARACTERS:
        raise _refused(text, f"至多 {MOST_CHARACTERS} 个字符", f"{MOST_CHARACTERS} characters at most")
    if lang == "cql2-json":
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            raise _refused(text, "写成有效的 JSON", "write valid JSON") from None
    if len(_SIGNS.findall(_QUOTED.sub("", text))) > _MOST_SIGNS:
        raise _refused(text, f"至多 {_MOST_SIGNS} 个运算符和括号", f"{_MOST_SIGNS} operators and brackets at most")
    try:
        return cql2.parse_text(text).to_json()
    except Exception as e:  # of an empty shape the parser complains by nothing more special
        told = " ".join(str(e).split())[-200:]
        raise _refused(text, f"无法识别（{told}）", f"it cannot be read: {told}") from None


class Compiler:
    """Makes conditions of filters over some queryables; ``place`` brings shapes of a filter to WGS 84."""

    def __init__(self, known: Mapping[str, Queryable], place: Place) -> None:
        self._known = known
        self._place = place

    def condition(self, tree: Any, depth: int = 0) -> ColumnElement[bool]:
        """Make the condition of a tree; raises ``BadInput`` that says which part of it cannot be used."""
        if depth > _DEEPEST:
            raise _refused(tree, "嵌套过深", "it is nested too deeply")
        if isinstance(tree, bool):
            return true() if tree else false()
        if isinstance(tree, Mapping) and "property" in tree:
            said: ColumnElement[bool] = self._as(tree, "boolean").value
            return said == true()
        op, args = _taken_apart(tree)
        if op in ("and", "or"):
            parts = [self.condition(arg, depth + 1) for arg in args]
            return and_(true(), *parts) if op == "and" else or_(false(), *parts)
        if op == "not" and len(args) == 1:
            return not_(self.condition(args[0], depth + 1))
        if op == "isNull" and len(args) == 1:
            return self._property(args[0]).value.is_(None)
        if op in _COMPARED and len(args) == 2:
            left, right = self._same(args)
            found: ColumnElement[bool] = _COMPARED[op](left, right)
            return found
        if op == "between" and len(args) == 3:
            value, low, high = self._same(args)
            return and_(value >= low, value <= high)
        if op == "in" and len(args) == 2 and isinstance(args[1], list):
            value, *others = self._same([args[0], *args[1]])
            return or_(false(), *(value == other for other in others))
        if op == "like" and len(args) == 2:
            return self._like(*args)
        if op.startswith("s_") and op[2:] in _SPATIAL and len(args) == 2:
            return self._spatial(op[2:], args)
        raise _refused(
            op, "不支持该运算，或参数个数不对", "this operator is not known here, or not with so many arguments"
        )

    def _spatial(self, name: str, args: Sequence[Any]) -> ColumnElement[bool]:
        # Two of them the database answers for collections too, both by the same.
        is_meeting = name in ("intersects", "disjoint")
        shapes = [self._shape(arg, is_meeting) for arg in args]
        if is_meeting:
            met: ColumnElement[bool] = func.ST_Intersects(*shapes)
            return met if name == "intersects" else not_(met)
        found: ColumnElement[bool] = getattr(func, f"ST_{name.capitalize()}")(*shapes)
        return found

    def _same(self, args: Sequence[Any]) -> list[Any]:
        """The values of arguments that are all of one kind, and can be put in an order."""
        values = [self._value(arg) for arg in args]
        kinds = {v.kind for v in values}
        if len(kinds) > 1 or "geometry" in kinds:
            raise _refused(args, "比较的两边应为同一类型", "compare only what is of one kind")
        return [v.value for v in values]

    def _as(self, arg: Any, kind: Kind) -> Value:
        found = self._value(arg)
        if found.kind != kind:
            raise _refused(arg, f"应为 {kind}", f"this has to be of kind {kind}")
        return found

    def _like(self, arg: Any, pattern: Any) -> ColumnElement[bool]:
        # A lone backslash at the end escapes nothing, which the database takes for a fault.
        plain = pattern["args"][0] if _is_casei(pattern) else pattern
        if not isinstance(plain, str) or (len(plain) - len(plain.rstrip("\\"))) % 2:
            raise _refused(
                plain, "模式应为文字，末尾不能是单个反斜杠", "a pattern is a text without a lone \\ at its end"
            )
        found: ColumnElement[bool] = self._as(arg, "string").value.like(self._as(pattern, "string").value)
        return found

    def _property(self, arg: Any) -> Queryable:
        name = arg.get("property") if isinstance(arg, Mapping) else None
        if not isinstance(name, str) or name not in self._known:
            known = ", ".join(self._known)
            raise _refused(name, f"可用的属性：{known}", f"the properties are {known}")
        return self._known[name]

    def _value(self, arg: Any) -> Value:
        if isinstance(arg, bool):
            return Value("boolean", true() if arg else false())
        if isinstance(arg, int | float):
            if not math.isfinite(arg) or abs(arg) > 1e300:
                raise _refused(arg, "数值超出范围", "the number is out of range")
            return Value("number", bindparam(None, float(arg), unique=True))
        if isinstance(arg, str):
            if not storable(arg):
                raise _refused(None, "文字中有不可用字符", "the text has a character that cannot be used")
            return Value("string", bindparam(None, arg, unique=True))
        if isinstance(arg, Mapping) and "timestamp" in arg:
            return Value("instant", bindparam(None, parse_instant(str(arg["timestamp"]), "filter"), unique=True))
        if isinstance(arg, Mapping) and "date" in arg:
            return Value("date", bindparam(None, _date(arg["date"]), unique=True))
        if _is_casei(arg):
            return Value("string", func.lower(self._as(arg["args"][0], "string").value))
        return Value(*self._property(arg))

    def _shape(self, arg: Any, may_be_mixed: bool) -> Any:
        if isinstance(arg, Mapping) and "property" in arg:
            return self._as(arg, "geometry").value
        try:
            made = shapely.box(*_corners(arg["bbox"])) if "bbox" in arg else shapely.geometry.shape(arg)
        except (ShapelyError, ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError):
            raise _refused(
                arg, "写成 WKT、GeoJSON 几何或 BBOX", "write a geometry in WKT or GeoJSON, or a BBOX"
            ) from None
        if made.geom_type == "GeometryCollection" and not may_be_mixed:
            made = shapely.unary_union(made)
        if made.is_empty or (made.geom_type == "GeometryCollection" and not may_be_mixed):
            raise _refused(
                arg, "几何为空，或为不同维数的集合", "the geometry is empty, or a collection of several kinds"
            )
        return as_geometry(self._place(made))


def as_geometry(shape: Any) -> ColumnElement[Any]:
    """A shape of WGS 84 as the database takes it."""
    return cast(func.ST_GeomFromWKB(shapely.to_wkb(shapely.force_2d(shape)), 4326), Geometry("GEOMETRY", srid=4326))


def _taken_apart(tree: Any) -> tuple[str, list[Any]]:
    if isinstance(tree, Mapping) and isinstance(tree.get("op"), str) and isinstance(tree.get("args"), list):
        return tree["op"], tree["args"]
    raise _refused(tree, "应为条件", "this has to be a condition")


def _is_casei(arg: Any) -> bool:
    is_op = isinstance(arg, Mapping) and arg.get("op") == "casei" and isinstance(arg.get("args"), list)
    return is_op and len(arg["args"]) == 1 and not _is_casei(arg["args"][0])


def _corners(given: Any) -> list[float]:
    numbers = [float(v) for v in given]
    if len(numbers) not in (4, 6) or not all(map(math.isfinite, numbers)):
        raise ValueError
    half = len(numbers) // 2
    return [*numbers[:2], *numbers[half : half + 2]]


def _date(text: Any) -> date:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        raise _refused(text, "写成 DATE('2024-05-01')", "write DATE('2024-05-01')") from None


def _refused(what: Any, mend_zh: str, mend_en: str) -> BadInput:
    return BadInput(
        "过滤条件不可用", "the filter is not usable", [FieldError("filter", str(what)[:200], mend_zh, mend_en)]
    )
