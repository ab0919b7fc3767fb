"""The answer's columns as JSON, put together from texts that were spelled once, by the compiled way."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple, get_args
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from gridsvc.known import VIAS, Known, Rows
from gridsvc.router import Router
from gridsvc.spatial.compiler import compiled_columns
from gridsvc.values import How

Ints = NDArray[np.int32]


class Column(NamedTuple):
    """A column's name, whose numbers it has (see :func:`gridsvc.spatial.kernel_columns.write_json`), and its words."""

    name: str
    of: int
    words: tuple[str, ...]


class Spelled:
    """Some columns, all of whose words are spelled. Safe to share between threads."""

    def __init__(self, way: Any, columns: Sequence[Column]) -> None:
        self._way = way
        texts: list[bytes] = []
        first: dict[tuple[str, ...], int] = {}
        for column in columns:
            if column.words not in first:
                first[column.words] = len(texts)
                texts += [b"%b," % _json(text).encode() for text in (None, *column.words)]
        n = len(texts)
        texts += [b"%b%b:[" % (b"," if i else b"", _json(c.name).encode()) for i, c in enumerate(columns)]
        length = np.array([len(text) for text in texts], np.int64)
        if length.max(initial=0) >= 1 << way.LENGTH_BITS:
            raise ValueError("a text is too long for its entry")
        entries = (np.cumsum(length) - length) << way.LENGTH_BITS | length
        self._texts = np.frombuffer(b"".join(texts) + bytes(way.PIECE), np.uint8)
        self._entries, self._heads = entries[:n].copy(), entries[n:].copy()
        self._first = np.array([first[c.words] for c in columns], np.int64)
        self._of = np.array([c.of for c in columns], np.int64)
        # A row's longest answer, and the heads; each column ends with one byte.
        widest = [int(length[first[c.words] :][: len(c.words) + 1].max()) for c in columns]
        self._row, self._frame = sum(widest), int(length[n:].sum()) + len(columns)

    def json(self, place: Ints, position: Ints, how: NDArray[np.uint8], others: Ints) -> NDArray[np.uint8]:
        """The columns of n rows as the members of a JSON object."""
        out = np.empty(len(place) * self._row + self._frame + self._way.PIECE, np.uint8)
        size = self._way.write_json(
            out, self._texts, self._entries, self._heads, self._first, self._of, place, position, how, others
        )
        return out[:size]


class Answers:
    """What one router's batches are answered with."""

    def __init__(self, router: Router, known: Known, errors: tuple[str, ...]) -> None:
        edition = router.snapshot.edition
        self.errors = errors
        columns: list[Column] = []
        for number, (code, layer) in enumerate(edition.layers.items()):
            columns += [Column(code, number, tuple(layer.codes)), Column(f"{code}_how", ~number, get_args(How))]
        n = len(edition.layers)
        columns += [
            Column("accountable", n, known.units), Column("via", n + 1, VIAS), Column("error", n + 2, errors)
        ]  # fmt: skip
        self._spelled = Spelled(compiled_columns(), columns)
        ruleset = router.snapshot.ruleset.code or None
        self._tail = f'}},"edition":{json.dumps(edition.code)},"ruleset":{json.dumps(ruleset)}}}'.encode()

    def json(self, router: Router, rows: Rows, kinds: Sequence[str]) -> bytes:
        """Write the answer; ``kinds`` are those of ``rows.errors``."""
        place, places = rows.place, router.locator.places
        number = np.array([*(self.errors.index(kind) for kind in kinds), -1], np.int32)
        others = np.stack([rows.unit, rows.via, number[rows.error]]).astype(np.int32, copy=False)
        written = self._spelled.json(place, places.position, places.how, others)
        return b'{"n":%d,"columns":{%b%b' % (len(place), written.tobytes(), self._tail)


_ANSWERS: "WeakKeyDictionary[Router, Answers]" = WeakKeyDictionary()


def answers_of(router: Router, known: Known, errors: Sequence[str] = ()) -> Answers:
    """Give what a router's batches are answered with, also with these kinds of errors."""
    made = _ANSWERS.get(router)
    if made is None or not set(errors) <= set(made.errors):
        before = () if made is None else made.errors
        made = _ANSWERS[router] = Answers(router, known, tuple(dict.fromkeys((*before, *errors))))
    return made


def _json(text: str | None) -> str:
    return json.dumps(text, ensure_ascii=False)
