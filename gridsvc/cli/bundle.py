"""``gridsvc bundle`` and ``gridsvc bundle-key``: the file that phones decide by without a network, and who signs it."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from gridsvc.bootstrap import Router as Loaded
from gridsvc.bundle.file import make_bundle
from gridsvc.bundle.seal import fingerprint, new_key, public_of, read_key
from gridsvc.cli.certificates import refuse_exposed
from gridsvc.cli.database import migrated
from gridsvc.cli.points import whole_file
from gridsvc.cli.terminal import now, progress, say, settings, tell
from gridsvc.errors import BadInput, FieldError
from gridsvc.router import Router
from gridsvc.services.current import CurrentRouter

MOST_DAYS = 90


def bundle(
    key: Annotated[Path, typer.Option(help="签名密钥文件 · the key that signs, made by bundle-key")],
    out: Annotated[Path, typer.Option("-o", help="写入的文件 · the file to write, city.gridbundle")],
    edition: Annotated[str | None, typer.Option(help="版次号，默认为现行 · an edition; that which holds now")] = None,
    boundaries: Annotated[
        Path | None, typer.Option(help="边界文件夹，不用数据库 · a boundary folder instead of the database")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=MOST_DAYS, help="有效天数 · days until it expires")] = 7,
) -> None:
    """制作离线包：手机断网时按它定责 · make the signed file by which phones decide without a network."""
    if edition is not None and boundaries is not None:
        mend = ("二者只给一个", "give one of the two")
        raise BadInput("--edition 与 --boundaries 不能同时给出", "--edition and --boundaries exclude one another",
                       [FieldError("--edition", edition, *mend)])  # fmt: skip
    refuse_exposed("--key", key)
    signing, at = read_key(key.read_bytes()), now()
    with progress("制作离线包", "making the bundle"):
        router = _router(edition, boundaries)
        made = make_bundle(router, signing, at, at + timedelta(days=days))
    with whole_file(out) as part:
        part.write_bytes(made)
    size_mb, held = len(made) / 1e6, f"{router.snapshot.edition.code} / {router.snapshot.ruleset.code or '-'}"
    tell(f"{out}：{held}，{size_mb:.2f} MB，{days} 天有效", f"{out}: {held}, {size_mb:.2f} MB, expires in {days} days")
    _tell_public(public_of(signing))


def _router(edition: str | None, boundaries: Path | None) -> Router:
    if boundaries is not None:
        return Loaded.from_folder(boundaries)
    chosen = settings()
    with migrated(chosen) as engine:
        return CurrentRouter(engine, now, chosen.district).get(edition)


def make_key(
    file: Annotated[
        Path, typer.Argument(help="密钥文件，已有则只显示公钥 · the file; one that is there is only shown")
    ],
) -> None:
    """生成离线包的签名密钥，或显示其公钥 · make the key that signs bundles, or show its public half."""
    if not file.exists():
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
            opened.write(new_key())
        say(f"已生成 {file}，请妥善保管", f"made {file}; keep it secret")
    refuse_exposed("FILE", file)
    _tell_public(public_of(read_key(file.read_bytes(), "FILE")))


def _tell_public(key: str) -> None:
    tell(f"公钥 {key}\n指纹 {fingerprint(key)}", f"public key {key}\nfingerprint {fingerprint(key)}")
