"""Reads the audit, and verifies it: that nothing in it or in a case's history was changed, removed or put in."""

import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from heapq import merge
from itertools import chain, groupby, islice
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Engine

from gridsvc.casework.case import Entry, first_broken, fold
from gridsvc.casework.private import private_row_matches
from gridsvc.errors import BadInput, FieldError
from gridsvc.store import audit, cases, histories, private
from gridsvc.store.audit import Audited, AuditFilter
from gridsvc.store.cases import Standing
from gridsvc.store.engine import transaction

# So many flaws are named; the rest are counted.
NAMED = 1000
# What is private of so many cases is read at once.
CASES_AT_ONCE = 500
_HEAD = re.compile(r"([0-9]{1,18}):((?:[0-9a-f]{64})?)")
Step = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Head:
    """Number and hash of the audit's last entry: who noted it outside can tell later that all before it is as it was.

    ``hash`` is None where there is no entry yet.
    """

    n: int
    hash: bytes | None

    @classmethod
    def parse(cls, text: str, field: str) -> "Head":
        """Read a head as it was noted, ``N:HASH``."""
        found = _HEAD.fullmatch(text.strip())
        if found is None or (int(found[1]) == 0) != (found[2] == ""):
            mend = ("原样给出 gridsvc audit head 当时的输出", "give what gridsvc audit head printed then, as it is")
            raise BadInput("链头无法识别", "the head cannot be read", [FieldError(field, text, *mend)])
        return cls(int(found[1]), bytes.fromhex(found[2]) or None)

    def __str__(self) -> str:
        return f"{self.n}:{(self.hash or b'').hex()}"


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something that is not as it was written: ``number`` of which entry or case of which table, and what it is.

    ``id`` is one of changed, missing, extra, unlinked, head, state.
    """

    id: str
    table: str
    number: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What was verified, and what is not as it was written; ``more`` counts the flaws beyond those that are named."""

    head: Head
    entries: int
    flaws: tuple[Flaw, ...]
    more: int

    def as_dict(self) -> dict[str, Any]:
        """Give it as a program reads it."""
        flaws = [asdict(flaw) for flaw in self.flaws]
        return {
            "ok": not flaws, "head": str(self.head), "entries": self.entries, "findings": flaws, "more": self.more
        }  # fmt: skip


def page_of_audit(engine: Engine, wanted: AuditFilter) -> list[Audited]:
    """Give one page of entries, the newest first, one more than the limit if there is a next page."""
    with transaction(engine) as connection:
        return audit.newest(connection, wanted)


def audit_head(engine: Engine) -> Head:
    """Give the head of the audit, to be noted outside the database."""
    with transaction(engine) as connection:
        return Head(*audit.head(connection))


def count_entries(engine: Engine) -> int:
    """Count what :func:`verify` has to go through."""
    with transaction(engine) as connection:
        return audit.head(connection)[0] + histories.count_entries(connection)


def verify(engine: Engine, noted: Head | None = None, step: Step = lambda: None) -> Verified:
    """Go through the audit and every case's history as they are at one instant; nobody else has to wait.

    ``noted`` is a head of before: even who wrote the whole chain anew could not give its entry the same hash. ``step``
    is called after each entry.
    """
    entries = 0

    def counted() -> None:
        nonlocal entries
        entries += 1
        step()

    with transaction(engine.execution_options(isolation_level="REPEATABLE READ")) as connection:
        head = Head(*audit.head(connection))
        flaws = chain(_of_audit(connection, head, noted, counted), _of_histories(connection, counted))
        named = tuple(islice(flaws, NAMED))
        more = sum(1 for _ in flaws)
    return Verified(head, entries, named, more)


def _of_audit(connection: Connection, head: Head, noted: Head | None, step: Step) -> Iterator[Flaw]:
    last = Head(0, None)
    for entry in audit.chain(connection):
        step()
        if entry.n < 1:
            yield Flaw("extra", "audit", str(entry.n), "编号不属于链中", "no entry of the chain has such a number")
            continue
        if entry.n > last.n + 1:
            gone = str(last.n + 1) if entry.n == last.n + 2 else f"{last.n + 1}-{entry.n - 1}"
            yield Flaw("missing", "audit", gone, "记录缺失", "it is missing")
        elif entry.previous != last.hash:
            yield Flaw("unlinked", "audit", str(entry.n), "与前一条不衔接", "it does not follow from the one before it")
        if entry.sealed() != entry.hash:
            yield Flaw("changed", "audit", str(entry.n), "内容被改动", "what it says was changed")
        if noted is not None and entry.n == noted.n and entry.hash != noted.hash:
            yield _not_noted(noted)
        last = Head(entry.n, entry.hash)
    if head != last:
        zh, en = f"链尾是 {last.n}，链头记为 {head.n}", f"the chain ends at {last.n}, its head says {head.n}"
        yield Flaw("head", "audit_head", str(head.n), zh, en)
    if noted is not None and noted.n > last.n:
        yield _not_noted(noted)


def _not_noted(noted: Head) -> Flaw:
    zh, en = "不是当时记下的那一条：链被改写或截短", "it is not the one that was noted: the chain was rewritten or cut"
    return Flaw("head", "audit", str(noted.n), zh, en)


def _of_histories(connection: Connection, step: Step) -> Iterator[Flaw]:
    of_case = attrgetter("case_id")
    both = merge(cases.walk_standings(connection), histories.walk_histories(connection), key=of_case)
    groups = ((case_id, list(group)) for case_id, group in groupby(both, of_case))
    while page := list(islice(groups, CASES_AT_ONCE)):
        apart = private.read_private(connection, [case_id for case_id, _ in page])
        for case_id, found in page:
            entries = [e for e in found if isinstance(e, Entry)]
            standings = [s for s in found if isinstance(s, Standing)]
            yield from _of_case(str(case_id), entries, standings)
            if entries and case_id in apart and not private_row_matches(entries[0], apart[case_id]):
                number = standings[0].number if standings else str(case_id)
                zh, en = "与其历史封存的不同", "it is not what its history sealed"
                yield Flaw("changed", "case_private", number, zh, en)
            for _ in entries:
                step()


def _of_case(case_id: str, entries: list[Entry], standings: list[Standing]) -> Iterator[Flaw]:
    number = standings[0].number if standings else case_id
    if (n := first_broken(entries)) is not None:
        zh, en = "从此条起被改动、缺失或插入", "from here on something was changed, removed or put in"
        yield Flaw("changed", "case_history", f"{number}/{n}", zh, en)
    if not standings:
        yield Flaw("missing", "case_", number, "有历史而没有案件", "there is a history, but no such case")
    for standing in standings[1:]:
        yield Flaw("extra", "case_", standing.number, "案件重复", "the case is there twice")
    if standings and n is None and not _adds_up(entries, standings[0]):
        zh, en = (
            "与其历史不符（版本、状态或定责）",
            "it is not what its history adds up to: version, status or decision",
        )
        yield Flaw("state", "case_", number, zh, en)


def _adds_up(entries: list[Entry], standing: Standing) -> bool:
    try:
        return fold(entries) == standing.state
    except (KeyError, TypeError, AttributeError, ValueError):
        # Sealed anew by whoever wrote it, but no entry of ours.
        return False
