"""What a decision rests on is a pair: an edition and a ruleset, over the span in which both hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from gridsvc.errors import FieldError, NotFound, NothingHolds
from gridsvc.store import dated_sets
from gridsvc.store.dated_sets import DatedSet

Key = tuple[tuple[int, str], int | None]


@dataclass(frozen=True, slots=True)
class Pair:
    """An edition and the ruleset that goes with it, None where there is none: nobody is accountable then.

    Both hold together over ``[holds_from, holds_to)``; both are None for a pair that was only named.
    """

    edition: DatedSet
    ruleset: DatedSet | None
    holds_from: datetime | None = None
    holds_to: datetime | None = None

    @property
    def key(self) -> Key:
        """What tells it from every other pair, also from a draft of the same names that was replaced or drawn in."""
        return self.ground, None if self.ruleset is None else self.ruleset.id

    @property
    def ground(self) -> tuple[int, str]:
        """What tells its boundaries from all others."""
        return self.edition.id, self.edition.content_hash


def pair_at(connection: Connection, at: datetime, district: str | None, known: datetime | None = None) -> Pair | None:
    """Give what holds at an instant, as is known now or was at ``known``; None where no edition does."""
    edition = dated_sets.held_at(connection, "edition", at, district, known)
    if edition is None:
        return None
    ruleset = dated_sets.held_at(connection, "ruleset", at, edition.district, known)
    if ruleset is None:
        starts, ends = [edition.holds_from], [dated_sets.next_begin(connection, "ruleset", at, edition.district)]
    else:
        starts, ends = [edition.holds_from, ruleset.holds_from], [ruleset.holds_to]
    begin, end = [t for t in starts if t is not None], [t for t in (*ends, edition.holds_to) if t is not None]
    return Pair(edition, ruleset, max(begin, default=None), min(end, default=None))


def need_pair_at(connection: Connection, at: datetime, district: str | None, now: datetime) -> Pair:
    """Give what holds at an instant. Raises ``NothingHolds`` where nothing does now, ``NotFound`` at another one."""
    found = pair_at(connection, at, district)
    if found is None and at == now:
        raise nothing_holds()
    if found is None:
        mend = ("问一个已有版次生效的时刻", "ask for an instant at which an edition holds")
        error = FieldError("at", at.isoformat(), *mend)
        raise NotFound("该时刻没有版次生效", "no edition holds at that instant", [error])
    return found


def nothing_holds() -> NothingHolds:
    """Make the error that no edition holds now."""
    return NothingHolds(
        "目前没有生效的版次：请用 gridsvc boundaries publish 发布一个（尚未载入则先 load）",
        "no edition holds now: publish one by gridsvc boundaries publish (load it first if need be)",
    )


def pairs_from(connection: Connection, now: datetime, district: str | None, most: int) -> Sequence[Pair]:
    """Give what holds now and what follows it without a gap, at most so many. Raises ``NothingHolds``."""
    row = [need_pair_at(connection, now, district, now)]
    while len(row) < most and (at := row[-1].holds_to) is not None:
        following = pair_at(connection, at, row[0].edition.district)
        if following is None:
            break
        row.append(following)
    return row


def newest_drafts(connection: Connection, held: Pair, now: datetime) -> list[Pair]:
    """Give the newest draft edition with its ruleset, and the newest draft ruleset if it did not come with that."""
    district = held.edition.district
    drafts = [pair_of(connection, e, None, now) for e in dated_sets.newest_drafts(connection, "edition", district, 1)]
    came = [d.ruleset.id for d in drafts if d.ruleset is not None]
    rulesets = dated_sets.newest_drafts(connection, "ruleset", district, 1)
    return drafts + [Pair(held.edition, r) for r in rulesets if r.id not in came]


def pair_of(connection: Connection, edition: DatedSet, ruleset: str | None, at: datetime) -> Pair:
    """Pair an edition with the ruleset of a name. Raises ``NotFound`` where there is none of it.

    Without a name it is the ruleset that holds at ``at``, if the edition does; else the one that came with the edition,
    and where none came, what holds at ``at``.
    """
    if ruleset is not None:
        return Pair(edition, dated_sets.need(connection, "ruleset", ruleset, edition.district))
    if not any(span.contains(at) for span in edition.holds):
        own = dated_sets.came_with(connection, edition.code, edition.district)
        if own is not None and (own.published_at is not None or edition.published_at is None):
            return Pair(edition, own)
    return Pair(edition, dated_sets.held_at(connection, "ruleset", at, edition.district))
