"""Which open cases would get other areas, another accountable unit or another chief under an edition; changes none."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from gridsvc.answer import Routing
from gridsvc.report import Report
from gridsvc.router import CHIEF_ROLES, Router
from gridsvc.store.engine import transaction
from gridsvc.store.open_cases import OpenCase, count_open, open_cases

CHUNK = 1000
Answer = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """One case that would change: what it was decided, and what it would be; ``after`` None if it cannot be decided."""

    number: str
    before: Answer
    after: Answer | None


@dataclass(frozen=True, slots=True)
class Affected:
    """What an edition would change: of ``open`` cases these, by number."""

    edition: str
    open: int
    changes: tuple[Change, ...]

    def as_dict(self) -> dict[str, Any]:
        """The contract's shape (``gridsvc boundaries affected --json``)."""
        changes = [{"number": c.number, "before": c.before, "after": c.after} for c in self.changes]
        return {"edition": self.edition, "open": self.open, "changed": len(changes), "changes": changes}


def count_open_cases(engine: Engine, district: str) -> int:
    """Count the open cases of a district."""
    with transaction(engine) as connection:
        return count_open(connection, district)


def affected(engine: Engine, router: Router, progress: Callable[[int], None] = lambda _: None) -> Affected:
    """Decide every open case of the router's district anew and compare with the decision that stands.

    Whose a case is that was settled by hand stays settled. Each is decided at the instant of its report or its last
    correction, so that whatever differs is due to the edition (or to components
    that changed since), not to the hour. Of areas those of the layers count in which the stored decision has one, or a
    layer that is new would change every case. ``progress`` is told how many more are done. Nothing is stored.
    """
    edition = router.snapshot.edition
    layers = [layer.spec.code for layer in edition if layer.spec.coverage == "partition"]
    n, changes = 0, []
    for chunk in _chunks(engine, edition.district):
        reports = [Report(c.decided_at, c.category, c.component, c.accuracy_m, c.attributes or {}) for c in chunk]
        answers = router.route_many([c.lon for c in chunk], [c.lat for c in chunk], crs="wgs84", reports=reports)
        for case, answer in zip(chunk, answers, strict=True):
            decided = [layer for layer in layers if layer in case.decision["areas"]]
            before = _essence(case.decision, decided)
            after = _essence(answer.as_dict("none"), decided) if isinstance(answer, Routing) else None
            if after is not None and _is_settled(case.decision):
                after["accountable"] = before["accountable"]
            if before != after:
                changes.append(Change(case.number, before, after))
        n += len(chunk)
        progress(len(chunk))
    return Affected(edition.code, n, tuple(sorted(changes, key=lambda c: c.number)))


def _chunks(engine: Engine, district: str) -> Iterator[list[OpenCase]]:
    last = None
    while True:
        with transaction(engine) as connection:
            chunk = open_cases(connection, district, last, CHUNK)
        if not chunk:
            return
        yield chunk
        last = chunk[-1]


def _is_settled(decision: Answer) -> bool:
    accountable = decision["accountable"]
    return accountable is not None and accountable["via"] == "desk"


def _essence(answer: Answer, layers: Collection[str]) -> dict[str, Any]:
    """Where and whose, of an answer in the contract's shape: codes of areas and unit, post and name of each chief."""
    accountable = answer["accountable"]
    chiefs = {role: answer[role] for role in CHIEF_ROLES}
    return {
        "areas": {layer: answer["areas"][layer]["code"] for layer in layers if layer in answer["areas"]},
        "accountable": accountable and accountable["unit"],
        **{role: chief and {"post": chief["post"], "name": chief["name"]} for role, chief in chiefs.items()},
    }
