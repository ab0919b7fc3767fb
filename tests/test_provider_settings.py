"""Settings that make no sense are refused by name before anything starts."""

import pytest

from gridsvc.errors import BadInput
from gridsvc.settings import Provider, Settings, is_protected

ISSUER, CLIENT, SECRET, AUDIENCE = (f"GRIDSVC_OIDC_{n}" for n in ("ISSUER", "CLIENT_ID", "CLIENT_SECRET", "AUDIENCE"))
GOOD = {ISSUER: "https://id.example", CLIENT: "gridsvc"}


def read(env: dict[str, str]) -> Settings:
    return Settings.from_env({"HOME": "/nonexistent"} | env)


@pytest.mark.parametrize(
    ("env", "provider"),
    [
        ({}, None),
        ({ISSUER: "", CLIENT: ""}, None),
        (GOOD, Provider("https://id.example", "gridsvc")),
        (GOOD | {SECRET: "s", AUDIENCE: "urn:api"}, Provider("https://id.example", "gridsvc", "s", "urn:api")),
        (GOOD | {ISSUER: "http://127.0.0.1:8080/city"}, Provider("http://127.0.0.1:8080/city", "gridsvc")),
        (GOOD | {ISSUER: "http://localhost:8080"}, Provider("http://localhost:8080", "gridsvc")),
    ],
)  # fmt: skip
def test_a_provider_is_read(env: dict[str, str], provider: Provider | None):
    assert read(env).provider == provider


@pytest.mark.parametrize(
    ("env", "missing"),
    [
        ({ISSUER: "https://id.example"}, [CLIENT]),
        ({CLIENT: "gridsvc"}, [ISSUER]),
        ({CLIENT: "gridsvc", SECRET: "s"}, [ISSUER]),
        ({SECRET: "s"}, [ISSUER, CLIENT]),
        ({AUDIENCE: "urn:api"}, [ISSUER, CLIENT]),
    ],
)
def test_half_a_provider_is_refused_by_what_is_missing(env: dict[str, str], missing: list[str]):
    with pytest.raises(BadInput) as e:
        read(env)
    assert [error.field for error in e.value.errors] == missing


OPEN_ROADS = ["http://id.example", "http://192.0.2.7", "http://127.0.0.1.example", "ftp://127.0.0.1", "id.example",
              "https://", "https://a b.example", "https://user:pass@id.example", "https://id.example#x", "//id.example",
              "https://[::1", "https://id.example:port", "https://身份.example"]  # fmt: skip


@pytest.mark.parametrize("issuer", [*OPEN_ROADS, "https://id.example?tenant=1"])
def test_an_issuer_on_an_open_road_is_refused(issuer: str):
    with pytest.raises(BadInput) as e:
        read(GOOD | {ISSUER: issuer})
    assert [(error.field, error.value) for error in e.value.errors] == [(ISSUER, issuer)]


@pytest.mark.parametrize(
    "url", ["https://id.example", "https://192.0.2.7:8443/a?b=c", "http://[::1]:80/", "http://127.9.9.9"]
)
def test_a_protected_address(url: str):
    assert is_protected(url)


@pytest.mark.parametrize(
    ("text", "url"), [("", None), ("https://grid.example", "https://grid.example"), ("https://grid.example:8443/", "https://grid.example:8443"),
                      ("http://127.0.0.1:8000", "http://127.0.0.1:8000")],
)  # fmt: skip
def test_our_own_address_is_read(text: str, url: str | None):
    assert read({"GRIDSVC_PUBLIC_URL": text}).public_url == url


@pytest.mark.parametrize("url", [*OPEN_ROADS, "https://grid.example/city", "https://grid.example?a=b"])
def test_an_address_of_ours_that_no_browser_could_use_is_refused(url: str):
    with pytest.raises(BadInput) as e:
        read({"GRIDSVC_PUBLIC_URL": url})
    assert [error.field for error in e.value.errors] == ["GRIDSVC_PUBLIC_URL"]


def test_the_secret_is_not_in_what_is_printed_of_the_settings():
    assert "s3cret" not in repr(read(GOOD | {SECRET: "s3cret"}))
