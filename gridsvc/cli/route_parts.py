"""Routes a table in portions: by several processes of this machine, or by the workers of a Dask cluster."""

import csv
import gzip
import io
import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, contextmanager
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from gridsvc.cli.boundaries_export import new_target
from gridsvc.cli.points import PIECE, Points, kind_of, open_points, whole_file
from gridsvc.cli.route_worker import Asked, Carried, Count, Portion, located_part, refuse_swapped
from gridsvc.errors import BadInput, FieldError, GridsvcError, Unavailable
from gridsvc.frames import new_columns
from gridsvc.router import Router

# Rows of one part; parts are the same however many processes make them.
PART_ROWS = 1_000_000
# Portions under way for each process: one being done, one waiting.
_AHEAD = 2


class Waiting(Protocol):
    """A part that is being made."""

    def result(self) -> Count | GridsvcError:
        """Wait for it."""


Submit = Callable[[Portion, str], Waiting]
# How many parts are made at a time, and what has one made.
Way = tuple[int, Submit]
Opening = Callable[[Carried, Asked, pa.Schema], AbstractContextManager[Way]]


def is_folder(path: str) -> bool:
    """Whether a path stands for a folder of Parquet parts: it has no suffix."""
    return path != "-" and not Path(path).suffix


def part_files(folder: Path) -> list[Path]:
    """The parts of a folder in their order, by name; what begins with a dot or an underscore is none."""
    found = sorted(p for p in folder.glob("*.parquet") if not p.name.startswith((".", "_")))
    if not found:
        mend = ("放入 .parquet 文件", "put .parquet files there")
        raise BadInput("文件夹中没有部分文件", "the folder has no parts", [FieldError("POINTS", str(folder), *mend)])
    first = pq.read_schema(found[0]).remove_metadata()
    for path in found[1:]:
        if not pq.read_schema(path).remove_metadata().equals(first):
            mend = ("各部分的列名和类型应一致", "all parts need the same columns and types")
            raise BadInput("部分文件的列不一致", "the parts differ in their columns",
                           [FieldError("POINTS", path.name, *mend)])  # fmt: skip
    return found


def portions(points: Path, pieces: Iterator[pa.RecordBatch]) -> Iterator[Portion]:
    """Divide an input: Parquet by its row groups, which the processes read themselves, a CSV by its rows."""
    files = part_files(points) if points.is_dir() else [points] if kind_of(str(points)) == ".parquet" else []
    number = 0
    for path in files:
        metadata = pq.read_metadata(path)
        groups: list[int] = []
        rows = 0
        for group in range(metadata.num_row_groups):
            groups.append(group)
            rows += metadata.row_group(group).num_rows
            if rows >= PART_ROWS or group == metadata.num_row_groups - 1:
                yield Portion(number, path, tuple(groups))
                number, groups, rows = number + 1, [], 0
    for piece in pieces if not files else ():
        sink = io.BytesIO()
        with pa.ipc.new_stream(sink, piece.schema) as stream:
            stream.write_batch(piece)
        yield Portion(number, rows=sink.getvalue())
        number += 1
    if number == 0:
        # A folder without a part would have lost its columns.
        yield Portion(0, files[0])


@contextmanager
def open_input(points: Path, encoding: str) -> Iterator[Points]:
    """Open one file, or a folder of Parquet parts as one table."""
    if not points.is_dir():
        with open_points(points, encoding) as table:
            yield table
        return
    files = part_files(points)
    rows = sum(pq.read_metadata(path).num_rows for path in files)
    pieces = (piece for portion in portions(points, iter(())) for piece in portion.pieces())
    yield Points(pq.read_schema(files[0]).remove_metadata(), rows, pieces)


@contextmanager
def in_this(carried: Carried, asked: Asked, schema: pa.Schema) -> Iterator[Way]:
    """Do the parts in this process, each when it is asked for."""

    def submit(portion: Portion, part: str) -> Future[Count | GridsvcError]:
        done: Future[Count | GridsvcError] = Future()
        done.set_result(located_part(carried, asked, schema, portion, part))
        return done

    yield 1, submit


@contextmanager
def on_processes(processes: int, carried: Carried, asked: Asked, schema: pa.Schema) -> Iterator[Way]:
    """Let processes of this machine do the parts; they map the one index, and none outlives this."""
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(processes, context, _begin, (carried, asked, schema))
    try:
        yield processes, lambda portion, part: pool.submit(_on_this, portion, part)
    except BrokenProcessPool:
        mend = ("减少 --processes 或检查内存", "use fewer --processes, or look at the memory")
        raise Unavailable("一个工作进程意外结束", "a worker process ended unexpectedly",
                          [FieldError("--processes", processes, *mend)]) from None  # fmt: skip
    except BaseException:
        for process in list(pool._processes.values()):
            process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


_TOLD: list[tuple[Carried, Asked, pa.Schema]] = []


def _on_this(portion: Portion, part: str) -> Count | GridsvcError:
    return located_part(*_TOLD[0], portion, part)


def _begin(carried: Carried, asked: Asked, schema: pa.Schema) -> None:
    """Prepare a worker: an interrupt is its parent's to answer, and it ends when its parent does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    pa.set_cpu_count(1)
    _TOLD[:] = [(carried, asked, schema)]
    parent = multiprocessing.parent_process()
    assert parent is not None

    def follow() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()


def route_parts(
    router: Router, points: Path, table: Points, asked: Asked, output: str, opening: Opening,
    step: Callable[[int], None],
) -> Count:  # fmt: skip
    """Route all portions and put their parts together in order; the output appears whole or not at all."""
    count = Count()
    schema = table.schema
    with (
        _room(output) as (room, target),
        opening(Carried.of(router, room / "carried.index"), asked, schema) as (workers, submit),
        _joining(target, schema, new_columns(list(asked.layers), asked.prefix)) as join,
    ):
        folder = is_folder(output)
        waiting: deque[tuple[Waiting, Path]] = deque()

        def finish() -> None:
            made, part = waiting.popleft()
            done = made.result()
            if isinstance(done, GridsvcError):
                raise done
            join(part)
            count.add(done)
            step(done.rows)

        for portion in portions(points, table.pieces):
            suffix = ".csv" if not folder and kind_of(output) != ".parquet" else ".parquet"
            part = (target if folder else room) / f"part-{portion.number:05d}{suffix}"
            waiting.append((submit(portion, str(part)), part))
            if len(waiting) >= _AHEAD * workers:
                finish()
        while waiting:
            finish()
        refuse_swapped(count, asked)
    return count


@contextmanager
def _room(output: str) -> Iterator[tuple[Path, Any]]:
    """A folder for what is under way, and the target: where the parts go, or the path of the one file."""
    beside = None if output == "-" else Path(output).absolute().parent
    if is_folder(output):
        with new_target(Path(output)) as target, tempfile.TemporaryDirectory(prefix="gridsvc-") as room:
            yield Path(room), target
        return
    if beside is not None and not beside.is_dir():
        beside = None
    with tempfile.TemporaryDirectory(prefix=".gridsvc-", dir=beside) as room:
        yield Path(room), output


@contextmanager
def _joining(target: Any, schema: pa.Schema, added: list[str]) -> Iterator[Callable[[Path], None]]:
    """Give what adds a part to the end of the output; a part of a folder is there already."""
    if isinstance(target, Path):
        yield lambda _: None
    elif target != "-" and kind_of(target) == ".parquet":
        for name in added:
            schema = schema.append(pa.field(name, pa.string()))
        with whole_file(Path(target)) as whole, pq.ParquetWriter(whole, schema) as parquet:
            yield lambda part: _add_parquet(part, parquet)
    elif target == "-":
        with tempfile.TemporaryFile() as text:
            yield _add_text(text, schema, added)
            text.seek(0)
            sys.stdout.flush()
            told = io.TextIOWrapper(text, "utf-8", newline="")
            shutil.copyfileobj(told, sys.stdout)
            told.detach()
    else:
        with whole_file(Path(target)) as whole, whole.open("wb") as file:
            if kind_of(target) == ".csv.gz":
                with gzip.GzipFile("", "wb", 6, file, mtime=0) as packed:
                    yield _add_text(packed, schema, added)
            else:
                yield _add_text(file, schema, added)


def _add_parquet(part: Path, parquet: pq.ParquetWriter) -> None:
    with pq.ParquetFile(part, pre_buffer=False) as file:
        for piece in file.iter_batches(PIECE):
            parquet.write_batch(piece)
    part.unlink()


def _add_text(file: Any, schema: pa.Schema, added: list[str]) -> Callable[[Path], None]:
    """Every part begins with the header, of which the output needs one."""
    header = io.StringIO()
    csv.writer(header, lineterminator="\n").writerow([*schema.names, *added])
    length = len(header.getvalue().encode())
    file.write(header.getvalue().encode())

    def add(part: Path) -> None:
        with part.open("rb") as given:
            given.seek(length)
            shutil.copyfileobj(given, file)
        part.unlink()

    return add
