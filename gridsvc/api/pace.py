"""How fast one caller may go on: so many requests a second, and some more in a burst."""

import threading

SLOWEST_PER_S = 0.001


class Pace:
    """A leaky bucket kept as one number: the instant at which all that was asked so far would have been due.

    It is the generic cell rate algorithm of ITU-T I.371. ``burst_s`` is how far ahead of its time a caller may be.
    """

    __slots__ = ("_burst_s", "_due_s", "_each_s")

    def __init__(self, rate_per_s: float, burst_s: float = 3.0) -> None:
        # Slower than this nobody is, or the instants would outgrow what a number can hold.
        self._each_s = 1.0 / max(rate_per_s, SLOWEST_PER_S)
        # One request at least is always taken from somebody who waited.
        self._burst_s = max(burst_s, self._each_s)
        self._due_s = 0.0

    def wait_s(self, now_s: float) -> float:
        """Count one request at ``now_s`` of a clock that never goes back; gives 0, or how long to wait before it.

        One that must wait does not count.
        """
        due_s = max(self._due_s, now_s) + self._each_s
        ahead_s = due_s - now_s - self._burst_s
        # What sums of such numbers are wrong by keeps nobody waiting who came on time.
        if ahead_s > 1e-6:
            return ahead_s
        self._due_s = due_s
        return 0.0

    def ahead_s(self, now_s: float) -> float:
        """How long a request at ``now_s`` would have to wait, 0 or less for one that would not; it does not count."""
        return max(self._due_s, now_s) + self._each_s - now_s - self._burst_s


class Paces:
    """The pace of each of many callers, all forgotten where they are too many. Safe to share between threads."""

    def __init__(self, most: int = 20_000) -> None:
        self._most = most
        self._paces: dict[object, Pace] = {}
        self._adding = threading.Lock()

    def of(self, caller: object, rate_per_s: float, burst_s: float = 3.0) -> Pace:
        """Give the pace of a caller."""
        found = self._paces.get(caller)
        if found is None:
            with self._adding:
                if len(self._paces) >= self._most:
                    self._paces = {}
                found = self._paces.setdefault(caller, Pace(rate_per_s, burst_s))
        return found
