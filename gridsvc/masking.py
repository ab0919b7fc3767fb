"""What is shown of a telephone number, a private person's name and numbers within a text. Masking twice masks once."""

import re
import unicodedata
from collections.abc import Callable

STARS = "****"
# At least so many digits are hidden, and at most so many are shown at the end.
_HIDDEN = 4
_TAIL = 4
_MASKED = re.compile(r"\d{0,4}\*{4}\d{0,4}")
_MOBILE = re.compile(r"1[3-9]\d{9}")
# Area codes are 010, 02x and four digits from 03 on; seven or eight digits follow, and maybe an extension.
_AREA = re.compile(r"(010|02\d|0[3-9]\d\d)\d{7,}")
# Digits of forms full and half, each one character for one.
_DIGITS = str.maketrans(
    {0xFF10 + i: str(i) for i in range(10)} | {"＋": "+", "－": "-", "Ｘ": "X", "ｘ": "x", "\u3000": " ", "\xa0": " "}
)
_GAP = r"[\s\-\u2010-\u2015._/·\u200b-\u200f\u2060\ufeff]{0,3}"
# A resident's identity number: six digits of a place, a date of birth, three digits and a check digit (GB 11643).
# However its digits are grouped.
_IDENTITY = re.compile(
    rf"(?<![A-Za-z\d])[1-9](?:{_GAP}\d){{5}}{_GAP}(?:1{_GAP}9|2{_GAP}0)(?:{_GAP}\d){{2}}{_GAP}[01]{_GAP}\d{_GAP}[0-3]"
    rf"(?:{_GAP}\d){{4}}{_GAP}[\dXx](?![A-Za-z\d])"
)
_IN_TEXT = re.compile(
    # A mobile number, however its digits are grouped, also as it is dialled from another city.
    rf"(?<!\d)(?:(?:\+|00)?86{_GAP}|0)?1[3-9](?:{_GAP}\d){{9}}(?!\d)"
    # A number with its area code.
    rf"|(?<!\d)[(（]?(?:0|(?:\+|00)86{_GAP}0?)(?:10|2\d|[3-9]\d\d)[)）]?{_GAP}\d{{3,4}}{_GAP}\d{{4}}(?!\d)"
    # A number of the city itself; no date, no part of a code or of a decimal number.
    r"|(?<![A-Za-z\d.])(?!20\d\d[01]\d[0-3]\d(?!\d))[2-8]\d{6,7}(?!\.?\d)(?![A-Za-z])"
)


def mask_phone(phone: str | None) -> str | None:
    """Mask a telephone number: ``138****0001``, ``0571****0001``, ``****54`` of a short one, ``****`` of no number.

    The first digits are shown of a mobile number and of one with an area code, without the country code +86; at the
    end as many as leave four hidden, four at most. None stays None, and so does an empty text.
    """
    if not phone:
        return None
    if _MASKED.fullmatch(phone):
        return phone
    digits = _national("".join(c for c in unicodedata.normalize("NFKC", phone) if c in "0123456789"))
    area = _AREA.fullmatch(digits)
    head = digits[:3] if _MOBILE.fullmatch(digits) else area[1] if area else ""
    tail = min(_TAIL, len(digits) - len(head) - _HIDDEN)
    return head + STARS + (digits[-tail:] if tail > 0 else "")


def _national(digits: str) -> str:
    for country in ("0086", "86"):
        if digits.startswith(country) and len(digits) >= len(country) + 10:
            rest = digits[len(country) :]
            return rest if rest[0] in "01" else "0" + rest
    return digits


def mask_name(name: str | None) -> str | None:
    """Mask a private person's name, however long: ``王**``, ``J**``; ``**`` where it begins with no letter."""
    if not name:
        return None
    first = name.strip()[:1]
    return (first if first.isalpha() else "") + "**"


def mask_text(text: str | None) -> str | None:
    """Mask what looks like a telephone or an identity number in free text, and leave the rest as it was written."""
    if not text:
        return text
    return _replaced(_IN_TEXT, _replaced(_IDENTITY, text, lambda _: STARS), lambda number: mask_phone(number) or "")


def _replaced(pattern: re.Pattern[str], text: str, masked: Callable[[str], str]) -> str:
    """Replace what a pattern finds in the half-width form of a text, and leave the rest as it was written."""
    shown, end = [], 0
    for found in pattern.finditer(text.translate(_DIGITS)):
        shown += [text[end : found.start()], masked(found.group())]
        end = found.end()
    return "".join([*shown, text[end:]])
