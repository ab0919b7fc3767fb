"""The one tree of errors: what went wrong, where, and how to mend it, in Chinese and English.

Nothing here knows HTTP or exit codes; ``api/errors.py`` and ``cli/main.py`` each hold one table for that.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field that cannot be used: its name, the value met there, and how to mend it."""

    field: str
    value: object
    mend_zh: str
    mend_en: str

    def text(self, lang: str) -> str:
        """Give the field, what was met there and the mend as one line."""
        met = "-" if self.value is None else repr(self.value)
        return f"{self.field} = {met}: {self.mend_zh if lang == 'zh' else self.mend_en}"


@dataclass(frozen=True, slots=True)
class CellFault(FieldError):
    """A fault in a table; ``field`` is the column. ``line`` is what a spreadsheet shows, the header being line 1.

    ``line`` is None where the table as a whole cannot be used. ``zh`` and ``en`` say what is wrong.
    """

    table: str = ""
    line: int | None = None
    zh: str = ""
    en: str = ""

    def text(self, lang: str) -> str:
        """Give the place, what is wrong and the mend as one line."""
        place = self.table if self.line is None else f"{self.table}:{self.line}"
        return f"{place} {FieldError.text(self, lang)} ({self.zh if lang == 'zh' else self.en})"


class GridsvcError(Exception):
    """Root of every error that gridsvc raises on purpose; any other exception is a bug."""

    def __init__(self, zh: str, en: str, errors: Sequence[FieldError] = ()) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en
        self.errors = tuple(errors)

    def text(self, lang: str) -> str:
        """Give the sentence and every mend in one language, ``zh`` or ``en``."""
        return "\n".join([self.zh if lang == "zh" else self.en, *(f"  {e.text(lang)}" for e in self.errors)])


class BadInput(GridsvcError):
    """What was handed in cannot be used as it is."""


class BadDatum(BadInput):
    """A coordinate reference is missing or not one that gridsvc knows."""


class BadCoordinate(BadInput):
    """A coordinate is not a number, out of range, or far from the city."""


class BadBoundaryFolder(BadInput):
    """A boundary folder, its manifest or one of its files cannot be read."""


class BadTable(BadInput):
    """Tables of people, posts, rules, limits, components or cases have rows that cannot be used.

    ``errors`` are the first of them, ``more`` counts those left out.
    """

    def __init__(self, zh: str, en: str, errors: Sequence[FieldError] = (), more: int = 0) -> None:
        super().__init__(zh, en, errors)
        self.more = more


class UnknownCategory(BadInput):
    """No category of the code scheme has this code."""


class KeyMissing(BadInput):
    """A change came without the idempotency key by which it is done once, however often it is sent."""


class BatchTooLarge(BadInput):
    """More rows in one call than the service takes."""


class FileTooLarge(BadInput):
    """A file is larger than the settings allow."""


class NotFound(GridsvcError):
    """The thing asked for does not exist."""


class Conflict(GridsvcError):
    """The request contradicts what is already there."""


class IllegalAction(Conflict):
    """The state of a case does not allow an action; ``legal`` names those that it does allow."""

    def __init__(self, zh: str, en: str, errors: Sequence[FieldError] = (), legal: Sequence[str] = ()) -> None:
        super().__init__(zh, en, errors)
        self.legal = tuple(legal)


class RefusedToPublish(GridsvcError):
    """A draft has errors that are neither mended nor waived by name."""


class NotAuthenticated(GridsvcError):
    """No key, or a key that nobody holds."""


class Forbidden(GridsvcError):
    """The caller is known but may not do this."""


class TooManyRequests(GridsvcError):
    """The caller must wait; ``retry_after_s`` says how many seconds."""

    def __init__(self, zh: str, en: str, errors: Sequence[FieldError] = (), retry_after_s: int = 1) -> None:
        super().__init__(zh, en, errors)
        self.retry_after_s = retry_after_s


class Unavailable(GridsvcError):
    """The database or another part that must run cannot be reached or started."""


class NothingHolds(Unavailable):
    """The database was asked, and no edition holds now: none was published, or the last one has ended."""
