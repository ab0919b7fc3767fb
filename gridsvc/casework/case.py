"""A case is the fold of its history: entries are only appended, each sealed by the hash of the one before it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, get_args
from uuid import UUID

from gridsvc import chain
from gridsvc.casework.reporter import Reporter
from gridsvc.casework.reward import reward_after
from gridsvc.casework.tally import Tally, counted
from gridsvc.errors import BadInput, FieldError
from gridsvc.values import Point

Source = Literal["patrol", "hotline_12345", "hotline_12319", "police_110", "app", "sensor", "transfer", "supervision"]
Status = Literal[
    "reported", "accepted", "verifying", "registered", "undecided", "dispatched", "in_progress", "on_hold", "done",
    "checking", "rework", "closed", "void", "archived",
]  # fmt: skip
# Nothing is due in these any more.
OVER: frozenset[Status] = frozenset({"closed", "void", "archived"})
# Entries that nobody who acts on a case needs to have read: a light of a clock, the reporter's answer, another
# platform's.
QUIET = frozenset({"noted", "rated", "receipt"})
DISPUTED = "disputed"


@dataclass(frozen=True, slots=True)
class NewCase:
    """One report as it came in: the place in WGS 84, what was handed in as it was, and what it is about.

    ``foreign`` is the number that it has with the platform that sends it. ``captured`` is when and where it was made,
    as its sender tells, where that was before.
    """

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
    attachments: Sequence[str] = ()
    subject: str | None = None
    reward: bool = False
    foreign: str | None = None
    captured: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        if self.source not in get_args(Source):
            shown = ", ".join(get_args(Source))
            error = FieldError("source", self.source, f"取值：{shown}", f"one of {shown}")
            raise BadInput("来源无效", "the source is unknown", [error])


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a case's history. ``n`` counts from 1 within the case; ``kind`` is an action's name, or one of

    ``reported``, ``decided``, ``noted`` (lights of clocks), ``rated`` (the reporter's answer) and ``receipt`` (another
    platform's). ``spelled`` is the payload as it was sealed, while that is at hand.
    """

    case_id: UUID
    n: int
    at: datetime
    actor: str
    kind: str
    payload: Mapping[str, Any]
    previous: bytes | None
    hash: bytes
    spelled: str | None = field(default=None, repr=False, compare=False)


def append(
    entries: Sequence[Entry], case_id: UUID, at: datetime, actor: str, kind: str, payload: Mapping[str, Any]
) -> Entry:
    """Make the next entry of a history, sealed by the hash of the last one."""
    previous = entries[-1].hash if entries else None
    n, spelled = len(entries) + 1, chain.spell(payload)
    sealed = _seal(case_id, n, at, actor, kind, spelled, previous)
    return Entry(case_id, n, at, actor, kind, payload, previous, sealed, spelled)


def seal(
    case_id: UUID, n: int, at: datetime, actor: str, kind: str, payload: Mapping[str, Any], previous: bytes | None
) -> bytes:
    """Hash every field of an entry and the hash before it; see :func:`gridsvc.chain.seal`."""
    return _seal(case_id, n, at, actor, kind, chain.spell(payload), previous)


def _seal(case_id: UUID, n: int, at: datetime, actor: str, kind: str, spelled: str, previous: bytes | None) -> bytes:
    fields = ",".join(map(chain.spell, (str(case_id), n, at, actor, kind)))
    return chain.seal_spelled(f"[{fields},{spelled}]", previous)


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
    """What a history adds up to.

    ``version`` is the number of the last entry that is not quiet, ``decision`` the one that stands. ``desk`` is the
    reason why nobody answers yet, ``disputed`` where somebody does only until the desk has settled it, and None where
    it has nothing to do. ``clocks`` are as the history promised them, ``requests`` those that are open, each under the
    number of its entry, ``links`` to other cases. ``turn_at`` is the next light that the sweep has to note. A case that
    was ``corrected`` is decided anew by what that says: instant, component and attributes. ``reward`` is how it stands
    with the reward for the report: see :func:`~gridsvc.casework.reward.reward_after`. ``tally`` is what it has come to:
    see :func:`~gridsvc.casework.tally.counted`.
    """

    status: Status
    version: int
    decision: Mapping[str, Any] | None
    desk: str | None = None
    clocks: tuple[Mapping[str, Any], ...] = ()
    requests: tuple[Mapping[str, Any], ...] = ()
    links: tuple[Mapping[str, Any], ...] = ()
    turn_at: datetime | None = None
    corrected: Mapping[str, Any] | None = None
    reward: str | None = None
    tally: Tally = field(default_factory=dict)

    @property
    def waits(self) -> tuple[str, ...]:
        """The kinds of its open requests, each once."""
        return tuple(sorted({r["kind"] for r in self.requests}))

    @property
    def amber_at(self) -> datetime | None:
        """When the first of the running clocks turns amber, or did."""
        return min(_turns(self.clocks, "amber_at"), default=None)

    @property
    def due_at(self) -> datetime | None:
        """When the first of the running clocks turns red, or did."""
        return min(_turns(self.clocks, "due_at"), default=None)

    @property
    def unit(self) -> str | None:
        """The accountable unit."""
        accountable = (self.decision or {}).get("accountable")
        return accountable and str(accountable["unit"])

    @property
    def parties(self) -> tuple[str, ...]:
        """Whom it concerns: who is accountable, who assists, who evaluates, and who is asked by an open request."""
        stood = self.decision or {}
        concerned = (stood.get("accountable"), *stood.get("assisting", ()), stood.get("evaluator"))
        named = [one["unit"] for one in concerned if one]
        return tuple(dict.fromkeys([*named, *(unit for r in self.requests for unit in r["asked"])]))


def fold(entries: Iterable[Entry]) -> State:
    """Add up a history, entry by entry, by the words of their payloads; what it does not say stays as it was.

    ``to``: the status. ``answer`` (with ``trail``): the decision. ``clocks``: all of them. ``request``: one that is
    opened, or on ``settle`` and ``arrive`` the number of one. ``lapsed``: requests that are over unanswered. ``until``:
    the instant up to which lights were noted.
    """
    history = Folding()
    for entry in entries:
        history.add(entry)
    return history.state


class Folding:
    """A history that is being added up: :func:`fold` where entries come one by one."""

    def __init__(self) -> None:
        self._status: Status = "reported"
        self._version = 0
        self._decision: Mapping[str, Any] | None = None
        self._desk: str | None = None
        self._clocks: Sequence[Mapping[str, Any]] = ()
        self._requests: dict[int, Mapping[str, Any]] = {}
        self._links: dict[str, Mapping[str, Any]] = {}
        self._until: datetime | None = None
        self._corrected: Mapping[str, Any] | None = None
        self._reward: str | None = None
        self._tally: Tally = {}
        self._began: datetime | None = None

    def add(self, entry: Entry) -> None:
        """Add the next entry."""
        said = entry.payload
        self._began = self._began or entry.at
        self._version = self._version if entry.kind in QUIET else entry.n
        self._status = said.get("to", self._status)
        self._clocks = said.get("clocks", self._clocks)
        age_s = (entry.at - self._began).total_seconds()
        self._tally = counted(self._tally, entry.kind, said, self._clocks, age_s)
        if "answer" in said:
            self._decision, self._desk = said["answer"], _desk(said)
        if "until" in said:
            self._until = datetime.fromisoformat(said["until"])
        self._reward = reward_after(self._reward, entry.kind, said)
        if "request" in said:
            _turn_request(self._requests, entry)
        for n in said.get("lapsed", ()):
            self._requests.pop(n, None)
        if entry.kind == "link":
            self._links[said["case"]] = {"n": entry.n} | {k: said[k] for k in ("case", "number", "as")}
        elif entry.kind == "unlink":
            self._links.pop(said["case"], None)
        elif entry.kind == "correct":
            self._corrected = {"at": _iso(entry.at)} | {k: said.get(k) for k in ("component", "attributes")}

    @property
    def state(self) -> State:
        """What it adds up to so far."""
        instants = (t for word in ("amber_at", "due_at") for t in _turns(self._clocks, word))
        turns = (t for t in instants if self._until is None or t > self._until)
        return State(
            self._status, self._version, self._decision, self._desk, tuple(self._clocks),
            tuple(self._requests.values()), tuple(self._links.values()), min(turns, default=None), self._corrected,
            self._reward, self._tally,
        )  # fmt: skip


def _turn_request(requests: dict[int, Mapping[str, Any]], entry: Entry) -> None:
    """Open a request, end it, or note who arrived for it."""
    about = entry.payload["request"]
    if isinstance(about, Mapping):
        said = {"n": entry.n, "by": entry.actor, "at": _iso(entry.at), "reason": entry.payload.get("reason")}
        requests[entry.n] = said | dict(about)
    elif entry.kind == "settle":
        requests.pop(about, None)
    elif about in requests:
        there = requests[about].get("arrived", {})
        requests[about] = {**requests[about], "arrived": {entry.payload["unit"]: _iso(entry.at), **there}}


def _turns(clocks: Iterable[Mapping[str, Any]], word: str) -> list[datetime]:
    return [datetime.fromisoformat(c[word]) for c in clocks if c["state"] == "running"]


def _iso(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat()


def _desk(decided: Mapping[str, Any]) -> str | None:
    answer = decided["answer"]
    if answer.get("desk"):
        return str(answer["desk"]["reason"])
    # After a disputed row only precedents and the locality count, and a precedent settles the dispute.
    if (answer.get("accountable") or {}).get("via") != "locality":
        return None
    return DISPUTED if any(why == DISPUTED for _, why in decided.get("trail", ())) else None
