"""Settings, read once from the environment by a door and handed down; nothing below reads the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gridsvc.errors import BadInput, FieldError
from gridsvc.values import Lang


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that may differ from one installation to the next.

    ``database_url`` None means: gridsvc starts its own private PostGIS below ``state_dir``.
    ``district`` is needed only where one database holds several districts.
    ``rate_per_s`` is how many requests a key or a session may make in a second, if its own row says nothing else.
    ``open_access`` True (``GRIDSVC_OPEN=1``) makes every caller on loopback the administrator ``demo``.
    """

    database_url: str | None
    state_dir: Path
    pg_bin: Path | None
    open_access: bool
    admin_key: str | None
    lang: Lang
    pool_size: int
    district: str | None
    statement_timeout_s: float
    rate_per_s: float

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "Settings":
        """Read the variables ``GRIDSVC_*``; a value that makes no sense is refused by name."""
        env = os.environ if env is None else env
        pg_bin = env.get("GRIDSVC_PG_BIN")
        return cls(
            database_url=env.get("GRIDSVC_DATABASE_URL") or None,
            state_dir=Path(env["GRIDSVC_STATE_DIR"]) if env.get("GRIDSVC_STATE_DIR") else default_state_dir(env),
            pg_bin=Path(pg_bin) if pg_bin else None,
            open_access=env.get("GRIDSVC_OPEN") == "1",
            admin_key=env.get("GRIDSVC_ADMIN_KEY") or None,
            lang=parse_lang(env.get("GRIDSVC_LANG", "zh"), "GRIDSVC_LANG"),
            district=env.get("GRIDSVC_DISTRICT") or None,
            pool_size=_positive(env, "GRIDSVC_POOL_SIZE", 20),
            statement_timeout_s=float(_positive(env, "GRIDSVC_STATEMENT_TIMEOUT_S", 60)),
            rate_per_s=float(_positive(env, "GRIDSVC_RATE_PER_S", 200)),
        )


def default_state_dir(env: Mapping[str, str]) -> Path:
    """Choose where the private cluster lives: the system's state folder for root, the user's own otherwise.

    PostgreSQL refuses root, so root's cluster runs as another user, who could not enter root's home.
    """
    if os.geteuid() == 0:
        return Path("/var/lib/gridsvc")
    base = env.get("XDG_STATE_HOME") or str(Path(env.get("HOME", "~")).expanduser() / ".local" / "state")
    return Path(base) / "gridsvc"


def parse_lang(text: str, field: str) -> Lang:
    """Read a language; ``field`` names where it was given."""
    if text == "zh":
        return "zh"
    if text == "en":
        return "en"
    mend = ("设为 zh 或 en", "set it to zh or en")
    raise BadInput("语言只能是 zh 或 en", "the language is zh or en", [FieldError(field, text, *mend)])


def _positive(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit()) or int(text) == 0:
        raise BadInput(
            "设置应为正整数",
            "the setting is a positive whole number",
            [FieldError(name, text, "改为正整数", "give a positive whole number")],
        )
    return int(text)
