"""What things are called in a sentence, Chinese and English: areas, units, matters, circumstances, places, hours."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from gridsvc.codes import MAJORS, Category, category_of
from gridsvc.errors import UnknownCategory
from gridsvc.responsibility.calendar import NO_CALENDAR, Calendar
from gridsvc.responsibility.people import Unit
from gridsvc.responsibility.places import Disc, Term
from gridsvc.responsibility.table import Rule
from gridsvc.responsibility.vocabulary import Titles, Vocabulary
from gridsvc.responsibility.windows import Window
from gridsvc.values import AreaAt

# More alternatives than these make no sentence that is read to its end.
MOST_NAMED = 2
_MOST_TOLD = 100_000
_VOWELS = tuple("aeiou")


def _no_area(_layer: str, _code: str) -> Titles | None:
    return None


@dataclass(frozen=True, eq=False)
class Names:
    """Names of all that one edition and one ruleset speak of; what has none is called by its code.

    ``layers`` has the titles of each layer; ``area`` finds the names of an area by layer and code, None where it is
    not there.
    """

    layers: Mapping[str, Titles] = field(default_factory=dict)
    area: Callable[[str, str], Titles | None] = _no_area
    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    calendar: Calendar = NO_CALENDAR
    # Sentences that were made before.
    told: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def keep(self, key: Hashable, sentence: Any) -> None:
        """Keep a sentence; when there are too many, all are forgotten."""
        if len(self.told) >= _MOST_TOLD:
            self.told.clear()
        self.told[key] = sentence

    def of_layer(self, layer: str) -> Titles:
        """Name a layer, in English as within a sentence."""
        zh, en = self.layers.get(layer, ("", ""))
        return zh or layer, _within(en) if en else layer

    def of_area(self, layer: str, code: str) -> Titles:
        """Name an area with its code, and with its layer unless the name says what it is."""
        (kind_zh, kind_en), (zh, en) = self.of_layer(layer), self.name(layer, code)
        if zh.endswith(kind_zh):
            kind_zh = ""
        if kind_en in en.lower():
            kind_en = ""
        return joined(kind_zh, coded(zh, code, "zh")), f"{kind_en} {coded(en, code, 'en')}".strip()

    def name(self, layer: str, code: str) -> Titles:
        """Name an area; one that has no name is called by its code."""
        zh, en = self.area(layer, code) or ("", "")
        return zh or code, en or zh or code

    def of_held(self, area: AreaAt, key: str | None = None) -> Titles:
        """Name an area that lies at a point, with what it is like in one respect, if that is known of it."""
        zh, en = self.of_area(area.layer, area.code)
        value = None if key is None else area.props.get(key)
        if key is None or value is None:
            return zh, en
        word_zh, word_en = self.of_words(key, [str(value)])
        return joined(word_zh, "的", zh), f"{en}, whose {word_en}"

    def of_word(self, key: str, value: str) -> Titles:
        """Name one value of an attribute or a property with its code."""
        zh, en = self.vocabulary.title(key, value)
        return coded(zh, value, "zh"), coded(en, value, "en")

    def of_words(self, key: str, values: Sequence[str]) -> Titles:
        """Name a key and the values that it may have: "the vehicle is car or van"."""
        (zh, en), told = self.vocabulary.title(key), listed([self.of_word(key, v) for v in values], "或", "or")
        return joined(zh, "为", told[0]), f"{en} is {told[1]}"

    def of_term(self, term: Term) -> Titles:
        """Say where a term asks a point to be."""
        if isinstance(term, Disc):
            at, metres = f"{term.point.lon:.5f}，{term.point.lat:.5f}", f"{term.radius_m:g}"
            far, near = (f"more than {metres} m from", f"within {metres} m of")
            zh = f"{'不' * term.negated}在（{at}）周围 {metres} 米内"
            return zh, f"{far if term.negated else near} ({at.replace('，', ', ')})"
        if term.key is not None:
            (layer_zh, layer_en), (zh, en) = self.of_layer(term.layer), self.of_words(term.key, [str(term.value)])
            zh, en = joined(zh, "的", layer_zh), f"a {layer_en} whose {en}"
        elif term.code == "*":
            zh, en = self.of_layer(term.layer)
            if term.negated:
                return joined("不在任何", zh, "内"), f"not in any {en}"
            return joined("在", zh, "内"), f"in {'an' if en.lower().startswith(_VOWELS) else 'a'} {en}"
        else:
            zh, en = self.of_area(term.layer, str(term.code))
        return (joined("不在", zh), f"not in {en}") if term.negated else (joined("在", zh), f"in {en}")

    def of_window(self, window: Window) -> Titles:
        """Name a window: a period by its title, any other as it was written."""
        period = self.calendar.periods.get(window.text.removeprefix("!"))
        if period is None:
            return window.text, window.text
        zh, en = coded(period.title_zh or period.code, period.code, "zh"), coded(period.title_en, period.code, "en")
        return (f"{zh}之外", f"outside {en}") if window.text.startswith("!") else (zh, en)


@lru_cache(maxsize=1_000)
def english_of(component_class: str) -> str:
    """Name a class of components in English, empty where it is none of the standard."""
    try:
        return category_of(component_class, "component").en
    except UnknownCategory:
        return ""


def of_unit(unit: Unit) -> Titles:
    """Name a unit with its code."""
    return coded(unit.name, unit.code, "zh"), coded(unit.name_en or unit.name, unit.code, "en")


def of_rule(rule: Rule) -> Titles:
    """Name a row of the table by its title, if it has one, and its id."""
    zh, en = rule.title_zh or rule.title_en, rule.title_en or rule.title_zh
    return (f"“{zh}”（{rule.id}）", f"“{en}” ({rule.id})") if zh else (rule.id, rule.id)


def of_category(category: Category | None) -> Titles:
    """Name the matter of a report."""
    if category is None:
        return "未分类事项", "a report without a category"
    return coded(category.zh, category.code, "zh"), coded(category.en, category.code, "en")


@lru_cache(maxsize=1000)
def of_patterns(patterns: tuple[str, ...]) -> Titles:
    """Name the matters that a row is for, the first few of them."""
    return listed([_of_pattern(p) for p in patterns])


def _of_pattern(pattern: str) -> Titles:
    digits = pattern.removesuffix("*")
    major = MAJORS.get(digits)
    if pattern != digits:
        titles = (major.zh, major.en) if major else ("以此开头的事项", "matters that begin so")
        return coded(titles[0], pattern, "zh"), coded(titles[1], pattern, "en")
    try:
        return of_category(category_of(digits))
    except UnknownCategory:
        return digits, digits


def listed(names: Sequence[Titles], zh: str = "、", en: str = "and") -> Titles:
    """Join names, each once; where there are many the first few stand for all."""
    all_names = list(dict.fromkeys(names))
    told, more = all_names[:MOST_NAMED], len(all_names) - MOST_NAMED
    if more <= 0:
        return zh.join(n for n, _ in told), f" {en} ".join(n for _, n in told)
    return zh.join(n for n, _ in told) + f"等 {len(all_names)} 项", ", ".join(n for _, n in told) + f" {en} {more} more"


def joined(*parts: str) -> str:
    """Put Chinese and other words together, with a blank where one follows the other."""
    text = ""
    for part in filter(None, parts):
        blank = text and text[-1].isalnum() and part[0].isalnum() and text[-1].isascii() is not part[0].isascii()
        text += f" {part}" if blank else part
    return text


def coded(name: str, code: str, lang: str) -> str:
    """Put the code behind a name that is not the code itself."""
    if not name or name == code:
        return code
    return f"{name}（{code}）" if lang == "zh" else f"{name} ({code})"


def _within(title: str) -> str:
    """Write a title as within a sentence; an abbreviation keeps its capitals."""
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]
