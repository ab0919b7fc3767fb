"""Bytes and text of files as declared: a wrong encoding or a contradicting reference is told, not overruled."""

import gzip
import io
import re
import zipfile
import zlib
from pathlib import Path

from pyproj import CRS

from gridsvc.spatial.datum import Datum

# What zipped and packed files, and reading them, may raise.
UNREADABLE = (OSError, EOFError, zlib.error, zipfile.BadZipFile)
# Of one file. A city's 200 000 unit grids as GeoJSON are a fifth of it.
MOST_UNPACKED = 1024**3
_HEAD = 1024**2
_CJK = re.compile("[\u3400-\u9fff]")


def read_bytes(path: Path) -> bytes:
    """Read a file, unpacking gzip by its suffix; raises ``OSError`` where far too much would come out."""
    if path.suffix.lower() != ".gz":
        return path.read_bytes()
    with gzip.open(path) as packed:
        data = packed.read(MOST_UNPACKED + 1)
    _refuse_more(len(data))
    return data


def gdal_path(path: Path) -> str:
    """Name a file for GDAL, which unpacks gzip only when told so; raises as ``read_bytes`` does.

    Files that would have GDAL read others, here or on the network, are refused.
    """
    if path.suffix.lower() == ".gz":
        with gzip.open(path) as packed:
            _refuse_reference(packed.read(_HEAD))
            n = _HEAD
            while n <= MOST_UNPACKED and (part := packed.read(_HEAD)):
                n += len(part)
        _refuse_more(n)
        return f"/vsigzip/{path}"
    if path.is_file():
        with path.open("rb") as file:
            _refuse_reference(file.read(_HEAD))
        refuse_zip_bomb(path)
    return str(path)


def refuse_zip_bomb(zipped: Path | io.BytesIO) -> None:
    """Refuse a zip, as workbooks are, of far too much. What its directory says is all that is ever unpacked of it."""
    if zipfile.is_zipfile(zipped):
        with zipfile.ZipFile(zipped) as archive:
            _refuse_more(sum(member.file_size for member in archive.infolist()))


def _refuse_more(n_bytes: int) -> None:
    if n_bytes > MOST_UNPACKED:
        most = MOST_UNPACKED // 1024**2
        raise OSError(f"解压后超过 {most} MB / it unpacks into more than {most} MB")


def _refuse_reference(head: bytes) -> None:
    if b"<OGRVRT" in head or b"<VRTDataset" in head:
        raise OSError("它引用其他文件，请给出数据文件本身 / it names other files: give the file of the data itself")


def read_text(path: Path, encoding: str) -> str:
    """Read a file as text of the declared encoding, without a byte order mark.

    Raises ``UnicodeError`` or ``LookupError`` where the encoding is another one. GB18030 can read nearly any bytes,
    and so makes nonsense of UTF-8; Chinese text that is good UTF-8 is therefore refused under another name.
    """
    data = read_bytes(path)
    text = data.decode(encoding).removeprefix("\ufeff")
    try:
        as_utf8 = data.decode().removeprefix("\ufeff")
    except UnicodeError:
        return text
    if text != as_utf8 and _CJK.search(as_utf8):
        raise UnicodeError("the bytes are UTF-8")
    return text


def contradicts(path: Path, datum: Datum, file_crs: str | None) -> str | None:
    """Name the reference that a file states of its own, where that cannot be the declared one; else None."""
    if file_crs is None:
        return None
    own = CRS.from_user_input(file_crs).to_2d()
    is_plain = any(own.equals(CRS.from_epsg(n), ignore_axis_order=True) for n in (4326, 4490))
    # GeoJSON cannot say anything but WGS 84; a shifted datum no file can say.
    if is_plain and path.name.lower().removesuffix(".gz").endswith((".geojson", ".json")):
        return None
    if datum.proj is not None:
        agrees = own.equals(CRS.from_user_input(datum.proj), ignore_axis_order=True)
    else:
        agrees = is_plain or (datum.label in ("gcj02", "bd09") and own.is_geographic)
    return None if agrees else own.name
