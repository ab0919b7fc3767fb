"""Pictures written anew: upright, as sharp as they were, and without what they tell of place, device and people."""

import threading
import warnings
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from PIL import ExifTags, Image, ImageOps, JpegImagePlugin

from gridsvc.errors import BadInput, FieldError

# 50-megapixel phones come in; what would fill the memory does not.
MOST_PIXELS = 64_000_000
Image.MAX_IMAGE_PIXELS = MOST_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)
# Each scan of a progressive picture is as much work as the whole of it; real ones have about ten.
_MOST_SCANS = 200
# Each picture at this size takes half a gigabyte while it is written anew.
_AT_WORK = threading.BoundedSemaphore(2)
_FORMATS = ("JPEG", "PNG", "WEBP")
# Nobody sees the difference, and it is no larger than what phones send.
_WEBP_QUALITY = 95
_EXIF, _TAKEN, _OFFSET = ExifTags.IFD.Exif, ExifTags.Base.DateTimeOriginal, ExifTags.Base.OffsetTimeOriginal


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is to be looked at: pixels, and when the camera says that it was taken.

    ``captured_at`` is ISO 8601, with an offset only where the camera gave one.
    """

    width: int
    height: int
    captured_at: str | None


def clean_picture(file: Path) -> Picture:
    """Write a JPEG, PNG or WebP anew in its place; raises ``BadInput`` for a broken, a moving and a huge one.

    JPEG keeps its tables of quantisation and its sampling, PNG every value. All keep their colour profile.
    """
    try:
        with _AT_WORK, Image.open(file, formats=_FORMATS) as opened:
            return _written_anew(opened, file)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        most = MOST_PIXELS // 1_000_000
        mend = (f"缩小到 {most} 百万像素以内", f"make it smaller than {most} megapixels")
        raise refused("图片像素过多", "the picture has too many pixels", *mend) from None
    # Each format has errors of its own for what is broken; the list is Pillow's.
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, OverflowError):
        mend = ("重新拍摄或上传原图", "send the original again")
        raise refused("图片不完整或已损坏", "the picture is cut off or broken", *mend) from None


def _written_anew(opened: Image.Image, file: Path) -> Picture:
    if opened.format != "MPO" and getattr(opened, "is_animated", False):
        raise refused("不接受动图", "moving pictures are not taken", "上传静态图片或 MP4", "send a still one, or MP4")
    how = _how(opened, file)
    opened.load()
    captured_at = _captured_at(opened.getexif())
    # None of it is kept: what is broken in it need not be spelled anew as the picture is turned.
    opened.info = {}
    upright = ImageOps.exif_transpose(opened)
    upright.save(file, **how)
    return Picture(upright.width, upright.height, captured_at)


def _how(opened: Image.Image, file: Path) -> dict[str, Any]:
    """How to write a picture so that it looks as it did."""
    icc_profile = opened.info.get("icc_profile")
    if opened.format == "PNG":
        return {"format": "PNG", "icc_profile": icc_profile, "transparency": opened.info.get("transparency")}
    if opened.format == "WEBP":
        is_lossless = b"VP8L" in file.read_bytes()
        return {"format": "WEBP", "icc_profile": icc_profile, "lossless": is_lossless, "quality": _WEBP_QUALITY}
    assert isinstance(opened, JpegImagePlugin.JpegImageFile)
    if file.read_bytes().count(b"\xff\xda") > _MOST_SCANS:
        raise OSError
    return {
        "format": "JPEG", "icc_profile": icc_profile, "qtables": opened.quantization,
        "subsampling": JpegImagePlugin.get_sampling(opened),
    }  # fmt: skip


def _captured_at(exif: Image.Exif) -> str | None:
    """When a picture was taken, as its camera noted it; None where it says nothing that can be read."""
    noted = exif.get_ifd(_EXIF)
    try:
        taken = datetime.strptime(str(noted[_TAKEN]).strip("\0 "), "%Y:%m:%d %H:%M:%S")
    except (KeyError, ValueError):
        return None
    try:
        return datetime.fromisoformat(taken.isoformat() + str(noted[_OFFSET]).strip("\0 ")).isoformat()
    except (KeyError, ValueError):
        return taken.isoformat()


def refused(zh: str, en: str, mend_zh: str, mend_en: str) -> BadInput:
    """Make the refusal of an uploaded file: what is wrong with it, and how to mend that."""
    return BadInput(zh, en, [FieldError("file", None, mend_zh, mend_en)])
