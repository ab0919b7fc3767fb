"""Which PostgreSQL with PostGIS is installed, and as whom its programs run; knows nothing of any cluster."""

import os
import pwd
import re
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from gridsvc.errors import FieldError, Unavailable

APT_LINE = "apt-get update && apt-get install --no-install-recommends postgresql-postgis"

# A trimmed PATH often lacks the sbin folders, and a service manager may give none at all.
ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin",
    "LC_ALL": "C.UTF-8",
}
_USUAL_PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)
_NEEDED = ("postgres", "initdb", "pg_ctl")


@dataclass(frozen=True, slots=True)
class Account:
    """The system user that a root caller lends to the server, because PostgreSQL refuses root."""

    uid: int
    gid: int


def server_account(existing: Path) -> Account | None:
    """Choose the server's user: None for an ordinary caller, who runs it as itself.

    Root gives the server to the owner of an ``existing`` cluster, else to ``postgres``, the package's user.
    """
    if os.geteuid() != 0:
        return None
    try:
        owner = os.lstat(existing)
    except FileNotFoundError:
        owner = None
    if owner is not None and owner.st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        raise Unavailable(
            "没有系统用户 postgres，数据库不能以 root 身份运行",
            "there is no system user postgres, and PostgreSQL refuses to run as root",
            [FieldError("user", "postgres", f"安装 PostGIS:{APT_LINE}", f"install PostGIS: {APT_LINE}")],
        ) from None
    return Account(user.pw_uid, user.pw_gid)


def run_program(
    args: Sequence[str | Path], account: Account | None = None, *, text: str = "", timeout_s: float = 120.0
) -> subprocess.CompletedProcess[str]:
    """Run one program to its end and give its status and all it printed.

    The output goes through a file: a server started on the way would keep a pipe open and us waiting.
    """
    with tempfile.TemporaryFile() as printed:
        try:
            done = subprocess.run(
                [str(a) for a in args],
                input=text.encode(),
                stdout=printed,
                stderr=subprocess.STDOUT,
                timeout=timeout_s,
                cwd="/",
                env=ENVIRONMENT,
                umask=0o077,
                check=False,
                **as_account(account),
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise Unavailable(f"无法运行 {args[0]}:{error}", f"cannot run {args[0]}: {error}") from error
        printed.seek(0)
        output = printed.read().decode(errors="replace")
    return subprocess.CompletedProcess(done.args, done.returncode, output, "")


def write_as(account: Account | None, path: Path, text: str, *, append: bool = False) -> None:
    """Write a file as the server's user, so that root follows no link that this user may have put there."""
    done = run_program(["tee", *(["-a"] if append else []), path], account, text=text)
    if done.returncode != 0:
        raise Unavailable(f"无法写入 {path}:{done.stdout}", f"cannot write {path}: {done.stdout}")


def as_account(account: Account | None) -> dict[str, Any]:
    """Give the arguments with which ``subprocess`` changes to the server's user; none for an ordinary caller."""
    if account is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def find_postgres(pg_bin: Path | None = None, major: int | None = None) -> Path:
    """Find the folder with the programs of a PostgreSQL that has PostGIS.

    Parameters
    ----------
    pg_bin : Path or None
        The only folder looked at if given; else the usual places, highest version first.
    major : int or None
        The major version that existing data asks for.
    """
    looked: list[str] = []
    for folder in [pg_bin] if pg_bin is not None else _places():
        fault = _fault(folder, major)
        if fault is None:
            return folder
        looked.append(f"{folder}: {fault}")
    seen = "; ".join(looked or _USUAL_PLACES)
    package = "postgresql-postgis" if major is None else f"postgresql-{major}-postgis-3"
    line = APT_LINE.replace("postgresql-postgis", package)
    wanted = "PostgreSQL" if major is None else f"PostgreSQL {major}"
    raise Unavailable(
        f"找不到带 PostGIS 的 {wanted}；查找过：{seen}",
        f"no {wanted} with PostGIS was found; looked at: {seen}",
        [
            FieldError(
                "GRIDSVC_PG_BIN",
                None if pg_bin is None else str(pg_bin),
                f"运行 {line}，或指明程序目录，或用 GRIDSVC_DATABASE_URL 指向已有的 PostGIS",
                f"run {line}, or name the programs' folder, or point GRIDSVC_DATABASE_URL at an existing PostGIS",
            )
        ],
    )


def major_version(folder: Path) -> int | None:
    """Ask the ``postgres`` program in this folder for its major version; None if it does not say."""
    found = re.search(r"\(PostgreSQL\) (\d+)", run_program([folder / "postgres", "--version"]).stdout)
    return int(found[1]) if found else None


def _places() -> list[Path]:
    """List the folders that may hold the programs, the one ``pg_config`` names first."""
    places: list[Path] = []
    try:
        named = run_program(["pg_config", "--bindir"])
    except Unavailable:
        named = None
    if named is not None and named.returncode == 0:
        places.append(Path(named.stdout.strip()))
    for pattern in _USUAL_PLACES:
        found = Path("/").glob(pattern.lstrip("/"))
        places.extend(sorted(found, key=lambda p: _numbers(p.parent.name), reverse=True))
    return list(dict.fromkeys(places))


def _numbers(name: str) -> list[int]:
    return [int(n) for n in re.findall(r"\d+", name)]


def _fault(folder: Path, major: int | None) -> str | None:
    """Say in a few words why this folder will not do; None if it will."""
    missing = [name for name in _NEEDED if not os.access(folder / name, os.X_OK)]
    if missing:
        return "no " + ", ".join(missing)
    version = major_version(folder)
    if version is None:
        return "postgres --version says nothing"
    if major is not None and version != major:
        return f"PostgreSQL {version}, but the data needs {major}"
    # Both: Debian has a package that brings the control file without the library.
    if not _exists("share", "extension/postgis.control", folder, version):
        return f"PostgreSQL {version} without PostGIS"
    if not _exists("pkglib", "postgis-3.*", folder, version):
        return f"PostgreSQL {version} with PostGIS's scripts, but not its library"
    return None


def _exists(kind: Literal["share", "pkglib"], pattern: str, folder: Path, version: int) -> bool:
    """Look for a file in the folder of this kind that belongs to the programs of ``folder``."""
    real = folder.resolve().parent
    places = {
        "share": [Path(f"/usr/share/postgresql/{version}"), real / "share", real / "share" / "postgresql"],
        "pkglib": [real / "lib", real / "lib" / "postgresql"],
    }[kind]
    if os.access(folder / "pg_config", os.X_OK):
        places.insert(0, Path(run_program([folder / "pg_config", f"--{kind}dir"]).stdout.strip()))
    return any(any(place.glob(pattern)) for place in places)
