"""Bytes and text of files as declared: a wrong encoding or a contradicting reference is told, not overruled."""

import gzip
import re
import zlib
from pathlib import Path

from pyproj import CRS

from gridsvc.spatial.datum import Datum

# What zipped and packed files, and reading them, may raise.
UNREADABLE = (OSError, EOFError, zlib.error)
_CJK = re.compile("[\u3400-\u9fff]")


def read_bytes(path: Path) -> bytes:
    """Read a file, unpacking gzip by its suffix."""
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix.lower() == ".gz" else data


def gdal_path(path: Path) -> str:
    """Name a file for GDAL, which unpacks gzip only when told so."""
    return f"/vsigzip/{path}" if path.suffix.lower() == ".gz" else str(path)


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
