"""A boundary folder that was sent: its files under the names that were given, and nothing beside the folder."""

import shutil
import stat
import zipfile
from pathlib import Path, PurePosixPath

from gridsvc.errors import BadBoundaryFolder, FieldError
from gridsvc.spatial.files import UNREADABLE, refuse_zip_bomb
from gridsvc.values import storable

MANIFEST = "manifest.json"
MOST_FILES = 1000
LONGEST_NAME = 200
# What computers add to folders of their own accord.
_LITTER = {"__macosx", "thumbs.db", "desktop.ini"}


def unzip(archive: Path, target: Path) -> None:
    """Write the files of a zip into an empty folder; raises ``BadBoundaryFolder`` where one would land elsewhere.

    Links, files under a password, two of one name and far too much are refused. Names that are not marked as UTF-8 are
    read as UTF-8 where they are, else as GB18030, in which Chinese computers write them.
    """
    try:
        refuse_zip_bomb(archive)
        with zipfile.ZipFile(archive) as zipped:
            if len(zipped.infolist()) > MOST_FILES:
                raise _refused(None, "文件过多", "there are too many files", f"至多 {MOST_FILES} 个文件",
                               f"send {MOST_FILES} files at most")  # fmt: skip
            taken: set[str] = set()
            for member in zipped.infolist():
                path = _place(target, _name_of(member), taken)
                if path is None or member.is_dir():
                    continue
                if stat.S_ISLNK(member.external_attr >> 16) or member.flag_bits & 1:
                    raise _refused(member.filename, "它是链接或有密码", "it is a link or under a password",
                                   "压缩文件本身，不加密码", "zip the file itself, without a password")  # fmt: skip
                with zipped.open(member) as packed, path.open("xb") as file:
                    shutil.copyfileobj(packed, file)
    except (*UNREADABLE, ValueError, NotImplementedError) as e:
        # Not where on this machine it happened.
        why = e.strerror if isinstance(e, OSError) and e.strerror else e
        mend = (f"重新压缩为 .zip：{why}", f"zip it again: {why}")
        raise _refused(None, "无法解压", "it cannot be unpacked", *mend) from None


def put(source: Path, name: str, target: Path) -> None:
    """Move a file that was sent under a name into a folder; refused as in a zip."""
    there = {path.relative_to(target).as_posix().casefold() for path in target.rglob("*")}
    path = _place(target, name, there)
    if path is not None:
        shutil.move(source, path)


def home_of(folder: Path) -> Path:
    """Give the folder of the manifest nearest to the top; raises ``BadBoundaryFolder`` where there is none, or two."""
    found = sorted((len(p.parts), p) for p in folder.rglob(MANIFEST) if p.is_file())
    if not found:
        raise _refused(MANIFEST, "文件夹里没有 manifest.json", "there is no manifest.json in it", "把它一起上传",
                       "send it with the other files")  # fmt: skip
    if len(found) > 1 and found[0][0] == found[1][0]:
        raise _refused(MANIFEST, "有多个边界文件夹", "there are several boundary folders", "一次上传一个",
                       "send one at a time")  # fmt: skip
    return found[0][1].parent


def _name_of(member: zipfile.ZipInfo) -> str:
    if member.flag_bits & 0x800:
        return member.filename
    raw = member.filename.encode("cp437")
    try:
        return raw.decode()
    except UnicodeError:
        return raw.decode("gb18030", "replace")


def _place(target: Path, name: str, taken: set[str]) -> Path | None:
    """Where a file goes, its folders made; None for what nobody meant to send.

    ``taken`` are the paths that there are, in letters of one case, because some computers tell no others apart; this
    one is added.
    """
    way = PurePosixPath(name.replace("\\", "/"))
    if any(part.lower() in _LITTER or (part.startswith(".") and part != "..") for part in way.parts):
        return None
    if way.is_absolute() or not way.parts or ".." in way.parts or ":" in name or not storable(name):
        raise _refused(name, "文件名指向文件夹之外", "its name leads out of the folder", "用文件夹内的相对路径",
                       "use a path within the folder")  # fmt: skip
    path = target.joinpath(*way.parts)
    if len(name.encode()) > LONGEST_NAME:
        raise _refused(name, "文件名过长", "its name is too long", "改短", "give it a shorter name")
    whole = way.as_posix().casefold()
    if whole in taken:
        raise _refused(name, "两个文件同名", "two files have one name", "改名或去掉一个", "rename one or leave it out")
    taken.add(whole)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _refused(name: str | None, zh: str, en: str, mend_zh: str, mend_en: str) -> BadBoundaryFolder:
    about = FieldError("file", name, mend_zh, mend_en)
    return BadBoundaryFolder(f"上传的文件夹不可用：{zh}", f"the folder that was sent cannot be used: {en}", [about])
