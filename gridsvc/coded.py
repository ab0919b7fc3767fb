"""Columns of texts as a short table of texts and each row's place in it: written out without a step a row."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import get_args

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from gridsvc.spatial.locate import Found
from gridsvc.values import How


class Words:
    """The texts that a column is made of. Place -1 is ``missing``, which stands behind them."""

    def __init__(self, texts: Iterable[str | None], missing: str | None = None) -> None:
        self.texts = np.array([*texts, missing], dtype=object)

    @cached_property
    def json(self) -> NDArray[np.object_]:
        """Each text as JSON spells it."""
        return np.array([json.dumps(text, ensure_ascii=False) for text in self.texts], dtype=object)

    @cached_property
    def arrow(self) -> pa.StringArray:
        """The texts as Arrow holds them."""
        return pa.array(self.texts, pa.string())


@dataclass(frozen=True, eq=False)
class Coded:
    """One column: which of the words each row has, shape (n,) of any integer type."""

    words: Words
    place: NDArray[np.integer]

    def objects(self) -> NDArray[np.object_]:
        """The column as Python texts, shape (n,)."""
        return self.words.texts.take(self.place)

    def json(self) -> str:
        """The column as a JSON array."""
        return f"[{','.join(self.words.json.take(self.place).tolist())}]"

    def arrow(self) -> pa.StringArray:
        """The column as plain strings of Arrow."""
        last = len(self.words.texts) - 1
        return self.words.arrow.take(pa.array(np.where(self.place < 0, last, self.place)))


_HOWS = Words(get_args(How))


def how_of(found: Found, layer: str) -> Coded:
    """How each point came to its area of a layer."""
    return Coded(_HOWS, found.layers[layer].how_code.astype(np.int8))
