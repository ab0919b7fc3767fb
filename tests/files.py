"""Files as people send them, made here: photos that tell where they were taken, documents, films, and broken ones."""

import io
import struct
import zlib
from datetime import datetime
from typing import Any

from PIL import ExifTags, Image

PLACE = "Hangzhou 30.31N 120.21E"
TAKEN = datetime(2024, 6, 12, 11, 58, 7)
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


def scene(width: int = 320, height: int = 200, mode: str = "RGB") -> Image.Image:
    """A picture in which every corner is another colour."""
    made = Image.linear_gradient("L").resize((width, height))
    other = made.transpose(Image.Transpose.ROTATE_90).resize((width, height))
    return Image.merge("RGB", (made, other, Image.new("L", (width, height), 90))).convert(mode)


def exif(orientation: int = 1, offset: str | None = "+08:00", taken: str | None = None) -> Image.Exif:
    """What a phone writes into a photo: maker, place, time, and which side is up."""
    made = Image.Exif()
    made[ExifTags.Base.Orientation] = orientation
    made[ExifTags.Base.Make] = "PhoneMaker"
    made[ExifTags.Base.Artist] = "王大锤"
    told = made.get_ifd(ExifTags.IFD.Exif)
    told[ExifTags.Base.DateTimeOriginal] = f"{TAKEN:%Y:%m:%d %H:%M:%S}" if taken is None else taken
    if offset is not None:
        told[ExifTags.Base.OffsetTimeOriginal] = offset
    place = made.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitudeRef], place[ExifTags.GPS.GPSLatitude] = "N", (30.0, 18.0, 36.0)
    place[ExifTags.GPS.GPSLongitudeRef], place[ExifTags.GPS.GPSLongitude] = "E", (120.0, 12.0, 36.0)
    place[ExifTags.GPS.GPSAreaInformation] = PLACE.encode()
    return made


def written(image: Image.Image, kind: str, **how: Any) -> bytes:
    to = io.BytesIO()
    image.save(to, kind, **how)
    return to.getvalue()


def photo(orientation: int = 1, **how: Any) -> bytes:
    """A JPEG as a phone makes it, with EXIF, XMP and a comment."""
    told = {k: how.pop(k) for k in ("offset", "taken") if k in how}
    given = {"quality": 88, "xmp": f"<x:xmpmeta>{PLACE}</x:xmpmeta>".encode(), "comment": PLACE} | how
    return written(scene(), "JPEG", exif=exif(orientation, **told), **given)


def box(kind: bytes, *inner: bytes) -> bytes:
    content = b"".join(inner)
    return struct.pack(">I", 8 + len(content)) + kind + content


def film(brand: bytes = b"isom", *, large: bool = False) -> bytes:
    """The frame of an MP4: enough of its boxes to pass for one, three of which say where it was made."""
    place = box(b"\xa9xyz", b"+30.3100+120.2100/", PLACE.encode())
    moov = box(b"moov", box(b"mvhd", bytes(100)), box(b"trak", box(b"tkhd", bytes(84)), box(b"udta", place)),
               box(b"udta", place), box(b"meta", place))  # fmt: skip
    samples = bytes(range(256)) * 8
    mdat = struct.pack(">I4sQ", 1, b"mdat", 16 + len(samples)) + samples if large else box(b"mdat", samples)
    return box(b"ftyp", brand, bytes(4), b"isomavc1") + mdat + moov


def bomb(side: int = 10_000) -> bytes:
    """A PNG of a hundred megapixels in a hundred kilobytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes((side + 1) * side), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
