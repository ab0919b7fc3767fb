"""Keys of the manifest, whatever they belong to: what is required, what looks misspelt, and the one error."""

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gridsvc.errors import BadBoundaryFolder, FieldError


def bad(field: str, value: object, zh: str, en: str, mend_zh: str, mend_en: str) -> BadBoundaryFolder:
    """Make the one error of this room: the field of the manifest, what it says and the mend."""
    return BadBoundaryFolder(
        f"manifest.json：{zh}", f"manifest.json: {en}", [FieldError(field, value, mend_zh, mend_en)]
    )


def file_in(folder: Path, name: str, field: str) -> Path:
    """Give the path of a file in the folder, or in the one above where that is a boundary folder too.

    A folder that was sent by somebody else reads nothing besides, whatever its manifest and its links say.
    """
    path = folder / name
    if not path.exists():
        raise bad(field, name, "文件不存在", "the file does not exist", "补上文件或改正文件名",
                  "add the file or mend its name")  # fmt: skip
    real, home = path.resolve(), folder.resolve()
    if (home.parent / "manifest.json").is_file():
        home = home.parent
    if not real.is_relative_to(home) or not (real.is_file() or real.is_dir()):
        raise bad(field, name, "文件不在文件夹内", "the file is not in the folder",
                  "把文件本身（不是链接）复制到文件夹内；上级也是边界文件夹时可用 ../",
                  "copy the file itself, no link, into it; ../ only into a boundary folder above")  # fmt: skip
    return path


def need_text(record: Mapping[str, Any], key: str, field: str) -> str:
    """Give a text that is required, without the space around it."""
    value = record.get(key)
    if not isinstance(value, str) or not value.strip():
        raise bad(
            field, value, "缺少必填项", "a required field is missing", "填写非空文字", "give text that is not empty"
        )
    return value.strip()


def refuse_typos(record: Mapping[str, Any], known: tuple[str, ...], prefix: str) -> None:
    """A key that nearly spells a known one is a mistake; any other extra key is the owner's own note."""
    for key in record:
        meant = [] if key in known else difflib.get_close_matches(key, known, 1, 0.7)
        if meant:
            raise bad(prefix + key, record[key], "键名像是拼错了", "the key looks misspelt",
                      f"是否指 {meant[0]}？", f"is {meant[0]} meant?")  # fmt: skip
