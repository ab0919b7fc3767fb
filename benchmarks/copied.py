"""``python -m benchmarks.copied FROM TO``: reads a folder of Parquet parts with one thread and writes it again."""

import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from gridsvc.cli.points import PIECE


def copy(source: Path, target: Path) -> None:
    """Write every part anew, piece by piece, in groups as large as those that are read."""
    pa.set_cpu_count(1)
    target.mkdir()
    for part in sorted(source.glob("*.parquet")):
        with (
            pq.ParquetFile(part, pre_buffer=False) as file,
            pq.ParquetWriter(target / part.name, file.schema_arrow) as w,
        ):
            for piece in file.iter_batches(PIECE, use_threads=False):
                w.write_batch(piece)


if __name__ == "__main__":
    copy(Path(sys.argv[1]), Path(sys.argv[2]))
