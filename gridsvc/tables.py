"""The tables of a boundary folder: their columns, their rows as text, and all that is wrong with them at once."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from gridsvc.errors import BadInput, BadTable, CellFault, FieldError

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "units": ("code", "name", "name_en", "parent", "kind"),
    "people": ("code", "name", "phone", "kind"),
    "posts": (
        "code", "person", "role", "layer", "area", "unit", "deputy_of", "acting", "duty", "valid_from", "valid_to",
    ),
    "rules": (
        "rank", "id", "via", "categories", "places", "attributes", "window", "lead", "assisting", "evaluator",
        "disputed", "source", "valid_from", "valid_to", "test_lon", "test_lat", "title_zh", "title_en",
    ),
    "limits": ("category", "condition", "stage", "amount", "unit", "source", "places"),
    "attributes": ("key", "value", "title_zh", "title_en"),
    "powers": ("unit", "categories", "places", "source"),
    "calendar": ("date", "day", "name"),
    "periods": ("code", "window", "title_zh", "title_en"),
    "duplicates": ("category", "radius_m", "hours", "match", "source"),
    "sanctions": ("categories", "times", "days", "radius_m", "text_zh", "text_en", "fine_max", "source"),
    "answers": ("event", "category", "condition", "text_zh", "text_en", "source"),
    "schemes": (
        "scheme", "subject", "every", "min_cases", "street_share", "fund_yuan", "title_zh", "title_en", "source",
    ),
    "scheme_parts": (
        "scheme", "part", "weight", "measure", "direction", "by", "categories", "title_zh", "title_en", "source",
    ),
    "deductions": (
        "scheme", "part", "id", "counts", "points", "most", "categories", "attributes", "from_n", "to_n", "within_m",
        "along", "title_zh", "title_en", "source",
    ),
    "consequences": ("scheme", "on", "rank", "times", "then", "title_zh", "title_en", "source"),
    "heat": ("scheme", "measure", "by", "breaks", "valid_from", "title_zh", "title_en", "source"),
    "components": (
        "code", "class", "code_scheme", "name", "competent", "owner", "maintainer", "unit_grid", "state",
        "accuracy_class", "x", "y",
    ),
    "cases": ("reported_at", "category", "source", "description", "accuracy_m", "component", "attributes", "x", "y"),
}  # fmt: skip
# Columns without which no row of a table can be read.
NEEDED: Mapping[str, tuple[str, ...]] = {
    "units": ("code", "name"),
    "people": ("code", "name"),
    "posts": ("code", "person", "role"),
    "rules": ("rank", "id", "via", "lead"),
    "limits": ("category", "stage", "amount", "unit"),
    "attributes": ("key", "value"),
    "powers": ("unit", "categories", "places"),
    "calendar": ("date", "day"),
    "periods": ("code", "window"),
    "duplicates": ("category", "radius_m", "hours"),
    "sanctions": ("categories", "times", "text_zh"),
    "answers": ("event", "category", "text_zh"),
    "schemes": ("scheme", "subject"),
    "scheme_parts": ("scheme", "part", "weight", "measure"),
    "deductions": ("scheme", "part", "id", "counts", "points"),
    "consequences": ("scheme", "rank", "then"),
    "heat": ("scheme", "measure", "breaks"),
    "components": ("code",),
    "cases": ("reported_at", "category", "source"),
}
# How the work is scored.
OF_SCHEMES = ("schemes", "scheme_parts", "deductions", "consequences")
# What a ruleset declares beside its rules: words, powers, the city's time, what comes again, public answers, schemes,
# and the classes of heat. Kept as text, row by row.
DECLARED = ("attributes", "powers", "calendar", "periods", "duplicates", "sanctions", "answers", *OF_SCHEMES, "heat")
# All tables of a ruleset.
OF_RULESET = ("units", "people", "posts", "rules", "limits", *DECLARED)
# What tells the rows of a table of a ruleset apart. Several rows of ``powers`` speak of one unit together.
KEYS: Mapping[str, tuple[str, ...]] = {
    "units": ("code",), "people": ("code",), "posts": ("code",), "rules": ("id",),
    "limits": ("category", "condition", "stage", "places"), "attributes": ("key", "value"),
    "powers": ("unit",), "calendar": ("date",), "periods": ("code",),
    "duplicates": ("category",), "sanctions": ("categories", "times"),
    "answers": ("event", "category", "condition"),
    "schemes": ("scheme",), "scheme_parts": ("scheme", "part"), "deductions": ("scheme", "part", "id"),
    "consequences": ("scheme", "on", "rank", "times", "then"), "heat": ("scheme", "measure", "by"),
}  # fmt: skip
# Field names of component records, GB/T 47678.5-2026 table 2 and older practice, with our column for each.
STANDARD_NAMES: Mapping[str, str] = {
    "GLBJBSM": "code", "OBJCODE": "code", "OBJID": "code", "GLBJMC": "name", "OBJNAME": "name", "ZGBMDM": "competent",
    "DEPTCODE1": "competent", "QSDWDM": "owner", "DEPTCODE2": "owner", "YHDWDM": "maintainer",
    "DEPTCODE3": "maintainer", "SZDYWGBSM": "unit_grid", "BGCODE": "unit_grid", "BGID": "unit_grid", "GLBJZT": "state",
    "OBJSTATE": "state",
}  # fmt: skip
MOST_SHOWN = 100


class Row(dict[str, str]):
    """One row of a table: text by column, and its line as a spreadsheet shows it, the header being line 1."""

    def __init__(self, cells: Mapping[str, str], line: int) -> None:
        super().__init__(cells)
        self.line = line


def key_of(table: str, row: Mapping[str, str]) -> tuple[str, ...]:
    """What tells a row of a table of a ruleset apart from the others."""
    return tuple(row.get(column, "") for column in KEYS[table])


class Faults:
    """Gathers what is wrong with the rows of all tables, so that whoever mends them sees everything at once."""

    def __init__(self) -> None:
        self._found: list[CellFault] = []
        self._at: set[tuple[str, int | None]] = set()

    def add(self, table: str, line: int | None, error: BadInput) -> None:
        """Keep an error of one row; ``line`` is None where the whole table cannot be used."""
        self._at.add((table, line))
        fields = error.errors or (FieldError("-", None, error.zh, error.en),)
        self._found += [
            CellFault(e.field, e.value, e.mend_zh, e.mend_en, table, line, error.zh, error.en) for e in fields
        ]

    @contextmanager
    def at(self, table: str, line: int | None = None) -> Iterator[None]:
        """Keep the error that is raised inside, if there is one, and go on behind."""
        try:
            yield
        except BadInput as e:
            self.add(table, line, e)

    def has(self, table: str, line: int | None = None) -> bool:
        """Tell whether something is wrong with a row, or with a table as a whole."""
        return (table, line) in self._at

    @property
    def found(self) -> list[CellFault]:
        """All that is wrong, by table and line."""
        order = list(COLUMNS)
        return sorted(self._found, key=lambda f: (order.index(f.table), f.line or 0))

    def refuse(self) -> None:
        """Raise ``BadTable`` with what was found, by table and line; nothing happens where nothing was."""
        found = self.found
        if not found:
            return
        tables = [name for name in COLUMNS if any(name == table for table, _ in self._at)]
        if len(self._at) == 1:
            one = found[0]
            zh = f"表 {one.table}：{one.zh}" if one.line is None else f"表 {one.table} 第 {one.line} 行：{one.zh}"
            en = f"table {one.table}: {one.en}" if one.line is None else f"table {one.table}, line {one.line}: {one.en}"
        else:
            zh = f"表 {'、'.join(tables)} 共有 {len(self._at)} 处无法使用"
            en = f"{len(self._at)} places cannot be used in the tables {', '.join(tables)}"
        raise BadTable(zh, en, found[:MOST_SHOWN], max(0, len(found) - MOST_SHOWN))


@contextmanager
def gathered() -> Iterator[Faults]:
    """Give a place for faults, and raise ``BadTable`` at the end if there are any."""
    faults = Faults()
    yield faults
    faults.refuse()


def check_header(table: str, header: Sequence[str]) -> None:
    """Refuse columns that look misspelt or are missing; a mend may propose what the manifest should map."""
    known = COLUMNS[table]
    errors = []
    for column in header:
        meant = [] if column in known else difflib.get_close_matches(column, sorted(set(known) - set(header)), 1, 0.8)
        errors += [FieldError(column, None, f"是否指 {m}？", f"is {m} meant?") for m in meant]
    if errors:
        raise BadTable("有列名像是拼错了", "a column looks misspelt", errors)
    if missing := [c for c in NEEDED[table] if c not in header]:
        mend = _mapping(table, header)
        raise BadTable("缺少必需的列", "a column is missing", [FieldError(c, None, *mend) for c in missing])


def _mapping(table: str, header: Sequence[str]) -> tuple[str, str]:
    """How to mend a missing column: add it, or map the standard's field names where the file has such."""
    shown = ", ".join(filter(None, header))
    if table == "components":
        found: dict[str, str] = {}
        upper = {column.upper(): column for column in header}
        for theirs, ours in STANDARD_NAMES.items():
            if theirs in upper:
                found.setdefault(ours, upper[theirs])
        if found:
            text = ", ".join(f'"{ours}": "{theirs}"' for ours, theirs in found.items())
            return f'在 manifest 此表中写 "columns": {{{text}}}', f'map it in the manifest: "columns": {{{text}}}'
    return (
        f'添加此列，或在 manifest 此表的 "columns" 中指明；现有：{shown}',
        f'add it, or map it under "columns" in the manifest; there are: {shown}',
    )
