"""Where attachments are kept: a folder unless a bucket is set, wholly and by an address that nobody can listen to."""

from pathlib import Path

import pytest

from gridsvc.errors import BadInput
from gridsvc.settings import ObjectStore, Settings

KEYS = {"GRIDSVC_S3_ACCESS_KEY": "a", "GRIDSVC_S3_SECRET_KEY": "s"}
BUCKET = {"GRIDSVC_ATTACHMENTS": "s3://city/photos", **KEYS}


@pytest.mark.parametrize("env", [{}, {"GRIDSVC_ATTACHMENTS": ""}, KEYS])
def test_without_a_bucket_it_is_a_folder(env: dict[str, str]):
    settings = Settings.from_env(env)
    assert (settings.bucket, settings.photo_mb, settings.file_mb) == (None, 20, 100)


def test_a_bucket_with_all_that_is_said_of_it(tmp_path: Path):
    (tmp_path / "secret").write_text("s\n")
    env = {
        "GRIDSVC_ATTACHMENTS": "s3://city/photos", "GRIDSVC_S3_ACCESS_KEY": "a",
        "GRIDSVC_S3_SECRET_KEY_FILE": str(tmp_path / "secret"), "GRIDSVC_S3_ENDPOINT": "https://store.example",
        "GRIDSVC_S3_REGION": "city", "GRIDSVC_PHOTO_MB": "5",
    }  # fmt: skip
    settings = Settings.from_env(env)
    assert settings.bucket == ObjectStore("s3://city/photos", "a", "s", "https://store.example", "city")
    assert settings.photo_mb == 5
    assert "s\n" not in repr(settings)
    assert "secret_key" not in repr(settings)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"GRIDSVC_ATTACHMENTS": "https://city/photos"}, "GRIDSVC_ATTACHMENTS"),
        ({"GRIDSVC_ATTACHMENTS": "s3:///photos"}, "GRIDSVC_ATTACHMENTS"),
        ({"GRIDSVC_ATTACHMENTS": "/var/photos"}, "GRIDSVC_ATTACHMENTS"),
        ({"GRIDSVC_S3_ENDPOINT": "http://store.example"}, "GRIDSVC_S3_ENDPOINT"),
        ({"GRIDSVC_S3_ENDPOINT": "store.example"}, "GRIDSVC_S3_ENDPOINT"),
        ({"GRIDSVC_S3_ACCESS_KEY": ""}, "GRIDSVC_S3_ACCESS_KEY"),
        ({"GRIDSVC_S3_SECRET_KEY": ""}, "GRIDSVC_S3_SECRET_KEY"),
        ({"GRIDSVC_PHOTO_MB": "0"}, "GRIDSVC_PHOTO_MB"),
        ({"GRIDSVC_FILE_MB": "1.5"}, "GRIDSVC_FILE_MB"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(change: dict[str, str], field: str):
    with pytest.raises(BadInput) as e:
        Settings.from_env(BUCKET | change)
    assert [f.field for f in e.value.errors] == [field]
