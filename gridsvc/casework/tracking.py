"""What a reporter follows his case by: a code that nobody can guess, and the little that it shows to whoever has it."""

import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from gridsvc.casework.case import Entry
from gridsvc.errors import BadInput, Conflict, FieldError, NotFound

# Without letters that are taken for digits (Crockford's base 32); twelve of them are 60 bits.
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 12
_CODE = re.compile(rf"([0-9]{{6}}-[0-9]{{4,9}})-?([{_LETTERS}]{{{_LENGTH}}})")
# What a status means to who reported, and its words. An archived case stays what it was before.
STAGES: Mapping[str, tuple[str, str]] = {
    "received": ("已收到", "received"),
    "accepted": ("已受理", "accepted"),
    "handling": ("处理中", "being dealt with"),
    "closed": ("已办结", "closed"),
    "void": ("不予办理", "not taken up"),
}
_STAGE_OF: Mapping[str, str] = {
    "reported": "received", "accepted": "accepted", "verifying": "accepted", "registered": "accepted",
    "undecided": "accepted", "dispatched": "handling", "in_progress": "handling", "on_hold": "handling",
    "done": "handling", "checking": "handling", "rework": "handling", "closed": "closed", "void": "void",
}  # fmt: skip


def code_of(number: str, case_id: UUID, secret: bytes) -> str:
    """Give the code of a case: its number, and twelve letters that follow from its id by a secret (HMAC-SHA256).

    Nothing of it is stored, so that nothing of it can be read, and a report that is sent again gets the same.
    """
    bits = int.from_bytes(hmac.digest(secret, case_id.bytes, "sha256")[:8], "big")
    return f"{number}-" + "".join(_LETTERS[bits >> 5 * i & 31] for i in range(_LENGTH))


def number_in(code: str) -> tuple[str, str]:
    """Give the number in a code and the code as it is spelled; raises ``NotFound`` for what is none.

    Small letters, blanks, and letters that look like the digits 0 and 1 are taken for what was meant.
    """
    plain = re.sub(r"\s", "", code[:100]).upper().translate(str.maketrans("OIL", "011"))
    found = _CODE.fullmatch(plain)
    if found is None:
        raise no_such_code()
    return found[1], f"{found[1]}-{found[2]}"


def no_such_code() -> NotFound:
    """Make the one answer to every code that is not somebody's; it does not repeat the code."""
    mend = ("核对受理时得到的查询码", "check the code that you got with your report")
    return NotFound("没有这个查询码", "there is no such code", [FieldError("code", None, *mend)])


@dataclass(frozen=True, slots=True)
class Rating:
    """What the reporter says of a closed case: from 1 (bad) to 5 (good), whether he was answered, whether it is solved.

    The last two are None where he does not say.
    """

    rating: int
    responded: bool | None = None
    solved: bool | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.rating <= 5:
            error = FieldError("rating", self.rating, "1 到 5", "from 1 to 5")
            raise BadInput("评分无效", "this is no rating", [error])

    def as_dict(self) -> dict[str, Any]:
        """What its entry in the history says."""
        said = {"rating": self.rating, "responded": self.responded, "solved": self.solved}
        return {key: value for key, value in said.items() if value is not None}


def rated(entries: Sequence[Entry]) -> Mapping[str, Any] | None:
    """Give how a case was rated since it was closed last; None where it was not."""
    for entry in reversed(entries):
        if entry.kind == "rated":
            return entry.payload
        if entry.payload.get("to") == "closed":
            return None
    return None


def is_new(entries: Sequence[Entry], rating: Rating) -> bool:
    """Whether a rating is to be written: False where it was already.

    Raises ``Conflict`` while the case is not closed, and where another rating was given since.
    """
    if _stages(entries)[-1][0] != "closed":
        mend = ("办结后再评价", "wait until it is closed")
        raise Conflict("案件尚未办结", "the case is not closed", [FieldError("rating", rating.rating, *mend)])
    known = rated(entries)
    if known is not None and known != rating.as_dict():
        mend = ("每次办结只评价一次", "rate it once each time that it is closed")
        raise Conflict("已经评价过", "it has been rated already", [FieldError("rating", rating.rating, *mend)])
    return known is None


def public(number: str, entries: Sequence[Entry], zone: ZoneInfo) -> dict[str, Any]:
    """Show a case to its reporter: stages in plain words with their dates, the public answer, and how he rated it.

    Nothing of units, staff, place or people is in it; instants have the city's offset.
    """
    steps = [
        {"stage": stage, "zh": STAGES[stage][0], "en": STAGES[stage][1], "at": entry.at.astimezone(zone).isoformat()}
        for stage, entry in _stages(entries)
    ]
    last = steps[-1]
    answers = [e.payload["public"] for e in entries if "public" in e.payload]
    rating = rated(entries)
    return {
        "number": number,
        **{key: last[key] for key in ("stage", "zh", "en")},
        "steps": steps,
        "answer": {key: answers[-1].get(key) for key in ("zh", "en")} if answers else None,
        "rating": None if rating is None else rating["rating"],
        "may_rate": last["stage"] == "closed" and rating is None,
    }


def _stages(entries: Sequence[Entry]) -> list[tuple[str, Entry]]:
    """Give each stage with the entry by which it began; what changes nothing for the reporter is left out."""
    found: list[tuple[str, Entry]] = []
    for n, entry in enumerate(entries):
        stage = "received" if n == 0 else _STAGE_OF.get(entry.payload.get("to", ""))
        if stage is not None and (not found or found[-1][0] != stage):
            found.append((stage, entry))
    return found
