"""Finds the folders that travel with the package: in the wheel below ``_carried``, in a checkout at its root."""

from pathlib import Path

from gridsvc.errors import Unavailable

_PACKAGE = Path(__file__).resolve().parent
_IN_CHECKOUT = {"migrations": "migrations", "boundaries": "data/boundaries"}


def carried(name: str) -> Path:
    """Give the folder ``migrations`` or ``boundaries`` (the demo city)."""
    for folder in (_PACKAGE / "_carried" / name, _PACKAGE.parent / _IN_CHECKOUT[name]):
        if folder.is_dir():
            return folder
    raise Unavailable(
        f"安装不完整：缺少 {name}，请重新安装 gridsvc",
        f"the installation is incomplete: {name} is missing; install gridsvc again",
    )
