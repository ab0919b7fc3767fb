"""The grammar of worded boundaries: "人民路以南（含）、建设路以西" as clauses. Knows no names and no ground."""

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Literal

from gridsvc.errors import BadInput, FieldError

Side = Literal["north", "south", "east", "west", "northeast", "northwest", "southeast", "southwest",
               "inside", "outside", "along", "unsaid"]  # fmt: skip
LONGEST = 2000
OPPOSITE: dict[Side, Side] = {"north": "south", "south": "north", "east": "west", "west": "east"}
_ZH: dict[str, Side] = {
    "东北": "northeast", "西北": "northwest", "东南": "southeast", "西南": "southwest",
    "东": "east", "西": "west", "南": "south", "北": "north",
}  # fmt: skip
_WAY = "东北|西北|东南|西南|东|西|南|北"
# Brackets that say who has the ground of the street: (含), (不含), (included), (含路面).
_MARK = re.compile(r"\((?P<no>不|非|excl|not\s|without)?[^()]*?(?:含|包括|包含|incl|usive|uded|luding)[^()]*\)", re.I)
_SIDE = re.compile(
    rf"(?P<name>.+?)(?:(?:以|之)(?P<way>{_WAY})(?:侧|面|边|部)?|(?P<plain>{_WAY})(?:侧|面|边)"
    r"|(?P<inside>以内|之内|范围内|辖区内?|内|全境|全域)|(?P<outside>以外|之外|范围外)"
    r"|(?P<along>沿线|沿街|两侧|两边|全线|全段))(?:区域|范围|地区|部分)?"
)
# 东至建设路, 南以人民路为界: the ground lies on the other side of what it reaches.
_REACHES = re.compile(
    rf"(?:向)?(?P<way>{_WAY})(?:面|侧|边)?(?:至|到|抵|临|接|靠|邻|起|自|以)(?P<name>.+?)(?:为(?:边)?界|止)?"
)
_BORDER = re.compile(r"(?:以)?(?P<name>.+?)为(?:边)?界")
_EN = re.compile(
    r"(?:the\s+)?(?P<way>north(?:-?east|-?west)?|south(?:-?east|-?west)?|east|west)(?:\s+side)?\s+of\s+(?P<name>.+)"
    r"|(?P<in>within|inside|in)\s+(?P<inside>.+)|outside(?:\s+of)?\s+(?P<outside>.+)|along\s+(?P<along>.+)",
    re.I,
)
_RANGE_IN = re.compile(
    r"(?P<name>[^()]+)\(从?自?(?P<first>[^()]+?)(?:至|到|~|—+|-| to )(?P<last>[^()]+?)段?\)(?P<rest>.*)"
)
_RANGE_OUT = re.compile(r"(?P<name>[^()]+?)[从自](?P<first>[^()]+?)(?:至|到)(?P<last>[^()]+?)段?(?P<rest>(?:以|之).+)")


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition. ``phrase`` is what the text says, from character ``start`` on; ``names`` share its side.

    ``included`` is what a bracket says of the street's own ground, None where there is no bracket. ``stretch`` holds
    the two names between which the street counts ("人民路（建设路至环路）以南"), empty for all of it. ``side`` is
    ``unsaid`` where names are told and no side of them; ``names`` is empty where nothing was understood.
    """

    phrase: str
    start: int
    names: tuple[str, ...] = ()
    side: Side = "unsaid"
    included: bool | None = None
    stretch: tuple[str, ...] = field(default=())


def plain(text: str) -> str:
    """Give a text in half-width characters (NFKC); blanks beside a Chinese character are no blanks."""
    told = " ".join(unicodedata.normalize("NFKC", text).split())
    return re.sub("(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])", "", told)


def read_clauses(text: str) -> list[Clause]:
    """Read a boundary in words; what cannot be read comes back as a clause without names.

    ``、，；`` and their half-width forms part clauses. A name without a side takes that of the clause after it, if
    nothing stronger than ``、`` is between them: "人民路、卫生路以南".
    """
    if len(text) > LONGEST:
        mend = (f"至多 {LONGEST} 字", f"{LONGEST} characters at most")
        raise BadInput("文字过长", "the text is too long", [FieldError("text", text[:40], *mend)])
    told = plain(text).rstrip(".。 ")
    found: list[Clause] = []
    waiting: list[Clause] = []
    for start, piece, end in _pieces(told):
        clause = _clause(piece, start)
        if clause.names and clause.side == "unsaid" and clause.included is None and end in ("、", "/"):
            waiting.append(clause)
            continue
        if clause.side != "unsaid" and clause.names and waiting:
            names = (*(n for w in waiting for n in w.names), *clause.names)
            first = waiting[0].start
            clause = Clause(told[first : start + len(piece)], first, names, clause.side, clause.included,
                            clause.stretch)  # fmt: skip
            waiting = []
        found += [*waiting, clause]
        waiting = []
    return found + waiting


def _pieces(told: str) -> list[tuple[int, str, str]]:
    """Cut at separators outside brackets: where each piece begins, the piece, and what ends it."""
    pieces, depth, begin = [], 0, 0
    for i, c in enumerate([*told, ","]):
        depth += (c == "(") - (c == ")")
        joined = re.match(r"\s+and\s+(?=(?:the\s+)?(?:north|south|east|west|within|outside|along))", told[i:], re.I)
        if (c in "、,;。/" and depth <= 0) or i == len(told) or (joined and depth <= 0):
            body = told[begin:i]
            lead = len(body) - len(body.lstrip())
            if body.strip():
                pieces.append((begin + lead, body.strip(), c))
            begin = i + (joined.end() if joined else 1)
    return pieces


def _clause(piece: str, start: int) -> Clause:
    body, included = _unmarked(piece)
    stretch: tuple[str, ...] = ()
    for pattern in (_RANGE_IN, _RANGE_OUT):
        if part := pattern.fullmatch(body):
            stretch = part["first"].strip(), part["last"].strip()
            body = part["name"].strip() + part["rest"]
            break
    name, side = _sided(body)
    if not name or set("()") & set(name):
        return Clause(piece, start)
    return Clause(piece, start, (name,), side, included, stretch)


def _unmarked(piece: str) -> tuple[str, bool | None]:
    """The piece without its brackets of ownership, and what they say; a contradiction says nothing."""
    said = {m["no"] is None for m in _MARK.finditer(piece)}
    return _MARK.sub("", piece).strip(), said.pop() if len(said) == 1 else None


def _sided(body: str) -> tuple[str, Side]:
    if english := _EN.fullmatch(body):
        for side in ("inside", "outside", "along"):
            if english[side]:
                return english[side].strip(), side
        return english["name"].strip(), english["way"].lower().replace("-", "")  # type: ignore[return-value]
    if reaches := _REACHES.fullmatch(body):
        way = _ZH[reaches["way"]]
        # 东至建设路 is read so only if something is left to be a name; "东大街" begins like it and is one.
        if way in OPPOSITE and not _SIDE.fullmatch(body):
            return reaches["name"].strip(), OPPOSITE[way]
    if found := _SIDE.fullmatch(body):
        kinds: tuple[Side, ...] = ("inside", "outside", "along")
        side = next((k for k in kinds if found[k]), _ZH.get(found["way"] or found["plain"] or "", "unsaid"))
        return found["name"].strip(), side
    if border := _BORDER.fullmatch(body):
        return border["name"].strip(), "unsaid"
    return body, "unsaid"
