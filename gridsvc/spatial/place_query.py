"""What a text that names a place may mean: a crossing of two lanes, a component by its number. Knows no names.

Every reading is offered; whether a lane or a component of that name exists is for whoever has the names.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from gridsvc.codes import Category
from gridsvc.errors import BadInput, FieldError
from gridsvc.values import storable

LONGEST = 100
# What stands behind two lanes that meet, the longest first.
_ENDS = (
    "交叉路口", "十字路口", "丁字路口", "三岔路口",
    "交叉口", "交汇处", "交汇口", "交界处", "交界口",
    "相交处", "交口", "路口", "街口", "巷口", "口",
)  # fmt: skip
_BETWEEN = re.compile("\\s*[与和及跟同\u3001/&\uff0b+\u00d7]\\s*|\\s+(?:and|with|at|x)\\s+", re.I)
# A lane's name ends here and another one may begin.
_LANE_END = re.compile("(?<=.)(?:路|街|巷|道|弄|胡同|线)(?=.)")
_CORNER = re.compile(
    r"^(?:the\s+)?(?:(?:street\s+)?corner|crossing|intersection|junction|crossroads)(?:\s+of)?\s+", re.I
)
_NUMBERED = re.compile("(?P<what>.*?)(?:编号|号码|号|no\\.?|#)?\\s*(?P<part>[0-9][0-9A-Za-z-]{2,62})号?", re.I)
# Alone, three digits are a house number, a year or anything.
_LEAST_ALONE = 4


@dataclass(frozen=True, slots=True)
class Numbered:
    """A component told by a part of its code; ``what`` is the kind of object in words, empty where none is told."""

    what: str
    part: str


def tidy(text: str) -> str:
    """Give a text in its plain characters (NFKC: full-width ones as half-width) with single blanks.

    Raises ``BadInput`` for one that is longer than ``LONGEST`` or has fewer than two characters that mean something.
    """
    plain = " ".join(unicodedata.normalize("NFKC", text).split())
    if sum(c.isalnum() for c in plain) < 2 or len(plain) > LONGEST or not storable(plain):
        mend = (f"写 2 到 {LONGEST} 个字", f"give 2 to {LONGEST} characters")
        error = FieldError("q", text[:LONGEST], *mend)
        raise BadInput("无法据此查找地点", "no place can be looked up by this", [error])
    return plain


def crossings_in(plain: str) -> list[tuple[str, str]]:
    """Give the pairs of lanes whose crossing a tidy text may mean; many of them are no lanes.

    ``A与B交叉口``, ``A/B``, ``A路B路口``, ``corner of A and B``. Names may themselves hold a
    character that joins two others, hence every split.
    """
    corner = _CORNER.match(plain)
    # What ends in such a word may also be a name that does.
    bodies = [plain[corner.end() :]] if corner else [plain, *_without_end(plain)]
    pairs: dict[tuple[str, str], None] = {}
    for body in bodies:
        cuts = [(m.start(), m.end()) for m in _BETWEEN.finditer(body)]
        if body is not plain:
            cuts += [(m.end(), m.end()) for m in _LANE_END.finditer(body)]
        for before, after in cuts:
            one, other = body[:before].strip(), body[after:].strip()
            if len(one) > 1 and len(other) > 1:
                pairs[one, other] = None
    return list(pairs)


def _without_end(plain: str) -> list[str]:
    """The text without each end that it has; what comes before it may end in a word of place itself."""
    return [plain[: -len(end)].removesuffix("的") for end in _ENDS if plain.endswith(end)]


def numbered_in(plain: str) -> Numbered | None:
    """Give the component that a tidy text may mean: ``路灯杆 0123``, or four digits and more of a code."""
    found = _NUMBERED.fullmatch(plain)
    if found is None:
        return None
    what, part = found["what"].strip(), found["part"]
    return Numbered(what, part) if what or len(part) >= _LEAST_ALONE else None


def classes_called(what: str, known: Iterable[Category]) -> list[str]:
    """Give the component classes that words for an object may mean, by code.

    A class whose whole name is in the words goes before those that have the words in theirs.
    """
    told = what.lower()
    classes = [c for c in known if c.kind == "component"]
    whole = [c.code for c in classes if c.zh in told or c.en.lower() in told]
    words = re.findall("[a-z]{3,}", told)
    return whole or [c.code for c in classes if told in c.zh or any(w in c.en.lower().split() for w in words)]
