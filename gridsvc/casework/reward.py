"""The reward for a report (有奖举报): asked for by who reports, due once the case is verified, and paid once."""

from collections.abc import Mapping
from typing import Any, Literal

Reward = Literal["wanted", "due", "paid"]
# What was registered has been verified, whether somebody is accountable for it by then or not.
_VERIFIED = frozenset({"registered", "undecided"})


def reward_after(stood: str | None, kind: str, said: Mapping[str, Any]) -> str | None:
    """Give how it stands with a reward after an entry of this kind and payload; None where nobody asked for one.

    It is ``wanted`` by the report, ``due`` once the case is registered and for as long as it is not void, and ``paid``
    for good.
    """
    if kind == "reported":
        return "wanted" if said.get("reward") else None
    if stood is None or stood == "paid":
        return stood
    if kind == "pay":
        return "paid"
    to = said.get("to")
    return "due" if to in _VERIFIED else "wanted" if to == "void" else stood
