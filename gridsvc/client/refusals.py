"""What a service said instead of an answer, as errors of the one tree."""

from collections.abc import Mapping
from typing import Any

from gridsvc.errors import FieldError, GridsvcError, Unavailable


class Refused(GridsvcError):
    """The service does not do what was asked of it, and asking again will not help.

    ``status`` is the HTTP status, ``kind`` the last part of the problem's type, as in ``unknown-category``; ``legal``
    the actions that the case allows where one was illegal.
    """

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        told = [e for e in problem.get("errors", ()) if isinstance(e, Mapping)]
        zh, en = (str(problem.get(lang) or problem.get("detail") or f"HTTP {status}") for lang in ("zh", "en"))
        names = ("field", "value", "mend_zh", "mend_en")
        super().__init__(zh, en, [FieldError(*(e.get(name, "") for name in names)) for e in told])
        self.status = status
        self.kind = str(problem.get("type", "")).rpartition("/")[2].rpartition(":")[2]
        self.legal = tuple(problem.get("legal", ()))


class Unreachable(Unavailable):
    """Nobody answered, or only that the service cannot just now, as often as it was asked."""
