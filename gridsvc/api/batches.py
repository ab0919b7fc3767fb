"""A batch read from its bytes, answered, and written: by tables where these know all of it, else in the plain way."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

import numpy as np
import pyarrow as pa
from fastapi.exceptions import RequestValidationError
from numpy.typing import NDArray
from pydantic import ValidationError
from pydantic_core import from_json

from gridsvc.api.arrow import read_stream, write_stream
from gridsvc.api.errors import kind_of
from gridsvc.api.schemas.batch import BatchIn
from gridsvc.api.schemas.common import refuse_too_many
from gridsvc.bulk import route_columns
from gridsvc.coded import Coded, Words
from gridsvc.errors import BadInput, FieldError
from gridsvc.known import CODES, NO_MATTER, UNKNOWN, Known, Rows, at_hand, known_of
from gridsvc.report import Report
from gridsvc.router import Router
from gridsvc.spatial.compiler import compiled_columns
from gridsvc.spatial.datum import Floats, convert, parse_datum
from gridsvc.spelled import answers_of

Ints = NDArray[np.int32]
_NUMBER = {code: i for i, code in enumerate(CODES)}
# Of what a batch says beside its arrays.
_MOST_REST = 4096
_SLOTS = 1024


@dataclass(frozen=True, eq=False)
class Asked:
    """A batch, however it was sent. ``whose`` is the place of each row's matter in ``CODES``."""

    x: Floats
    y: Floats
    crs: str
    whose: Ints
    at: datetime | None
    edition: str | None
    ruleset: str | None

    @classmethod
    def of_json(cls, body: bytes) -> Self:
        """Read a batch in JSON."""
        read = cls.at_once(body)
        if read is not None:
            return read
        try:
            given = from_json(body)
        except ValueError as e:
            raise RequestValidationError([{"type": "json_invalid", "loc": (), "msg": str(e)}]) from None
        try:
            batch = BatchIn.model_validate(given)
        except ValidationError as e:
            raise RequestValidationError(e.errors(include_url=False)) from None
        refuse_too_many(len(batch.x))
        x, y = (np.array(column, dtype=np.float64) for column in (batch.x, batch.y))
        codes = batch.category if isinstance(batch.category, list) else [batch.category] * len(x)
        return cls(x, y, batch.crs, _numbers(codes), batch.at, batch.edition, batch.ruleset)

    @classmethod
    def at_once(cls, body: bytes) -> Self | None:
        """Read a batch whose arrays are plain by the compiled way; None for any other, and without a compiler.

        What stands beside the arrays is read by the same model.
        """
        reader = _reader()
        read = None if reader is None else reader.read(body)
        if read is None:
            return None
        x, y, category, rest = read
        try:
            batch = BatchIn.model_validate_json(rest)
        except ValidationError:
            return None
        if isinstance(batch.category, list):
            whose = np.zeros(0, np.int32) if category is None else category
        else:
            whose = np.full(len(x), _NUMBER.get(batch.category, UNKNOWN), np.int32)
        if len({len(x), len(y), len(whose)}) > 1:
            return None
        refuse_too_many(len(x))
        return cls(x, y, batch.crs, whose, batch.at, batch.edition, batch.ruleset)

    @classmethod
    def of_arrow(
        cls, body: bytes, crs: str | None, at: datetime | None, edition: str | None, ruleset: str | None
    ) -> Self:
        """Read a batch from an Arrow stream and the address."""
        if crs is None:
            mend = ("在地址中写 ?crs=wgs84 等", "write ?crs=wgs84, say, in the address")
            raise BadInput("没有声明坐标系", "no coordinate reference is declared", [FieldError("crs", None, *mend)])
        table = read_stream(body, {"x": pa.float64(), "y": pa.float64()}, ["category"])
        x, y = (table.column(name).to_numpy() for name in ("x", "y"))
        if "category" not in table.column_names:
            return cls(x, y, crs, np.full(len(x), NO_MATTER, np.int32), at, edition, ruleset)
        encoded = table.column("category").combine_chunks().dictionary_encode(null_encoding="encode")
        whose = _numbers(encoded.dictionary.to_pylist())[encoded.indices.to_numpy()]
        return cls(x, y, crs, whose, at, edition, ruleset)


def _numbers(codes: Sequence[str | None]) -> Ints:
    """The matters by number; unknown ones are one, since rows tell only the kind of their error."""
    # Telling of each what it may have meant takes milliseconds, and there may be as many as rows.
    return np.array([_NUMBER.get(code, UNKNOWN) for code in codes], dtype=np.int32)


class _Reader:
    """Reads arrays of numbers and of matters from JSON."""

    def __init__(self, way: Any) -> None:
        self._way = way
        self._keys, self._values = np.full(_SLOTS, -1, np.int64), np.zeros(_SLOTS, np.int32)
        for number, code in enumerate(CODES[:NO_MATTER]):
            spelled = (code or "").encode()
            way.put_key(self._keys, self._values, len(spelled) << 56 | int.from_bytes(spelled, "big"), number)

    def read(self, body: bytes) -> tuple[Floats, Floats, Ints | None, bytes] | None:
        """Give the arrays x, y and category, and the rest of the object with empty arrays in their places."""
        most = body.count(b",") + 1
        x, y, category = np.empty(most), np.empty(most), np.empty(most, np.int32)
        rest, told = np.empty(_MOST_REST, np.uint8), np.empty(4, np.int64)
        whole = np.frombuffer(body + bytes(4), np.uint8)
        if not self._way.read_columns(whole, self._keys, self._values, NO_MATTER, UNKNOWN, x, y, category, rest, told):
            return None
        n_x, n_y, n_category, n_rest = told.tolist()
        if n_x < 0 or n_y < 0:
            return None
        return x[:n_x], y[:n_y], None if n_category < 0 else category[:n_category], rest[:n_rest].tobytes()


_READERS: list[_Reader] = []


def _reader() -> _Reader | None:
    if not _READERS and (way := compiled_columns()) is not None:
        _READERS.append(_Reader(way))
    return _READERS[0] if _READERS else None


def _rows(
    known: Known | None, room: Router, asked: Asked, instant: datetime, *, at_once: bool = False
) -> Rows | None:  # fmt: skip
    if known is None:
        return None
    local = room.snapshot.edition.local_crs
    lon, lat = convert(asked.x, asked.y, parse_datum(asked.crs, local), "wgs84", local)
    return known.rows(room, lon, lat, asked.whose, instant, at_once=at_once)


def json_at_once(room: Router, asked: Asked, instant: datetime) -> bytes | None:
    """Answer a batch in JSON, None where any of its rows takes more than a look into tables."""
    # Whatever has to be made or compiled first is so by the first batch that came the ordinary way.
    known = at_hand(room)
    rows = _rows(known, room, asked, instant, at_once=True)
    return None if rows is None or known is None else answers_of(room, known).json(room, rows, ())


def _columns(room: Router, asked: Asked, instant: datetime) -> dict[str, Coded]:
    """Route a batch in the plain way."""
    used, whose = np.unique(asked.whose, return_inverse=True)
    reports = [Report(instant, CODES[i]) for i in used.tolist()] or [Report(instant)]
    decided = route_columns(room, asked.x, asked.y, crs=asked.crs, reports=reports, whose=whose)
    errors = Coded(Words(kind_of(e) for e in decided.errors), decided.error)
    return decided.columns() | {"error": errors}


def as_json(room: Router, asked: Asked, instant: datetime) -> bytes:
    """Answer a batch in JSON."""
    known = known_of(room)
    rows = _rows(known, room, asked, instant)
    if rows is not None and known is not None:
        kinds = [kind_of(e) for e in rows.errors]
        return answers_of(room, known, kinds).json(room, rows, kinds)
    columns = _columns(room, asked, instant)
    spelled = ",".join(f"{json.dumps(name, ensure_ascii=False)}:{c.json()}" for name, c in columns.items())
    edition, ruleset = _rests_on(room)
    rest = f'"edition":{json.dumps(edition)},"ruleset":{json.dumps(ruleset)}'
    return f'{{"n":{len(asked.x)},"columns":{{{spelled}}},{rest}}}'.encode()


def as_arrow(room: Router, asked: Asked, instant: datetime) -> bytes:
    """Answer a batch as an Arrow stream."""
    columns = _columns(room, asked, instant)
    return write_stream({name: column.arrow() for name, column in columns.items()}, *_rests_on(room))


def _rests_on(room: Router) -> tuple[str, str | None]:
    return room.snapshot.edition.code, room.snapshot.ruleset.code or None
