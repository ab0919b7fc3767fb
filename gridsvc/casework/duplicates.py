"""Which earlier reports may be of the same thing: the same component first, then what is near in place and time."""

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from rapidfuzz import fuzz

from gridsvc.values import metres_per_degree

# How much place, time and text count in the score; without a text on both sides the others share its part.
_PLACE, _TIME, _TEXT = 0.55, 0.25, 0.2
_NOT_WORDS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Told:
    """What a report says, as far as others are compared with it; degrees in WGS 84, no text where it was erased."""

    lon: float
    lat: float
    reported_at: datetime
    component: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Likeness:
    """How another report compares: metres, seconds between the two, likeness of the texts (0 to 1), and of all (score).

    ``because`` says so in Chinese and English, the weightiest reason first.
    """

    distance_m: float
    apart_s: float
    same_component: bool
    text: float | None
    score: float
    because: tuple[tuple[str, str], ...]


def compared(told: Told, others: Iterable[Told], radius_m: float, hours: float) -> list[tuple[int, Likeness]]:
    """Give the positions of the reports that may be of the same thing, likeliest first, each with its likeness.

    They are of the same component, wherever they were made, or within ``radius_m``; and within ``hours``, before or
    after. Who is of the same component comes before all others.
    """
    found = []
    for position, other in enumerate(others):
        distance_m, apart_s = distance(told, other), abs((told.reported_at - other.reported_at).total_seconds())
        same = told.component is not None and told.component == other.component
        if apart_s <= hours * 3600.0 and (same or distance_m <= radius_m):
            found.append((position, _likeness(told, other, distance_m, apart_s, same, radius_m, hours)))
    # Rounded as it is shown, so that a hair of a metre does not overrule what came first.
    return sorted(found, key=lambda f: (not f[1].same_component, -round(f[1].score, 3), f[1].apart_s, f[0]))


def distance(one: Told, other: Told) -> float:
    """Metres between two reports that are near each other."""
    east_m, north_m = metres_per_degree((one.lat + other.lat) / 2)
    return math.hypot((one.lon - other.lon) * east_m, (one.lat - other.lat) * north_m)


def _likeness(
    told: Told, other: Told, distance_m: float, apart_s: float, same: bool, radius_m: float, hours: float
) -> Likeness:
    text = _text_likeness(told.description, other.description)
    place = 1.0 if same else 1.0 - distance_m / radius_m / 2
    time = 1.0 - apart_s / (hours * 3600.0)
    parts = [(place, _PLACE), (time, _TIME), *([] if text is None else [(text, _TEXT)])]
    score = sum(value * weight for value, weight in parts) / sum(weight for _, weight in parts)
    because = [(f"同一部件 {told.component}", f"the same component {told.component}")] if same else []
    because.append((f"相距 {distance_m:.0f} 米", f"{distance_m:.0f} m away"))
    because.append(_apart(apart_s))
    if text is not None:
        because.append((f"描述相似度 {text:.0%}", f"the descriptions are {text:.0%} alike"))
    return Likeness(distance_m, apart_s, same, text, score, tuple(because))


def _apart(apart_s: float) -> tuple[str, str]:
    if apart_s < 3600.0:
        return f"相隔 {apart_s / 60:.0f} 分钟", f"{apart_s / 60:.0f} min apart"
    return f"相隔 {apart_s / 3600:.1f} 小时", f"{apart_s / 3600:.1f} h apart"


def _text_likeness(one: str | None, other: str | None) -> float | None:
    words: Sequence[str] = [_NOT_WORDS.sub("", unicodedata.normalize("NFKC", t or "").lower()) for t in (one, other)]
    return fuzz.ratio(*words) / 100.0 if all(words) else None
