"""The party that a case is against: a name or a shop as it was given, and what tells it from others."""

import hmac
import unicodedata

LONGEST_SUBJECT = 100


def key_of_subject(name: str, secret: bytes) -> bytes | None:
    """Give 16 bytes that are the same for the same party, however its name is spaced, bracketed or spelled by width.

    A keyed digest (HMAC-SHA256): without the installation's secret nobody can find by trial whose it is. None where
    there is no letter and no digit in the name.
    """
    plain = "".join(c for c in unicodedata.normalize("NFKC", name).casefold() if c.isalnum())
    return hmac.digest(secret, plain.encode(), "sha256")[:16] if plain else None
