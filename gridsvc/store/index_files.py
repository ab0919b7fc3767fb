"""Compiled indexes as files: read by mapping them into memory, so that all processes on a machine share one copy."""

import hashlib
import json
import logging
import mmap
import os
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridsvc.errors import BadInput, FieldError
from gridsvc.spatial.coverage_index import CoverageIndex
from gridsvc.spatial.layer import Edition
from gridsvc.spatial.locate import index_of
from gridsvc.spatial.overlay import Frame, Tables

log = logging.getLogger("gridsvc")
# To be raised whenever the meaning of an array changes: a file of another layout is not read.
LAYOUT = "gridsvc-index-1"
_ALIGNED = 4096
# So many editions' files stay; who has mapped an older one keeps it until he lets go.
KEPT = 6


def kept_index(folder: Path, edition: Edition) -> CoverageIndex:
    """Map the index of an edition, which is compiled and written first where it is missing or cannot be read.

    Files are named by the ground of their edition, which most editions share with the one before. Where they cannot
    be written the index stays in memory.
    """
    path = folder / f"{_ground_hash(edition)}.index"
    try:
        found = read_index(path)
    except (OSError, BadInput):
        made = index_of(edition)
    else:
        # By this it counts as one of the newest, which stay.
        with suppress(OSError):
            os.utime(path)
        return found
    try:
        folder.mkdir(exist_ok=True)
        write_index(path, made)
        for old in sorted(folder.glob("*.index"), key=lambda f: f.stat().st_mtime)[:-KEPT]:
            old.unlink(missing_ok=True)
        return read_index(path)
    except OSError as e:
        log.warning("the index stays in memory: %s", e)
        return made


def _ground_hash(edition: Edition) -> str:
    """SHA-256 over all that an index is made of: each layer's exact geometry and reach, in the edition's order."""
    digest = hashlib.sha256()
    for layer in edition:
        digest.update(f"{layer.spec.geometry} {len(layer)}\n".encode())
        if layer.spec.geometry != "polygon":
            digest.update(layer.reach_m.tobytes())
        for wkb in shapely.to_wkb(layer.geometries):
            digest.update(wkb if wkb is not None else b"-")
    return digest.hexdigest()


def write_index(path: Path, index: CoverageIndex) -> None:
    """Write an index; the file appears whole or not at all."""
    tables = index.tables
    arrays: dict[str, NDArray[Any]] = {**tables._asdict(), "first": index.first}
    del arrays["frame"]
    head: dict[str, Any] = {"layout": LAYOUT, "frame": list(tables.frame), "arrays": {}}
    at = _ALIGNED
    for name, array in arrays.items():
        head["arrays"][name] = [array.dtype.str, list(array.shape), at]
        at += -(-array.nbytes // _ALIGNED) * _ALIGNED
    text = json.dumps(head).encode()
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        part = Path(file.name)
        try:
            file.write(text.ljust(_ALIGNED))
            for name, array in arrays.items():
                file.seek(head["arrays"][name][2])
                file.write(np.ascontiguousarray(array).data)
            file.truncate(at)
            file.flush()
            os.fsync(file.fileno())
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise


def read_index(path: Path) -> CoverageIndex:
    """Map an index; raises ``BadInput`` for what is none, or one of another layout."""
    with path.open("rb") as file:
        try:
            head = json.loads(file.read(_ALIGNED))
            if head["layout"] != LAYOUT:
                raise ValueError(head["layout"])
            # Nobody writes to it; but what could not be written to would be another type to the compiled kernel.
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
            arrays = {
                name: np.frombuffer(mapped, kind, int(np.prod(shape)), at).reshape(shape)
                for name, (kind, shape, at) in head["arrays"].items()
            }
            frame = Frame(*head["frame"])
            return CoverageIndex(Tables(frame, *(arrays[name] for name in Tables._fields[1:])), arrays["first"])
        except (ValueError, KeyError, TypeError) as e:
            mend = ("删除该文件，会自动重建", "delete the file; it is made anew")
            error = FieldError("index", str(path), *mend)
            raise BadInput("索引文件无法读取", "the index file cannot be read", [error]) from e
