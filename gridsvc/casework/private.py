"""What a case holds of private people, apart from its history: that keeps a digest only, which outlives an erasure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from gridsvc import chain
from gridsvc.casework.case import Entry
from gridsvc.casework.reporter import Reporter


@dataclass(frozen=True, slots=True)
class PrivateRow:
    """What is kept of a case and may be erased. ``salt`` None: there was nothing private, or it was erased."""

    salt: bytes | None = None
    reporter: Mapping[str, Any] | None = None
    description: str | None = None
    address: str | None = None
    erased_at: datetime | None = None
    subject: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing of anybody."""
        return (self.reporter, self.description, self.address, self.subject) == (None, None, None, None)

    @property
    def digest(self) -> str | None:
        """SHA-256 over the salt and what is private, in hexadecimal, as the history keeps it; None of nothing.

        Without the salt, which an erasure takes away, nobody can find by trial what it was made of.
        """
        if self.salt is None:
            return None
        # Nothing of a subject where there is none: so were the seals of cases from before there was one.
        against = () if self.subject is None else (self.subject,)
        return chain.seal([self.reporter, self.description, self.address, *against], self.salt).hex()


def private_row(
    reporter: Reporter | None, description: str | None, address: str | None, salt: bytes, subject: str | None = None
) -> PrivateRow:
    """Make the row of a new case; ``salt`` is 16 random bytes of its own."""
    row = PrivateRow(salt, None if reporter is None else asdict(reporter), description, address, subject=subject)
    return PrivateRow() if row.is_empty else row


def private_row_matches(entry: Entry, row: PrivateRow) -> bool:
    """Whether what is kept of a case is what its first entry sealed, or was erased since and wholly.

    Entries from before there was a digest hold description and address themselves.
    """
    if row.erased_at is not None:
        return row.is_empty and row.salt is None
    if "private" in entry.payload:
        return row.digest == entry.payload["private"] and (row.salt is not None or row.is_empty)
    said = (entry.payload.get("description"), entry.payload.get("address"))
    return row.reporter is None and (row.description, row.address) == said
