"""Fonts for pictures that the server draws: the machine's own, found by fontconfig; none comes with us."""

import subprocess
from functools import cache

from PIL import ImageFont

from gridsvc.errors import FieldError, Unavailable
from gridsvc.values import Lang

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
# What fontconfig is asked for, in its own words, and which of the languages it names must be among the found font's.
_ASK = ("fc-match", "-f", "%{file}|%{index}|%{lang}", "sans-serif:lang=zh-cn")
_NEEDED = "zh-cn"


def font(size_px: int, lang: Lang) -> Font:
    """Give a font in a size; English goes without one of the machine's. Raises ``Unavailable`` where Chinese cannot."""
    found = _chinese()
    if found is not None:
        return ImageFont.truetype(found[0], size_px, index=found[1])
    if lang == "en":
        return ImageFont.load_default(size_px)
    mend = (
        "在服务器上安装 fontconfig 和一种中文字体（如 Debian 的 fonts-noto-cjk），或用 lang=en",
        "install fontconfig and a Chinese font on the server (fonts-noto-cjk on Debian), or use lang=en",
    )
    error = FieldError("lang", lang, *mend)
    raise Unavailable("服务器上没有中文字体", "there is no Chinese font on the server", [error])


@cache
def _chinese() -> tuple[str, int] | None:
    """File of the machine's Chinese font, and its place in it; None where there is none or nobody to ask."""
    try:
        told = subprocess.run(_ASK, capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    # What is asked for is matched as well as can be, by a font without Chinese if need be.
    file, index, langs = told.split("|", 2)
    return (file, int(index)) if _NEEDED in langs.split("|") else None
