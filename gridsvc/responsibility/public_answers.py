"""What who reported is answered by the city: templates of a ruleset, with the few things that may be filled in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from string import Formatter

from gridsvc.codes import matches
from gridsvc.errors import BadInput, BadTable, FieldError

# The actions that are answered, and by what of theirs a template may be chosen: the cause, the grade.
EVENTS: Mapping[str, frozenset[str]] = {
    "accept": frozenset(),
    "register": frozenset(),
    "void": frozenset({"duplicate", "out_of_scope", "not_found", "false", "other"}),
    "close": frozenset({"simple", "general", "complex", "hard"}),
}
# Number, matter, and the days on which it was reported and is answered. Nothing of people, units and places.
FIELDS = ("number", "category", "reported", "date")
_MOST_CHARACTERS = 1000


@dataclass(frozen=True, slots=True)
class AnswerTemplate:
    """The words for an event of some matters; ``condition`` narrows it to a cause or a grade, empty for all."""

    event: str
    category: str
    text_zh: str
    text_en: str = ""
    condition: str = ""

    @property
    def key(self) -> str:
        """By what it is known in a ruleset."""
        return " ".join(filter(None, (self.event, self.category, self.condition)))

    def filled(self, zh: Mapping[str, str], en: Mapping[str, str]) -> dict[str, str]:
        """Give its texts with what stands for each of :data:`FIELDS`, Chinese and English."""
        texts = {"zh": self.text_zh.format_map(zh), "en": self.text_en.format_map(en)}
        return {lang: text for lang, text in texts.items() if text}


def parse_answer(row: Mapping[str, str]) -> AnswerTemplate:
    """Make a template of one row of text; a field that is not known is refused by the cell that names it."""
    event, category, condition = (row.get(name, "").strip() for name in ("event", "category", "condition"))
    if event not in EVENTS:
        raise _bad("event", event, "取值：" + "、".join(EVENTS), "one of " + ", ".join(EVENTS))
    try:
        matches(category, "00000")
    except BadInput as e:
        raise _bad("category", category, e.errors[0].mend_zh, e.errors[0].mend_en) from None
    known = EVENTS[event]
    if condition and condition not in known:
        shown = "、".join(sorted(known)) or "留空", ", ".join(sorted(known)) or "none"
        raise _bad("condition", condition, f"取值：{shown[0]}", f"one of {shown[1]}")
    for column in ("text_zh", "text_en"):
        _refuse_text(column, row.get(column, ""))
    return AnswerTemplate(event, category, row["text_zh"], row.get("text_en", ""), condition)


def fitting(
    templates: Iterable[AnswerTemplate], event: str, category: str, condition: str = ""
) -> list[AnswerTemplate]:
    """Give the templates for an event of a case, the best first.

    One for the very cause or grade counts before one for all, then the exact matter before the longest prefix.
    """
    held = [t for t in templates if t.event == event and matches(t.category, category)]
    held = [t for t in held if t.condition in ("", condition)]
    return sorted(held, key=lambda t: (t.condition != "", not t.category.endswith("*"), len(t.category)), reverse=True)


def _refuse_text(column: str, text: str) -> None:
    if column == "text_zh" and not text.strip():
        raise _bad(column, text, "必填", "it must be given")
    if len(text) > _MOST_CHARACTERS:
        raise _bad(column, text[:20], f"至多 {_MOST_CHARACTERS} 字", f"{_MOST_CHARACTERS} characters at most")
    braces = "花括号须成对，文字中的写成 {{ 和 }}", "braces come in pairs; write {{ and }} for the characters"
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        raise _bad(column, text, *braces) from None
    for _, field, form, conversion in parts:
        if field is not None and (field not in FIELDS or form or conversion):
            known = "、".join(f"{{{name}}}" for name in FIELDS), ", ".join(f"{{{name}}}" for name in FIELDS)
            raise _bad(column, f"{{{field}}}", f"可用：{known[0]}", f"there are {known[1]}")


def _bad(field: str, value: object, mend_zh: str, mend_en: str) -> BadTable:
    return BadTable("该行无法使用", "the row cannot be used", [FieldError(field, value, mend_zh, mend_en)])
