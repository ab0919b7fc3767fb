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
class ObjectStore:
    """A bucket of a service that speaks S3: ``url`` is ``s3://bucket/prefix``; ``endpoint`` None: that of AWS."""

    url: str
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    endpoint: str | None = None
    region: str = "us-east-1"

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme != "s3" or not parts.netloc or parts.query or parts.fragment:
            mend = ("写成 s3://存储桶/前缀，或不设置", "write s3://bucket/prefix, or leave it out")
            error = FieldError("GRIDSVC_ATTACHMENTS", self.url, *mend)
            raise BadInput("附件存储的地址不可用", "the address of the store of attachments cannot be used", [error])
        if self.endpoint is not None and not is_protected(self.endpoint):
            raise _unprotected("GRIDSVC_S3_ENDPOINT", self.endpoint)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that may differ from one installation to the next.

    ``database_url`` None means: gridsvc starts its own private PostGIS below ``state_dir``.
    ``pooler_url`` is a pooler before that database which lends a connection for one transaction at a time (PgBouncer);
    the service asks there what does not need a connection of its own. None: there is none.
    ``district`` is needed only where one database holds several districts.
    ``rate_per_s`` is how many requests a key or a session may make in a second, if its own row says nothing else.
    ``open_access`` True (``GRIDSVC_OPEN=1``) makes every caller on loopback the administrator ``demo``.
    ``public_url`` is what browsers call us by, where a proxy hides it; None: what the request says.
    ``bucket`` None keeps attachments in a folder below ``state_dir``, which all replicas must share.
    ``photo_mb`` and ``file_mb`` are how large photos, and films and documents, may be.
    ``webhook_networks`` are addresses and networks of the city's own that messages may be sent to, also without HTTPS;
    to any other address of the internet only with it.
    ``trusted_proxies`` are addresses and networks whose ``X-Forwarded-For`` and ``X-Forwarded-Proto`` are believed.
    ``bundle_key`` signs offline bundles: PEM, as ``gridsvc bundle-key`` makes it.
    Secrets come from a variable or from the file that the same variable with ``_FILE`` names, and are never shown.
    """

    database_url: str | None = field(repr=False)
    state_dir: Path
    pg_bin: Path | None
    open_access: bool
    admin_key: str | None = field(repr=False)
    lang: Lang
    pool_size: int
    district: str | None
    statement_timeout_s: float
    rate_per_s: float
    trusted_proxies: tuple[str, ...]
    provider: Provider | None = None
    public_url: str | None = None
    bucket: ObjectStore | None = None
    photo_mb: int = 20
    file_mb: int = 100
    webhook_networks: tuple[str, ...] = ()
    bundle_key: str | None = field(default=None, repr=False)
    pooler_url: str | None = field(default=None, repr=False)

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "Settings":
        """Read the variables ``GRIDSVC_*``; a value that makes no sense is refused by name."""
        env = os.environ if env is None else env
        pg_bin = env.get("GRIDSVC_PG_BIN")
        return cls(
            database_url=_secret(env, "GRIDSVC_DATABASE_URL"),
            state_dir=Path(env["GRIDSVC_STATE_DIR"]) if env.get("GRIDSVC_STATE_DIR") else default_state_dir(env),
            pg_bin=Path(pg_bin) if pg_bin else None,
            open_access=env.get("GRIDSVC_OPEN") == "1",
            admin_key=_secret(env, "GRIDSVC_ADMIN_KEY"),
            lang=parse_lang(env.get("GRIDSVC_LANG", "zh"), "GRIDSVC_LANG"),
            district=env.get("GRIDSVC_DISTRICT") or None,
            pool_size=_positive(env, "GRIDSVC_POOL_SIZE", 20),
            statement_timeout_s=float(_positive(env, "GRIDSVC_STATEMENT_TIMEOUT_S", 60)),
            rate_per_s=float(_positive(env, "GRIDSVC_RATE_PER_S", 200)),
            provider=_provider(env),
            public_url=_public_url(env),
            bucket=_bucket(env),
            photo_mb=_positive(env, "GRIDSVC_PHOTO_MB", 20),
            file_mb=_positive(env, "GRIDSVC_FILE_MB", 100),
            trusted_proxies=_networks(env, "GRIDSVC_TRUSTED_PROXIES", "127.0.0.1,::1"),
            webhook_networks=_networks(env, "GRIDSVC_WEBHOOK_NETWORKS", ""),
            bundle_key=_secret(env, "GRIDSVC_BUNDLE_KEY"),
            pooler_url=_pooler(env),
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
    client_secret = _secret(env, "GRIDSVC_OIDC_CLIENT_SECRET")
    if not any((issuer, client_id, client_secret, audience)):
        return None
    if issuer is None or client_id is None:
        mend = ("与其他 GRIDSVC_OIDC_ 设置一起给出", "give it together with the other GRIDSVC_OIDC_ settings")
        missing = [FieldError(n, None, *mend) for n, v in zip(names[:2], (issuer, client_id), strict=True) if v is None]
        raise BadInput("身份提供方的设置不完整", "the settings of the identity provider are incomplete", missing)
    return Provider(issuer, client_id, client_secret, audience)


def _pooler(env: Mapping[str, str]) -> str | None:
    url = _secret(env, "GRIDSVC_POOLER_URL")
    if url is not None and not (env.get("GRIDSVC_DATABASE_URL") or env.get("GRIDSVC_DATABASE_URL_FILE")):
        mend = ("给出连接池后面的数据库本身的地址", "give the address of the database behind the pooler")
        error = FieldError("GRIDSVC_DATABASE_URL", None, *mend)
        raise BadInput("连接池的设置不完整", "the settings of the pooler are incomplete", [error])
    return url


def _public_url(env: Mapping[str, str]) -> str | None:
    url = env.get("GRIDSVC_PUBLIC_URL", "").rstrip("/")
    if not url:
        return None
    if not is_protected(url) or urlsplit(url).path or urlsplit(url).query:
        mend = ("写成 https://主机[:端口]", "write https://host[:port]")
        raise BadInput("地址不可用", "the address cannot be used", [FieldError("GRIDSVC_PUBLIC_URL", url, *mend)])
    return url


def _bucket(env: Mapping[str, str]) -> ObjectStore | None:
    url = env.get("GRIDSVC_ATTACHMENTS")
    if not url:
        return None
    names = ("GRIDSVC_S3_ACCESS_KEY", "GRIDSVC_S3_SECRET_KEY")
    access_key, secret_key = (_secret(env, name) for name in names)
    if access_key is None or secret_key is None:
        mend = ("与 GRIDSVC_ATTACHMENTS 一起给出（或用 _FILE）", "give it with GRIDSVC_ATTACHMENTS, or by _FILE")
        given = zip(names, (access_key, secret_key), strict=True)
        missing = [FieldError(name, None, *mend) for name, value in given if value is None]
        raise BadInput("附件存储的设置不完整", "the settings of the store of attachments are incomplete", missing)
    endpoint, region = (env.get(name) or None for name in ("GRIDSVC_S3_ENDPOINT", "GRIDSVC_S3_REGION"))
    return ObjectStore(url, access_key, secret_key, endpoint, region or "us-east-1")


def _secret(env: Mapping[str, str], name: str) -> str | None:
    """Read a secret from the variable ``name``, or from the file that ``name`` with ``_FILE`` names; None if neither.

    Line ends after it are dropped. Both at once, and a file that is empty or cannot be read, are refused by name.
    """
    given, file, path = env.get(name), f"{name}_FILE", env.get(f"{name}_FILE")
    if not path:
        return given or None
    if given:
        mend = (f"只保留 {name} 或 {file} 之一", f"keep either {name} or {file}")
        raise BadInput("同一设置给了两次", "the setting is given twice", [FieldError(file, path, *mend)])
    try:
        text = Path(path).read_text("utf-8").rstrip("\r\n")
    except (OSError, ValueError) as e:
        # Of a file that is no text nothing is repeated: it may be the secret.
        why = e.strerror if isinstance(e, OSError) else "not UTF-8"
        mend = ("给出运行 gridsvc 的用户可读的文本文件", "name a text file that the user of gridsvc can read")
        told = f"the file that {file} names cannot be read ({why})"
        raise BadInput(f"{file} 指向的文件无法读取", told, [FieldError(file, path, *mend)]) from None
    if not text:
        mend = ("把该设置的值写入文件", "write the secret into that file")
        told = f"the file that {file} names is empty"
        raise BadInput(f"{file} 指向的文件是空的", told, [FieldError(file, path, *mend)])
    return text


def _networks(env: Mapping[str, str], name: str, default: str) -> tuple[str, ...]:
    text = env.get(name) or default
    try:
        return tuple(str(ipaddress.ip_network(part.strip())) for part in text.split(",") if text)
    except ValueError:
        mend = ("写成逗号分隔的 IP 地址或网段", "write IP addresses or networks, separated by commas")
        raise BadInput(
            "地址或网段无效", "the addresses or networks are not usable", [FieldError(name, text, *mend)]
        ) from None


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
