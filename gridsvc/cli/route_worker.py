"""One portion of a table of points, located by a process of its own; what such a process is told and gives back.

Everything here can be sent to another process or machine. A portion becomes a part file, so that no process waits for
another to write.
"""

import hashlib
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from gridsvc.cli.points import PIECE, new_table, places
from gridsvc.coded import Coded
from gridsvc.errors import BadInput, FieldError, GridsvcError
from gridsvc.frames import area_columns, new_columns
from gridsvc.router import Router, Snapshot
from gridsvc.spatial.datum import Datum, Floats, parse_datum
from gridsvc.spatial.layer import Edition, Layer
from gridsvc.store.index_files import read_index, write_index
from gridsvc.values import LayerSpec


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of every point, as the command was told."""

    x: str
    y: str
    crs: str
    near_m: float
    layers: tuple[str, ...]
    prefix: str


@dataclass(frozen=True, eq=False)
class Carried:
    """An edition and its index, to be sent: the index as a file to be mapped, or as what is in that file."""

    edition: Mapping[str, Any]
    index: Path | bytes

    @classmethod
    def of(cls, router: Router, path: Path) -> "Carried":
        """Write the index of a router to a file, and take its edition apart."""
        write_index(path, router.locator.index)
        edition = router.snapshot.edition
        layers = [
            {"spec": {f.name: getattr(x.spec, f.name) for f in fields(x.spec) if f.name != "checks"},
             "codes": list(x.codes),
             "parents": list(x.parents), "geometries": x.geometries, "props": [dict(p) for p in x.props]}
            for x in edition
        ]  # fmt: skip
        told = {"code": edition.code, "time_zone": edition.time_zone, "local_crs": dict(edition.local_crs)}
        return cls({**told, "layers": layers}, path)

    def with_contents(self) -> "Carried":
        """Take the contents of the index along, for a machine that does not have the file."""
        return Carried(self.edition, self.index.read_bytes() if isinstance(self.index, Path) else self.index)

    def router(self) -> Router:
        """Put the edition together again over the mapped index; nothing is compiled anew."""
        layers = [
            Layer.build(LayerSpec(**x["spec"]), x["codes"], x["geometries"], parents=x["parents"], props=x["props"])
            for x in self.edition["layers"]
        ]
        edition = Edition(
            self.edition["code"], {x.spec.code: x for x in layers}, time_zone=self.edition["time_zone"],
            local_crs=self.edition["local_crs"],
        )  # fmt: skip
        return Router(Snapshot(edition), read_index(self.index if isinstance(self.index, Path) else _kept(self.index)))


def _kept(contents: bytes) -> Path:
    """Write an index that came by message to a file that all workers of this machine map."""
    path = Path(tempfile.gettempdir()) / f"gridsvc-{hashlib.sha256(contents).hexdigest()}.index"
    if not path.is_file() or path.read_bytes() != contents:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".gridsvc-", delete=False) as file:
            file.write(contents)
        Path(file.name).replace(path)
    return path


@dataclass(frozen=True, slots=True)
class Portion:
    """Some rows of the input, in order by number: row groups of a Parquet file, or rows themselves as Arrow."""

    number: int
    source: Path | None = None
    groups: tuple[int, ...] = ()
    rows: bytes = b""

    def pieces(self) -> Iterator[pa.RecordBatch]:
        """Read the rows, so many at a time."""
        if self.source is None:
            with pa.ipc.open_stream(self.rows) as stream:
                yield from stream
            return
        with pq.ParquetFile(self.source, pre_buffer=False) as file:
            schema = file.schema_arrow.remove_metadata()
            for piece in file.iter_batches(PIECE, row_groups=list(self.groups)):
                yield pa.RecordBatch.from_arrays(piece.columns, schema=schema)


@dataclass(slots=True)
class Count:
    """How many points came to their areas how, and whether any would lie in the city with its axes exchanged."""

    rows: int = 0
    hows: dict[str, Counter[str]] = field(default_factory=dict)
    exchanged_hit: bool = False

    def add(self, other: "Count") -> None:
        """Count what another has counted."""
        self.rows += other.rows
        self.exchanged_hit = self.exchanged_hit or other.exchanged_hit
        for layer, numbers in other.hows.items():
            self.hows.setdefault(layer, Counter()).update(numbers)

    def take(self, router: Router, datum: Datum, x: Floats, y: Floats, hows: Mapping[str, Coded]) -> None:
        """Count one piece; as long as no point has fallen into the city, try it with exchanged axes too."""
        self.rows += len(x)
        for layer, how in hows.items():
            numbers = np.bincount(how.place, minlength=len(how.words.texts))
            told = {how.words.texts[i]: int(numbers[i]) for i in np.flatnonzero(numbers)}
            self.hows.setdefault(layer, Counter()).update(told)
        if self.nowhere and not self.exchanged_hit:
            found = router.locate(y, x, crs=datum)
            self.exchanged_hit = any((position >= 0).any() for position in found.position.values())

    @property
    def nowhere(self) -> bool:
        """Whether no point lies in any area."""
        return all(how in ("outside", "none") for hows in self.hows.values() for how in hows)


def located(
    router: Router, asked: Asked, schema: pa.Schema, pieces: Iterator[pa.RecordBatch], output: str,
    step: Callable[[int], None] = lambda _: None, *, alone: bool = True,
) -> Count:  # fmt: skip
    """Write pieces of a table with the areas of each row, to a file that appears whole or not at all.

    ``alone``: the pieces are all that there is, so that it can be told whether the axes are exchanged.
    """
    datum = parse_datum(asked.crs, router.snapshot.edition.local_crs, "--crs")
    count, layers = Count(), list(asked.layers)
    with new_table(output, schema, new_columns(layers, asked.prefix)) as write:
        for piece in pieces:
            a, b = places(piece, asked.x, asked.y)
            columns = area_columns(router, a, b, crs=datum, near_m=asked.near_m, layers=layers, prefix=asked.prefix)
            write(piece, columns)
            count.take(router, datum, a, b, {x: columns[f"{asked.prefix}{x}_how"] for x in layers})
            step(len(a))
        if alone:
            refuse_swapped(count, asked)
    return count


def refuse_swapped(count: Count, asked: Asked) -> None:
    """Refuse where no point falls into the city but exchanged axes would."""
    if count.nowhere and count.exchanged_hit:
        mend = (f"用 --x {asked.y} --y {asked.x}", f"use --x {asked.y} --y {asked.x}")
        zh, en = "两轴像是颠倒了：没有一个点落入任何区域", "the axes look swapped: no point falls into any area"
        raise BadInput(zh, en, [FieldError("--x/--y", [asked.x, asked.y], *mend)])


_HELD: list[tuple[Carried, Router]] = []
_MAKING = threading.Lock()


def located_part(
    carried: Carried, asked: Asked, schema: pa.Schema, portion: Portion, part: str
) -> Count | GridsvcError:  # fmt: skip
    """Locate one portion in this process; what is refused comes back as a value, for an error loses its words."""
    with _MAKING:
        if not _HELD or _HELD[0][0] is not carried:
            _HELD[:] = [(carried, carried.router())]
        router = _HELD[0][1]
    try:
        return located(router, asked, schema, portion.pieces(), part, alone=False)
    except GridsvcError as e:
        return e
