"""Does in one go what several threads ask for at the same time: what one commit costs, all of them share."""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

from gridsvc.errors import Unavailable

Asked = TypeVar("Asked")
Given = TypeVar("Given")


class Together(Generic[Asked, Given]):
    """Whoever asks while something is being done waits, and is served next with all who wait; alone nobody waits.

    ``work`` gives for each what came of it, an exception for who is to be refused; where it raises one itself it has
    done nothing, and is tried with each alone, so that nobody suffers for what another asked. Only where the database
    is away all are told so at once. Safe to share between threads.
    """

    def __init__(self, work: Callable[[Sequence[Asked]], Sequence[Given | Exception]]) -> None:
        self._work = work
        self._waiting: deque[tuple[Asked, Future[Given]]] = deque()
        self._one_at_a_time = ThreadPoolExecutor(1)

    def do(self, asked: Asked) -> Given:
        """Wait until it is done and give what came of it, or raise that."""
        given: Future[Given] = Future()
        self._waiting.append((asked, given))
        self._one_at_a_time.submit(self._serve)
        return given.result()

    def _serve(self) -> None:
        """Serve all who wait; as often as somebody came, so that the last one finds nobody."""
        some = [self._waiting.popleft() for _ in range(len(self._waiting))]
        if not some:
            return
        for (_, given), outcome in zip(some, self._outcomes([asked for asked, _ in some]), strict=True):
            if isinstance(outcome, Exception):
                given.set_exception(outcome)
            else:
                given.set_result(outcome)

    def _outcomes(self, asked: Sequence[Asked]) -> Sequence[Given | Exception]:
        try:
            return self._work(asked)
        except Exception as e:
            if len(asked) == 1 or isinstance(e, Unavailable):
                return [e] * len(asked)
            return [outcome for one in asked for outcome in self._outcomes([one])]
