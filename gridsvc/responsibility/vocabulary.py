"""The declared words: which circumstances a report may state and a rule may ask for, with titles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from gridsvc.errors import BadInput, FieldError

Titles = tuple[str, str]
Asked = Mapping[str, frozenset[str]]


class Word(NamedTuple):
    """A key with its titles, Chinese and English, and its values with theirs."""

    titles: Titles
    values: Mapping[str, Titles]


# Deck and ground are part of every city's question; a table may give them other titles, and more values beside them.
ALWAYS: Mapping[str, Word] = MappingProxyType({
    "vertical": Word(("上下位置", "level"), {"above": ("桥面", "the deck"), "below": ("桥下地面", "the ground below")}),
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Keys with their values. ``closed``: a table declares them, and there are no others."""

    words: Mapping[str, Word] = field(default_factory=lambda: ALWAYS)
    closed: bool = False

    @classmethod
    def of_rows(cls, rows: Sequence[Mapping[str, str]]) -> "Vocabulary":
        """Make a vocabulary of rows of ``key, value, title_zh, title_en``; a row without a value titles its key.

        Without any row nothing is declared but deck and ground.
        """
        titles: dict[str, Titles] = {}
        values: dict[str, dict[str, Titles]] = {}
        for row in rows:
            key, value = row.get("key", ""), row.get("value", "")
            title = (row.get("title_zh") or value or key, row.get("title_en") or value or key)
            if value:
                values.setdefault(key, {})[value] = title
            else:
                titles[key] = title
        declared = {key: Word(titles.get(key, (key, key)), values.get(key, {})) for key in {**titles, **values}}
        for key, word in ALWAYS.items():
            given = declared.get(key, word)
            declared[key] = Word(titles.get(key, word.titles), {**word.values, **given.values})
        return cls(MappingProxyType(declared), bool(rows))

    def fault(self, key: str, value: str, name: str) -> FieldError | None:
        """Say what is wrong with one attribute, if anything, as a fault of the field ``name``; names what there is."""
        word = self.words.get(key)
        if word is None:
            if not self.closed:
                return None
            keys = [(k, w.titles) for k, w in sorted(self.words.items())]
            return FieldError(name, key, f"可用的键：{_zh(keys)}", f"the keys are {_en(keys)}")
        if value in word.values:
            return None
        told = list(word.values.items())
        return FieldError(name, value, f"{key} 可用：{_zh(told)}", f"{key} is one of {_en(told)}")

    def refuse(self, attributes: Mapping[str, str]) -> None:
        """Raise ``BadInput`` that names each attribute of a report that is not declared."""
        faults = [self.fault(key, value, f"attributes.{key}") for key, value in attributes.items()]
        if any(faults):
            found = [fault for fault in faults if fault is not None]
            raise BadInput("情形不在已声明的词表中", "an attribute is not one of the declared words", found)

    def title(self, key: str, value: str | None = None) -> Titles:
        """Give the titles of a key, or of one of its values; what is not declared is called as it is written."""
        word = self.words.get(key)
        if value is None:
            return word.titles if word else (key, key)
        return word.values.get(value, (value, value)) if word else (value, value)


def _zh(words: Sequence[tuple[str, Titles]]) -> str:
    return "、".join(code if title[0] == code else f"{code}（{title[0]}）" for code, title in words)


def _en(words: Sequence[tuple[str, Titles]]) -> str:
    return ", ".join(code if title[1] == code else f"{code} ({title[1]})" for code, title in words)
