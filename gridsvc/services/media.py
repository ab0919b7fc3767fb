"""What an uploaded file is, by its content and never by its name; pictures and films lose what they tell of people."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

from gridsvc.errors import BadInput, FieldError, FileTooLarge
from gridsvc.services.pictures import clean_picture, refused

MB = 1_000_000
_PICTURES = {"image/jpeg", "image/png", "image/webp"}
_HEIC = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis"}
_MP4 = {b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"MSNV", b"dash"}
# Boxes of films that hold others, and boxes that tell where, by whom and with what a film was made.
_HOLDERS, _TELLING = {b"moov", b"trak", b"mdia", b"minf", b"moof", b"traf"}, {b"udta", b"meta", b"uuid"}
_DEEPEST, _MOST_BOXES = 8, 100_000
_ALLOWED = ("可用：JPEG、PNG、WebP、PDF、MP4", "JPEG, PNG, WebP, PDF or MP4")


@dataclass(frozen=True, slots=True)
class Sizes:
    """How large files may be, in bytes: photos, and films and documents."""

    photo: int
    other: int


@dataclass(frozen=True, slots=True)
class Media:
    """What a file is, as it will be kept; width and height in pixels as it is to be looked at."""

    media_type: str
    captured_at: str | None = None
    width: int | None = None
    height: int | None = None


def prepared(file: Path, sizes: Sizes) -> Media:
    """Look at a file and clean it in its place; raises ``BadInput`` where it is none that is taken.

    Pictures are written anew without what they tell of place, device and people; in films such boxes are emptied;
    documents stay as they are.
    """
    with file.open("rb") as opened:
        kind = _kind_of(opened.read(16))
    size = file.stat().st_size
    most = sizes.photo if kind in _PICTURES else sizes.other
    if size > most:
        mend = (f"至多 {most // MB} MB", f"{most // MB} MB at most")
        raise FileTooLarge("文件过大", "the file is too large", [FieldError("file", f"{size / MB:.1f} MB", *mend)])
    if kind in _PICTURES:
        picture = clean_picture(file)
        return Media(kind, picture.captured_at, picture.width, picture.height)
    if kind == "application/pdf":
        _refuse_cut_document(file, size)
    else:
        _clean_film(file, size)
    return Media(kind)


def _kind_of(head: bytes) -> str:
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head.startswith(b"%PDF-"):
        return "application/pdf"
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        if brand in _MP4:
            return "video/mp4"
        if brand in _HEIC:
            zh = "在手机上另存为 JPEG；iPhone：设置 → 相机 → 格式 → 兼容性最佳"
            en = "save it as JPEG; on an iPhone: Settings, Camera, Formats, Most Compatible"
            raise refused("不接受 HEIC、AVIF 照片", "HEIC and AVIF pictures are not taken", zh, en)
        zh, en = "转换为 MP4（H.264）再上传", "convert it to MP4 (H.264)"
        raise refused("不接受这种视频", "this kind of film is not taken", zh, en)
    if not head:
        raise refused("文件是空的", "the file is empty", "选择一个文件", "choose a file")
    raise refused("不接受这种文件", "this kind of file is not taken", *_ALLOWED)


def _cut() -> BadInput:
    return refused("文件不完整或已损坏", "the file is cut off or broken", "重新上传原文件", "send all of it again")


def _refuse_cut_document(file: Path, size: int) -> None:
    """Refuse a PDF without its end, which readers look for in the last kilobyte (PDF 1.7, appendix H)."""
    with file.open("rb") as opened:
        opened.seek(max(0, size - 1024))
        if b"%%EOF" not in opened.read():
            raise _cut()


def _clean_film(file: Path, size: int) -> None:
    """Empty the boxes that tell of place and device, each in its place, so that every offset into the film holds."""
    with file.open("r+b") as opened:
        seen = set()
        for n, box in enumerate(_boxes(opened, 0, size, 0)):
            seen.add(box.kind)
            if n == _MOST_BOXES:
                raise _cut()
            if box.kind in _TELLING:
                opened.seek(box.start + 4)
                opened.write(b"free")
                opened.seek(box.content)
                _wipe(opened, box.end - box.content)
    if not {b"ftyp", b"moov"} <= seen:
        raise _cut()


class _Box(NamedTuple):
    """A box of a film: where it begins, where its content begins, and where both end."""

    kind: bytes
    start: int
    content: int
    end: int


def _boxes(opened: BinaryIO, start: int, end: int, depth: int) -> Iterator[_Box]:
    """Give every box between two places of a film, those within others too (ISO/IEC 14496-12, 4.2).

    Raises ``BadInput`` where the boxes do not fill what holds them.
    """
    while start < end:
        opened.seek(start)
        head = opened.read(16)
        length, kind, content = int.from_bytes(head[:4], "big"), head[4:8], start + 8
        if length == 1:
            length, content = int.from_bytes(head[8:16], "big"), start + 16
        elif length == 0:
            length = end - start
        if length < content - start or start + length > end or depth > _DEEPEST:
            raise _cut()
        yield _Box(kind, start, content, start + length)
        if kind in _HOLDERS:
            yield from _boxes(opened, content, start + length, depth + 1)
        start += length


def _wipe(opened: BinaryIO, length: int) -> None:
    """Write so many zeros from here on."""
    while length > 0:
        length -= opened.write(bytes(min(length, MB)))
