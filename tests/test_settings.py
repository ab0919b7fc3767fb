"""Settings from the environment: secrets from a variable or a file and never shown, and proxies by address."""

from pathlib import Path

import pytest

from gridsvc.errors import BadInput
from gridsvc.settings import Settings

KEY, URL = "GRIDSVC_ADMIN_KEY", "GRIDSVC_DATABASE_URL"


def read(**env: str) -> Settings:
    return Settings.from_env(env)


def refusal(**env: str) -> BadInput:
    with pytest.raises(BadInput) as refused:
        read(**env)
    return refused.value


def test_nothing_set_is_no_secret():
    assert (read().admin_key, read().database_url) == (None, None)
    assert (read(**{KEY: "", f"{KEY}_FILE": ""}).admin_key) is None


@pytest.mark.parametrize("written", ["s3cret", "s3cret\n", "s3cret\r\n", "s3cret\n\n"])
def test_a_secret_comes_from_a_file_without_its_line_end(tmp_path: Path, written: str):
    file = tmp_path / "key"
    file.write_bytes(written.encode())
    assert read(**{f"{KEY}_FILE": str(file)}).admin_key == "s3cret"
    assert read(**{f"{URL}_FILE": str(file), URL: ""}).database_url == "s3cret"


def test_a_pooler_needs_the_database_behind_it():
    pooler = {"GRIDSVC_POOLER_URL": "postgresql://gridsvc@pool:6432/gridsvc"}
    assert refusal(**pooler).errors[0].field == URL
    assert read(**pooler, **{URL: "postgresql:///gridsvc"}).pooler_url == pooler["GRIDSVC_POOLER_URL"]
    assert "pool" not in repr(read(**pooler, **{URL: "postgresql:///gridsvc"})).replace("pool_size", "")


def test_only_line_ends_are_dropped(tmp_path: Path):
    file = tmp_path / "key"
    file.write_bytes(" 密 钥 \n".encode())
    assert read(**{f"{KEY}_FILE": str(file)}).admin_key == " 密 钥 "


@pytest.mark.parametrize(
    "content", [None, b"", b"\n", b"\xff\xfes3cret"], ids=["missing", "empty", "a line", "no text"]
)
def test_a_file_without_a_secret_is_refused_by_name(tmp_path: Path, content: bytes | None):
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content)
    told = refusal(**{f"{KEY}_FILE": str(file)})
    assert [(e.field, e.value) for e in told.errors] == [(f"{KEY}_FILE", str(file))]
    assert "s3cret" not in told.text("zh") + told.text("en")


def test_a_folder_is_no_secret(tmp_path: Path):
    assert refusal(**{f"{URL}_FILE": str(tmp_path)}).errors[0].field == f"{URL}_FILE"


def test_both_ways_at_once_are_refused(tmp_path: Path):
    file = tmp_path / "key"
    file.write_text("s3cret")
    told = refusal(**{KEY: "0ther", f"{KEY}_FILE": str(file)})
    assert told.errors[0].field == f"{KEY}_FILE"
    assert not {"s3cret", "0ther"} & set(told.text("en").split())


def test_no_secret_is_shown():
    shown = repr(read(**{KEY: "s3cret", URL: "postgresql://u:s3cret@h/d"}))
    assert "s3cret" not in shown


@pytest.mark.parametrize(
    ("given", "read_as"),
    [
        ("", ("127.0.0.1/32", "::1/128")),
        ("10.0.0.1", ("10.0.0.1/32",)),
        ("10.0.0.0/8, fd00::/8", ("10.0.0.0/8", "fd00::/8")),
    ],
)
def test_proxies_are_named_by_address(given: str, read_as: tuple[str, ...]):
    assert read(GRIDSVC_TRUSTED_PROXIES=given).trusted_proxies == read_as


@pytest.mark.parametrize("given", ["*", "proxy.example", "10.0.0.1/8", "10.0.0.1,", "10.0.0.1 10.0.0.2"])
def test_proxies_that_are_no_address_are_refused(given: str):
    (error,) = refusal(GRIDSVC_TRUSTED_PROXIES=given).errors
    assert (error.field, error.value) == ("GRIDSVC_TRUSTED_PROXIES", given)


@pytest.mark.parametrize(
    ("given", "read_as"),
    [("", ()), ("10.20.0.0/16", ("10.20.0.0/16",)), ("10.0.0.8, ::1", ("10.0.0.8/32", "::1/128"))],
)
def test_messages_go_inside_only_where_that_is_said(given: str, read_as: tuple[str, ...]):
    assert read(GRIDSVC_WEBHOOK_NETWORKS=given).webhook_networks == read_as


@pytest.mark.parametrize("given", ["*", "sms.example", "10.0.0.1/8", ",", "10.0.0.1,"])
def test_networks_that_are_none_are_refused(given: str):
    (error,) = refusal(GRIDSVC_WEBHOOK_NETWORKS=given).errors
    assert (error.field, error.value) == ("GRIDSVC_WEBHOOK_NETWORKS", given)
