"""Settings, read once from the environment by a door and handed down; nothing below reads the environment."""

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from gridsvc.errors import BadInput, FieldError
from gridsvc.values import Lang


@dataclass(frozen=True, slots=True)
class Provider:
    """The city's own OpenID provider and who we are to it; ``client_secret`` None: a client without one, by PKCE alone.

    ``audience`` is what access tokens for the API are made out to; None: to the client itself.
    """

    issuer: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    audience: str | None = None

    def __post_init__(self) -> None:
        if not is_protected(self.issuer) or urlsplit(self.issuer).query:
            raise _unprotected("GRIDSVC_OIDC_ISSUER", self.issuer)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that may differ from one installation to the next.

    ``database_url`` None means: gridsvc starts its own private PostGIS below ``state_dir``.
    ``district`` is needed only where one database holds several districts.
    ``rate_per_s`` is how many requests a key or a session may make in a second, if its own row says nothing else.
    ``open_access`` True (``GRIDSVC_OPEN=1``) makes every caller on loopback the administrator ``demo``.
    ``public_url`` is what browsers call us by, where a proxy hides it; None: what the request says.
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
    provider: Provider | None = None
    public_url: str | None = None

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
            provider=_provider(env),
            public_url=_public_url(env),
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


def is_protected(url: str) -> bool:
    """Whether what goes to this address can neither be read nor changed on its way: https, or this machine itself."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    spelled = url.isascii() and url.isprintable() and " " not in url
    if not host or not spelled or parts.username is not None or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and (host == "localhost" or is_loopback(host)))


def is_loopback(host: str | None) -> bool:
    """Whether an address, given by its number, is this machine's own."""
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def _unprotected(name: str, url: str) -> BadInput:
    mend = ("写完整的 https 地址，只有本机可用 http", "give the whole https address; http only on this machine itself")
    return BadInput("地址不可用", "the address cannot be used", [FieldError(name, url, *mend)])


def _provider(env: Mapping[str, str]) -> Provider | None:
    names = ("GRIDSVC_OIDC_ISSUER", "GRIDSVC_OIDC_CLIENT_ID", "GRIDSVC_OIDC_AUDIENCE")
    issuer, client_id, audience = (env.get(name) or None for name in names)
    client_secret = env.get("GRIDSVC_OIDC_CLIENT_SECRET") or None
    if not any((issuer, client_id, client_secret, audience)):
        return None
    if issuer is None or client_id is None:
        mend = ("与其他 GRIDSVC_OIDC_ 设置一起给出", "give it together with the other GRIDSVC_OIDC_ settings")
        missing = [FieldError(n, None, *mend) for n, v in zip(names[:2], (issuer, client_id), strict=True) if v is None]
        raise BadInput("身份提供方的设置不完整", "the settings of the identity provider are incomplete", missing)
    return Provider(issuer, client_id, client_secret, audience)


def _public_url(env: Mapping[str, str]) -> str | None:
    url = env.get("GRIDSVC_PUBLIC_URL", "").rstrip("/")
    if not url:
        return None
    if not is_protected(url) or urlsplit(url).path or urlsplit(url).query:
        mend = ("写成 https://主机[:端口]", "write https://host[:port]")
        raise BadInput("地址不可用", "the address cannot be used", [FieldError("GRIDSVC_PUBLIC_URL", url, *mend)])
    return url


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
