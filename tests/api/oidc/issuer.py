"""A small provider on loopback, with real keys, that says what a certified one never would."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import get_default_algorithms

CLIENT, AUDIENCE = "gridsvc", "urn:gridsvc:api"


class Key:
    """A key pair with the algorithm that it signs by; ``kid`` is how the provider calls it."""

    def __init__(self, private: Any, alg: str, kid: str) -> None:
        self.private, self.alg, self.kid = private, alg, kid

    def public(self, **members: str | None) -> dict[str, Any]:
        """The JWK to publish; None leaves a member out."""
        jwk = get_default_algorithms()[self.alg].to_jwk(self.private.public_key(), as_dict=True)
        given = jwk | {"kid": self.kid, "alg": self.alg, "use": "sig"} | members
        return {name: value for name, value in given.items() if value is not None}

    def sign(self, claims: dict[str, Any], **header: Any) -> str:
        """Sign claims; keywords replace members of the header, None leaves one out (of ``typ`` too)."""
        given = {"kid": self.kid, "typ": "at+jwt"} | header
        # The library writes a type of its own, unless it is told None.
        kept = {name: value for name, value in given.items() if value is not None or name == "typ"}
        return jwt.encode(claims, self.private, self.alg, kept)


def key(kid: str = "rsa", bits: int = 2048) -> Key:
    """The same key each time it is asked for; what ``kid`` begins with says of what kind."""
    return _made(kid, bits)


@cache
def _made(kid: str, bits: int) -> Key:
    if kid.startswith("ec"):
        return Key(ec.generate_private_key(ec.SECP256R1()), "ES256", kid)
    if kid.startswith("ed"):
        return Key(ed25519.Ed25519PrivateKey.generate(), "EdDSA", kid)
    return Key(rsa.generate_private_key(65537, bits), "PS256" if kid.startswith("pss") else "RS256", kid)


class Issuer:
    """What is published, what the token endpoint answers, and every request that came."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.keys: list[dict[str, Any]] = [key().public()]
        self.discovery: dict[str, Any] = {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/auth?tenant=1",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/jwks",
        }
        self.token: tuple[int, dict[str, Any]] = (500, {})
        # Path -> status, headers and bytes that are sent instead.
        self.instead: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.asked: list[str] = []
        # Whoever asks for one of these paths waits until it is let go.
        self.held: dict[str, threading.Event] = {}
        self.form: dict[str, str] = {}
        self.authorization: str | None = None

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Good claims of a token for the API, with some replaced; None leaves one out, a timedelta counts from now."""
        now = datetime.now(UTC)
        good: dict[str, Any] = {
            "iss": self.address,
            "aud": AUDIENCE,
            "sub": "zhang.wei",
            "iat": timedelta(),
            "exp": timedelta(minutes=5),
        }
        given = {name: value for name, value in (good | changes).items() if value is not None}
        return {n: int((now + v).timestamp()) if isinstance(v, timedelta) else v for n, v in given.items()}

    def answer(self, path: str) -> tuple[int, dict[str, str], bytes]:
        if path in self.instead:
            return self.instead[path]
        found: dict[str, Any] = {
            "/.well-known/openid-configuration": (200, self.discovery), "/jwks": (200, {"keys": self.keys}),
            "/token": self.token,
        }  # fmt: skip
        status, body = found.get(path, (404, {}))
        return status, {"Content-Type": "application/json"}, json.dumps(body).encode()

    def count(self, path: str) -> int:
        return self.asked.count(path)


@contextmanager
def issuing(port: int = 0) -> Iterator[Issuer]:
    """Serve an issuer as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.asked.append(self.path)
            length = int(self.headers.get("Content-Length", 0))
            if length:
                issuer.form = dict(parse_qsl(self.rfile.read(length).decode()))
                issuer.authorization = self.headers.get("Authorization")
            if self.path in issuer.held:
                issuer.held[self.path].wait()
            status, headers, body = issuer.answer(self.path)
            self.send_response(status)
            for name, value in (headers | {"Content-Length": str(len(body))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    issuer = Issuer(server.server_port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
