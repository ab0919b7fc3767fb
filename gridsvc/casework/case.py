"""A case is the fold of its history: entries are only appended, each sealed by the hash of the one before it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args
from uuid import UUID

from gridsvc import chain
from gridsvc.casework.reporter import Reporter
from gridsvc.errors import BadInput, FieldError
from gridsvc.values import Point

Source = Literal["patrol", "hotline_12345", "hotline_12319", "police_110", "app", "sensor", "transfer", "supervision"]
Kind = Literal["reported", "decided"]
Status = Literal[
    "reported", "accepted", "verifying", "registered", "undecided", "dispatched", "in_progress", "on_hold", "done",
    "checking", "rework", "closed", "void", "archived",
]  # fmt: skip
# Nothing is due in these any more.
OVER: frozenset[Status] = frozenset({"closed", "void", "archived"})
DISPUTED = "disputed"


@dataclass(frozen=True, slots=True)
class NewCase:
    """One report as it came in: the place in WGS 84, what was handed in as it was, and what it is about."""

    point: Point
    raw: Mapping[str, Any]
    category: str
    source: Source
    description: str | None = None
    address: str | None = None
    accuracy_m: float | None = None
    component: str | None = None
    attributes: Mapping[str, str] | None = None
    reporter: Reporter | None = None

    def __post_init__(self) -> None:
        if self.source not in get_args(Source):
            shown = ", ".join(get_args(Source))
            error = FieldError("source", self.source, f"取值：{shown}", f"one of {shown}")
            raise BadInput("来源无效", "the source is unknown", [error])


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a case's history. ``n`` counts from 1 within the case."""

    case_id: UUID
    n: int
    at: datetime
    actor: str
    kind: Kind
    payload: Mapping[str, Any]
    previous: bytes | None
    hash: bytes


def append(
    entries: Sequence[Entry], case_id: UUID, at: datetime, actor: str, kind: Kind, payload: Mapping[str, Any]
) -> Entry:
    """Make the next entry of a history, sealed by the hash of the last one."""
    previous = entries[-1].hash if entries else None
    n = len(entries) + 1
    return Entry(case_id, n, at, actor, kind, payload, previous, seal(case_id, n, at, actor, kind, payload, previous))


def seal(
    case_id: UUID, n: int, at: datetime, actor: str, kind: str, payload: Mapping[str, Any], previous: bytes | None
) -> bytes:
    """Hash every field of an entry and the hash before it; see :func:`gridsvc.chain.seal`."""
    return chain.seal([str(case_id), n, at, actor, kind, payload], previous)


def first_broken(entries: Sequence[Entry]) -> int | None:
    """Give the number of the first entry that does not follow from the ones before it, or None if all do."""
    previous: bytes | None = None
    for n, entry in enumerate(entries, start=1):
        sealed = seal(entry.case_id, n, entry.at, entry.actor, entry.kind, entry.payload, previous)
        if entry.n != n or entry.previous != previous or entry.hash != sealed:
            return n
        previous = entry.hash
    return None


@dataclass(frozen=True, slots=True)
class State:
    """What a history adds up to: status, version (its length), the decision that stands and what the desk has with it.

    ``desk`` is the reason why nobody answers yet, ``disputed`` where somebody does only until the desk has settled it,
    and None where it has nothing to do.
    """

    status: Status
    version: int
    decision: Mapping[str, Any] | None
    desk: str | None = None


def fold(entries: Sequence[Entry]) -> State:
    """Add up a history. A report is ``reported``; a decision changes who answers, not the status."""
    decided = [e.payload for e in entries if e.kind == "decided"]
    if not decided:
        return State("reported", len(entries), None)
    return State("reported", len(entries), decided[-1]["answer"], _desk(decided[-1]))


def _desk(decided: Mapping[str, Any]) -> str | None:
    answer = decided["answer"]
    if answer.get("desk"):
        return str(answer["desk"]["reason"])
    # After a disputed row only precedents and the locality count, and a precedent settles the dispute.
    disputed = any(why == DISPUTED for _, why in decided.get("trail", ()))
    return DISPUTED if disputed and answer["accountable"]["via"] == "locality" else None
