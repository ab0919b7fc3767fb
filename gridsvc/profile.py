"""Profiles: under which names, in which words and with how many digits a file holds the fields of a table.

A profile is data, read from a JSON file: the shipped ones lie beside this module, a city's own anywhere.
"""

import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from gridsvc.errors import BadInput, FieldError

SHIPPED = ("plain", "short", "gb47678", "legacy")
_KEYS = {"fields", "values", "ignored", "code_digits", "grid_digits"}
# What can be known of a component; ``void`` says in older files that it is no longer in use.
COMPONENT_FIELDS = (
    "code", "class", "code_scheme", "name", "competent", "owner", "maintainer", "unit_grid", "state",
    "accuracy_class", "since", "void", "x", "y",
)  # fmt: skip
# What is told of a case, in the order of exports.
CASE_FIELDS = (
    "number", "status", "category", "source", "reported_at", "due_at", "unit", "desk", "address", "description",
    "component", "street", "community", "grid", "unit_grid", "accuracy_m", "reporter", "reporter_phone", "subject",
)  # fmt: skip
Table = Literal["components", "cases"]
_FIELDS: Mapping[Table, tuple[str, ...]] = {"components": COMPONENT_FIELDS, "cases": CASE_FIELDS}
_KEY_FIELD: Mapping[Table, str] = {"components": "code", "cases": "number"}


@dataclass(frozen=True, slots=True)
class Profile:
    """For each field the columns it may be in, the first being that of exports; words of a file by field; digits.

    No digits means that codes of any form are taken. Columns in ``ignored`` are known and left out.
    """

    name: str
    fields: Mapping[str, tuple[str, ...]]
    values: Mapping[str, Mapping[str, str]]
    ignored: frozenset[str]
    code_digits: tuple[int, ...]
    grid_digits: tuple[int, ...]

    def column(self, field: str) -> str:
        """The column of a field in exports, and in what is said about it."""
        return self.fields[field][0] if field in self.fields else field

    def word(self, field: str, value: str | None) -> str | None:
        """What an export writes for a value: the first word that stands for it."""
        return next((w for w, ours in self.values.get(field, {}).items() if ours == value), value)

    def match(self, header: Sequence[str], needed: Sequence[str]) -> dict[str, list[str]]:
        """Give for each field the columns of a file that hold it, the foremost first; letter case does not count.

        Raises ``BadInput`` that names every column that is unknown, missing or there twice, with its mend.
        """
        upper: dict[str, str] = {}
        errors = []
        for column in header:
            if column.upper() in upper:
                errors.append(FieldError(column, None, "此列重复：删去一列", "this column is there twice: drop one"))
            upper.setdefault(column.upper(), column)
        found = {f: [upper[n.upper()] for n in names if n.upper() in upper] for f, names in self.fields.items()}
        found = {field: columns for field, columns in found.items() if columns}
        used = {c for columns in found.values() for c in columns}
        ignored = {name.upper() for name in self.ignored}
        names = [n for columns in self.fields.values() for n in columns]
        for column in header:
            if column in used or column.upper() in ignored:
                continue
            near = difflib.get_close_matches(column.upper(), [n.upper() for n in names], 1, 0.6)
            meant = (f"是否指 {near[0]}？", f"is {near[0]} meant? ") if near else ("", "")
            mend_zh = f"{meant[0]}方案 {self.name} 没有此列：改名、删去，或在方案的 ignored 中列出"
            mend_en = f"{meant[1]}profile {self.name} has no such column: rename or drop it, or list it in ignored"
            errors.append(FieldError(column, None, mend_zh, mend_en))
        for field in needed:
            if field not in found:
                listed = " / ".join(self.fields.get(field, (field,)))
                errors.append(FieldError(listed, None, "添加此列，或换一个方案 --profile",
                                         "add this column, or choose another --profile"))  # fmt: skip
        if errors:
            raise BadInput("文件的列与方案不符", f"the columns do not fit profile {self.name}", errors)
        return found


def read_profile(given: str, table: Table = "components") -> Profile:
    """Read the profile of a table that is shipped under a name, or in a JSON file; raises ``BadInput``."""
    if given in SHIPPED:
        text = resources.files("gridsvc").joinpath("field_names", f"{given}.json").read_text(encoding="utf-8")
    else:
        path = Path(given)
        if path.suffix.lower() != ".json" or not path.is_file():
            names = ", ".join(SHIPPED)
            raise _bad(given, f"{names} 之一，或一个 .json 文件", f"one of {names}, or a .json file")
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeError:
            raise _bad(given, "用 UTF-8 保存", "save it as UTF-8") from None
    try:
        told = json.loads(text)
        return _profile(str(told["profile"]), table, told[table])
    except (ValueError, KeyError, TypeError, AttributeError) as e:
        raise _bad(given, f"照随附的方案改写（{e}）", f"write it like the shipped ones ({e})") from None


def _profile(name: str, table: Table, told: Mapping[str, Any]) -> Profile:
    fields = {str(f): (c,) if isinstance(c, str) else tuple(map(str, c)) for f, c in told["fields"].items()}
    if unknown := [*(set(fields) - set(_FIELDS[table])), *(set(told) - _KEYS)]:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    if _KEY_FIELD[table] not in fields or not all(fields.values()):
        raise ValueError(f"{_KEY_FIELD[table]} is missing, or a field has no column")
    values = {str(f): {str(k): str(v) for k, v in words.items()} for f, words in told.get("values", {}).items()}
    digits = [tuple(int(n) for n in told.get(key, ())) for key in ("code_digits", "grid_digits")]
    return Profile(name, fields, values, frozenset(told.get("ignored", ())), digits[0], digits[1])


def _bad(given: str, zh: str, en: str) -> BadInput:
    return BadInput("方案无法使用", "the profile cannot be used", [FieldError("--profile", given, zh, en)])
