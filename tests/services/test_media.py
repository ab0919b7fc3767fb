"""What is taken is what it is and not what it is called; pictures and films tell no more of people than they show."""

import io

import pytest
from files import PDF, PLACE, TAKEN, bomb, exif, film, photo, scene, written
from PIL import Image, ImageChops, ImageCms

from gridsvc.errors import BadInput, FileTooLarge
from gridsvc.services.media import MB, Media, Sizes, prepared

SIZES = Sizes(photo=MB, other=2 * MB)
JPEG, PNG, WEBP = "image/jpeg", "image/png", "image/webp"


def taken_in(tmp_path, content: bytes, sizes: Sizes = SIZES) -> tuple[Media, bytes]:
    file = tmp_path / "no-name"
    file.write_bytes(content)
    return prepared(file, sizes), file.read_bytes()


def seen(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content)).convert("RGB")


def unlikeness(one: Image.Image, other: Image.Image) -> int:
    """The greatest difference of any value of any pixel."""
    return max(high for _, high in ImageChops.difference(one, other).getextrema())


CUT_FILM = film()[:-7]
REFUSED = {
    "empty": b"",
    "a page": b"<!doctype html><script>alert(1)</script>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
    "gif": written(scene(), "GIF"),
    "heic": b"\0\0\0\x18ftypheic" + bytes(40),
    "quicktime": film(b"qt  "),
    "first bytes of a jpeg": b"\xff\xd8\xff",
    "half a jpeg": photo()[: len(photo()) // 2],
    "half a png": written(scene(), "PNG")[:400],
    "half a webp": written(scene(), "WEBP")[:600],
    "a document that says it is a jpeg": b"\xff\xd8\xff\xe0" + PDF,
    "half a document": PDF[:60],
    "half a film": CUT_FILM,
    "a film without pictures": film()[:24],
    "boxes in boxes": b"\0\0\0\x18ftypisom" + bytes(12) + b"".join(
        (8 * (20 - n)).to_bytes(4, "big") + b"moov" for n in range(20)),
    "bomb": bomb(),
    "moving png": written(scene(), "PNG", save_all=True, append_images=[scene(mode="L").convert("RGB")]),
    "moving webp": written(scene(), "WEBP", save_all=True, append_images=[scene(mode="L").convert("RGB")]),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_attachment_is_refused_with_a_mend(tmp_path, what: str):
    with pytest.raises(BadInput) as e:
        taken_in(tmp_path, REFUSED[what])
    assert e.value.errors[0].field == "file"
    assert e.value.errors[0].mend_zh
    assert e.value.errors[0].mend_en


def test_who_sends_heic_is_told_what_to_set(tmp_path):
    with pytest.raises(BadInput) as e:
        taken_in(tmp_path, REFUSED["heic"])
    assert "兼容性最佳" in e.value.text("zh")
    assert "Most Compatible" in e.value.text("en")


@pytest.mark.parametrize(
    ("content", "sizes"),
    [(photo(), Sizes(1000, 2 * MB)), (PDF, Sizes(MB, 100)), (film(), Sizes(MB, 100))],
    ids=["photo", "document", "film"],
)
def test_each_kind_has_its_own_limit(tmp_path, content: bytes, sizes: Sizes):
    with pytest.raises(FileTooLarge):
        taken_in(tmp_path, content, sizes)
    assert taken_in(tmp_path, content)[0].media_type


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_stays_as_it_is_seen_and_tells_nothing_else(tmp_path, orientation: int):
    sent = photo(orientation)
    media, kept = taken_in(tmp_path, sent)
    meant = seen(sent)
    if orientation > 1:
        turn = {2: [0], 3: [3], 4: [1], 5: [5], 6: [4], 7: [6], 8: [2]}[orientation]
        for how in turn:
            meant = meant.transpose(Image.Transpose(how))
    assert (media.width, media.height) == meant.size
    assert unlikeness(seen(kept), meant) <= 12
    opened = Image.open(io.BytesIO(kept))
    assert dict(opened.getexif()) == {}
    assert {"exif", "xmp", "comment"}.isdisjoint(opened.info)
    assert b"PhoneMaker" not in kept
    assert PLACE.encode() not in kept


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize("value", [2, 12, 255])
def test_what_is_broken_in_what_a_phone_says_is_no_error_of_ours(tmp_path, value: int):
    sent = photo(6)
    start, taken = sent.index(b"Exif"), 0
    for n in range(start + 6, start + 2 + int.from_bytes(sent[start - 2 : start], "big") - 2):
        try:
            taken_in(tmp_path, sent[:n] + bytes([value]) + sent[n + 1 :])
            taken += 1
        except BadInput:
            pass
    assert taken


def test_a_photo_keeps_its_quality(tmp_path):
    sent = photo(quality=93, subsampling=0)
    _, kept = taken_in(tmp_path, sent)
    before, after = Image.open(io.BytesIO(sent)), Image.open(io.BytesIO(kept))
    assert after.quantization == before.quantization
    assert after.layer == before.layer
    assert abs(len(kept) - len(sent)) < 3000


@pytest.mark.parametrize(
    ("told", "captured_at"),
    [
        ({}, "2024-06-12T11:58:07+08:00"),
        ({"offset": None}, "2024-06-12T11:58:07"),
        ({"offset": "summer"}, "2024-06-12T11:58:07"),
        ({"taken": ""}, None),
        ({"taken": "0000:00:00 00:00:00"}, None),
        ({"taken": "    :  :     :  :  "}, None),
        ({"taken": f"{TAKEN:%Y:%m:%d %H:%M:%S}\0"}, "2024-06-12T11:58:07+08:00"),
    ],
)
def test_when_a_photo_was_taken_is_kept_as_the_camera_said_it(tmp_path, told, captured_at):
    assert taken_in(tmp_path, photo(**told))[0].captured_at == captured_at


PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.mark.parametrize(("kind", "media_type"), [("JPEG", JPEG), ("PNG", PNG), ("WEBP", WEBP)])
def test_colours_keep_their_profile(tmp_path, kind: str, media_type: str):
    media, kept = taken_in(tmp_path, written(scene(), kind, icc_profile=PROFILE))
    assert media.media_type == media_type
    assert Image.open(io.BytesIO(kept)).info["icc_profile"] == PROFILE


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_a_png_keeps_every_value(tmp_path, mode: str):
    image = scene().convert("L").convert("I").convert("I;16") if mode == "I;16" else scene(mode=mode)
    sent = written(image, "PNG", **({"transparency": 3} if mode == "P" else {}))
    _, kept = taken_in(tmp_path, sent)
    before, after = Image.open(io.BytesIO(sent)), Image.open(io.BytesIO(kept))
    assert (after.mode, after.convert("RGBA").tobytes()) == (before.mode, before.convert("RGBA").tobytes())


@pytest.mark.parametrize(("lossless", "most"), [(True, 0), (False, 24)])
def test_a_webp_stays_as_it_is_seen(tmp_path, lossless: bool, most: int):
    sent = written(scene(), "WEBP", lossless=lossless, exif=exif(), quality=90)
    media, kept = taken_in(tmp_path, sent)
    assert media.captured_at == "2024-06-12T11:58:07+08:00"
    assert unlikeness(seen(kept), seen(sent)) <= most
    assert PLACE.encode() not in kept


def test_a_document_is_left_as_it_is(tmp_path):
    assert taken_in(tmp_path, PDF) == (Media("application/pdf"), PDF)


@pytest.mark.parametrize("large", [False, True], ids=["32 bits", "64 bits"])
def test_a_film_tells_no_place_and_keeps_every_offset(tmp_path, large: bool):
    sent = film(large=large)
    media, kept = taken_in(tmp_path, sent)
    assert media == Media("video/mp4")
    assert PLACE.encode() in sent
    assert PLACE.encode() not in kept
    assert b"udta" not in kept
    assert len(kept) == len(sent)
    samples = sent.index(b"mdat")
    assert kept[: samples + 2048] == sent[: samples + 2048]


def test_a_picture_of_very_many_scans_is_refused(tmp_path):
    sent = photo(progressive=True)
    scan = sent.rindex(b"\xff\xda")
    with pytest.raises(BadInput):
        taken_in(tmp_path, sent[:-2] + sent[scan:-2] * 300 + sent[-2:])
