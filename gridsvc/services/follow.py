"""Keeps a process up to date: looks as soon as the database says that something changed, and builds beforehand."""

import logging
import random
import socket
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager

import psycopg2
from sqlalchemy import Engine

from gridsvc.errors import GridsvcError
from gridsvc.services.current import LOOK_AGAIN_S, CurrentRouter
from gridsvc.store.notices import CASES, listening, wait_for_word

log = logging.getLogger("gridsvc")
# The pause before the first new attempt to listen; it doubles up to the time between looks.
FIRST_PAUSE_S = 0.05
# Words come in crowds; one look answers for all that were said in so long.
CROWD_S = 0.02
_END_S = 10.0


@contextmanager
def following(
    current: CurrentRouter,
    engine: Engine,
    *others: Callable[[], None],
    of_cases: Sequence[Callable[[], None]] = (),
    beforehand: Sequence[Callable[[], None]] = (),
) -> Iterator[None]:
    """Let a router follow what is published, as long as the block lasts, in two threads of its own.

    ``engine`` only says where to listen, which no pooler may stand before.
    ``others`` are called at every look too: what else changes by word of the database. ``of_cases`` are called after
    them, and alone where all that was said is that something happened to a case, which is said all day. ``beforehand``
    is built after each look, once the routers are.
    """
    follower = _Follower(current, engine, others, of_cases, beforehand)
    threads = [threading.Thread(target=work, daemon=True) for work in (follower.hear, follower.build)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        follower.stop()
        for thread in threads:
            thread.join(_END_S)
        follower.close()


class _Follower:
    """One thread hears and looks; another builds beforehand, which takes longer.

    What was built by then takes over at once, whatever is being built. An edition that holds and was not built yet is
    built within the look, after what the other thread is at.
    """

    def __init__(
        self,
        current: CurrentRouter,
        engine: Engine,
        others: Sequence[Callable[[], None]] = (),
        of_cases: Sequence[Callable[[], None]] = (),
        beforehand: Sequence[Callable[[], None]] = (),
    ) -> None:
        self._current = current
        self._beforehand = beforehand
        self._others = others
        self._of_cases = of_cases
        self._looked_at_s = float("-inf")
        self._engine = engine
        self._over = threading.Event()
        self._looked = threading.Event()
        self._stop, self._stopped = socket.socketpair()

    def stop(self) -> None:
        """End both threads as soon as they have done what they are at."""
        self._over.set()
        self._looked.set()
        self._stop.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of what the threads held, once both have ended."""
        self._stop.close()
        self._stopped.close()

    def hear(self) -> None:
        """Look whenever something is said, and once a second in any case; listen anew where the line is lost."""
        pause_s, lost = FIRST_PAUSE_S, False
        while not self._over.is_set():
            try:
                with listening(self._engine) as line:
                    # Nobody heard what was said before.
                    self._look()
                    while not self._over.is_set():
                        said = wait_for_word(line, self._stopped, LOOK_AGAIN_S)
                        # A line that can be opened but not waited for is as good as none.
                        if lost:
                            log.info("listening again")
                        pause_s, lost = FIRST_PAUSE_S, False
                        self._look(said)
                        if said:
                            self._over.wait(CROWD_S)
            except Exception as e:
                # Whatever it is: a thread that ended for it would never look again.
                if not lost:
                    ours = not isinstance(e, psycopg2.Error)
                    log.warning("not listening, so looking once a second: %s", str(e).strip(), exc_info=ours)
                lost = True
                self._look()
                # Not all replicas at the same instant.
                self._over.wait(random.uniform(0.5, 1.0) * pause_s)
                pause_s = min(2.0 * pause_s, LOOK_AGAIN_S)

    def build(self) -> None:
        """Build what will be needed, after each look that may have found some."""
        while not self._over.is_set():
            self._looked.wait()
            self._looked.clear()
            for work in (self._current.prepare, *self._beforehand):
                if not self._over.is_set():
                    _quietly(work)

    def _look(self, said: Collection[str] = ()) -> None:
        if set(said) != {CASES} or time.monotonic() - self._looked_at_s >= LOOK_AGAIN_S:
            for look in (self._current.look, *self._others):
                _quietly(look)
            self._looked_at_s = time.monotonic()
            self._looked.set()
        for look in self._of_cases:
            _quietly(look)


def _quietly(work: Callable[[], None]) -> None:
    try:
        work()
    except GridsvcError as e:
        # Whoever asks is told the same.
        log.debug("%s", e.en)
    except Exception:
        # A process that ended for it could not even say so.
        log.exception("cannot look for what is new")
