"""How tests share one machine where several processes run them: who goes together, and who has it alone.

Tests of one group run one after the other in one process, so that what is made once for them is made once. A test
that watches the clock says so by the marker ``alone``: it waits until the others have ended what they are at, and they
wait until it has ended.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_SH, LOCK_UN, flock
from functools import cache
from pathlib import Path
from typing import IO, Any

import pytest
from xdist.scheduler import LoadScopeScheduling

# Folders whose files share a service and a browser; everywhere else a file is a group.
TOGETHER = ("tests/web/console", "tests/web/field")


def group_of(file: str) -> str:
    """The group of a test by its file, given relative to the root of the checkout.

    >>> group_of("tests/web/console/test_map.py"), group_of("tests/test_chain.py")
    ('tests/web/console', 'tests/test_chain.py')
    """
    return next((folder for folder in TOGETHER if file.startswith(f"{folder}/")), file)


@cache
def _files(run: str) -> tuple[IO[bytes], IO[bytes]]:
    """The files that this run's processes take turns by: a door, and the room behind it."""
    folder = Path(tempfile.gettempdir())
    door, room = (folder / f"gridsvc-turns-{run}-{part}" for part in ("door", "room"))
    return door.open("ab"), room.open("ab")


@contextmanager
def turn(*, alone: bool) -> Iterator[None]:
    """Be among others, or alone, as long as the block lasts; of one process there is nothing to wait for.

    Everybody passes the door one by one, and who wants to be alone keeps it closed while the room empties: without it
    those who share the room would follow each other for ever.
    """
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    if run is None:
        yield
        return
    door, room = _files(run)
    flock(door, LOCK_EX)
    flock(room, LOCK_EX if alone else LOCK_SH)
    flock(door, LOCK_UN)
    try:
        yield
    finally:
        flock(room, LOCK_UN)


def in_groups(items: list[pytest.Item]) -> None:
    """Put the groups in order: long ones first, those with a test alone last.

    A long group that begins late ends when nothing is left beside it; who is alone holds up nobody at the end.
    """
    group = {item: group_of(item.nodeid.split("::")[0]) for item in items}
    alone, slow = ({group[item] for item in items if item.get_closest_marker(mark)} for mark in ("alone", "slow"))
    items.sort(key=lambda item: (group[item] in alone, group[item] not in TOGETHER, group[item] not in slow))


class ByGroups(LoadScopeScheduling):
    """Gives a group to one process as a whole, in the order in which the groups were put."""

    def __init__(self, config: pytest.Config, log: Any) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid.split("::")[0])
