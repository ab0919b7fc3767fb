"""Small Arrow streams that would become large ones are refused before anything of them is unpacked or written out."""

import numpy as np
import pyarrow as pa
import pytest

from gridsvc.api.arrow import LONGEST, read_stream
from gridsvc.errors import BadInput

POINTS = {"x": np.zeros(2), "y": np.zeros(2)}


def written(category: pa.Array, compression: str | None = None) -> list[bytes]:
    """The messages of a stream: its schema, its dictionaries, its rows."""
    table, sink = pa.table(POINTS | {"category": category}), pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression=compression)) as stream:
        stream.write_table(table)
    return [m.serialize().to_pybytes() for m in pa.ipc.MessageReader.open_stream(sink.getvalue())]


def read(*messages: bytes) -> pa.Table:
    return read_stream(b"".join(messages), {"x": pa.float64(), "y": pa.float64()}, ["category"])


def refused(*messages: bytes) -> list[str]:
    with pytest.raises(BadInput) as told:
        read(*messages)
    return [e.field for e in told.value.errors]


def repeated(text: str, kind: pa.DataType) -> pa.Array:
    """One text for two rows, stored once where the kind allows it."""
    one = pa.array([text])
    if kind == pa.string_view():
        view = np.tile(np.array([len(text), int.from_bytes(text[:4].encode(), "little"), 0, 0], np.int32), 2)
        return pa.Array.from_buffers(kind, 2, [None, pa.py_buffer(view), one.buffers()[2]])
    return pa.DictionaryArray.from_arrays(pa.array([0, 0], pa.int32()), one).cast(kind)


@pytest.mark.parametrize("codec", ["zstd", "lz4"])
@pytest.mark.parametrize("rows", [1, 0], ids=["before rows that are not", "alone"])
def test_a_compressed_dictionary_is_refused(codec: str, rows: int):
    named = repeated("0" * 1_000_000, pa.dictionary(pa.int32(), pa.string()))
    packed, plain = written(named, codec), written(named)
    assert len(packed) == len(plain) == 3
    assert len(packed[1]) < len(plain[1]) / 50
    assert refused(*packed[:2], *plain[2 : 2 + rows]) == ["body"]


KINDS = [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())]


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_a_text_is_as_long_as_a_code_may_be(kind: pa.DataType):
    good, bad = (written(repeated("0" * n, kind)) for n in (LONGEST, LONGEST + 1))
    assert read(*good).column("category").to_pylist() == ["0" * LONGEST] * 2
    assert refused(*bad) == ["category"]


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_no_text_is_none(kind: pa.DataType):
    empty = pa.array([None, ""], pa.string()).cast(kind)
    assert read(*written(empty)).column("category").to_pylist() == [None, ""]
