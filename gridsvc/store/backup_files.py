"""The files of attachments in a backup: each under its hash, so that copying again copies only what is new."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

_NAME = re.compile("[0-9a-f]{64}")


def missing(source: Path, target: Path) -> list[Path]:
    """Give the finished files below ``source`` that ``target`` has not, as paths relative to both."""
    return [name for name in _names(source) if not (target / name).is_file()]


def copy(source: Path, target: Path, names: list[Path], step: Callable[[], None] = lambda: None) -> int:
    """Copy these files, each whole and on the disk before it has its name; give how many there were.

    What was taken away meanwhile, because nobody needed it any more, is passed over.
    """
    copied = 0
    for name in names:
        place = target / name
        place.parent.mkdir(0o700, parents=True, exist_ok=True)
        part = place.with_name(f"{place.name}.part")
        try:
            shutil.copyfile(source / name, part)
        except FileNotFoundError:
            part.unlink(missing_ok=True)
            continue
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.replace(place)
        copied += 1
        step()
    return copied


def _names(source: Path) -> Iterator[Path]:
    for folder in sorted(source.glob("[0-9a-f][0-9a-f]")):
        for file in sorted(folder.iterdir()):
            if _NAME.fullmatch(file.name):
                yield file.relative_to(source)
