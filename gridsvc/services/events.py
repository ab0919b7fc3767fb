"""The newest events of all cases, read once in a process for everybody who follows them."""

import threading
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from gridsvc.errors import FieldError, TooManyRequests, Unavailable
from gridsvc.services.current import CurrentRouter
from gridsvc.store import events as store
from gridsvc.store.engine import transaction
from gridsvc.store.events import Event

# Who has missed more reads everything anew, which then takes less time. A large city has so many in two hours.
KEPT = 10_000
PAGE = 500
# Of one name; a wall of screens needs a few dozen.
MOST_FOLLOWERS = 1_000


class Feed:
    """Keeps the last events, and tells whoever follows that there are new ones. Safe to share between threads.

    A follower has nothing here but the number of the last event that he was given: one who is slow keeps nobody waiting
    and no memory, he finds what he missed, or that it is no longer kept.
    """

    def __init__(self, engine: Engine, current: CurrentRouter, kept: int = KEPT) -> None:
        self._engine = engine
        self._current = current
        self._most = kept
        self._looking = threading.Lock()
        self._keeping = threading.Lock()
        self._kept: list[Event] = []
        # Everything after the first number and up to the second is kept; None before the first look.
        self._floor: int | None = None
        self._last = 0
        self._holds: object = None
        self._followers: dict[object, tuple[str, Callable[[], None]]] = {}
        self.is_over = False

    def look(self) -> None:
        """Read what is new, and tell everybody if there is something, or if another edition or ruleset holds."""
        with self._looking:
            found = self._read()
            holds = self._current.at_hand() or self._holds
            is_new = found or holds is not self._holds
            self._holds = holds
        if is_new:
            self._tell()

    def catch_up(self) -> int:
        """Look, and give the number of the last event; while nobody can be asked, of the last that is known.

        Raises ``Unavailable`` where nobody ever could.
        """
        try:
            self.look()
        except Unavailable:
            if self._floor is None:
                raise
        return self._last

    @property
    def last(self) -> int:
        """The number of the last event that is known."""
        return self._last

    def after(self, seq: int) -> list[Event] | None:
        """Give the next events after a number, None where that is not one from which all of them are kept."""
        with self._keeping:
            if self._floor is None or not self._floor <= seq <= self._last:
                return None
            first = bisect_right(self._kept, seq, key=lambda e: e.seq)
            return self._kept[first : first + PAGE]

    def refuse_crowd(self, name: str) -> None:
        """Raise ``TooManyRequests`` where very many follow by one name already."""
        with self._keeping:
            if Counter(by for by, _ in self._followers.values())[name] >= MOST_FOLLOWERS:
                mend = ("关闭不用的事件流", "close the streams that nobody reads")
                error = FieldError("Authorization", None, *mend)
                raise TooManyRequests("打开的事件流过多", "too many streams are open", [error], retry_after_s=60)

    @contextmanager
    def followed(self, name: str, tell: Callable[[], None]) -> Iterator[None]:
        """Let ``tell`` be called, in any thread, whenever there is something new, as long as the block lasts."""
        token = object()
        with self._keeping:
            self._followers[token] = (name, tell)
        try:
            yield
        finally:
            with self._keeping:
                del self._followers[token]

    def end(self) -> None:
        """Tell everybody that it is over."""
        self.is_over = True
        self._tell()

    def _tell(self) -> None:
        with self._keeping:
            followers = [tell for _, tell in self._followers.values()]
        for tell in followers:
            tell()

    def _read(self) -> bool:
        """Read what came after the last look, at most as much as is kept; tell whether there was something."""
        if self._floor is None:
            with transaction(self._engine) as connection:
                floor = last = store.last_seq(connection, self._most)
        else:
            floor, last = self._floor, self._last
        with transaction(self._engine) as connection:
            found = store.read_events(connection, last, self._most)
            if len(found) == self._most and (jump := store.last_seq(connection, self._most)) > found[-1].seq:
                # So many came at once that most of them would be forgotten at once.
                floor = jump
                found = store.read_events(connection, jump, self._most)
        with self._keeping:
            kept = self._kept if floor == self._floor else [e for e in self._kept if e.seq > floor]
            kept = [*kept, *found]
            if len(kept) > self._most:
                floor = kept[-self._most - 1].seq
            self._kept, self._floor = kept[-self._most :], floor
            self._last = found[-1].seq if found else max(last, floor)
        return bool(found)
