"""The routers of a replay: of each edition and ruleset that decided cases, with the components that were known then."""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby
from operator import attrgetter

from sqlalchemy import Connection

from gridsvc.codes import category_of
from gridsvc.errors import GridsvcError, NotFound, UnknownCategory
from gridsvc.router import Router, Snapshot
from gridsvc.services.components import take_over
from gridsvc.services.editions import read_rules_of
from gridsvc.store import components, dated_sets
from gridsvc.store.areas import read_edition
from gridsvc.store.replays import PastDecision

# Cases come month by month; in one they may rest on a few sets, and in the next mostly on the last of these.
KEPT = 3
_by_sets, _by_seq = attrgetter("edition", "ruleset"), attrgetter("components_seq")


class PastRooms:
    """Gives cases the routers that decide them. The named edition and ruleset take the place of those of each case."""

    def __init__(self, connection: Connection, district: str, edition: str | None, ruleset: str | None) -> None:
        """Read the named sets; raises ``NotFound``."""
        self._connection = connection
        self._district = district
        self._edition = edition
        self.ruleset = ruleset
        # By use, the last one last.
        self._kept: dict[tuple[str, str | None], Router] = {}
        if ruleset is not None:
            dated_sets.need(connection, "ruleset", ruleset, district)
        if edition is not None:
            dated_sets.need(connection, "edition", edition, district)
            if ruleset is None and dated_sets.came_with(connection, edition, district) is not None:
                self.ruleset = edition

    def of(self, chunk: Sequence[PastDecision]) -> Iterator[tuple[Router | GridsvcError, Sequence[PastDecision]]]:
        """Give the cases of a chunk in parts, each with the router that decides it or the reason why none does."""
        for (edition, ruleset), cases in groupby(chunk, key=_by_sets):
            if self._edition is not None:
                # Where it came without rules, those go on by which each case was decided.
                yield self._tried(self._edition, ruleset, None, exactly=False), list(cases)
                continue
            plain, about = list[PastDecision](), list[PastDecision]()
            for case in cases:
                (about if _is_about_component(case) else plain).append(case)
            # What is about no component is decided alike whatever is known of components.
            if plain:
                yield self._tried(edition, ruleset, plain[0].components_seq, exactly=False), plain
            for seq, those in groupby(about, key=_by_seq):
                yield self._tried(edition, ruleset, seq, exactly=True), list(those)

    def _tried(
        self, edition: str | None, ruleset: str | None, seq: int | None, *, exactly: bool
    ) -> Router | GridsvcError:
        """Give the router of the sets that a case names, or say why there is none."""
        if edition is None:
            return NotFound("案件没有记录版次", "the case names no edition")
        try:
            return self._room(edition, self.ruleset or ruleset, seq, exactly=exactly)
        except GridsvcError as e:
            return e

    def _room(self, edition: str, ruleset: str | None, seq: int | None, *, exactly: bool) -> Router:
        """Give the router of two sets; with the components known at ``seq`` if it must be ``exactly``, else any."""
        key = edition, ruleset
        room = self._kept.pop(key, None)
        if room is None or (exactly and room.components.seq > (seq or 0)):
            room = self._made(edition, ruleset, seq, exactly=exactly)
        self._kept[key] = room
        for old in list(self._kept)[:-KEPT]:
            del self._kept[old]
        if exactly and seq is not None and room.components.seq < seq:
            take_over(self._connection, self._district, room.components, seq)
            # Others' districts count on: nothing of this one lies in between.
            room.components.put([], seq)
        return room

    def _made(self, edition: str, ruleset: str | None, seq: int | None, *, exactly: bool) -> Router:
        """Make a router; it shares what it can with a kept one of the same edition. None is what is known now."""
        found = dated_sets.need(self._connection, "edition", edition, self._district)
        named = None if ruleset is None else dated_sets.need(self._connection, "ruleset", ruleset, self._district)
        rules, staff = read_rules_of(self._connection, named)
        like = next((room for (code, _), room in self._kept.items() if code == edition), None)
        if like is not None and (not exactly or like.components.seq <= (seq or 0)):
            return like.under(rules, staff)
        ground = read_edition(self._connection, found) if like is None else like.snapshot.edition
        known, upto = components.read_components(self._connection, found, upto=seq)
        snapshot = Snapshot(ground, rules, staff, known, upto)
        return Router(snapshot, None if like is None else like.locator.index)


def _is_about_component(case: PastDecision) -> bool:
    return case.component is not None or _means_component(case.category)


@cache
def _means_component(category: str) -> bool:
    try:
        return category_of(category).component_class is not None
    except UnknownCategory:
        return False
