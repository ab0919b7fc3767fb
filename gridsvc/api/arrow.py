"""Tables as Arrow IPC streams, in and out of HTTP. What a stream announces is looked at before anything is unpacked."""

import struct
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gridsvc.api.schemas.common import refuse_too_many
from gridsvc.errors import BadInput, FieldError

ARROW_STREAM = "application/vnd.apache.arrow.stream"
# Of a text, in bytes: repeated in a dictionary or by views, a long one costs next to nothing until it is written out.
LONGEST = 1_000
# Where a message, a dictionary and a record batch have their fields, after the format's Message.fbs.
_HEADER = 2
_DICTIONARY_ROWS = 1
_LENGTH, _COMPRESSION = 0, 3


class NotArrow(ValueError):
    """The bytes are no Arrow IPC stream."""


def read_stream(body: bytes, required: Mapping[str, pa.DataType], texts: Sequence[str]) -> pa.Table:
    """Read a table of the required columns and any of those of text, which come as plain strings.

    Raises ``NotArrow``, ``BadInput`` that names the column, and ``BatchTooLarge`` before the rows are read.
    """
    try:
        with pa.ipc.open_stream(body) as stream:
            _refuse_schema(stream.schema, required, texts)
            _refuse_size(body)
            table = stream.read_all()
        table.validate(full=True)
        for name in texts:
            if name in table.column_names:
                _refuse_long(name, table.column(name))
                at = table.column_names.index(name)
                table = table.set_column(at, name, table.column(name).cast(pa.string()))
    except (pa.ArrowException, UnicodeDecodeError, OSError, EOFError, struct.error) as e:
        raise NotArrow(str(e)) from None
    return table


def write_stream(columns: Mapping[str, pa.Array], edition: str, ruleset: str | None) -> bytes:
    """Write one table as a stream, with what it rests on as metadata of the schema."""
    metadata = {"edition": edition} | ({"ruleset": ruleset} if ruleset else {})
    batch = pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns), metadata=metadata)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    written: bytes = sink.getvalue().to_pybytes()
    return written


def _refuse_schema(schema: pa.Schema, required: Mapping[str, pa.DataType], texts: Sequence[str]) -> None:
    errors = []
    known = [*required, *texts]
    for name in dict.fromkeys([*schema.names, *required]):
        times = schema.names.count(name)
        kind = schema.field(name).type if times == 1 else None
        if name not in known:
            mend = ("可用列：" + "、".join(known), "the columns are " + ", ".join(known))
        elif times > 1:
            mend = ("同名的列只给一次", "give each column once")
        elif name in texts and not _is_text(kind):
            mend = ("应为 string", "give it as string")
        elif name in required and kind != required[name]:
            mend = (f"必填，类型 {required[name]}", f"a column of {required[name]} is required")
        else:
            continue
        errors.append(FieldError(name, None if kind is None else str(kind), *mend))
    if errors:
        names = ", ".join(e.field for e in errors)
        raise BadInput(f"列不合要求：{names}", f"columns that cannot be used: {names}", errors)


def _is_text(kind: pa.DataType) -> bool:
    inner = kind.value_type if pa.types.is_dictionary(kind) else kind
    return any(test(inner) for test in (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view))


def _refuse_size(body: bytes) -> None:
    """Refuse too many rows, and compressed buffers, which could unpack into any size."""
    rows = 0
    for message in pa.ipc.MessageReader.open_stream(body):
        if message.type in ("record batch", "dictionary"):
            is_dictionary = message.type == "dictionary"
            length, compressed = _announced(message.metadata.to_pybytes(), is_dictionary)
            rows += 0 if is_dictionary else length
            if compressed:
                mend = ("不压缩缓冲区再发送", "send it without compression of its buffers")
                raise BadInput("Arrow 流经过压缩", "the Arrow stream is compressed", [FieldError("body", None, *mend)])
    refuse_too_many(rows)


def _refuse_long(name: str, column: pa.ChunkedArray) -> None:
    """Refuse texts that no code can be, before they are written out once for each row."""
    for chunk in column.chunks:
        values = chunk.dictionary if pa.types.is_dictionary(chunk.type) else chunk
        if pa.types.is_string_view(values.type):
            # Each view begins with its length, in the first four of sixteen bytes.
            views = np.frombuffer(values.buffers()[1] or b"", np.int32)[::4]
            longest = views[values.offset : values.offset + len(values)].max(initial=0)
        else:
            longest = pc.max(pc.binary_length(values)).as_py() or 0
        if longest > LONGEST:
            mend = (f"每个值至多 {LONGEST} 字节", f"at most {LONGEST} bytes a value")
            raise BadInput(f"列 {name} 有过长的值", f"column {name} has a value that is too long",
                           [FieldError(name, None, *mend)])  # fmt: skip


def _announced(metadata: bytes, is_dictionary: bool) -> tuple[int, bool]:
    """How many rows a record batch or a dictionary says it has, and whether its buffers are compressed.

    pyarrow tells neither before it has unpacked the batch; it has verified the metadata, a FlatBuffers table.
    """
    root = struct.unpack_from("<I", metadata)[0]
    header = _field(metadata, root, _HEADER)
    batch = header + struct.unpack_from("<I", metadata, header)[0]
    if is_dictionary:
        data = _field(metadata, batch, _DICTIONARY_ROWS)
        batch = data + struct.unpack_from("<I", metadata, data)[0]
    length = _field(metadata, batch, _LENGTH)
    rows = struct.unpack_from("<q", metadata, length)[0] if length else 0
    return rows, _field(metadata, batch, _COMPRESSION) != 0


def _field(metadata: bytes, table: int, slot: int) -> int:
    """Where a field of a FlatBuffers table lies, 0 where the table does not have it."""
    vtable = table - struct.unpack_from("<i", metadata, table)[0]
    size = struct.unpack_from("<H", metadata, vtable)[0]
    at = 4 + 2 * slot
    offset = struct.unpack_from("<H", metadata, vtable + at)[0] if at < size else 0
    return table + offset if offset else 0
